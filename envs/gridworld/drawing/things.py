"""How do the things look that come and go: apples, keys, doors, foragers?"""

from __future__ import annotations

from math import cos, pi, sin

from envs.drawing.canvas import Canvas, Colour
from envs.gridworld.drawing.palette import DEAD, INK, KEYS, PORTALS, SEATS, WALL_FACE, WHITE


def apple(canvas: Canvas) -> None:
    canvas.oval(0.5, 0.83, 0.24, 0.055, (*INK, 60))
    canvas.disc(0.41, 0.57, 0.22, (176, 24, 38))
    canvas.disc(0.59, 0.57, 0.22, (176, 24, 38))
    canvas.oval(0.5, 0.62, 0.26, 0.22, (176, 24, 38))
    canvas.disc(0.41, 0.54, 0.2, (226, 44, 54))
    canvas.disc(0.59, 0.54, 0.2, (226, 44, 54))
    canvas.oval(0.5, 0.59, 0.24, 0.2, (226, 44, 54))
    canvas.stroke([(0.5, 0.4), (0.53, 0.24)], 0.045, (96, 60, 36))
    canvas.shape([(0.54, 0.33), (0.6, 0.2), (0.76, 0.17), (0.72, 0.3), (0.62, 0.36)], (70, 164, 68))
    canvas.stroke([(0.32, 0.52), (0.37, 0.45)], 0.055, (255, 196, 190))


def sprout(canvas: Canvas) -> None:
    """Paint the place where an apple may grow."""
    canvas.oval(0.5, 0.7, 0.17, 0.05, (150, 118, 88, 150))
    canvas.stroke([(0.5, 0.69), (0.5, 0.54)], 0.035, (106, 158, 84))
    canvas.shape([(0.5, 0.57), (0.38, 0.54), (0.34, 0.44), (0.46, 0.47)], (134, 188, 104))
    canvas.shape([(0.5, 0.55), (0.6, 0.5), (0.65, 0.39), (0.53, 0.44)], (116, 174, 92))


