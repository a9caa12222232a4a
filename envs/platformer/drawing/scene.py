"""How does a whole state come onto a surface?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pygame

from envs.platformer.art.sprites import SIDE
from envs.platformer.drawing import pictures
from envs.platformer.drawing.backdrop import draw_backdrop
from envs.platformer.drawing.camera import Camera, camera_of, leader, scale_of
from envs.platformer.drawing.effects import draw_effects, sprung
from envs.platformer.drawing.land import land
from envs.platformer.moving import foe_heading, foe_place, lift_place
from envs.platformer.physics import IN_AIR
from envs.platformer.state import standing
from envs.platformer.world import BRICK, CHECKPOINT, COIN, FLAG, PIXEL, SPRING, TILE

_STRIDE, _SLOW = 7 * PIXEL, 48  # way between two pictures of a run; speed below which a runner stands
_WAVES = (0, 1, 2, 1)  # of the flag
_SPIN = ("coin 0", "coin 0", "coin 1", "coin 2", "coin 1")


def draw(surface: pygame.Surface, state: np.record) -> None:
    """Draw the state over the whole surface, whatever its size; nothing but the state says how it looks."""
    camera = camera_of(state, surface.get_size())
    canvas = pygame.Surface((camera.width, camera.height), 0, 32)
    draw_level(canvas, state, camera)
    first = leader(state)
    for seat in sorted(range(len(state.x)), key=lambda seat: (not state.out[seat], seat == first)):
        draw_runner(canvas, state, camera, seat, seat)
    draw_effects(canvas, state, camera)
    _draw_purses(canvas, state)
    surface.blit(enlarged(canvas, surface.get_size()), (0, 0))


def draw_level(canvas: pygame.Surface, state: np.record, camera: Camera) -> None:
    """Draw all but the runners and what happens to them."""
    draw_backdrop(canvas, state, camera)
    _draw_tiles(canvas, state, camera)
    canvas.blit(land(state), (-camera.left, -camera.top))
    _draw_lifts(canvas, state, camera)
    _draw_foes(canvas, state, camera)


def enlarged(canvas: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
    """Return a canvas scaled to cover a surface of that size."""
    width, height = canvas.get_size()
    across, down = scale_of((width, height), size)
    if across >= 1:
        return pygame.transform.scale(canvas, (round(width * across), round(height * down)))
    return pygame.transform.smoothscale(canvas, size)


def draw_runner(
    canvas: pygame.Surface, state: np.record, camera: Camera, seat: int, colours: int, alpha: int = 255
) -> None:
    """Draw the runner of a seat in the colours of another."""
    x, y = camera.at(state.x[seat] - 3 * PIXEL, state.y[seat] - PIXEL)
    if camera.shows(x, y):
        hurt = bool(state.out[seat])
        picture = pictures.runner(_legs(state, seat), colours, int(state.facing[seat]), hurt, alpha)
        canvas.blit(
            pygame.transform.rotate(picture, 90 * int(state.facing[seat])) if hurt else picture, (x, y)
        )


def _legs(state: np.record, seat: int) -> str:
    vx, facing = int(state.vx[seat]), int(state.facing[seat])
    if state.footing[seat] == IN_AIR:
        return "jump" if state.vy[seat] < 0 else "fall"
    if abs(vx) < _SLOW:
        return "stand"
    return "skid" if vx * facing < 0 else f"run {int(state.x[seat]) // _STRIDE % 4}"


def _draw_tiles(canvas: pygame.Surface, state: np.record, camera: Camera) -> None:
    """Draw the tiles that change, or that move where they are."""
    tick = int(state.tick)
    for row, col, tile in _cells(state, camera):
        x, y = col * SIDE - camera.left, row * SIDE - camera.top
        cell = row * int(state.cols) + col
        if tile & COIN:
            canvas.blit(pictures.picture(_SPIN[(tick // 7 + col) % len(_SPIN)]), (x, y))
        elif tile & BRICK:
            canvas.blit(pictures.picture("brick"), (x, y))
        elif tile & SPRING:
            canvas.blit(
                pictures.picture("spring stretched" if sprung(state, row, col) else "spring idle"), (x, y)
            )
        elif tile & CHECKPOINT:
            reached = int(np.searchsorted(state.checkpoint_cell[: state.checkpoint_count], cell)) + 1
            raised = bool((state.checkpoint == reached).any())
            canvas.blit(pictures.picture("checkpoint raised" if raised else "checkpoint down"), (x, y))
        elif tile & FLAG:
            _draw_pole(canvas, state, row, col, (x, y))


def _cells(state: np.record, camera: Camera) -> Iterator[tuple[int, int, int]]:
    """Return (row, column, tile) of what is seen of these tiles, and of the flag, which is wider than its tile."""
    top, left = max(0, camera.top // SIDE - 1), max(0, camera.left // SIDE - 2)
    bottom, right = (camera.top + camera.height) // SIDE + 1, (camera.left + camera.width) // SIDE + 1
    tiles = standing(state)[top:bottom, left:right]
    for row, col in np.argwhere(tiles & (COIN | BRICK | SPRING | CHECKPOINT | FLAG)).tolist():
        yield top + row, left + col, int(tiles[row, col])


def _draw_pole(canvas: pygame.Surface, state: np.record, row: int, col: int, at: tuple[int, int]) -> None:
    x, y = at
    cols = int(state.cols)
    for line in range(SIDE):
        canvas.blit(pictures.picture("pole"), (x, y + line))
    if row == int(state.rows) - 1 or not state.tile[(row + 1) * cols + col] & FLAG:
        canvas.blit(pictures.picture("pole foot"), (x, y + SIDE - 4))
    if row == 0 or not state.tile[(row - 1) * cols + col] & FLAG:
        wave = _WAVES[int(state.tick) // 9 % len(_WAVES)]
        canvas.blit(pictures.picture(f"flag {wave}"), (x + 9, y + 3))
        canvas.blit(pictures.picture("pole top"), (x, y - 2))


def _draw_lifts(canvas: pygame.Surface, state: np.record, camera: Camera) -> None:
    for k in range(int(state.lift_count)):
        x, y = camera.at(*lift_place(state, k, state.tick))
        parts = int(state.lift_width[k]) // TILE
        if not camera.shows(x, y, parts * SIDE):
            continue
        for part in range(parts):
            last = part == parts - 1
            name = "lift end" if part == 0 or last else "lift"
            canvas.blit(pictures.picture(name, last and part > 0), (x + part * SIDE, y))


def _draw_foes(canvas: pygame.Surface, state: np.record, camera: Camera) -> None:
    tick = int(state.tick)
    for k in range(int(state.foe_count)):
        x, y = camera.at(*foe_place(state, k, state.tick))
        if int(state.foes) >> k & 1 and camera.shows(x - 1, y - 3):
            kind, pace = ("flyer", 6) if state.foe_flies[k] else ("walker", 10)
            mirrored = foe_heading(state, k, state.tick) < 0
            canvas.blit(pictures.picture(f"{kind} {(tick // pace + k) % 2}", mirrored), (x - 1, y - 3))


def _draw_purses(canvas: pygame.Surface, state: np.record) -> None:
    """Write in a corner how many coins each runner has, and its lives where it has several."""
    for seat in range(len(state.x)):
        head = pictures.runner("stand", seat)
        y = 4 + 15 * seat
        canvas.blit(head, (4, y), (2, 0, 14, 10))
        canvas.blit(pictures.picture("coin 0"), (20, y - 2))
        count = pictures.number(int(state.purse[seat]))
        canvas.blit(count, (36, y))
        if state.lives_given > 1:
            canvas.blit(pictures.picture("heart"), (40 + count.get_width(), y + 1))
            canvas.blit(pictures.number(int(state.lives[seat])), (51 + count.get_width(), y))
