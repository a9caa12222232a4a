"""Which turns and mirror images of a position are the same position to the rules?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Symmetry:
    """One way to turn or mirror a game: what is seen, and what is done.

    cells: int64 [observation size], where each entry of the flat turned observation stands in the old one.
    actions: int64 [actions], what each action of the old position is called in the turned one.
    """

    cells: np.ndarray
    actions: np.ndarray

    def observation(self, observation: np.ndarray) -> np.ndarray:
        """Return the same observations [B, ...], turned."""
        flat = observation.reshape(len(observation), -1)
        return flat[:, self.cells].reshape(observation.shape)

    def over_actions(self, array: np.ndarray) -> np.ndarray:
        """Return masks, policies or visits [..., actions] of the old position as they are of the turned one."""
        turned = np.empty_like(array)
        turned[..., self.actions] = array
        return turned

    def back(self, array: np.ndarray) -> np.ndarray:
        """Return masks, policies or visits [..., actions] of the turned position as they are of the old one."""
        return array[..., self.actions]


def board_symmetries(shape: tuple[int, ...], axes: tuple[int, int], actions: int) -> tuple[Symmetry, ...]:
    """Return the 8 symmetries of a square board: four quarter turns, each alone and of the mirror image (D4).

    shape: of an observation. axes: those of its rows and columns. actions: how many; the first are the points of the
    board in reading order, and the rest, such as a pass, are the same from every side.
    """
    side = shape[axes[0]]
    cells = np.arange(np.prod(shape)).reshape(shape)
    points = np.arange(side * side).reshape(side, side)
    found = []
    for mirrored in (False, True):
        for quarters in range(4):
            stood = _turn(points, (0, 1), mirrored, quarters)
            names = np.arange(actions)
            names[stood.ravel()] = points.ravel()
            found.append(Symmetry(_turn(cells, axes, mirrored, quarters).ravel(), names))
    return tuple(found)


def _turn(board: np.ndarray, axes: tuple[int, int], mirrored: bool, quarters: int) -> np.ndarray:
    return np.rot90(np.flip(board, axes[1]) if mirrored else board, quarters, axes)
