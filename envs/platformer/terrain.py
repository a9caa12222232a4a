"""How is a level drawn from a seed?

From left to right, one section after the other, each of a kind that a runner can pass: no gap is wider and no wall
higher than it can jump, and there is ground to stand on in between. The difficulty, 0 to 1000, makes gaps wider, walls
higher, foes more and faster, rests shorter, and lets in more kinds of section. That a route exists is not taken on
trust: `agents.planner` finds one through each level of a set.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined, wrapping
from envs.generator import draw
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH
from envs.platformer.physics import HEIGHT
from envs.platformer.state import BRICK, CHECKPOINT, COIN, FLAG, LEDGE, SOLID, SPIKE, SPRING, TILE

ROWS = 16
_SHORTEST, _LONGER = 64, 48  # columns at difficulty 0, and how many more at 1000
_LOWEST, _HIGHEST = 2, 7  # rows of ground
_LEAD, _END = 6, 7  # columns of flat ground at the start and around the flag
_SHORT, _LONG = 8, 16  # columns that a section of the first three kinds, or of any kind, may take

GAP, STEP, SPIKES, WALKERS, WALL, BRICKS = range(6)  # from the easiest level on
PILLARS, TUNNEL, FLYERS, SPRUNG_WALL, FERRY, BRANCH = range(6, 12)  # one after the other as it gets harder


@compiled
def draw_level(state):
    """Draw the level of this number and difficulty, all of it but what changes in play."""
    rng = state.rng
    seed_by_level(state)
    state.rows = ROWS
    state.cols = _SHORTEST + _LONGER * np.int64(state.difficulty) // 1000
    clear(state)
    col, height = 0, 3 + draw(state, 3)
    col = flat(state, col, height, _LEAD)
    state.start_x = 2 * TILE
    state.start_y = (ROWS - height) * TILE - HEIGHT
    kinds, kind, halfway = 6 + 6 * np.int64(state.difficulty) // 1000, -1, False
    while room(state, col) >= _SHORT:
        before = kind
        for _ in range(2):  # the same kind again is less likely
            if kind == before:
                kind = draw(state, kinds if room(state, col) >= _LONG else WALKERS)
        col, height = section(state, kind, col, height)
        if not halfway and 2 * col > state.cols:
            put(state, col, height, CHECKPOINT)
            halfway = True
        col = flat(state, col, height, 4 + draw(state, 3) - 2 * np.int64(state.difficulty) // 1000)
    flat(state, col, height, state.cols - col)
    state.flag_col = state.cols - 4
    for above in range(5):
        put(state, state.flag_col, height + above, FLAG)
    list_cells(state)
    state.rng = rng


@wrapping
def seed_by_level(state):
    """Let chance follow from the number of the level alone while it is drawn."""
    state.rng = np.uint64(state.number) * np.uint64(0xD1342543DE82EF95) + np.uint64(0x632BE59BD9B4E019)


@compiled
def clear(state):
    """Take away the level that was drawn before."""
    state.foe_count = state.lift_count = 0
    state.tile[: ROWS * state.cols] = 0
    for field in (state.foe_x, state.foe_y, state.foe_right, state.foe_down, state.foe_speed, state.foe_phase):
        field[:] = 0
    for field in (state.lift_x, state.lift_y, state.lift_right, state.lift_down, state.lift_speed):
        field[:] = 0
    state.lift_phase[:] = 0
    state.lift_width[:] = 0
    state.foe_flies[:] = 0
    state.coin_cell[:] = 0
    state.brick_cell[:] = 0
    state.checkpoint_cell[:] = 0


@inlined
def room(state, col):
    """Return how many columns are left before the flat ground at the end."""
    return np.int64(state.cols) - _END - col


@inlined
def put(state, col, above, tile):
    """Set a tile so many rows above the bottom, if that is in the level."""
    if 0 <= col < state.cols and 0 <= above < ROWS:
        state.tile[(ROWS - 1 - above) * state.cols + col] = tile


@inlined
def ground(state, col, height):
    for above in range(height):
        put(state, col, above, SOLID)


@compiled
def flat(state, col, height, width):
    """Lay flat ground, and return the column after it."""
    for _ in range(width):
        ground(state, col, height)
        col += 1
    return col


@inlined
def more(state, least, most):
    """Return a number from `least` on, up to nearly `most` as it gets harder."""
    return least + draw(state, 1 + (most - least) * np.int64(state.difficulty) // 1000)


@compiled
def foe(state, flies, col, above, right, down, speed):
    """Let a foe patrol from a tile so many tiles to the right, or down."""
    k = state.foe_count
    if k < len(state.foe_x) and col + right < state.cols:
        state.foe_flies[k] = flies
        state.foe_x[k] = col * TILE + (TILE - FOE_WIDTH) // 2
        state.foe_y[k] = (ROWS - above) * TILE - FOE_HEIGHT
        state.foe_right[k], state.foe_down[k] = right * TILE, down * TILE
        state.foe_speed[k] = speed
        state.foe_phase[k] = draw(state, 2 * (right + down) * TILE)
        state.foe_count += 1


@compiled
def lift(state, col, above, right, down, speed):
    """Let a moving platform of three tiles go from a tile so many tiles to the right, or down."""
    k = state.lift_count
    if k < len(state.lift_x) and col + right + 3 <= state.cols:
        state.lift_x[k], state.lift_y[k] = col * TILE, (ROWS - 1 - above) * TILE
        state.lift_right[k], state.lift_down[k] = right * TILE, down * TILE
        state.lift_speed[k] = speed
        state.lift_phase[k] = draw(state, 2 * (right + down) * TILE)
        state.lift_width[k] = 3 * TILE
        state.lift_count += 1


@inlined
def pace(state):
    """Return a foe's speed."""
    return 72 + draw(state, 40 + 80 * np.int64(state.difficulty) // 1000)


@compiled
def section(state, kind, col, height):
    """Draw one section from that column on; return the column after it and the height of the ground there."""
    if kind == GAP:
        return gap(state, col, height)
    if kind == STEP:
        return col, other_height(state, height, 3)
    if kind == SPIKES:
        return spikes(state, col, height)
    if kind == WALKERS:
        return walkers(state, col, height)
    if kind == WALL:
        return wall(state, col, height)
    if kind == BRICKS:
        return bricks(state, col, height)
    if kind == PILLARS:
        return pillars(state, col, height)
    if kind == TUNNEL:
        return tunnel(state, col, height)
    if kind == FLYERS:
        return flyers(state, col, height)
    if kind == SPRUNG_WALL:
        return sprung_wall(state, col, height)
    if kind == FERRY:
        return ferry(state, col, height)
    return branch(state, col, height)


@compiled
def other_height(state, height, most):
    """Return another height of the ground, up to so many rows higher or lower."""
    by = 1 + draw(state, most)
    if draw(state, 2) == 0 and height - by >= _LOWEST:
        return height - by
    return min(height + by, _HIGHEST)


@compiled
def gap(state, col, height):
    wide = 2 + draw(state, 2 + 4 * np.int64(state.difficulty) // 1000)
    if draw(state, 2) == 0:
        for k in range(wide):
            put(state, col + k, height + 2 + (k != 0) * (k != wide - 1) * 1, COIN)
    return col + wide, (other_height(state, height, 1) if wide < 6 else height)


@compiled
def spikes(state, col, height):
    for _ in range(more(state, 1, 4)):
        ground(state, col, height)
        put(state, col, height, SPIKE)
        col += 1
    return col, height


@compiled
def walkers(state, col, height):
    long = 6 + draw(state, 4)
    for _ in range(more(state, 1, 4)):
        foe(state, 0, col, height, long - 1, 0, pace(state))
    if draw(state, 2) == 0:
        for k in range(2, 5):
            put(state, col + k, height + 3, COIN)
    return flat(state, col, height, long), height


@compiled
def wall(state, col, height):
    """Draw one or more walls to jump over, perhaps with spikes or a foe in between."""
    count = more(state, 1, 4)
    for k in range(count):
        high = 2 + draw(state, 2)
        col = flat(state, col, height + high, 1 + draw(state, 2))
        if k + 1 == count or room(state, col) < _SHORT:
            break
        wide = 3 + draw(state, 3)
        kind = draw(state, 3)
        if kind == 0:
            foe(state, 0, col, height, wide - 1, 0, pace(state))
        elif kind == 1 and state.difficulty > 300:
            put(state, col + wide // 2, height, SPIKE)
        col = flat(state, col, height, wide)
    return col, height


@compiled
def bricks(state, col, height):
    """Draw a row of bricks overhead, coins upon it, and a foe below."""
    long = 4 + draw(state, 4)
    for k in range(long):
        put(state, col + k, height + 3, BRICK | SOLID)
        if draw(state, 2) == 0:
            put(state, col + k, height + 4, COIN)
    foe(state, 0, col, height, long - 1, 0, pace(state))
    return flat(state, col, height, long), height


@compiled
def pillars(state, col, height):
    """Draw pillars that stand apart in a gap."""
    for _ in range(more(state, 2, 5)):
        if room(state, col) < _SHORT:
            break
        col += 2 + draw(state, 2)
        height = other_height(state, height, 1)
        col = flat(state, col, height, 1 + draw(state, 2))
    return col + 2, height


@compiled
def tunnel(state, col, height):
    """Draw a passage under a ceiling, with a foe or spikes in it."""
    long = 7 + draw(state, 5)
    for k in range(long):
        for above in range(height + 3, ROWS):
            put(state, col + k, above, SOLID)
    if draw(state, 2) == 0:
        foe(state, 0, col, height, long - 1, 0, pace(state))
    else:
        put(state, col + long // 2, height, SPIKE)
    return flat(state, col, height, long), height


@compiled
def flyers(state, col, height):
    """Draw a gap with a foe that flies up and down in it, or ground with one that flies along."""
    if draw(state, 2) == 0:
        wide = 3 + draw(state, 2)
        foe(state, 1, col + wide // 2, height + 4, 0, 5, pace(state))
        return col + wide, height
    long = 7 + draw(state, 3)
    for k in range(more(state, 1, 3)):
        foe(state, 1, col, height + 1 + k, long - 1, 0, pace(state))
    return flat(state, col, height, long), height


@compiled
def sprung_wall(state, col, height):
    """Draw a wall that is too high to jump, and a spring before it."""
    col = flat(state, col, height, 2)
    ground(state, col, height)
    put(state, col, height, SPRING | SOLID)
    col = flat(state, col + 1, height, 1)
    high = 5 + draw(state, 2)
    col = flat(state, col, height + high, 2)
    return col, height


@compiled
def ferry(state, col, height):
    """Draw a gap that is too wide to jump, and a moving platform in it."""
    wide = 9 + draw(state, 5)
    lift(state, col + 1, height - 1, wide - 5, 0, 64 + draw(state, 48))
    for k in range(3):
        put(state, col + wide // 2 - 1 + k, height + 2, COIN)
    return col + wide, height


@compiled
def branch(state, col, height):
    """Draw two ways: over ledges with coins, or below through foes and spikes."""
    long = 10 + draw(state, 4)
    for k in range(long):
        if k % 5 < 4 and k > 0:
            put(state, col + k, height + 2, LEDGE)
            put(state, col + k, height + 4, COIN)
        if k > 5 and k % 5 < 3:
            put(state, col + k, height + 5, LEDGE)
    end = flat(state, col, height, long)
    foe(state, 0, col + 2, height, long - 4, 0, pace(state))
    if draw(state, 2) == 0:
        put(state, col + long // 2, height, SPIKE)
        put(state, col + long // 2 + 1, height, SPIKE)
    else:
        foe(state, 0, col + 1, height, long - 3, 0, pace(state))
    return end, height


@compiled
def list_cells(state):
    """Note where coins, bricks and checkpoints are, in rising order; what is too much is taken out again."""
    coins = bricks = checkpoints = 0
    for cell in range(ROWS * np.int64(state.cols)):
        tile = state.tile[cell]
        if tile & (COIN | BRICK | CHECKPOINT):
            if tile & COIN and coins < len(state.coin_cell):
                state.coin_cell[coins] = cell
                coins += 1
            elif tile & BRICK and bricks < len(state.brick_cell):
                state.brick_cell[bricks] = cell
                bricks += 1
            elif tile & CHECKPOINT and checkpoints < len(state.checkpoint_cell):
                state.checkpoint_cell[checkpoints] = cell
                checkpoints += 1
            else:
                state.tile[cell] = SOLID if tile & BRICK else 0
    state.coin_count, state.brick_count, state.checkpoint_count = coins, bricks, checkpoints
