"""What does an agent get to see, and what does it answer?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np


@dataclass(slots=True)
class View:
    """B games at once, each as the seat to move sees it. One game is B = 1.

    observation: array [B, ...] in the layout of the game's observation space.
    mask: int8 [B, actions]; 1 where the action is legal. [B, 0] where actions are continuous.
    rng: uint64 [B]; one generator a game for the agent's own chance, advanced in place, so that what happens
        in a game does not depend on its neighbours in the batch.
    states: records [B] for agents that plan; None where the game hides information.
    memory: float32 [B, agent.memory]; what the agent carries from one of its turns to the next, zero at its first in
        an episode, written in place. None: it has to do as if each turn were the first.
    seat: int64 [B], the seat that is asked in each game; None outside the games of the lab.
    """

    observation: np.ndarray
    mask: np.ndarray
    rng: np.ndarray
    states: np.ndarray | None = None
    memory: np.ndarray | None = None
    seat: np.ndarray | None = None


@dataclass(slots=True)
class Decision:
    """The answer to a View: one action a game and, where the agent has them, what it thinks.

    actions: int64 [B], or float32 [B, ...] where they are continuous. value: float64 [B], the expected return of the
    seat to move. policy: float64 [B, actions], probabilities. q: float64 [B, actions], the expected return of each
    action, NaN where nothing is known of it. lead: float64 [B, actions], by how many points the seat is expected to end
    ahead after each, likewise. owner: float64 [B, actions], whose the place that each action names will be in the end,
    from 1, the seat's to move, to -1, the other's; NaN where it names none. visits: int64 [B, actions], how often a
    search tried each action. line: int64 [B, plies], the principal variation from the action chosen on, -1 after it.
    """

    actions: np.ndarray
    value: np.ndarray | None = None
    policy: np.ndarray | None = None
    q: np.ndarray | None = None
    visits: np.ndarray | None = None
    line: np.ndarray | None = None
    lead: np.ndarray | None = None
    owner: np.ndarray | None = None

    def part(self, first: int, beyond: int) -> Self:
        """Return what is answered of the games from `first` on, up to `beyond`."""
        said = {name: getattr(self, name) for name in THOUGHTS}
        return type(self)(
            self.actions[first:beyond],
            **{name: None if field is None else field[first:beyond] for name, field in said.items()},
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return several answers as one; of what not all of them say it says nothing."""
        said = {name: [getattr(part, name) for part in parts] for name in THOUGHTS}
        said = {name: rows for name, rows in said.items() if all(row is not None for row in rows)}
        if "line" in said:
            longest = max(row.shape[1] for row in said["line"])
            said["line"] = [
                np.pad(row, ((0, 0), (0, longest - row.shape[1])), constant_values=-1) for row in said["line"]
            ]
        return cls(
            np.concatenate([part.actions for part in parts]),
            **{name: np.concatenate(rows) for name, rows in said.items()},
        )


THOUGHTS = tuple(field.name for field in fields(Decision) if field.name != "actions")


class Resigned(Exception):
    """Raised by who is asked for a Decision: the seat to move gives the game up."""
