"""What does the network get to see? Its input, drawn as numbers or as a mosaic of planes."""

from __future__ import annotations

from math import ceil

import numpy as np
import pygame

from replays.viewer import theme
from replays.viewer.session import Session

_GAP, _LABEL, _TITLE, _PAD = 8, 14, 30, 12
_NUMBERS = 72  # height of the pane for a few numbers


def beside(
    room: pygame.Rect, board: tuple[int, int], observation: np.ndarray
) -> tuple[pygame.Rect, pygame.Rect | None]:
    """Share the room between a board of these proportions and a pane, which there is if it has room."""
    if min(room.size) < 2 * _NUMBERS:
        return room, None
    wide = room.width * 44 // 100 if observation.ndim == 3 else room.width
    high = room.height * 44 // 100 if observation.ndim == 3 else _NUMBERS
    right = room.width - wide - _PAD, room.height
    below = room.width, room.height - high - _PAD
    if min(right[0] / board[0], right[1] / board[1]) > min(below[0] / board[0], below[1] / board[1]):
        return pygame.Rect(room.topleft, right), pygame.Rect(room.right - wide, room.top, wide, room.height)
    return pygame.Rect(room.topleft, below), pygame.Rect(room.left, room.bottom - high, room.width, high)


def draw_network(surface: pygame.Surface, pane: pygame.Rect, session: Session) -> None:
    """Draw the observation of the seat into the pane."""
    seen = session.observation
    theme.card(surface, pane)
    count = "one number" if seen.size == 1 else f"{seen.size} numbers"
    shape = "{} planes of {} × {}".format(*seen.shape) if seen.ndim == 3 else count
    title = pane.left + _PAD, pane.top + 8
    theme.write(surface, f"network input: {shape}", title, 12, theme.MUTED, True, width=pane.width - 2 * _PAD)
    if seen.ndim == 3:
        most = float(np.max(getattr(session.game.observation_space, "high", 1.0)))
        _draw_planes(surface, pane, seen, session.game.plane_names, most)
        return
    numbers = np.array2string(seen.ravel()[:24], precision=3, separator="  ").strip("[]")
    at = pane.left + _PAD, pane.top + _TITLE
    theme.write(surface, numbers, at, 22, theme.GOLD, True, width=pane.width - 2 * _PAD)


def _draw_planes(
    surface: pygame.Surface, pane: pygame.Rect, planes: np.ndarray, names: tuple[str, ...], most: float
) -> None:
    count, rows, cols = planes.shape
    side, across = _tiling(count, rows, cols, pane)
    tile = pygame.Rect(0, 0, max(1, int(side * cols)), max(1, int(side * rows)))
    left = pane.centerx - (across * (tile.width + _GAP) - _GAP) // 2
    for number, plane in enumerate(planes):
        tile.left = left + number % across * (tile.width + _GAP)
        tile.top = pane.top + _TITLE + number // across * (tile.height + _LABEL + _GAP)
        if not pane.contains(tile):
            break
        surface.blit(pygame.transform.scale(_picture(plane, most), tile.size), tile)
        name = names[number] if number < len(names) else str(number)
        ink, below = theme.TEXT if plane.any() else theme.MUTED, (tile.centerx, tile.bottom + 1)
        theme.write(surface, name, below, 10, ink, anchor="midtop", width=tile.width + _GAP)


def _tiling(count: int, rows: int, cols: int, pane: pygame.Rect) -> tuple[float, int]:
    """Return the largest side of a cell, and how many planes side by side, so that all have room."""
    choices = []
    for across in range(1, count + 1):
        wide = (pane.width - 2 * _PAD) / across - _GAP
        high = (pane.height - _TITLE) / ceil(count / across) - _GAP - _LABEL
        choices.append((min(wide / cols, high / rows), across))
    side, across = max(choices)
    return (side if side < 1 else int(side)), across


def _picture(plane: np.ndarray, most: float) -> pygame.Surface:
    """Return one pixel a cell, from dark for 0 to light for the most that an entry can be, or for what is beyond it."""
    share = np.minimum(1.0, np.abs(plane.astype(float)) / most)[..., None]
    colours = np.array(theme.BACKGROUND) + share * (np.array(theme.ACCENT) - np.array(theme.BACKGROUND))
    return pygame.surfarray.make_surface(colours.transpose(1, 0, 2).astype(np.uint8))
