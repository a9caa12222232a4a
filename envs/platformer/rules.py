"""What are the rules of the platformer?

One record is one game (fields: `envs.platformer.state`). Whole numbers only decide what happens, and there is no
chance once a level is drawn: what a runner does follows from its buttons.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.generator import draw
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH, foe_comes, foe_place
from envs.platformer.physics import BOUNCE, HEIGHT, HOP, IN_AIR, WIDTH, move, place_in, remember, throw
from envs.platformer.terrain import draw_level
from envs.platformer.world import (
    BROKE_BRICK,
    CHECKED,
    CHECKPOINT,
    COIN,
    DIED,
    FINISHED,
    FLAG,
    PIXEL,
    SPIKE,
    STOMPED,
    TILE,
    TOOK_COIN,
)

REASONS = ("playing", "flag", "death", "time limit")
PROGRESS, BY_COIN, BY_FLAG, BY_DEATH, BY_TIME = range(5)  # the order of the weights of rewards

_PLAYING, _TERMINATED, _TRUNCATED = 0, 1, 2
_FLAG, _DEATH, _TIME = 1, 2, 3
_TICKS_OF_TIME = 4  # for which the weight of time counts once
_TICKS_A_COLUMN, _TICKS_AT_LEAST = 24, 1200  # of the time that a level gives
SPIKE_SIDE, SPIKE_TOP = 3 * PIXEL, 6 * PIXEL  # from the edges of their tile to the points of spikes
_MERCY = 2 * PIXEL  # by which a foe has to overlap a runner


@compiled
def begin(state):
    """Start an episode: draw the level if it is one of a set, and put every runner at its start."""
    if state.levels > 0:
        state.number = state.first_level + draw(state, state.levels)
        draw_level(state)
    state.ply = 0
    state.tick = 0
    state.status = _PLAYING
    state.reason = 0
    state.coins = (np.int64(1) << state.coin_count) - 1
    state.bricks = (np.int64(1) << state.brick_count) - 1
    state.foes = (np.int64(1) << state.foe_count) - 1
    state.happenings = 0
    state.happened[:] = 0
    state.happened_tick[:] = 0
    state.happened_x[:] = 0
    state.happened_y[:] = 0
    state.happened_seat[:] = 0
    for seat in range(len(state.x)):
        state.score[seat] = 0
        state.out[seat] = 0
        state.best[seat] = state.start_x
        state.lives[seat] = state.lives_given
        state.purse[seat] = 0
        state.checkpoint[seat] = 0
        put_back(state, seat)


@compiled
def put_back(state, seat):
    """Put a runner at the last checkpoint that it has reached, or at the start."""
    state.x[seat], state.y[seat] = state.start_x, state.start_y
    if state.checkpoint[seat] > 0:
        cell = np.int64(state.checkpoint_cell[state.checkpoint[seat] - 1])
        state.x[seat] = cell % state.cols * TILE + (TILE - WIDTH) // 2
        state.y[seat] = (cell // state.cols + 1) * TILE - HEIGHT
    state.vx[seat] = state.vy[seat] = 0
    state.footing[seat] = IN_AIR
    state.coyote[seat] = state.buffer[seat] = state.lift_off[seat] = state.held[seat] = 0
    state.facing[seat] = 1


@inlined
def time_limit(state):
    """Return how many plies an episode takes at most: as asked for, or as the level gives."""
    if state.time_limit > 0:
        return np.int64(state.time_limit)
    ticks = np.int64(state.time_given)
    if ticks == 0:
        ticks = max(np.int64(_TICKS_AT_LEAST), _TICKS_A_COLUMN * np.int64(state.cols))
    return (ticks + state.frame_skip - 1) // state.frame_skip


@compiled
def play(state, actions, rewards):
    """Play one ply: each runner holds the buttons of its action for `frame_skip` ticks."""
    rewards[:] = 0.0
    if state.status != _PLAYING:
        return
    state.ply += 1
    weight, until = state.reward[BY_TIME], np.int64(state.ply) * state.frame_skip
    spent = weight * until // _TICKS_OF_TIME - weight * (until - state.frame_skip) // _TICKS_OF_TIME
    for seat in range(len(state.x)):
        if state.out[seat] == 0:
            earn(state, seat, spent, rewards)
    for _ in range(state.frame_skip):
        if state.status == _PLAYING:
            tick(state, actions, rewards)
    if state.status == _PLAYING and state.ply >= time_limit(state):
        state.status = _TRUNCATED
        state.reason = _TIME


@inlined
def earn(state, seat, thousandths, rewards):
    state.score[seat] += thousandths
    rewards[seat] += thousandths / 1000.0


@compiled
def tick(state, actions, rewards):
    """Let one tick pass. Who comes first changes from tick to tick, so that no seat has an advantage."""
    seats = len(state.x)
    state.tick += 1
    for k in range(seats):
        seat = (state.tick + k) % seats if seats > 1 else 0
        if state.out[seat] == 0:
            before = np.int64(state.y[seat])
            held = np.int64(state.buttons[actions[seat]])
            brick = move(state, seat, held)
            if brick >= 0:
                break_brick(state, brick, seat)
            advance(state, seat, rewards)
            touched = touch_tiles(state, seat, rewards)
            alive = meet_foes(state, seat, before, held)
            if touched & FLAG:
                finish(state, seat, rewards)
            elif not alive or touched & SPIKE or state.y[seat] > state.rows * TILE:
                die(state, seat, rewards)


@inlined
def advance(state, seat, rewards):
    """Reward ground that the runner has not covered before: a weight for each tile to the right."""
    if state.x[seat] > state.best[seat]:
        weight = state.reward[PROGRESS]
        gain = state.x[seat] * weight // TILE - state.best[seat] * weight // TILE
        state.best[seat] = state.x[seat]
        earn(state, seat, gain, rewards)


@compiled
def break_brick(state, cell, seat):
    """Break a brick, and knock down the foe that stands on it."""
    state.bricks &= ~(np.int64(1) << place_in(state.brick_cell, state.brick_count, cell))
    left, top = cell % state.cols * TILE, cell // state.cols * TILE
    remember(state, BROKE_BRICK, left + TILE // 2, top + TILE // 2, seat)
    for k in range(state.foe_count):
        if (state.foes >> k) & 1:
            x, y = foe_place(state, k, state.tick)
            if left - FOE_WIDTH < x < left + TILE and top - TILE <= y < top:
                fell(state, k, x, y, seat)


@compiled
def fell(state, k, x, y, seat):
    """Let a foe be gone."""
    state.foes &= ~(np.int64(1) << k)
    remember(state, STOMPED, x + FOE_WIDTH // 2, y + FOE_HEIGHT, seat)


@compiled
def touch_tiles(state, seat, rewards):
    """Take the coins and checkpoints that the runner's box touches; return FLAG and SPIKE where it touches those."""
    touched = 0
    x, y, cols = np.int64(state.x[seat]), np.int64(state.y[seat]), np.int64(state.cols)
    first, last = max(np.int64(0), y // TILE), min(np.int64(state.rows) - 1, (y + HEIGHT - 1) // TILE)
    for row in range(first, last + 1):
        for col in range(x // TILE, (x + WIDTH - 1) // TILE + 1):
            tile = state.tile[row * cols + col]
            if tile & COIN:
                take_coin(state, seat, row * cols + col, rewards)
            elif tile & CHECKPOINT:
                reach_checkpoint(state, seat, row * cols + col)
            elif tile & FLAG:
                touched |= FLAG
            elif tile & SPIKE and pricks(x, y, col * TILE, row * TILE):
                touched |= SPIKE
    return touched


@compiled
def reach_checkpoint(state, seat, cell):
    """Let a runner that dies go on from there."""
    number = place_in(state.checkpoint_cell, state.checkpoint_count, cell) + 1
    if number != state.checkpoint[seat]:
        state.checkpoint[seat] = number
        remember(state, CHECKED, cell % state.cols * TILE + TILE // 2, cell // state.cols * TILE, seat)


@compiled
def take_coin(state, seat, cell, rewards):
    """Take the coin of that cell, if nobody has taken it before."""
    coin = np.int64(1) << place_in(state.coin_cell, state.coin_count, cell)
    if state.coins & coin:
        state.coins &= ~coin
        state.purse[seat] += 1
        remember(
            state,
            TOOK_COIN,
            cell % state.cols * TILE + TILE // 2,
            cell // state.cols * TILE + TILE // 2,
            seat,
        )
        earn(state, seat, state.reward[BY_COIN], rewards)


@inlined
def pricks(x, y, left, top):
    """Return whether the points of spikes in the tile at (left, top) reach into the runner's box at (x, y)."""
    beside = x < left + TILE - SPIKE_SIDE and left + SPIKE_SIDE < x + WIDTH
    return beside and y + HEIGHT > top + SPIKE_TOP


@compiled
def meet_foes(state, seat, before, held):
    """Stomp the foes that the runner comes down on; return False where one gets it. before: y a tick ago."""
    x, y = np.int64(state.x[seat]), np.int64(state.y[seat])
    down = state.vy[seat] >= 0
    for k in range(state.foe_count):
        if not foe_comes(state, k, x, x + WIDTH):
            continue
        foe_x, foe_y = foe_place(state, k, state.tick)
        aside = x + WIDTH <= foe_x + _MERCY or x >= foe_x + FOE_WIDTH - _MERCY
        if aside or y + HEIGHT <= foe_y or y >= foe_y + FOE_HEIGHT - _MERCY:
            continue
        _, foe_y_before = foe_place(state, k, state.tick - 1)
        if before + HEIGHT > foe_y_before + FOE_HEIGHT // 2 or not down:
            return False
        fell(state, k, foe_x, foe_y, seat)
        throw(state, seat, BOUNCE, 1 if held & HOP else 0)
    return True


@compiled
def die(state, seat, rewards):
    """Lose a life. Whoever has none left is out; once everybody is, the game is over."""
    remember(state, DIED, state.x[seat] + WIDTH // 2, state.y[seat] + HEIGHT // 2, seat)
    earn(state, seat, state.reward[BY_DEATH], rewards)
    state.lives[seat] -= 1
    if state.lives[seat] > 0:
        put_back(state, seat)
        return
    state.out[seat] = 1
    if state.out.all() and state.status == _PLAYING:
        state.status = _TERMINATED
        state.reason = _DEATH


@compiled
def finish(state, seat, rewards):
    """Reach the flag, which ends the game. Whoever reaches it in the same tick has reached it too."""
    remember(state, FINISHED, state.x[seat] + WIDTH // 2, state.y[seat] + HEIGHT, seat)
    earn(state, seat, state.reward[BY_FLAG], rewards)
    state.status = _TERMINATED
    state.reason = _FLAG
