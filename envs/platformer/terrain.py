"""How is a level drawn from a seed?

From left to right, one section after the other, each of a kind that a runner can pass: no gap is wider and no wall
higher than it can jump, and there is ground to stand on in between. The difficulty, 0 to 1000, makes levels longer,
gaps wider, foes more and faster, rests shorter, and lets in more kinds of section. That a route exists is not taken on
trust: `agents.planner` finds one through each level of a set, which is kept (`envs.platformer.certificates`).

Heights count the rows of ground from the bottom up: what stands upon ground of height 3 is in the fourth row.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, wrapping
from envs.generator import draw
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH
from envs.platformer.physics import HEIGHT
from envs.platformer.state import BRICK, CHECKPOINT, COIN, FLAG, LEDGE, SOLID, SPIKE, SPRING, TILE

ROWS = 16
_SHORTEST, _LONGER = 84, 36  # columns at difficulty 0, and how many more at 1000
_LOWEST, _HIGHEST = 2, 7  # rows of ground
_LEAD, _END = 6, 7  # columns of flat ground at the start and around the flag
_SHORT, _LONG = 10, 17  # columns that a section of the short kinds, or of any kind, may take
_SLAB = 3  # rows of a ceiling

GAP, STAIRS, SPIKES, MOAT, WALKERS, WALL, BRICKS, SHELTER, TUNNEL, PILLARS = range(
    10
)  # from the easiest level on
LEDGES, FLYERS, BRANCH, SPRUNG_WALL, FERRY, ELEVATOR = range(10, 16)  # one after the other as it gets harder
_SHORT_KINDS, _EASY_KINDS, _KINDS = 4, 10, 16
_ALL_FROM = 600  # the difficulty from which on there is every kind


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
    kinds = min(_KINDS, _EASY_KINDS + (_KINDS - _EASY_KINDS) * np.int64(state.difficulty) // _ALL_FROM)
    kind, halfway = -1, False
    while room(state, col) >= _SHORT:
        before = kind
        for _ in range(2):  # the same kind again is less likely
            if kind == before:
                kind = draw(state, kinds if room(state, col) >= _LONG else _SHORT_KINDS)
        col, height = section(state, kind, col, height)
        if not halfway and 2 * col > state.cols:
            put(state, col, height, CHECKPOINT)
            halfway = True
        col = rest(state, col, height)
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
    for field in (
        state.foe_x,
        state.foe_y,
        state.foe_right,
        state.foe_down,
        state.foe_speed,
        state.foe_phase,
    ):
        field[:] = 0
    for field in (state.lift_x, state.lift_y, state.lift_right, state.lift_down, state.lift_speed):
        field[:] = 0
    state.lift_phase[:] = 0
    state.lift_width[:] = 0
    state.foe_flies[:] = 0
    state.coin_cell[:] = 0
    state.brick_cell[:] = 0
    state.checkpoint_cell[:] = 0


@compiled
def room(state, col):
    """Return how many columns are left before the flat ground at the end."""
    return np.int64(state.cols) - _END - col


@compiled
def put(state, col, above, tile):
    """Set a tile so many rows above the bottom, if that is in the level."""
    if 0 <= col < state.cols and 0 <= above < ROWS:
        state.tile[(ROWS - 1 - above) * state.cols + col] = tile


@compiled
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


@compiled
def rest(state, col, height):
    """Lay flat ground between two sections, perhaps with coins."""
    wide = 3 + draw(state, 3) - np.int64(state.difficulty) // 1000
    if draw(state, 3) == 0:
        coins(state, col + 1, height + 1, wide - 2)
    return flat(state, col, height, wide)


@compiled
def coins(state, col, above, count):
    """Lay a row of coins."""
    for k in range(count):
        put(state, col + k, above, COIN)


@compiled
def ceiling(state, col, above, long):
    """Hang a slab overhead."""
    for k in range(long):
        for thick in range(_SLAB):
            put(state, col + k, above + thick, SOLID)


@compiled
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


@compiled
def pace(state):
    """Return a foe's speed."""
    return 72 + draw(state, 40 + 80 * np.int64(state.difficulty) // 1000)


@compiled
def section(state, kind, col, height):
    """Draw one section from that column on; return the column after it and the height of the ground there."""
    if kind == GAP:
        return gap(state, col, height)
    if kind == STAIRS:
        return stairs(state, col, height)
    if kind == SPIKES:
        return spikes(state, col, height)
    if kind == MOAT:
        return moat(state, col, height)
    if kind == WALKERS:
        return walkers(state, col, height)
    if kind == WALL:
        return wall(state, col, height)
    if kind == BRICKS:
        return bricks(state, col, height)
    if kind == SHELTER:
        return shelter(state, col, height)
    if kind == TUNNEL:
        return tunnel(state, col, height)
    if kind == PILLARS:
        return pillars(state, col, height)
    if kind == LEDGES:
        return ledges(state, col, height)
    if kind == FLYERS:
        return flyers(state, col, height)
    if kind == BRANCH:
        return branch(state, col, height)
    if kind == SPRUNG_WALL:
        return sprung_wall(state, col, height)
    if kind == FERRY:
        return ferry(state, col, height)
    return elevator(state, col, height)


@compiled
def other_height(state, height, most):
    """Return another height of the ground, up to so many rows higher or lower."""
    by = 1 + draw(state, most)
    if height - by < _LOWEST or (draw(state, 2) == 0 and height + by <= _HIGHEST):
        return height + by
    return height - by


@compiled
def gap(state, col, height):
    wide = 2 + draw(state, 3 + 3 * np.int64(state.difficulty) // 1000)
    if draw(state, 2) == 0:
        for k in range(wide):
            put(state, col + k, height + 2 + (k != 0) * (k != wide - 1) * 1, COIN)
    return col + wide, (other_height(state, height, 2 if wide < 4 else 1) if wide < 6 else height)


@compiled
def stairs(state, col, height):
    """Draw steps that go up, or down, perhaps with gaps before them."""
    low, high = (
        height < _LOWEST + 2,
        height > _HIGHEST - 2,
    )  # where there is only one way, the steps may be high
    by = 1 + (low or high) * draw(state, 2)
    up = low or (not high and draw(state, 2) == 0)
    wide, apart = 2 + draw(state, 2), min(2, draw(state, 4))
    for _ in range(2):
        height += by if up else -by
        col += apart
        col = flat(state, col, height, wide)
    put(state, col - 1, height, SPIKE if up and state.difficulty > 500 else COIN)
    return col, height


@compiled
def spikes(state, col, height):
    """Draw spikes, and more of them a few steps on."""
    count = 2 + (draw(state, 2) if room(state, col) >= _LONG else 0)
    for k in range(count):
        for _ in range(more(state, 1, 3)):
            put(state, col, height, SPIKE)
            col = flat(state, col, height, 1)
        if k + 1 < count:
            col = flat(state, col, height, 2 + draw(state, 2))
    return col, height


@compiled
def moat(state, col, height):
    """Draw a wall with a gap before it: whoever jumps too late falls into the gap."""
    col += 2 + draw(state, 2)
    high, wide = 2 + draw(state, 2), 2 + draw(state, 3)
    coins(state, col, height + high + 1, wide)
    col = flat(state, col, height + high, wide)
    stays = height + high <= _HIGHEST and draw(state, 2) == 0
    return col, height + high if stays else height


@compiled
def walkers(state, col, height):
    long = 6 + draw(state, 4)
    for _ in range(1 + draw(state, 2) + more(state, 0, 2)):
        foe(state, 0, col, height, long - 1, 0, pace(state))
    if draw(state, 2) == 0:
        coins(state, col + 2, height + 3, 3)
    return flat(state, col, height, long), height


@compiled
def wall(state, col, height):
    """Draw one or more walls to jump over, with spikes or a foe in between."""
    count = more(state, 2, 4)
    for k in range(count):
        high = 2 + draw(state, 2)
        col = flat(state, col, height + high, 1 + draw(state, 2))
        if k + 1 == count or room(state, col) < _SHORT:
            break
        wide = 4 + draw(state, 2)
        if draw(state, 2) == 0:
            foe(state, 0, col, height, wide - 1, 0, pace(state))
        else:
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
def shelter(state, col, height):
    """Draw a gap with a low ceiling over its far side: whoever jumps too high falls into the gap."""
    wide, long = 2 + draw(state, 2), 4 + draw(state, 4)
    col += wide
    ceiling(state, col, height + 3, long)
    coins(state, col + 1, height, long - 2)
    return flat(state, col, height, long), height


@compiled
def tunnel(state, col, height):
    """Draw a passage under a ceiling, with a foe or spikes in it."""
    long = 8 + draw(state, 5)
    ceiling(state, col, height + 3, long)
    if draw(state, 2) == 0:
        foe(state, 0, col, height, long - 1, 0, pace(state))
    else:
        for k in range(2, long - 1, 5 - (state.difficulty > 500)):
            put(state, col + k, height, SPIKE)
    return flat(state, col, height, long), height


@compiled
def pillars(state, col, height):
    """Draw pillars that stand apart in a gap."""
    for _ in range(more(state, 2, 4)):
        if room(state, col) < _SHORT:
            break
        col += 2 + draw(state, 2)
        height = other_height(state, height, 1)
        if draw(state, 2) == 0:
            put(state, col, height + 1, COIN)
        col = flat(state, col, height, 1 + draw(state, 2))
    return col + 2, height


@compiled
def ledges(state, col, height):
    """Draw ledges that hang over a gap."""
    level = height
    for _ in range(2 + draw(state, 2)):
        level = max(_LOWEST, min(_HIGHEST, other_height(state, level, 2)))
        for k in range(3):
            put(state, col + 1 + k, level - 1, LEDGE)
        put(state, col + 2, level, COIN)
        col += 4 + (state.difficulty > 500) * draw(state, 2)
    return col + 2, max(_LOWEST, min(_HIGHEST, level))


@compiled
def flyers(state, col, height):
    """Draw a gap with a foe that flies up and down in it, or ground with some that fly along."""
    if draw(state, 2) == 0:
        wide = 3 + draw(state, 2)
        foe(state, 1, col + wide // 2, height + 4, 0, 5, pace(state))
        return col + wide, height
    long = 7 + draw(state, 3)
    for k in range(more(state, 1, 3)):
        foe(state, 1, col, height + 1 + k, long - 1, 0, pace(state))
    return flat(state, col, height, long), height


@compiled
def branch(state, col, height):
    """Draw two ways: over ledges with coins, or below past a foe or spikes."""
    long = 10 + draw(state, 4)
    for k in range(1, long):
        if k % 5 < 4:
            put(state, col + k, height + 2, LEDGE)
            put(state, col + k, height + 3, COIN)
        if k > 5 and k % 5 < 3:
            put(state, col + k, height + 5, LEDGE)
    if draw(state, 2) == 0:
        put(state, col + long // 2, height, SPIKE)
        put(state, col + long // 2 + 1, height, SPIKE)
    else:
        foe(state, 0, col + 1, height, long - 3, 0, pace(state))
    return flat(state, col, height, long), height


@compiled
def sprung_wall(state, col, height):
    """Draw a wall that is too high to jump, and a spring before it."""
    col = flat(state, col, height, 2)
    put(state, col, height, SPRING | SOLID)
    col = flat(state, col, height, 2)
    high, wide = 5 + draw(state, 2), 2 + draw(state, 3)
    coins(state, col, height + high, wide)
    return flat(state, col, height + high, wide), height


@compiled
def ferry(state, col, height):
    """Draw a gap that is too wide to jump, and a moving platform in it."""
    wide = 9 + draw(state, 5)
    lift(state, col + 1, height - 1, wide - 5, 0, 96 + draw(state, 48))
    coins(state, col + wide // 2 - 1, height + 2, 3)
    return col + wide, height


@compiled
def elevator(state, col, height):
    """Draw a wall that is too high to jump, and a platform that goes up and down before it."""
    high, wide = 5 + draw(state, 2), 3 + draw(state, 3)
    lift(state, col + 1, height + high - 1, 0, high, 128 + draw(state, 64))
    coins(state, col + 5, height + high, wide)
    return flat(state, col + 5, height + high, wide), height


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
