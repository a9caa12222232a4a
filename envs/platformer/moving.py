"""Where are foes and moving platforms at a tick?

They patrol between two ends whatever the runners do, so where they are follows from the tick alone.
"""

from __future__ import annotations

from envs.compiled import compiled, inlined
from envs.platformer.world import PIXEL

FOE_WIDTH, FOE_HEIGHT = 14 * PIXEL, 13 * PIXEL
LIFT_HEIGHT = 6 * PIXEL


@inlined
def along(length, speed, phase, tick):
    """Return how far from its first end a patrol is: there and back again."""
    if length == 0:
        return 0
    at = (phase + speed * tick) % (2 * length)
    return at if at < length else 2 * length - at


@inlined
def foe_comes(state, k, near, far):
    """Return whether foe k is up, and its patrol comes between two x."""
    comes = state.foe_x[k] < far and state.foe_x[k] + state.foe_right[k] + FOE_WIDTH > near
    return (state.foes >> k) & 1 != 0 and comes


@inlined
def lift_comes(state, k, near, far):
    """Return whether the way of moving platform k comes between two x."""
    return state.lift_x[k] < far and state.lift_x[k] + state.lift_right[k] + state.lift_width[k] > near


@compiled
def foe_place(state, k, tick):
    """Return x and y of the top left corner of foe k."""
    at = along(state.foe_right[k] + state.foe_down[k], state.foe_speed[k], state.foe_phase[k], tick)
    if state.foe_down[k] > 0:
        return state.foe_x[k], state.foe_y[k] + at
    return state.foe_x[k] + at, state.foe_y[k]


@compiled
def foe_heading(state, k, tick):
    """Return -1 where foe k walks or flies to the left, 1 to the right, 0 where it goes up and down."""
    length = state.foe_right[k]
    if length == 0:
        return 0
    return 1 if (state.foe_phase[k] + state.foe_speed[k] * tick) % (2 * length) < length else -1


@compiled
def lift_place(state, k, tick):
    """Return x and y of the top left corner of moving platform k."""
    at = along(state.lift_right[k] + state.lift_down[k], state.lift_speed[k], state.lift_phase[k], tick)
    if state.lift_down[k] > 0:
        return state.lift_x[k], state.lift_y[k] + at
    return state.lift_x[k] + at, state.lift_y[k]
