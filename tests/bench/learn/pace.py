"""How much longer does AlphaZero think than its network, and how much memory does it take to learn?"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn

from agents.alphazero import AlphaZero
from agents.alphazero.network import Network, Opinion
from agents.alphazero.thinking import Thinker
from arena.bootstrap import figures
from envs.catalog import make_game
from tests.bench.learn.results import Line, line
from tests.bench.learn.training import Asked, Training

_GAMELAB = "from arena.cli import main; main()"


@dataclass(frozen=True)
class Pace:
    """Thinking is timed over the first positions of a game, each thought about afresh, several times.

    minutes: of the training whose memory is looked at; its window grows meanwhile, but all its arrays are there.
    """

    name: str
    about: str
    env: str
    simulations: int
    minutes: float
    positions: int = 20
    rounds: int = 7
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return []

    def measure(self, asked: Asked) -> Iterator[Line]:
        with asked.console.status(f"{self.name}: thinking"):
            self._thinking()  # so that nothing is compiled while the clock runs
            ratios = [self._thinking() for _ in range(self.rounds)]
        yield self._line(ratios, 2, f"thinking time to the network's own on `{self.env}`, on one core")
        with asked.console.status(f"{self.name}: learning"):
            gibibytes = memory_of_training(self.env, self.minutes * asked.budget) / 2**30
        yield self._line(
            [gibibytes], 3, f"GiB of memory that learning `{self.env}` takes, all processes together"
        )

    def _line(self, values: list[float], target: float, what: str) -> Line:
        median = figures(np.array(values)[None, None])["median"].estimate
        return line(values, median, what=what, agent="alphazero", rule="at most", target=target)

    def _thinking(self) -> float:
        torch.set_num_threads(1)
        game = make_game(self.env)
        agent = AlphaZero(game)
        network = Timed(agent.network)
        states, whole = game.new_states([0]), 0.0
        for _ in range(self.positions):
            thinker = Thinker(
                network, self.simulations, agent.config.considered, False, agent.config.win_weighs
            )
            mask = game.observe(states)[1][0, 0]
            began = time.perf_counter()
            thought = thinker.think(states[0], mask)
            whole += time.perf_counter() - began
            game.step(states, np.array([[thought.trees.node[0, 0].visits.argmax()]]))
        return whole / network.seconds


class Timed(nn.Module):
    """A network that notes how long it takes."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network, self.seconds = network, 0.0

    def forward(self, seen: Tensor) -> Opinion:
        began = time.perf_counter()
        opinion = self.network(seen)
        self.seconds += time.perf_counter() - began
        return opinion


def memory_of_training(env: str, minutes: float) -> float:
    """Return the most bytes that the processes of a training had in memory at a time (Linux only)."""
    with TemporaryDirectory() as folder:
        command = [
            "train",
            "alphazero",
            env,
            "--minutes",
            str(minutes),
            "--evaluations",
            "0",
            "--out",
            f"{folder}/run",
        ]
        training = subprocess.Popen(
            [sys.executable, "-c", _GAMELAB, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        most = 0.0
        while training.poll() is None:
            most = max(most, sum(map(resident, family(training.pid))))
            time.sleep(0.5)
        return most


def family(pid: int) -> list[int]:
    """Return a process and those that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [pid, *(each for child in children.read_text().split() for each in family(int(child)))]
    except OSError:
        return []


def resident(pid: int) -> int:
    """Return how many bytes of a process are in memory, what it shares counted in part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
