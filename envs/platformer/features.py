"""What does a runner see, as a few numbers?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH, foe_heading, foe_place, lift_place
from envs.platformer.physics import FASTEST_FALL, HEIGHT, IN_AIR, RUN, WIDTH, blocks, tile_at
from envs.platformer.world import LEDGE, SPIKE, TILE

_COLUMNS, _BEHIND = 10, 2  # that are looked at: from so many behind the runner on
_NEAR = 3  # foes and lifts that are told of
NAMES = (
    "speed", "fall", "footing", "rising", "x in its tile", "y in its tile", "progress",
    *(f"{what} at {col - _BEHIND:+d}" for col in range(_COLUMNS) for what in ("ground", "ceiling", "spike")),
    *(f"foe {k} {what}" for k in range(1, _NEAR + 1) for what in ("right", "down", "heading")),
    *(f"lift {k} {what}" for k in range(1, _NEAR + 1) for what in ("right", "down")),
)  # fmt: skip
_FOES = 7 + 3 * _COLUMNS
_LIFTS = _FOES + 3 * _NEAR
_DEEP = 8  # rows below and above that are looked at


@compiled
def write_features(state, seat, out):
    """Write the numbers float32 [len(NAMES)], each from -1 to 1.

    Of each column, from two behind the runner to seven ahead: how far below the feet its ground is (negative: above
    them) and how far above that its ceiling, as parts of 8 rows, and whether spikes are on it. Of the nearest foes and
    moving platforms: how far to the right and down they are, as parts of 16 tiles; 1 where there is none.
    """
    x, y = np.int64(state.x[seat]), np.int64(state.y[seat])
    col, row = (x + WIDTH // 2) // TILE, (y + HEIGHT - 1) // TILE
    out[0] = state.vx[seat] / RUN
    out[1] = max(-1.0, min(1.0, state.vy[seat] / FASTEST_FALL))
    out[2] = 1.0 if state.footing[seat] != IN_AIR else state.coyote[seat] / 8.0
    out[3] = state.lift_off[seat] / 2.0
    out[4] = (x + WIDTH // 2) % TILE / TILE
    out[5] = (y + HEIGHT - 1) % TILE / TILE
    out[6] = min(1.0, x / (state.cols * TILE))
    for k in range(_COLUMNS):
        at = 7 + 3 * k
        out[at], out[at + 1], out[at + 2] = look_down(state, col + k - _BEHIND, row)
    nearest_foes(state, x, y, out)
    nearest_lifts(state, x, y, out)


@compiled
def look_down(state, col, row):
    """Return ground, ceiling and spike of a column, seen from that row."""
    ground, ceiling, spike = _DEEP, _DEEP, 0.0
    start = row
    while start > row - _DEEP and blocks(state, col, start):
        start -= 1
    for down in range(_DEEP + row - start):
        tile = tile_at(state, col, start + down)
        if tile & SPIKE:
            spike = 1.0
        if tile & LEDGE or blocks(state, col, start + down):
            ground = start + down - row - 1
            break
    for up in range(1, _DEEP):
        if blocks(state, col, start - up):
            ceiling = up - 1
            break
    return max(-1.0, ground / _DEEP), ceiling / _DEEP, spike


@compiled
def part(distance):
    """Return a distance as a part of 16 tiles."""
    return max(-1.0, min(1.0, distance / (16 * TILE)))


@compiled
def nearest_foes(state, x, y, out):
    for k in range(_NEAR):
        out[_FOES + 3 * k], out[_FOES + 3 * k + 1], out[_FOES + 3 * k + 2] = 1.0, 1.0, 0.0
    for k in range(state.foe_count):
        if (state.foes >> k) & 1:
            foe_x, foe_y = foe_place(state, k, state.tick)
            right = part(foe_x + FOE_WIDTH // 2 - x - WIDTH // 2)
            down = part(foe_y + FOE_HEIGHT - y - HEIGHT)
            rank = _rank(out, _FOES, 3, right)
            for later in range(_NEAR - 1, rank, -1):
                for part_of in range(3):
                    out[_FOES + 3 * later + part_of] = out[_FOES + 3 * later - 3 + part_of]
            if rank < _NEAR:
                out[_FOES + 3 * rank], out[_FOES + 3 * rank + 1] = right, down
                out[_FOES + 3 * rank + 2] = foe_heading(state, k, state.tick)


@compiled
def nearest_lifts(state, x, y, out):
    for k in range(2 * _NEAR):
        out[_LIFTS + k] = 1.0
    for k in range(state.lift_count):
        lift_x, lift_y = lift_place(state, k, state.tick)
        right = part(lift_x + state.lift_width[k] // 2 - x - WIDTH // 2)
        rank = _rank(out, _LIFTS, 2, right)
        for later in range(_NEAR - 1, rank, -1):
            out[_LIFTS + 2 * later], out[_LIFTS + 2 * later + 1] = (
                out[_LIFTS + 2 * later - 2],
                out[_LIFTS + 2 * later - 1],
            )
        if rank < _NEAR:
            out[_LIFTS + 2 * rank], out[_LIFTS + 2 * rank + 1] = right, part(lift_y - y - HEIGHT)


@compiled
def _rank(out, first, size, right):
    """Return which place a thing takes among the nearest ones told of so far."""
    rank = 0
    while rank < _NEAR and abs(out[first + size * rank]) <= abs(right):
        rank += 1
    return rank
