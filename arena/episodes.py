"""How are episodes of a Gymnasium environment played, side by side?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from agents.agent import Agent
from agents.task import Task
from envs.bad_input import BadInput
from envs.generator import seeded
from envs.view import View

_COPIES = 16
_LONGEST = 10_000  # plies, in an env without a time limit, where a poor policy may walk in circles


@dataclass
class Episode:
    """One episode as it went. succeeded: as the env's `info["is_success"]` told at its end; None: it did not."""

    total: float = 0.0  # undiscounted return
    plies: int = 0
    end: str = ""
    succeeded: bool | None = None

    def note(self, reward: float, terminated: bool, truncated: bool) -> bool:
        """Note a ply; returns whether it was the last."""
        self.total += reward
        self.plies += 1
        if terminated or truncated:
            self.end = "terminated" if terminated else "truncated"
        elif self.plies >= _LONGEST:
            self.end = "cut off"
        return bool(self.end)


def play_episodes(agent: Agent, seeds: Sequence[int]) -> list[Episode]:
    """Play one episode from each seed, which alone, with the agent, decides how it goes.

    The agent's own env, in which it may be about to learn, is left alone; one that cannot be copied is stepped itself.
    """
    task = agent.task.apart()
    env = _copies(task, min(_COPIES, len(seeds)))
    try:
        return _Rows(agent, env, seeds).play()
    finally:
        if task is not agent.task:
            env.close()


def _copies(task: Task, count: int) -> VectorEnv:
    try:
        return task.vector(count)
    except BadInput:
        return task.vector(1)


class _Rows:
    """Envs that each play an episode; whichever has come to its end begins the next that nobody has begun.

    In the end, when there is none left, an env goes on with episodes that do not count.
    """

    def __init__(self, agent: Agent, env: VectorEnv, seeds: Sequence[int]) -> None:
        self.agent, self.env, self.seeds = agent, env, seeds
        rows = env.num_envs
        self.episodes = [Episode() for _ in seeds]
        self.plays: list[int | None] = list(range(rows))  # the episode of each row; None: none that counts
        self.begun = rows
        self.observation, info = env.reset(seed=list(seeds[:rows]))  # type: ignore[arg-type]  # Gymnasium takes a list
        self.mask = agent.task.legal(info, rows)
        self.rng = seeded(seeds[:rows])
        self.memory = np.zeros((rows, agent.memory), np.float32)

    def play(self) -> list[Episode]:
        while any(k is not None for k in self.plays):
            self._go_on(self._step())
        return self.episodes

    def _step(self) -> list[int]:
        """Play a ply everywhere, and return the rows whose episode has ended."""
        view = View(self.observation, self.mask, self.rng, memory=self.memory)
        actions = self.agent.act(view).actions
        self.observation, rewards, terminated, truncated, info = self.env.step(actions)
        self.mask = self.agent.task.legal(info, self.env.num_envs)
        over = []
        for row, k in enumerate(self.plays):
            if k is not None and self.episodes[k].note(float(rewards[row]), terminated[row], truncated[row]):
                self.episodes[k].succeeded = _told(info, row)
                over.append(row)
        return over

    def _go_on(self, over: list[int]) -> None:
        """Begin the next episodes in these rows."""
        seeds: dict[int, int] = {}
        for row in over:
            self.plays[row] = None
            if self.begun < len(self.seeds):
                self.plays[row], seeds[row] = self.begun, self.seeds[self.begun]
                self.begun += 1
        if not seeds:
            return
        rows = self.env.num_envs
        which, given = np.zeros(rows, np.bool_), [seeds.get(row) for row in range(rows)]
        which[list(seeds)] = True
        self.observation, info = self.env.reset(seed=given, options={"reset_mask": which})  # type: ignore[arg-type]
        self.mask[which] = self.agent.task.legal(info, rows)[which]
        self.rng[which] = seeded(list(seeds.values()))
        self.memory[which] = 0.0


def _told(info: dict[str, Any], row: int) -> bool | None:
    """Return what Stable-Baselines3's `is_success` says of that env, or None."""
    return bool(info["is_success"][row]) if "is_success" in info and info["_is_success"][row] else None
