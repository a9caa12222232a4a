"""How does a runner move in one tick?

Velocities are sub-pixels a tick, accelerations sub-pixels a tick a tick. No speed comes near a tile a tick, so
whoever looks at the tiles at the edge of the box only can fall through nothing.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.platformer.moving import lift_comes, lift_place
from envs.platformer.world import BRICK, JUMPED, LANDED, LEDGE, PIXEL, SOLID, SPRING, SPRUNG, TILE

WIDTH, HEIGHT = 10 * PIXEL, 15 * PIXEL  # of a runner's box

WALK, RUN = 384, 656  # the fastest
WALK_ACCELERATION, RUN_ACCELERATION, SKID, FRICTION = 20, 24, 48, 20  # on the ground
AIR_ACCELERATION, AIR_TURN, AIR_DRAG = 20, 32, 4
JUMP, JUMP_OF_SPEED = 1060, 4  # a jump starts with JUMP + |vx| / JUMP_OF_SPEED
RISE, FALL, FASTEST_FALL = 40, 104, 1152  # gravity while it rises lightly, and else
SPRING_SPEED, BOUNCE = 1720, 900  # off a spring, and off a foe
COYOTE, BUFFER = 6, 6  # ticks
NUDGE = 4 * PIXEL  # a head that touches a ceiling by no more than this slips past its corner

IN_AIR, ON_GROUND, ON_LIFT = 0, 1, 2  # ON_LIFT + number
LEFT, RIGHT, HOP, FAST = 1, 2, 4, 8  # bits of the buttons


@compiled
def move(state, seat, buttons):
    """Move a runner by one tick, as far as tiles and lifts let it. Returns the cell of a brick it hit, or -1."""
    if state.footing[seat] >= ON_LIFT:
        ride(state, seat)
    steer(state, seat, buttons)
    jump(state, seat, (buttons & HOP) != 0)
    go_sideways(state, seat, state.vx[seat])
    state.footing[seat] = IN_AIR
    if state.vy[seat] < 0:
        return rise(state, seat)
    fall(state, seat)
    return -1


@inlined
def steer(state, seat, buttons):
    """Let left, right and run change the horizontal speed."""
    vx = np.int64(state.vx[seat])
    way = ((buttons & RIGHT) != 0) * 1 - ((buttons & LEFT) != 0) * 1
    fast = RUN if buttons & FAST else WALK
    grounded = state.footing[seat] != IN_AIR
    if way != 0:
        state.facing[seat] = way
    forward = vx * way
    if way == 0:
        vx = slowed(vx, FRICTION if grounded else AIR_DRAG)
    elif forward < 0:
        vx += way * (SKID if grounded else AIR_TURN)
    elif forward < fast:
        push = AIR_ACCELERATION
        if grounded:
            push = RUN_ACCELERATION if buttons & FAST else WALK_ACCELERATION
        vx = way * min(fast, forward + push)
    elif grounded and forward > fast:
        vx = way * max(fast, forward - FRICTION)
    state.vx[seat] = vx


@inlined
def slowed(v, drag):
    """Return a velocity nearer to standing still."""
    return max(0, v - drag) if v > 0 else min(0, v + drag)


@inlined
def jump(state, seat, pressed):
    """Let the jump button and gravity change the vertical speed.

    A press counts for a few ticks before the feet touch ground, and a few ticks after they have left it. The jump
    goes as high as the button is held.
    """
    fresh = pressed and state.held[seat] == 0
    state.held[seat] = 1 if pressed else 0
    if fresh:
        state.buffer[seat] = BUFFER
    if state.footing[seat] != IN_AIR:
        state.coyote[seat] = COYOTE
    if state.buffer[seat] > 0 and state.coyote[seat] > 0:
        state.vy[seat] = -(JUMP + abs(np.int64(state.vx[seat])) // JUMP_OF_SPEED)
        state.buffer[seat] = state.coyote[seat] = 0
        state.lift_off[seat] = 1
        remember(state, JUMPED, state.x[seat] + WIDTH // 2, state.y[seat] + HEIGHT, seat)
    elif not fresh and state.buffer[seat] > 0:
        state.buffer[seat] -= 1
    if state.footing[seat] == IN_AIR and state.coyote[seat] > 0:
        state.coyote[seat] -= 1
    if state.lift_off[seat] == 1 and not pressed:
        state.lift_off[seat] = 0
    pull = RISE if state.vy[seat] < 0 and state.lift_off[seat] != 0 else FALL
    state.vy[seat] = min(state.vy[seat] + pull, FASTEST_FALL)


@inlined
def tile_at(state, col, row):
    """Return the bits of a tile as the level began; there are walls at both sides, and nothing above and below."""
    if col < 0 or col >= state.cols:
        return np.int64(SOLID)
    if row < 0 or row >= state.rows:
        return np.int64(0)
    return np.int64(state.tile[row * state.cols + col])


@compiled
def brick_stands(state, cell):
    """Return whether the brick of that cell has not been broken yet."""
    return (state.bricks >> place_in(state.brick_cell, state.brick_count, cell)) & 1 != 0


@compiled
def place_in(cells, count, cell):
    """Return where a cell stands in a rising list that has it."""
    low, high = np.int64(0), np.int64(count) - 1
    while low < high:
        middle = (low + high) // 2
        if cells[middle] < cell:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def blocks(state, col, row):
    """Return whether nobody can be in that cell."""
    tile = tile_at(state, col, row)
    if not tile & SOLID:
        return False
    return not tile & BRICK or brick_stands(state, row * state.cols + col)


@compiled
def go_sideways(state, seat, by):
    """Move by so much to the right, or to the left, up to a wall. Returns whether there was none."""
    if by == 0:
        return True
    x = np.int64(state.x[seat]) + by
    front = (x + WIDTH - 1 if by > 0 else x) // TILE
    first, last = state.y[seat] // TILE, (state.y[seat] + HEIGHT - 1) // TILE
    for row in range(first, last + 1):
        if blocks(state, front, row):
            state.x[seat] = front * TILE - WIDTH if by > 0 else (front + 1) * TILE
            state.vx[seat] = 0
            return False
    state.x[seat] = x
    return True


@compiled
def rise(state, seat):
    """Move up, as far as the head lets it. Returns the cell of the brick that stopped it, or -1."""
    y = np.int64(state.y[seat]) + state.vy[seat]
    row = y // TILE
    if row != state.y[seat] // TILE:
        x = np.int64(state.x[seat])
        first, last = x // TILE, (x + WIDTH - 1) // TILE
        left, right = blocks(state, first, row), blocks(state, last, row)
        if left and not right and (first + 1) * TILE - x <= NUDGE:
            left = not go_sideways_freely(state, seat, (first + 1) * TILE)
        elif right and not left and x + WIDTH - last * TILE <= NUDGE:
            right = not go_sideways_freely(state, seat, last * TILE - WIDTH)
        if left or right:
            state.y[seat] = (row + 1) * TILE
            state.vy[seat] = 0
            state.lift_off[seat] = 0
            return hit(state, row, first if left else -1, last if right else -1, x + WIDTH // 2)
    state.y[seat] = y
    return -1


@compiled
def go_sideways_freely(state, seat, x):
    """Go to x if nothing is in the way there, and return whether nothing was."""
    if not fits(state, x, np.int64(state.y[seat])):
        return False
    state.x[seat] = x
    return True


@compiled
def fits(state, x, y):
    """Return whether nothing is in the way of a runner's box there."""
    for row in range(y // TILE, (y + HEIGHT - 1) // TILE + 1):
        if blocks(state, x // TILE, row) or blocks(state, (x + WIDTH - 1) // TILE, row):
            return False
    return True


@compiled
def hit(state, row, left, right, middle):
    """Return the cell of the brick in that row that a head hit, the one nearer to its middle, or -1."""
    near = left if right < 0 or (left >= 0 and middle < right * TILE) else right
    far = right if near == left else left
    for col in (near, far):
        if col >= 0 and tile_at(state, col, row) & BRICK:
            return row * np.int64(state.cols) + col
    return -1


@compiled
def fall(state, seat):
    """Move down, onto the ground, a ledge, a lift or a spring if one of them is there."""
    x, feet = np.int64(state.x[seat]), np.int64(state.y[seat]) + HEIGHT
    below = feet + state.vy[seat]
    first, last = x // TILE, (x + WIDTH - 1) // TILE
    row = below // TILE
    top = row * TILE
    if top >= feet:  # the feet come to the top of this row of tiles
        for col in range(first, last + 1):
            tile = tile_at(state, col, row)
            if tile & SPRING:
                state.y[seat] = top - HEIGHT
                throw(state, seat, SPRING_SPEED, 2)
                remember(state, SPRUNG, x + WIDTH // 2, top, seat)
                return
            if tile & LEDGE or blocks(state, col, row):
                stand(state, seat, top, ON_GROUND)
    if state.footing[seat] == IN_AIR:
        state.y[seat] = below - HEIGHT
    if state.lift_count > 0:
        land_on_lift(state, seat, feet, below)


@compiled
def land_on_lift(state, seat, feet, below):
    """Stand on a lift that the feet have come through from above in this tick, if there is one."""
    x = np.int64(state.x[seat])
    for k in range(state.lift_count):
        if not lift_comes(state, k, x, x + WIDTH):
            continue
        lift_x, top = lift_place(state, k, state.tick)
        _, top_before = lift_place(state, k, state.tick - 1)
        if (
            lift_x < x + WIDTH
            and x < lift_x + state.lift_width[k]
            and feet <= max(top, top_before)
            and below >= top
        ):
            higher = state.footing[seat] == IN_AIR or top < state.y[seat] + HEIGHT
            if higher and fits(state, x, top - HEIGHT):  # no lift presses a head into a ceiling
                stand(state, seat, top, ON_LIFT + k)
                return


@inlined
def throw(state, seat, speed, lift_off):
    """Send a runner upwards, off a spring or a foe."""
    state.vy[seat] = -speed
    state.lift_off[seat] = lift_off
    state.footing[seat] = IN_AIR
    state.coyote[seat] = 0


@inlined
def stand(state, seat, top, footing):
    """Put the feet on something."""
    if state.vy[seat] > 3 * FALL:
        remember(state, LANDED, state.x[seat] + WIDTH // 2, top, seat)
    state.y[seat] = top - HEIGHT
    state.vy[seat] = 0
    state.lift_off[seat] = 0
    state.footing[seat] = footing


@compiled
def ride(state, seat):
    """Go along with the lift underfoot, unless a wall or a ceiling is in the way."""
    k = np.int64(state.footing[seat]) - ON_LIFT
    x, y = lift_place(state, k, state.tick)
    x_before, _ = lift_place(state, k, state.tick - 1)
    vx = state.vx[seat]
    go_sideways(state, seat, x - x_before)
    state.vx[seat] = vx
    if fits(state, np.int64(state.x[seat]), y - HEIGHT):
        state.y[seat] = y - HEIGHT


@compiled
def remember(state, what, x, y, seat):
    """Note what happened, for the drawing."""
    k = state.happenings % len(state.happened)
    state.happened[k] = what
    state.happened_tick[k] = state.tick
    state.happened_x[k] = x
    state.happened_y[k] = y
    state.happened_seat[k] = seat
    state.happenings += 1