def key(canvas: Canvas, number: int) -> None:
    """Paint a key; its notches say which one it is to those who cannot see its colour."""
    dark = tuple(part * 3 // 5 for part in KEYS[number])
    canvas.oval(0.5, 0.8, 0.2, 0.045, (*INK, 50))
    for drop, colour in ((0.03, dark), (0.0, KEYS[number])):
        canvas.ring(0.3, 0.48 + drop, 0.17, 0.075, colour)
        canvas.stroke([(0.46, 0.48 + drop), (0.86, 0.48 + drop)], 0.075, colour)
        for notch in range(number + 1):
            x = 0.85 - 0.1 * notch
            canvas.stroke([(x, 0.48 + drop), (x, 0.62 + drop)], 0.055, colour)
    canvas.stroke([(0.2, 0.4), (0.26, 0.36)], 0.03, (255, 255, 255, 170))


def door(canvas: Canvas, number: int, open_: bool) -> None:
    """Paint a door with as many studs as its key has notches; ajar where somebody has the key."""
    colour = KEYS[number]
    dark = tuple(part * 3 // 5 for part in colour)
    for x in (0.0, 0.91):
        canvas.box(x, 0, 0.09, 1, WALL_FACE)
    canvas.box(0, 0, 1, 0.1, WALL_FACE)
    if open_:
        canvas.shape([(0.09, 0.1), (0.3, 0.2), (0.3, 1), (0.09, 0.94)], dark)
        canvas.shape([(0.12, 0.14), (0.27, 0.22), (0.27, 0.95), (0.12, 0.9)], colour)
        return
    canvas.box(0.09, 0.1, 0.82, 0.9, dark)
    for x in (0.12, 0.39, 0.66):
        canvas.box(x, 0.13, 0.22, 0.84, colour, 0.03)
    for stud in range(number + 1):
        canvas.disc(0.5 + (stud - number / 2) * 0.18, 0.27, 0.06, dark)
        canvas.disc(0.5 + (stud - number / 2) * 0.18, 0.26, 0.045, WHITE)
    canvas.disc(0.5, 0.55, 0.1, INK)
    canvas.shape([(0.5, 0.55), (0.58, 0.8), (0.42, 0.8)], INK)


def portal(canvas: Canvas, pair: int) -> None:
    """Paint one end of a pair: the same colour and number at both."""
    colour = PORTALS[pair % len(PORTALS)]
    canvas.glow(0.5, 0.5, 0.48, colour, 110)
    canvas.disc(0.5, 0.5, 0.38, colour)
    canvas.disc(0.5, 0.5, 0.31, tuple(part * 2 // 5 for part in colour))
    canvas.disc(0.5, 0.5, 0.24, tuple(part // 4 for part in colour))
    for k in range(3):
        arc = [(0.5 + r * cos(turn), 0.5 + r * sin(turn)) for r, turn in _spiral(k * 2 * pi / 3)]
        canvas.stroke(arc, 0.03, (*(min(255, part + 90) for part in colour), 190))
    canvas.letters(str(pair + 1), 0.5, 0.51, 0.38, WHITE)


def signpost(canvas: Canvas, direction: int) -> None:
    """Paint a board on a post, with an arrow to the north, east, south or west."""
    canvas.oval(0.5, 0.9, 0.22, 0.05, (*INK, 60))
    canvas.stroke([(0.5, 0.5), (0.5, 0.9)], 0.1, (96, 66, 40))
    canvas.box(0.12, 0.1, 0.76, 0.62, (120, 80, 44), 0.08)
    canvas.box(0.15, 0.12, 0.7, 0.56, (206, 160, 104), 0.06)
    ahead, aside = (
        ((0, -1), (1, 0), (0, 1), (-1, 0))[direction],
        ((1, 0), (0, 1), (-1, 0), (0, -1))[direction],
    )
    arrow = [
        (-0.23, 0.055),
        (0.0, 0.055),
        (0.0, 0.16),
        (0.25, 0.0),
        (0.0, -0.16),
        (0.0, -0.055),
        (-0.23, -0.055),
    ]
    canvas.shape(
        [(0.5 + x * ahead[0] + y * aside[0], 0.4 + x * ahead[1] + y * aside[1]) for x, y in arrow], INK
    )


def badge(canvas: Canvas, number: int) -> None:
    """Paint the sign that a forager has that key: its colour, and its notches as dots."""
    canvas.disc(0.5, 0.5, 0.5, WHITE)
    canvas.disc(0.5, 0.5, 0.4, KEYS[number])
    for dot in range(number + 1):
        canvas.box(0.44 + (dot - number / 2) * 0.17, 0.3, 0.11, 0.4, WHITE, 0.05)


def food_bar(canvas: Canvas, tenths: int) -> None:
    """Paint how much food is left, along the top of the cell."""
    colour = (64, 186, 96) if tenths > 5 else (244, 176, 34) if tenths > 2 else (226, 50, 50)
    canvas.box(0.14, 0.02, 0.72, 0.12, INK, 0.06)
    if tenths:
        canvas.box(0.17, 0.05, 0.66 * tenths / 10, 0.06, colour, 0.03)


def forager(canvas: Canvas, seat: int, alive: bool) -> None:
    """Paint one of the walkers: round, with eyes, and something of its own on the head."""
    colour: Colour = SEATS[seat % len(SEATS)]
    if not alive:
        colour = tuple((part + 3 * grey) // 4 for part, grey in zip(colour, DEAD, strict=True))
    dark = tuple(part * 3 // 5 for part in colour)
    light = tuple(part + (255 - part) * 2 // 5 for part in colour)
    canvas.oval(0.5, 0.9, 0.27, 0.06, (*INK, 80))
    _crest(canvas, seat, colour, dark)
    for x in (0.38, 0.62):
        canvas.oval(x, 0.875, 0.09, 0.055, dark)
    canvas.disc(0.5, 0.57, 0.325, dark)
    canvas.disc(0.5, 0.56, 0.29, colour)
    canvas.oval(0.42, 0.4, 0.12, 0.07, (*light, 150))
    for x in (0.385, 0.615):
        (_open_eye if alive else _shut_eye)(canvas, x, 0.54)
    if alive:
        canvas.stroke([(0.44, 0.72), (0.47, 0.74), (0.53, 0.74), (0.56, 0.72)], 0.03, dark)
    else:
        canvas.stroke([(0.44, 0.74), (0.56, 0.74)], 0.03, dark)


def _open_eye(canvas: Canvas, x: float, y: float) -> None:
    canvas.oval(x, y, 0.098, 0.115, WHITE)
    canvas.oval(x + 0.008, y + 0.02, 0.052, 0.066, INK)
    canvas.disc(x + 0.026, y - 0.008, 0.022, WHITE)


def _shut_eye(canvas: Canvas, x: float, y: float) -> None:
    for rise in (0.07, -0.07):
        canvas.stroke([(x - 0.07, y - rise), (x + 0.07, y + rise)], 0.04, INK)


def _crest(canvas: Canvas, seat: int, colour: Colour, dark: Colour) -> None:
    """Paint an antenna, ears or a tuft, so that seats with like colours differ in shape."""
    kind = (seat + seat // 4) % 4
    if kind == 0:
        canvas.stroke([(0.5, 0.3), (0.55, 0.16)], 0.035, dark)
        canvas.disc(0.56, 0.15, 0.055, colour)
    elif kind == 1:
        for x in (0.3, 0.7):
            canvas.shape([(x - 0.11, 0.42), (x + (x - 0.5) * 0.2, 0.13), (x + 0.11, 0.4)], dark)
            canvas.shape([(x - 0.06, 0.42), (x + (x - 0.5) * 0.2, 0.2), (x + 0.06, 0.4)], colour)
    elif kind == 2:
        canvas.shape(
            [(0.4, 0.3), (0.36, 0.14), (0.46, 0.2), (0.5, 0.1), (0.54, 0.2), (0.64, 0.14), (0.6, 0.3)], dark
        )
    else:
        for x in (0.34, 0.66):
            canvas.disc(x, 0.24, 0.11, dark)
            canvas.disc(x, 0.24, 0.075, colour)


def _spiral(turn: float) -> list[tuple[float, float]]:
    return [(0.32 - 0.016 * k, turn + 0.2 * k) for k in range(8)]
