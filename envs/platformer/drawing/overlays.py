"""What can be shown over a platformer: the buttons pressed, the boxes that touch, what the agent sees?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pygame

from envs.drawing.canvas import Canvas, Colour, sprite
from envs.platformer.art.sprites import PALETTE, mixed
from envs.platformer.drawing.camera import Camera, camera_of, leader
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH, LIFT_HEIGHT, foe_place, lift_place
from envs.platformer.physics import HEIGHT, WIDTH
from envs.platformer.rules import SPIKE_SIDE, SPIKE_TOP
from envs.platformer.state import standing
from envs.platformer.tiles import ABOVE, AHEAD, VIEW_COLS, VIEW_ROWS
from envs.platformer.world import (
    BRICK,
    CHECKPOINT,
    COIN,
    FLAG,
    LEDGE,
    PIXEL,
    SOLID,
    SPIKE,
    SPRING,
    TILE,
)
from envs.view import Decision

_STEPS = 16  # brightnesses of a button that look different
_PAD, _OFF, _ON = (*PALETTE["k"], 200), (84, 88, 124), PALETTE["y"]
_OURS, _FOE, _GROUND, _WANTED = (90, 255, 120), (255, 70, 70), (255, 255, 255), (255, 224, 70)
_Box = tuple[int, int, int, int]  # x, y, width, height in sub-pixels


def draw_overlay(surface: pygame.Surface, state: np.record, name: str, decision: Decision | None) -> None:
    """Draw over the drawing of the state.

    policy: a gamepad, each button as bright as the probability that it is held, by what the decision says of its
    first game; without probabilities the action chosen. hitboxes: what the rules let touch: runners green, what
    kills red, what is wanted yellow, what carries white. window: what lies outside the tiles that an agent sees
    around the foremost runner is dimmed.
    """
    if name == "policy" and decision is not None:
        _draw_pad(surface, _held(state, decision))
    elif name == "hitboxes":
        _draw_boxes(surface, state)
    elif name == "window":
        _draw_window(surface, state)


def _held(state: np.record, decision: Decision) -> list[float]:
    """Return for left, right, jump and run the probability that it is held."""
    if decision.policy is None:
        actions = np.zeros(len(state.buttons))
        actions[int(np.ravel(decision.actions)[0])] = 1
    else:
        actions = np.nan_to_num(np.asarray(decision.policy)[0])
    buttons = state.buttons[: len(actions)].astype(int)
    return [float(actions[buttons >> bit & 1 == 1].sum()) for bit in range(4)]


def _draw_pad(surface: pygame.Surface, held: list[float]) -> None:
    width, height = surface.get_size()
    side = min(width, height) // 8
    if side < 4:
        return
    margin = side // 4
    left, top = margin, height - margin - round(1.15 * side)
    flags = pygame.BLEND_PREMULTIPLIED
    surface.blit(sprite(_body, 4 * side), (left, top), special_flags=flags)
    for sign, share, across in zip(("left", "right", "jump", "run"), held, (0.1, 1.0, 2.1, 3.0), strict=True):
        level = round(_STEPS * min(1.0, max(0.0, share)))
        at = left + round(across * side), top + round(0.13 * side)
        surface.blit(sprite(_button, round(0.9 * side), sign, level), at, special_flags=flags)


def _body(canvas: Canvas) -> None:
    canvas.box(0, 0, 1, 0.29, _PAD, 0.09)


_SIGNS = {
    "left": [[(0.26, 0.5), (0.6, 0.24), (0.6, 0.76)]],
    "right": [[(0.74, 0.5), (0.4, 0.24), (0.4, 0.76)]],
    "jump": [[(0.5, 0.24), (0.76, 0.6), (0.6, 0.6), (0.6, 0.76), (0.4, 0.76), (0.4, 0.6), (0.24, 0.6)]],
    "run": [[(x, 0.28), (x + 0.24, 0.5), (x, 0.72)] for x in (0.26, 0.5)],
}


def _button(canvas: Canvas, sign: str, level: int) -> None:
    colour: Colour = mixed(_OFF, _ON, level / _STEPS)
    if sign in ("left", "right"):
        canvas.box(0.06, 0.06, 0.88, 0.88, colour, 0.18)
    else:
        canvas.disc(0.5, 0.5, 0.46, colour)
    for shape in _SIGNS[sign]:
        canvas.shape(shape, PALETTE["k"])


def _draw_boxes(surface: pygame.Surface, state: np.record) -> None:
    camera = camera_of(state, surface.get_size())
    thick = max(1, surface.get_height() // 400)
    for colour, (x, y, width, height) in _boxes(state, camera):
        box = camera.box(x, y, width, height)
        if box.width > 2 and box.height > 2 and box.colliderect(surface.get_rect()):
            pygame.draw.rect(surface, colour, box, thick)


def _boxes(state: np.record, camera: Camera) -> Iterator[tuple[Colour, _Box]]:
    top, left = max(0, camera.top * PIXEL // TILE), max(0, camera.left * PIXEL // TILE)
    tiles = standing(state)
    for row, col in np.argwhere(tiles[top:, left : left + camera.width * PIXEL // TILE + 2]).tolist():
        yield from _boxes_of_tile(tiles, top + row, left + col)
    for k in range(int(state.lift_count)):
        x, y = lift_place(state, k, state.tick)
        yield _GROUND, (x, y, int(state.lift_width[k]), LIFT_HEIGHT)
    for k in range(int(state.foe_count)):
        if int(state.foes) >> k & 1:
            x, y = foe_place(state, k, state.tick)
            yield _FOE, (x, y, FOE_WIDTH, FOE_HEIGHT)
    for seat in range(len(state.x)):
        yield _OURS, (int(state.x[seat]), int(state.y[seat]), WIDTH, HEIGHT)


def _boxes_of_tile(tiles: np.ndarray, row: int, col: int) -> Iterator[tuple[Colour, _Box]]:
    tile, x, y = int(tiles[row, col]), col * TILE, row * TILE
    if tile & SPIKE:
        yield _FOE, (x + SPIKE_SIDE, y + SPIKE_TOP, TILE - 2 * SPIKE_SIDE, TILE - SPIKE_TOP)
    elif tile & (FLAG | CHECKPOINT | COIN):
        yield _WANTED, (x, y, TILE, TILE)
    elif tile & (SPRING | BRICK):
        yield _GROUND, (x, y, TILE, TILE)
    elif tile & LEDGE or (row > 0 and not tiles[row - 1, col] & SOLID):
        yield _GROUND, (x, y, TILE, 3 * PIXEL)


def _draw_window(surface: pygame.Surface, state: np.record) -> None:
    seat = leader(state)
    left = (int(state.x[seat]) + WIDTH // 2) // TILE - AHEAD
    top = (int(state.y[seat]) + HEIGHT // 2) // TILE - ABOVE
    camera = camera_of(state, surface.get_size())
    seen = camera.box(left * TILE, top * TILE, VIEW_COLS * TILE, VIEW_ROWS * TILE)
    veil = pygame.Surface(surface.get_size(), pygame.SRCALPHA, 32)
    veil.fill((*PALETTE["k"], 130))
    veil.fill(
        (0, 0, 0, 0), seen.clip(veil.get_rect())
    )  # what sticks out at the left would be filled at the right
    for k in range(1, VIEW_COLS):
        x = camera.box((left + k) * TILE, 0, 0, 0).x
        pygame.draw.line(veil, (255, 255, 255, 46), (x, seen.top), (x, seen.bottom - 1))
    for k in range(1, VIEW_ROWS):
        y = camera.box(0, (top + k) * TILE, 0, 0).y
        pygame.draw.line(veil, (255, 255, 255, 46), (seen.left, y), (seen.right - 1, y))
    pygame.draw.rect(veil, (255, 255, 255, 220), seen, max(1, surface.get_height() // 300))
    surface.blit(veil, (0, 0))
