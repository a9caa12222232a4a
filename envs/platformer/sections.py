"""Of which sections is a drawn level made?

Each begins on the ground where the one before it ended, can be passed by a runner, and says where it ends: the column
after it, and the height of the ground there.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.generator import draw
from envs.platformer.building import ceiling, coins, flat, foe, lift, more, pace, put, room
from envs.platformer.world import BRICK, COIN, LEDGE, SOLID, SPIKE, SPRING

# From the easiest level on, and then one after the other as it gets harder.
GAP, STAIRS, SPIKES, MOAT, WALKERS, WALL, BRICKS, SHELTER, TUNNEL, PILLARS = range(10)
LEDGES, FLYERS, BRANCH, SPRUNG_WALL, FERRY, ELEVATOR = range(10, 16)
SHORT_KINDS, EASY_KINDS, KINDS = 4, 10, 16
SHORT, LONG = 10, 17  # columns that a section of the short kinds, or of any kind, may take

_LOWEST, _HIGHEST = 2, 7  # rows of ground


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
    count = 2 + (draw(state, 2) if room(state, col) >= LONG else 0)
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
        if k + 1 == count or room(state, col) < SHORT:
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
        if room(state, col) < SHORT:
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
