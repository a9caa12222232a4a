"""How does an episode look from start to end, and where in it are we?"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pygame

from replays.playback import Playback
from replays.viewer import theme

_SIDE, _TOP, _BOTTOM = (
    54,
    12,
    24,
)  # room around the curve: for its scale, above it, for the events and numbers
_FINER = 2  # the curve is drawn so many times larger, for smooth edges


def curve_room(rect: pygame.Rect) -> pygame.Rect:
    """Return where the curve lies within the timeline."""
    return pygame.Rect(
        rect.left + _SIDE,
        rect.top + _TOP,
        max(1, rect.width - _SIDE - 16),
        max(1, rect.height - _TOP - _BOTTOM),
    )


def frame_at(rect: pygame.Rect, playback: Playback, x: int) -> int:
    """Return the frame nearest to that column of the window."""
    room = curve_room(rect)
    return max(0, min(playback.last, round((x - room.left) * max(1, playback.last) / room.width)))


def _column(room: pygame.Rect, playback: Playback, frame: int) -> int:
    return room.left + round(frame * room.width / max(1, playback.last))


def draw_timeline(
    surface: pygame.Surface, rect: pygame.Rect, playback: Playback, seat: int, pointer: int | None
) -> None:
    """Draw the curve of that acting seat's value estimate, or the scores, the events and the place in it."""
    theme.card(surface, rect)
    room = curve_room(rect)
    values, game = playback.values(seat), playback.game
    turns = game.seats // game.acting  # plies from one move of a seat to its next
    if values is not None and 2 * turns * np.isfinite(values).sum() <= playback.last:
        values = None  # most of the episode was played by somebody who does not say
    if values is None:
        scores = playback.scores()[:, : game.acting]  # where seats take turns, of the first
        curves = [(score, theme.SEATS[number % len(theme.SEATS)]) for number, score in enumerate(scores.T)]
    else:
        curves = [(_bridged(values, turns), theme.ACCENT)]
    low, high = _range([curve for curve, _ in curves])
    for curve, colour in curves:
        _draw_curve(surface, room, curve, colour, (low, high), veil=len(curves) == 1)
    _draw_scale(surface, room, "score" if values is None else "value", low, high)
    _draw_events(surface, room, playback)
    _draw_place(surface, room, playback)
    if pointer is not None:
        _draw_tip(surface, room, playback, curves, frame_at(rect, playback, pointer))


def _bridged(curve: np.ndarray, turns: int) -> np.ndarray:
    """Return the curve with the frames filled in at which others were to move between two moves of one seat."""
    known = np.flatnonzero(np.isfinite(curve))
    bridged = curve.copy()
    for first, last in pairwise(known):
        if 1 < last - first <= turns:
            bridged[first : last + 1] = np.linspace(curve[first], curve[last], last - first + 1)
    return bridged


def _range(curves: list[np.ndarray]) -> tuple[float, float]:
    known = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _draw_curve(
    surface: pygame.Surface,
    room: pygame.Rect,
    curve: np.ndarray,
    colour: theme.Colour,
    between: tuple[float, float],
    veil: bool,
) -> None:
    """Draw a line through the known points, and a veil below it, stepping over what is not known."""
    low, high = between
    fine = pygame.Surface((room.width * _FINER, room.height * _FINER), pygame.SRCALPHA)
    fine.fill((*colour, 0))
    width, height = fine.get_size()
    x = np.arange(len(curve)) * (width - 1) / max(1, len(curve) - 1)
    y = (high - curve) / (high - low) * (height - 4 * _FINER) + 2 * _FINER
    for run in _runs(np.isfinite(curve)):
        points = _thinned(np.column_stack([x[run], y[run]]), width)
        if len(points) == 1:
            pygame.draw.circle(fine, colour, points[0], 3 * _FINER)
            continue
        if veil:
            pygame.draw.polygon(
                fine, (*colour, 46), [(points[0][0], height), *points, (points[-1][0], height)]
            )
        pygame.draw.lines(fine, colour, False, points, 2 * _FINER)
        for point in points if len(points) < room.width // 4 else []:
            pygame.draw.circle(fine, colour, point, _FINER)
    surface.blit(pygame.transform.smoothscale(fine, room.size), room)


def _runs(known: np.ndarray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [slice(start, stop) for start, stop in edges.reshape(-1, 2)]


def _thinned(points: np.ndarray, width: int) -> list[tuple[float, float]]:
    """Return the points, or of very many the lowest and highest of each column, so that no peak is lost."""
    if len(points) <= 2 * width:
        return [(float(x), float(y)) for x, y in points]
    starts = np.unique(np.searchsorted(points[:, 0], np.arange(width)))
    starts = starts[starts < len(points)]
    lows, highs = np.minimum.reduceat(points[:, 1], starts), np.maximum.reduceat(points[:, 1], starts)
    return [
        (float(points[s, 0]), float(y)) for s, a, b in zip(starts, lows, highs, strict=True) for y in (a, b)
    ]


def _draw_scale(surface: pygame.Surface, room: pygame.Rect, name: str, low: float, high: float) -> None:
    right = room.left - 10
    theme.write(
        surface, f"{high:.3g}", (right, room.top - 2), 11, theme.MUTED, anchor="topright", width=_SIDE - 12
    )
    theme.write(
        surface,
        f"{low:.3g}",
        (right, room.bottom + 2),
        11,
        theme.MUTED,
        anchor="bottomright",
        width=_SIDE - 12,
    )
    if room.height > 44:
        theme.write(surface, name, (right, room.centery), 11, theme.TEXT, True, "midright", _SIDE - 12)
    pygame.draw.line(surface, theme.LINE, room.bottomleft, room.bottomright)


def _draw_events(surface: pygame.Surface, room: pygame.Rect, playback: Playback) -> None:
    y = room.bottom + 8
    for x in {_column(room, playback, frame) for frame in playback.events}:
        pygame.draw.line(surface, theme.mixed(theme.CARD, theme.GOLD, 0.35), (x, room.top), (x, room.bottom))
        theme.diamond(surface, (x, y), 5, theme.GOLD)


def _draw_place(surface: pygame.Surface, room: pygame.Rect, playback: Playback) -> None:
    x = _column(room, playback, playback.position)
    pygame.draw.line(surface, theme.TEXT, (x, room.top - 4), (x, room.bottom + 2), 2)
    pygame.draw.circle(surface, theme.TEXT, (x + 1, room.top - 4), 5)


def _draw_tip(
    surface: pygame.Surface,
    room: pygame.Rect,
    playback: Playback,
    curves: list[tuple[np.ndarray, theme.Colour]],
    frame: int,
) -> None:
    x = _column(room, playback, frame)
    pygame.draw.line(surface, theme.MUTED, (x, room.top), (x, room.bottom))
    told = ", ".join(f"{curve[frame]:.4g}" for curve, _ in curves if np.isfinite(curve[frame]))
    text = "  ·  ".join(filter(None, [f"ply {frame}", told, playback.events.get(frame, "")]))
    picture = theme.letters(text, 12)
    tip = picture.get_rect(midbottom=(x, room.top - 8)).inflate(18, 10).clamp(surface.get_rect())
    theme.card(surface, tip, theme.RAISED, 6)
    pygame.draw.rect(surface, theme.LINE, tip, 1, border_radius=6)
    surface.blit(picture, picture.get_rect(center=tip.center))
