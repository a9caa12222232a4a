"""How does AlphaZero learn, and how does it play?"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from agents.adam import Adam
from agents.agent import Learner
from agents.alphazero.lesson import FIGURES, Turned, losses
from agents.alphazero.network import Network
from agents.alphazero.self_play import OF_A_GAME, SelfPlay
from agents.alphazero.theory import Theory
from agents.alphazero.thinking import Thinker, symmetries
from agents.alphazero.tree import NOTHING
from agents.alphazero.under_way import kept, take_up
from agents.config import check_choice, check_range
from agents.crew import Crew, crew_of
from agents.networks import bfloat16_pays, copy_into
from agents.progress import Diverged, Progress, Told
from agents.saved import Card, check_array
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.goban.observation import PLANES
from envs.view import Decision, View

_WORTH_A_PROCESS = 100  # plies of each game
_TURNS = 64  # of all games, between two lessons
_SUITS: dict[str, dict[str, float]] = {
    "cpu": {"games": 512, "threads": 1, "window": 100_000, "reuse": 4.0, "batch_size": 512},
    "cuda": {"games": 7168, "threads": 14, "window": 1_400_000, "reuse": 2.0, "batch_size": 2048},
}


class AlphaZero(Learner):
    """Learns Go from nothing but the rules: it plays against itself by search, and learns what the search found.

    Silver et al. (2018), with the search of Danihelka et al. (2022) and what Wu (2019, KataGo) has the network learn
    besides: the final score and whose each point will be. Steps are plies of self-play.
    """

    name = "alphazero"
    about = "learns Go from the rules alone: search, and a network that learns from self-play"

    @dataclass(frozen=True)
    class Config:
        """
        simulations: a move.
        milliseconds: think so long in play instead, or for 32,768 simulations, by upper bounds; 0: by simulations.
        considered: moves that the search looks at first, at the root.
        puct: whether play uses AlphaZero's upper bounds, and not the plan that training uses.
        games: played side by side in self-play.
        threads: among which each process shares its games out.
        openings: most random moves that every second game begins with, after which its komi makes it even.
        channels, blocks: width and depth of the network.
        window: positions that it learns from, the latest.
        reuse: how often it learns from each.
        batch_size: positions a step of gradient.
        learning_rate: of Adam.
        settle: steps of gradient from which on the learning rate falls with the root of their number.
        weight_decay: of AdamW (Loshchilov & Hutter 2019).
        average: how much of the mean of the weights stays a step; that mean plays.
        win_weighs: how much winning counts for the search, and not by how many points, 0 to 1.
        device: where the network stands: cpu, in two processes; cuda, in one, which gives not the very same each time.

        Where games, threads, window, batch_size or reuse are 0, they are what suits the device.
        """

        simulations: int = 16
        milliseconds: int = 0
        considered: int = 16
        puct: bool = False
        games: int = 0
        threads: int = 0
        openings: int = 4
        channels: int = 32
        blocks: int = 4
        window: int = 0
        reuse: float = 0.0
        batch_size: int = 0
        learning_rate: float = 2e-3
        settle: int = 3000
        weight_decay: float = 1e-4
        average: float = 0.99
        win_weighs: float = 0.5
        device: str = "cpu"

        def __post_init__(self) -> None:
            check_choice("device", self.device, tuple(_SUITS))
            for key, suits in _SUITS[self.device].items():
                if not getattr(self, key):
                    object.__setattr__(self, key, suits)
            for key, highest in (
                ("simulations", 10**5),
                ("considered", 1000),
                ("games", 1 << 16),
                ("threads", 1024),
                ("blocks", 100),
            ):
                check_range(key, getattr(self, key), 1, highest)
            for key in ("channels", "settle"):
                check_range(key, getattr(self, key), 1, 1 << 24)
            for key in ("window", "batch_size"):  # of which two have half each
                check_range(key, getattr(self, key), 2, 1 << 24)
            for key in ("learning_rate", "average", "win_weighs", "weight_decay"):
                check_range(key, getattr(self, key), 0, 1)
            for key in ("games", "window"):
                if getattr(self, key) % self.threads:
                    raise BadInput(
                        f"{key}={getattr(self, key)} cannot be shared out among {self.threads} threads"
                    )
            check_range("milliseconds", self.milliseconds, 0, 10**7)
            check_range("openings", self.openings, 0, 1000)
            check_range("reuse", self.reuse, 0, 1000)

    config: Config

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        config, game = self.config, self.task.game
        if game is None or game.name != "goban" or game.template[0].capture:
            raise BadInput(f"{self.name}: {self.task.spec} is not Go by area, which is all it learns")
        self._side = int(game.template[0].side)
        self._moves = self._side**2 + 1
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.chance(2)[1] >> np.uint64(1)))
            begun = Network(len(PLANES), config.channels, config.blocks)
        self._weights = parameters_to_vector(begun.parameters()).detach()
        self._adam = Adam(self._weights, decay=config.weight_decay)
        self._average = self._weights.clone()
        self.updates = 0
        self._self_play: SelfPlay | None = None
        self._owed = 0.0  # steps of gradient, for the positions that are new
        gpu = config.device == "cuda" and torch.cuda.is_available()
        self._device = torch.device("cuda" if gpu else "cpu")
        self._dtype = torch.bfloat16 if gpu or bfloat16_pays() else torch.float32
        self.network = self._network_of(self._average)
        self._learning = self._network_of(self._weights)
        self._thinker = self.thinker(config.simulations, config.puct, config.milliseconds)
        self._turned = Turned(symmetries(self._side), self._device)

    # How it learns

    def learn(self, steps: int, *, progress: bool = False, told: Told | None = None) -> Self:
        if self.config.device != self._device.type:
            raise BadInput(f"{self.name}: device={self.config.device}, and PyTorch finds none here")
        room = 64 + 4 * max(self._weights.numel(), self.config.window)
        apart = steps > _WORTH_A_PROCESS * self.config.games
        with (
            Progress(self, steps, shown=progress, told=told) as done,
            crew_of(self, steps, self._crew, room, apart) as crew,
        ):
            self.go_on(done, crew)
        return self

    @property
    def _crew(self) -> int:
        """How many processes learn together."""
        return 2 if self._device.type == "cpu" and self.config.games % (2 * self.config.threads) == 0 else 1

    def go_on(self, done: Progress, crew: Crew) -> None:
        """Play and learn in turn, as one of a crew with its share of the games, until all steps are done."""
        config = self.config
        assert self.task.game is not None
        play, theory = self._self_play or self._begun(crew.rank), Theory(self._side)
        self._self_play = play
        while not done.over:
            began, judging = time.perf_counter(), play.judging
            positions, over = play.play(_TURNS)
            played, judging = time.perf_counter() - began, play.judging - judging
            facts = np.array([positions, play.known.min(), play.known.sum(), self._owed])
            new, least, known, owed = np.array(crew.gathered(facts)).T
            self._owed = owed[0] + config.reuse * float(new.sum()) / config.batch_size
            shares = known / max(1, known.sum())
            losses = [self._step(crew, play, shares) for _ in range(int(self._owed) if least.all() else 0)]
            self._owed -= len(losses)
            copy_into(self.network, self._average)
            over = np.concatenate(crew.gathered(over.ravel())).reshape(-1, len(OF_A_GAME))
            leads, plies, names, openings, hopeless = over.T
            done.advance(int(plies.sum()), np.sign(leads).astype(float).tolist(), plies.tolist())
            from_nothing = leads[openings == 0]
            if losses and len(from_nothing):
                whole = time.perf_counter() - began
                done.tell({
                    **dict(zip(FIGURES, np.mean(losses, axis=0).tolist(), strict=True)),
                    **theory.compared(self.network),
                    "self_play/lead": float(from_nothing.mean()) / 2,
                    "self_play/cut_off": float(np.mean(plies == self.task.game.template[0].move_limit)),
                    "self_play/distinct": len(set(names.tolist())) / len(over),
                    **_resignation(leads, plies, hopeless),
                    "speed/games": len(over) / whole,
                    "speed/evaluations": config.games * _TURNS / whole,
                    "time/network": judging / whole,
                    "time/search": (played - judging) / whole,
                    "time/learning": 1 - played / whole,
                })  # fmt: skip

    def _begun(self, rank: int) -> SelfPlay:
        """Return the share of the games of one of the crew, at their beginning."""
        config, game = self.config, self.task.game
        assert game is not None
        return SelfPlay(
            game, self.network, self.chance(config.games, self.steps)[rank :: self._crew],
            threads=config.threads, window=config.window // self._crew, simulations=config.simulations,
            considered=config.considered, openings=config.openings, win_weighs=config.win_weighs,
        )  # fmt: skip

    def _network_of(self, weights: Tensor) -> Network:
        """Return a network with these weights that multiplies as fast as the processor can."""
        network = Network(len(PLANES), self.config.channels, self.config.blocks)
        network.to(self._device, self._dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        copy_into(network, weights)
        return network

    def _step(self, crew: Crew, play: SelfPlay, shares: np.ndarray) -> np.ndarray:
        """Take one step of gradient, to which every member of the crew brings its share of the batch.

        Returns the FIGURES.
        """
        config = self.config
        chance = np.random.default_rng([self.seed % 2**64, self.updates, 1 + crew.rank])
        counts = np.maximum(1, np.rint(config.batch_size * shares)).astype(int)
        count = int(counts[crew.rank])
        rows, ways = play.drawn(count, chance), chance.integers(8, size=count)
        batch = self._turned.batch(play.window, rows, ways)
        found = losses(self._learning(batch.seen), batch) * float(count / counts.sum())
        slopes = torch.autograd.grad(found.sum(), list(self._learning.parameters()))
        own = (
            torch.cat([found.detach().float(), *(slope.flatten().float() for slope in slopes)]).cpu().numpy()
        )
        told, slope = np.split(sum(crew.gathered(own)), [len(FIGURES)])
        length = float(np.linalg.norm(slope))
        if not math.isfinite(length):
            raise Diverged(f"{self.name}: after {self.steps:,} steps the loss is no number")
        rate = config.learning_rate * min(1.0, math.sqrt(config.settle / (1 + self.updates)))
        self._adam.step(torch.from_numpy(slope), rate)
        self.updates += 1
        self._average.lerp_(self._weights, max(1 - config.average, 1 / (1 + self.updates)))
        copy_into(self._learning, self._weights)
        return told

    # How it plays

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput(f"{self.name}: needs the states of the games, not only what is observed")
        return self._thinker.answer(view.states, view)

    def thinker(self, simulations: int, puct: bool, milliseconds: int) -> Thinker:
        """Return what thinks with its network, so long or so much."""
        config = self.config
        return Thinker(self.network, simulations, config.considered, puct, config.win_weighs, milliseconds)

    # How it is kept

    def arrays(self) -> dict[str, np.ndarray]:
        kept = {"weights": self._weights, "average": self._average, "updates": torch.tensor(self.updates)}
        return {name: tensor.numpy().copy() for name, tensor in kept.items()} | self._adam.arrays()

    def restore(self, card: Card, arrays: dict[str, np.ndarray]) -> None:
        shape = tuple(self._weights.shape)
        self._average.copy_(torch.from_numpy(check_array(arrays, "average", shape, np.float32)))
        learnt = "weights" if "weights" in arrays else "average"  # which is all that is kept for play
        self._weights.copy_(torch.from_numpy(check_array(arrays, learnt, shape, np.float32)))
        self.updates = int(check_array(arrays, "updates", (), np.int64))
        self._adam.restore(arrays)
        copy_into(self.network, self._average)
        copy_into(self._learning, self._weights)
        self._thinker.forget()
        self._self_play, self._owed = None, 0.0

    def under_way(self) -> dict[str, np.ndarray]:
        return {} if self._self_play is None else {"owed": np.array(self._owed)} | kept(self._self_play)

    def take_up(self, arrays: dict[str, np.ndarray]) -> None:
        """Of a crew, the games of the first; the second begins new ones."""
        assert self.task.game is not None
        if self.config.device != self._device.type:
            return
        owed, play = float(check_array(arrays, "owed", (), np.float64)), self._begun(0)
        take_up(play, self.task.game, arrays)
        self._self_play, self._owed = play, min(max(owed, 0.0), self.config.window)


def _resignation(leads: np.ndarray, plies: np.ndarray, hopeless: np.ndarray) -> dict[str, float]:
    """Return what would have come of it if whoever had less than 2 % had resigned: the share of games, of these the
    share that they did not lose in the end, and of all plies the share that would have been saved."""
    given_up = hopeless != NOTHING
    black = hopeless % 2 == 0
    held = given_up & np.where(black, leads >= 0, leads <= 0)
    return {
        "resignation/games": float(given_up.mean()),
        "resignation/wrong": float(held.sum() / max(1, given_up.sum())),
        "resignation/plies": float(np.where(given_up, plies - hopeless, 0).sum() / plies.sum()),
    }
