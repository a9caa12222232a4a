"""Against whom does a learner play a game for several? The latest of itself, its own past, and scripted agents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

import numpy as np

from agents.agent import Agent, Learner
from agents.catalog import AGENTS, is_folder, make_agent
from agents.progress import Told, Update
from agents.sampling import uniforms
from agents.task import Env, Task
from envs.bad_input import BadInput, suggest
from envs.spec import parse_value
from envs.view import Decision, View

LATEST, PAST = "latest", "past"
_EVERY = 20_000  # steps between two snapshots at first
_PAST, _LATEST, _FIRST_SCRIPTED = range(
    3
)  # members' numbers: 0 for one of the past, or nobody yet; their own follow


class Pool:
    """An opponent that is another member of a pool in each game, drawn by shares at its first turn.

    Members are the learner as it is now (`latest`), as it was earlier (`past`: all snapshots alike, as in fictitious
    self-play, Heinrich, Lanctot & Silver 2015; it keeps what was learnt against old ways of play from being forgotten),
    and agents by their spec, folders of saved ones included. Each is asked once a step about all its games.

        pool = Pool("goban:size=5", "latest=0.5,past=0.3,greedy=0.2")
        agent = PolicyGradient(pool.task)
        agent.learn(1_000_000, told=pool.follow(agent))

    Args:
        env: a game of the lab for several, in turns or a race.
        shares: how often each is drawn, `{"latest": 0.5, "greedy": 0.2}` or `latest=0.5,greedy=0.2`; they need not sum
            to 1. Where there is no past yet, the latest plays for it.
        keep: snapshots at most. They are spread evenly over the training: where there would be more, every second
            one goes, and from then on they are taken half as often.

    task: what the learner is made for. memory: of the opponent, numbers a game: who plays, and the member's own.

    Raises:
        BadInput: an environment without other seats; shares that are none; an agent unknown or unfit for the game.
    """

    def __init__(self, env: Env, shares: str | Mapping[str, float], keep: int = 8) -> None:
        self.task = Task(env, self)
        game = self.task.game
        assert game is not None  # else a Task takes no opponent
        self.shares = checked_shares(parse_shares(shares) if isinstance(shares, str) else dict(shares))
        scripted = [name for name in self.shares if name not in (LATEST, PAST)]
        self._members = {k: make_agent(spec, game) for k, spec in enumerate(scripted, _FIRST_SCRIPTED)}
        numbers = dict(zip(scripted, self._members, strict=True)) | {LATEST: _LATEST, PAST: _PAST}
        self._choices = np.array([numbers[name] for name in self.shares])
        self._edges = np.cumsum(list(self.shares.values()))[:-1] / sum(self.shares.values())
        self._next_number = _FIRST_SCRIPTED + len(scripted)
        self._past: dict[int, Learner] = {}  # snapshots that can be drawn, by their number
        self._gone: list[int] = []  # numbers of those that only finish what they have begun
        self._keep, self._every = max(keep, 2), _EVERY
        self._folder: Path | None = None

    @property
    def memory(self) -> int:
        return 1 + max((member.memory for member in self._members.values()), default=0)

    @property
    def past(self) -> list[int]:
        """After how many steps the snapshots were taken."""
        return [snapshot.steps for snapshot in self._past.values()]

    def follow(self, learner: Learner, told: Told | None = None, folder: str | Path | None = None) -> Told:
        """Let copies of the learner play, of what it is now and of what it will be; return what its `learn` is to tell.

        To be called before it learns. told: is told, too. folder: where snapshots are kept, each as a saved agent; who
        learns on there meets those of before, and what was kept after the steps that it has is removed. Without one the
        past begins with what the learner is now.
        """
        latest = self._members[_LATEST] = learner.frozen()  # the learner itself is busy learning
        if folder is not None and PAST in self.shares:
            self._folder = Path(folder)
            self._find_past(learner)
        self._look_at(learner)

        def tell(update: Update) -> None:
            latest.restore(learner.card(), learner.arrays())
            self._look_at(learner)
            if told is not None:
                told(update)

        return tell

    def act(self, view: View) -> Decision:
        """Choose for each game as its member does. view.memory: float32 [B, memory], the first entry is the member."""
        assert view.memory is not None
        who = view.memory[:, 0].astype(np.int64)
        fresh = np.flatnonzero(who == 0)
        if len(fresh):
            rng = view.rng[fresh]
            who[fresh] = view.memory[fresh, 0] = self._drawn(rng)
            view.rng[fresh] = rng
        actions = np.empty(len(who), np.int64)
        numbers = np.unique(who)
        for number in numbers:
            at = np.flatnonzero(who == number) if len(numbers) > 1 else slice(None)
            actions[at] = self._ask(self._member(int(number)), view, at)
        return Decision(actions)

    def _member(self, number: int) -> Agent:
        """Return who has that number, or the latest where that one is gone; raises ValueError where there is none."""
        member = self._members.get(number) or self._members.get(_LATEST)
        if member is None:
            raise ValueError("the pool follows no learner yet: agent.learn(steps, told=pool.follow(agent))")
        return member

    def _drawn(self, rng: np.ndarray) -> np.ndarray:
        """Draw a member for each generator u64 [B]; returns their numbers, int64 [B]."""
        drawn = self._choices[np.searchsorted(self._edges, uniforms(rng), side="right")]
        of_past = (uniforms(rng) * len(self._past)).astype(np.int64)
        past = np.array(list(self._past) or [_LATEST])[of_past]
        return np.where(drawn == _PAST, past, drawn)

    def _ask(self, member: Agent, view: View, at: np.ndarray | slice) -> np.ndarray:
        """Return the member's actions int64 [G] in these games."""
        assert view.memory is not None
        states = None if view.states is None else view.states[at]
        own = view.memory[at, 1 : 1 + member.memory]
        seat = None if view.seat is None else view.seat[at]
        asked = View(view.observation[at], view.mask[at], view.rng[at], states, own, seat)
        actions = member.act(asked).actions
        view.rng[at], view.memory[at, 1 : 1 + member.memory] = asked.rng, own
        return actions

    def _look_at(self, learner: Learner) -> None:
        """Take a snapshot of the learner if any are wanted and it is time."""
        if PAST not in self.shares or (self._past and learner.steps < self.past[-1] + self._every):
            return
        self._remember(learner.frozen())
        if self._folder is not None:
            learner.save(self._place(learner.steps))
        if len(self._past) > self._keep:
            self._thin_out()

    def _remember(self, snapshot: Learner) -> None:
        self._past[self._next_number] = self._members[self._next_number] = snapshot
        self._next_number += 1

    def _thin_out(self) -> None:
        """Keep every second of the past; who has to go finishes the games it has begun, up to the next time."""
        for number in self._gone:
            del self._members[number]
        self._gone = list(self._past)[1::2]
        for number in self._gone:
            steps = self._past.pop(number).steps
            if self._folder is not None:
                rmtree(self._place(steps), ignore_errors=True)
        self._every = self.past[1] - self.past[0]

    def _place(self, steps: int) -> Path:
        assert self._folder is not None
        return self._folder / f"{steps:012}"

    def _find_past(self, learner: Learner) -> None:
        """Open the snapshots in the folder, the oldest first."""
        assert self._folder is not None
        for place in sorted(self._folder.glob("[0-9]" * 12)):
            if int(place.name) > learner.steps:
                rmtree(place, ignore_errors=True)
            else:
                self._remember(type(learner).load(place, self.task.game))
        if len(self._past) > 1:
            self._every = max(self._every, self.past[1] - self.past[0])


