"""How do the cells look that stay as they are: floor, walls, dangers, goals?

Every painter of a tile takes `same`, on which sides its neighbours are of its kind, and `look`, one of
four, so that neighbours need not all look alike.
"""

from __future__ import annotations

from math import cos, sin

from envs.drawing.canvas import Canvas, star
from envs.gridworld.drawing.palette import (
    FLOOR,
    FROST,
    INK,
    WALL_EDGE,
    WALL_FACE,
    WALL_FOOT,
    WALL_TOP,
    WHITE,
)

Sides = tuple[
    bool, bool, bool, bool
]  # whether the neighbour to the north, east, south, west is of the same kind


def floor(canvas: Canvas, dark: bool, frosty: bool, walls: Sides) -> None:
    """Paint the ground, in the shade of the walls to its north and west."""
    canvas.box(0, 0, 1, 1, (FROST if frosty else FLOOR)[dark])
    if walls[0]:
        canvas.shade((0, 0), (1, 0.3), (*INK, 70), (*INK, 0))
    if walls[3]:
        canvas.shade((0, 0), (0.14, 1), (*INK, 34), (*INK, 0))


def wall(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a block seen from above and a little from the south: where it ends there, its face shows."""
    north, east, south, west = same
    r = 0.16
    corners = tuple(
        0 if a or b else r for a, b in ((north, west), (north, east), (south, east), (south, west))
    )
    foot = 1.0 if south else 0.72
    canvas.box(0, 0, 1, 1, WALL_FOOT, corners)
    if not south:
        canvas.box(0, 0.4, 1, 0.54, WALL_FACE, (0, 0, corners[2], corners[3]))
    canvas.box(0, 0, 1, foot, WALL_EDGE, corners)
    left, top = 0 if west else 0.05, 0 if north else 0.07
    width, height = (1 if east else 0.97) - left, (1 if south else foot - 0.03) - top
    canvas.box(left, top, width, height, WALL_TOP, corners)


def cliff(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a chasm: dark and hatched, with a broken rim where the ground ends."""
    canvas.shade((0, 0), (1, 1), (58, 46, 62) if not same[0] else (34, 28, 42), (22, 18, 30))
    for k in range(-4, 5):
        canvas.stroke([(k / 4, 1.05), (k / 4 + 1.05, 0)], 0.022, (150, 120, 140, 70))
    if not same[0]:
        broken = [(1, 0.5), (0.84, 0.88), (0.68, 0.38), (0.5, 1), (0.3, 0.44), (0.14, 0.75), (0, 0.5)]
        for depth, colour in ((0.27, (142, 118, 104)), (0.16, (196, 172, 148))):
            canvas.shape([(0, 0), (1, 0), *((x, y * depth) for x, y in broken)], colour)
    for west, x in ((True, 0.0), (False, 0.93)):
        if not same[3 if west else 1]:
            canvas.box(x, 0, 0.07, 1, (110, 92, 90))


def lava(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a glowing pool with plates of crust; `look` turns them so that neighbours differ."""
    canvas.box(0, 0, 1, 1, (236, 92, 14))
    canvas.glow(0.5, 0.5, 0.62, (255, 190, 50), 150)
    plates = (
        ((0.16, 0.16), (0.44, 0.1), (0.54, 0.3), (0.34, 0.46), (0.1, 0.36)),
        ((0.66, 0.5), (0.88, 0.44), (0.94, 0.68), (0.72, 0.76), (0.58, 0.66)),
        ((0.14, 0.72), (0.36, 0.66), (0.46, 0.84), (0.28, 0.92)),
    )
    for plate in plates:
        turned = [_turned(point, look) for point in plate]
        canvas.stroke([*turned, turned[0]], 0.05, (255, 170, 50))
        canvas.shape([(x, y + 0.02) for x, y in turned], (255, 206, 84))
        canvas.shape(turned, (112, 34, 16))
        canvas.shape(_shrunk(turned, 0.94), (140, 46, 20))
    canvas.disc(*_turned((0.76, 0.22), look), 0.055, (255, 226, 120))
    canvas.disc(*_turned((0.5, 0.58), look), 0.035, (255, 220, 110))
    _rim(canvas, same, 0.08, (74, 30, 26))


def hole(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a hole broken into ice, with black water in it."""
    for turn, reach in ((0.5, 0.52), (1.8, 0.47), (2.8, 0.5), (4.1, 0.48), (5.4, 0.54)):
        crack = [(0.3, turn), (0.4, turn + 0.16), (reach, turn)]
        points = [_turned((0.5 + r * cos(t), 0.5 + r * sin(t)), look) for r, t in crack]
        canvas.stroke(points, 0.022, (120, 164, 198))
    rim = [_turned(point, look) for point in star(0.5, 0.5, 0.39, 7, 0.86)]
    canvas.shape(rim, (250, 253, 255))
    canvas.shape([(x, y + 0.02) for x, y in _shrunk(rim, 0.9)], (74, 118, 160))
    canvas.shape([(x, y + 0.03) for x, y in _shrunk(rim, 0.8)], (22, 44, 78))
    canvas.shape([(x, y + 0.06) for x, y in _shrunk(rim, 0.62)], (10, 20, 42))
    canvas.stroke([(0.36, 0.66), (0.46, 0.69)], 0.025, (70, 110, 156))
    canvas.stroke([(0.56, 0.6), (0.68, 0.58)], 0.02, (54, 90, 136))


def ice(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a sheet of ice with glints."""
    canvas.box(0, 0, 1, 1, (200, 232, 248))
    band = [(0, 0.62), (0.62, 0), (1, 0), (0, 1)] if look % 2 else [(1, 0.3), (1, 0.7), (0.7, 1), (0.3, 1)]
    canvas.shape(band, (214, 240, 252))
    if look < 2:
        canvas.stroke([(0.22, 0.52), (0.5, 0.24)], 0.05, (255, 255, 255, 190))
        canvas.stroke([(0.42, 0.5), (0.56, 0.36)], 0.03, (255, 255, 255, 190))
    if look == 2:
        canvas.shape(star(0.7, 0.3, 0.13, 4, 0.25), (255, 255, 255, 235))
    _rim(canvas, same, 0.04, (150, 200, 228))


def start(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint the faint mark of a start."""
    canvas.ring(0.5, 0.5, 0.33, 0.045, (*INK, 44))
    canvas.disc(0.5, 0.5, 0.09, (*INK, 34))


def goal(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a flag on a shining mound."""
    canvas.glow(0.5, 0.55, 0.5, (255, 200, 40), 150)
    canvas.oval(0.5, 0.86, 0.3, 0.075, (*INK, 60))
    canvas.oval(0.5, 0.83, 0.27, 0.075, (250, 204, 70))
    canvas.oval(0.5, 0.815, 0.22, 0.05, (255, 228, 140))
    canvas.stroke([(0.34, 0.13), (0.34, 0.82)], 0.065, (70, 62, 66))
    canvas.stroke([(0.33, 0.13), (0.33, 0.82)], 0.03, (240, 232, 220))
    canvas.disc(0.34, 0.11, 0.05, (250, 190, 40))
    flag = [
        (0.37, 0.16),
        (0.52, 0.12),
        (0.68, 0.18),
        (0.84, 0.15),
        (0.84, 0.5),
        (0.68, 0.54),
        (0.52, 0.48),
        (0.37, 0.52),
    ]
    canvas.shape([(x, y + 0.025) for x, y in flag], (8, 110, 84))
    canvas.shape(flag, (18, 172, 124))
    canvas.shape(star(0.61, 0.33, 0.125), WHITE)


def end(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a veiled flag: nothing tells which of the two is the goal."""
    canvas.oval(0.5, 0.86, 0.3, 0.075, (*INK, 60))
    canvas.oval(0.5, 0.83, 0.27, 0.075, (168, 158, 186))
    canvas.stroke([(0.3, 0.13), (0.3, 0.82)], 0.065, (70, 62, 66))
    canvas.stroke([(0.29, 0.13), (0.29, 0.82)], 0.03, (240, 232, 220))
    canvas.box(0.32, 0.14, 0.54, 0.5, (66, 52, 96), 0.06)
    canvas.box(0.32, 0.12, 0.54, 0.49, (112, 92, 156), 0.06)
    canvas.letters("?", 0.59, 0.37, 0.42, WHITE)


def prize(canvas: Canvas, same: Sides, look: int) -> None:
    """Paint a small coin."""
    canvas.oval(0.5, 0.76, 0.18, 0.05, (*INK, 60))
    canvas.disc(0.5, 0.53, 0.22, (176, 112, 10))
    canvas.disc(0.5, 0.5, 0.22, (246, 190, 48))
    canvas.ring(0.5, 0.5, 0.165, 0.03, (206, 140, 20))
    canvas.shape(star(0.5, 0.5, 0.105), (255, 236, 160))
    canvas.stroke([(0.39, 0.37), (0.44, 0.335)], 0.03, (255, 250, 220))


def wind(canvas: Canvas, north: int) -> None:
    """Paint a chevron for each cell that the wind carries, up to four, the way it blows."""
    count = min(abs(north), 4)
    for k in range(count):
        middle = 0.5 + (k - (count - 1) / 2) * 0.2
        tip = -0.09 if north > 0 else 0.09
        points = [(0.3, middle - tip), (0.5, middle + tip), (0.7, middle - tip)]
        canvas.stroke(points, 0.055, (62, 120, 168, 84))


def _turned(point: tuple[float, float], quarters: int) -> tuple[float, float]:
    x, y = point
    for _ in range(quarters % 4):
        x, y = 1 - y, x
    return x, y


def _shrunk(points: list[tuple[float, float]], by: float) -> list[tuple[float, float]]:
    return [(0.5 + (x - 0.5) * by, 0.5 + (y - 0.5) * by) for x, y in points]


def _rim(canvas: Canvas, same: Sides, width: float, colour: tuple[int, int, int]) -> None:
    edges = ((0, 0, 1, width), (1 - width, 0, width, 1), (0, 1 - width, 1, width), (0, 0, width, 1))
    for joined, edge in zip(same, edges, strict=True):
        if not joined:
            canvas.box(*edge, colour)
