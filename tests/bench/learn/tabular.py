"""What does tabular Q-learning reach, beside the optimum?

What the agents then play is not sampled but worked out from the exact model, and so is the optimum, by value iteration;
both are discounted returns from the start. A figure misses where some seed misses the optimum: at all where nothing is
left to chance, by more than 1 % elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import gymnasium
import numpy as np

from agents.presets import preset
from agents.q_learning import QLearning
from agents.task import Model, Task
from agents.value_iteration import solve
from arena.bootstrap import figures
from envs.catalog import make_game
from envs.gridworld.level import load_level, shipped_levels
from tests.agents.exact import greedy, worth
from tests.bench.learn.results import Line, line
from tests.bench.learn.training import Asked, Training

MOST_STATES = 100_000
_MISS = 0.01  # of the optimum, allowed where there is chance


class Problem(NamedTuple):
    """What is to be learnt: start are the odds [S] of each state, mask what is legal there [S, A] if not all is."""

    spec: str
    model: Model
    start: np.ndarray
    certain: bool  # nothing is left to chance
    mask: np.ndarray | None = None


@dataclass(frozen=True)
class Tabular:
    """Q-learning by its presets, on the lab's own levels and on Gymnasium's environments that show their model."""

    name: str
    about: str
    needs: str = ""

    @property
    def trainings(self) -> list[Training]:
        return []  # it learns in seconds, and what it has learnt need not be kept

    def measure(self, asked: Asked) -> Iterator[Line]:
        for problems in (levels(), of_gymnasium()):
            for problem in problems:
                with asked.console.status(f"{problem.spec}: learning"):
                    found = measure(problem, asked)
                yield found


def levels() -> Iterator[Problem]:
    """Yield the lab's own levels of not too many states."""
    for name in shipped_levels():
        level = load_level(name)
        if level.states <= MOST_STATES:
            game = make_game(f"gridworld:level={name}")
            model, start = game.model(), game.start_distribution()
            assert model is not None
            assert start is not None
            yield Problem(game.spec, model, start, level.slip == 0 and level.ripe == 0)


def of_gymnasium() -> Iterator[Problem]:
    """Yield Gymnasium's own, stepped as the foreign environments that they are."""
    for id in ("CliffWalking-v1", "FrozenLake8x8-v1", "Taxi-v4"):
        env = gymnasium.make(id).unwrapped
        masked = hasattr(env, "action_mask")
        mask = np.array([env.action_mask(state) for state in env.P]) if masked else None  # type: ignore[attr-defined]
        certain = not id.startswith("FrozenLake")
        yield Problem(id, env.P, np.asarray(env.initial_state_distrib), certain, mask)  # type: ignore[attr-defined]


def measure(problem: Problem, asked: Asked) -> Line:
    settings = preset("q_learning", Task(problem.spec))
    steps = asked.scaled(settings.pop("n_timesteps"))
    QLearning(problem.spec, **settings).learn(1000)  # so that nothing is compiled while the clock runs
    learnt, seconds = [], []
    for seed in range(asked.seeds):
        began = time.perf_counter()
        agent = QLearning(problem.spec, seed=seed, **settings).learn(steps)
        seconds.append(time.perf_counter() - began)
        learnt.append(worth(problem.model, problem.start, greedy(agent.q, problem.mask), agent.config.gamma))
    speed = steps * asked.seeds / sum(seconds)
    optimum = float(problem.start @ solve(problem.model, agent.config.gamma, 1e-12)[0])
    return line(
        learnt, figures(np.array(learnt)[None, :, None])["mean"].estimate,
        what=f"discounted return on `{problem.spec}`", agent=QLearning.name, rule="every seed",
        target=optimum - (0 if problem.certain else _MISS * abs(optimum)),
        note=f"optimum {optimum:.4g}, {len(problem.model):,} states, {speed:,.0f} updates a second",
        steps=[steps] * asked.seeds, seconds=[round(one, 3) for one in seconds],
    )  # fmt: skip
