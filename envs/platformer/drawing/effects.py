"""How do coins pop, bricks burst and feet raise dust? What happened, and when, stands in the record."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi, sin
from typing import NamedTuple

import numpy as np
import pygame

from envs.game import PLAYING
from envs.platformer.art.sprites import PALETTE, SEATS, SIDE
from envs.platformer.drawing import pictures
from envs.platformer.drawing.camera import Camera
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH, foe_place
from envs.platformer.world import (
    BROKE_BRICK,
    CHECKED,
    DIED,
    FINISHED,
    JUMPED,
    LANDED,
    MAX_HAPPENINGS,
    SPRUNG,
    STOMPED,
    TILE,
    TOOK_COIN,
)

_STRETCHED = 14  # ticks for which a spring stays up
_STILL = 22  # ticks that seem to have gone by since the end of a game, which nothing moves any more
_CONFETTI = tuple(PALETTE[colour] for colour in "xyjgvr")


class Happening(NamedTuple):
    what: int
    age: int  # ticks
    x: int  # sub-pixels
    y: int
    seat: int


def happenings(state: np.record) -> Iterator[Happening]:
    """Return what the record remembers, from the oldest on."""
    count = int(state.happenings)
    for number in range(max(0, count - MAX_HAPPENINGS), count):
        k = number % MAX_HAPPENINGS
        what, age = int(state.happened[k]), int(state.tick) - int(state.happened_tick[k])
        if state.status != PLAYING and what in (DIED, FINISHED):
            age += _STILL
        x, y, seat = int(state.happened_x[k]), int(state.happened_y[k]), int(state.happened_seat[k])
        yield Happening(what, age, x, y, seat)


def sprung(state: np.record, row: int, col: int) -> bool:
    """Return whether the spring of that tile has just thrown somebody."""
    return any(
        seen.what == SPRUNG
        and seen.age < _STRETCHED
        and seen.y // TILE == row
        and abs(seen.x - col * TILE - TILE // 2) <= TILE
        for seen in happenings(state)
    )


def draw_effects(canvas: pygame.Surface, state: np.record, camera: Camera) -> None:
    for seen in happenings(state):
        x, y = camera.at(seen.x, seen.y)
        if seen.what == STOMPED:
            _squash(canvas, state, seen, (x, y))
        elif paint := _PAINTERS.get(seen.what):
            paint(canvas, x, y, seen.age, seen.seat)


def _squash(canvas: pygame.Surface, state: np.record, seen: Happening, at: tuple[int, int]) -> None:
    if seen.age < 26 and (seen.age < 18 or seen.age % 4 < 2):
        kind = "flyer" if _stomped_flies(state, seen) else "walker"
        canvas.blit(pictures.picture(f"{kind} squashed"), (at[0] - SIDE // 2, at[1] - SIDE))
    _sparks(canvas, *at, seen.age, 12, PALETTE["w"])


def _stomped_flies(state: np.record, seen: Happening) -> bool:
    """Return whether the foe that was where this happened can fly."""
    for k in range(int(state.foe_count)):
        x, y = foe_place(state, k, int(state.tick) - seen.age)
        if (x + FOE_WIDTH // 2, y + FOE_HEIGHT) == (seen.x, seen.y):
            return bool(state.foe_flies[k])
    return False


def _coin(canvas: pygame.Surface, x: int, y: int, age: int, seat: int) -> None:
    if age < 16:
        spin = ("coin 0", "coin 1", "coin 2", "coin 1")[age // 2 % 4]
        canvas.blit(pictures.picture(spin), (x - SIDE // 2, y - SIDE // 2 - age * (24 - age) // 8))
    elif age < 30:
        _sparks(canvas, x, y - 16, age - 16, 14, PALETTE["z"])


def _brick(canvas: pygame.Surface, x: int, y: int, age: int, seat: int) -> None:
    if age < 48:
        for across, up in ((-1.1, 3.4), (1.1, 3.4), (-0.7, 1.9), (0.7, 1.9)):
            down = -up * age + 0.13 * age * age
            shard = pictures.picture("shard", (age // 5) % 2 == 0)
            canvas.blit(shard, (round(x + across * age) - 3, round(y + down) - 3))


def _dust(canvas: pygame.Surface, x: int, y: int, age: int, seat: int) -> None:
    if age < 18:
        for way in (-1, 1):
            for far, small in ((1.0, 0), (0.55, 1)):
                place = (x + way * round(3 + far * age * 0.7), y - 2 - age // 5)
                pygame.draw.circle(canvas, PALETTE["c"], place, max(1, 3 - small - age // 7))


def _raised(canvas: pygame.Surface, x: int, y: int, age: int, seat: int) -> None:
    _sparks(canvas, x + 3, y + 5, age, 30, PALETTE["a"])


def _death(canvas: pygame.Surface, x: int, y: int, age: int, seat: int) -> None:
    if age < 40:
        colour = SEATS[seat]
        for k in range(8):
            turn, far = k * pi / 4 + 0.4, 4 + 26 * (1 - (1 - age / 40) ** 2)
            place = (round(x + far * cos(turn)), round(y + far * sin(turn)))
            pygame.draw.circle(canvas, PALETTE["k"], place, 1 + (40 - age) // 11)
            pygame.draw.circle(canvas, colour if k % 2 else PALETTE["w"], place, (40 - age) // 11)


def _finish(canvas: pygame.Surface, x: int, y: int, age: int, seat: int) -> None:
    for k in range(40):
        turn, speed = k * 2.4, 1 + (k * 7 % 11) / 5
        across = speed * cos(turn) * age * 0.9
        down = -2.6 * age - speed * age * 0.7 + 0.09 * age * age
        canvas.fill(_CONFETTI[k % len(_CONFETTI)], (round(x + across), round(y + down), 2 + k % 2, 2))


def _sparks(
    canvas: pygame.Surface, x: int, y: int, age: int, until: int, colour: tuple[int, int, int]
) -> None:
    """Let six sparks fly apart."""
    if age < until:
        for k in range(6):
            turn, far = k * pi / 3 + 0.5, 4 + 10 * age / until
            canvas.fill(colour, (round(x + far * cos(turn)), round(y + far * sin(turn)), 2, 2))


_PAINTERS = {
    TOOK_COIN: _coin,
    BROKE_BRICK: _brick,
    JUMPED: _dust,
    LANDED: _dust,
    SPRUNG: _dust,
    CHECKED: _raised,
    DIED: _death,
    FINISHED: _finish,
}