def parse_shares(text: str) -> dict[str, float]:
    """Read `latest=0.5,past=0.3,mcts:simulations=50,rapid=0=0.2`; an engine's command line comes last.

    Raises BadInput for what is not of the form NAME=SHARE, and for a name that is given twice.
    """
    shares: dict[str, float] = {}
    pieces, given = text.split(","), ""
    for k, piece in enumerate(pieces, 1):
        given += piece
        spec, _, share = given.rpartition("=")
        if ":" in spec and "=" not in spec.rpartition(",")[2] and k < len(pieces):
            given += ","  # what stood behind the `=` was a setting's value, and not yet the share
            continue
        if not spec:
            raise BadInput(f"opponents: {given!r} is not of the form NAME=SHARE")
        if spec in shares:
            raise BadInput(f"opponents: {spec} is given twice")
        shares[spec], given = parse_value(share), ""  # type: ignore[assignment]  # told by checked_shares
    return shares


def checked_shares(shares: Mapping[str, float]) -> dict[str, float]:
    """Return the shares; BadInput where one is not a positive number, or an agent's name is unknown."""
    if not shares:
        raise BadInput(f"opponents: none is given, such as {LATEST}=0.8,{PAST}=0.2")
    for spec, share in shares.items():
        name = spec.partition(":")[0]
        if name not in (LATEST, PAST, *AGENTS) and not is_folder(spec):
            raise BadInput(f"opponents: unknown agent {name!r}.{suggest(name, [LATEST, PAST, *AGENTS])}")
        if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 < share < float("inf"):
            raise BadInput(f"opponents: {spec}={share}: a share is a positive number")
    return dict(shares)
