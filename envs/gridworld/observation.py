"""What does a forager see, and how do many gridworlds step at once?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.gridworld.rules import (
    APPLE,
    CLIFF,
    DOOR,
    END,
    GOAL,
    ICE,
    KEY,
    LAVA,
    PORTAL,
    PRIZE,
    SIGNPOST,
    WALL,
    begin,
    play,
    right_end,
    taken,
)

PLANES = (
    "self", "others", "wall", "goal", "prize", "cliff", "lava", "ice",
    "apple", "portal", "key", "door", "wind", "food",
)  # fmt: skip
SIGN_PLANES = (
    "end",
    "sign to first end",
    "sign to second end",
)  # follow where a level has ends; in reading order
_SELF, _OTHERS, _WALL_PLANE = 0, 1, 2
_APPLE, _PORTAL, _KEY, _DOOR, _WIND, _FOOD, _END, _SIGN = range(8, 16)

_PLANE_OF = np.full(14, -1)
_PLANE_OF[WALL] = _WALL_PLANE
_PLANE_OF[GOAL], _PLANE_OF[PRIZE], _PLANE_OF[CLIFF], _PLANE_OF[LAVA], _PLANE_OF[ICE] = range(3, 8)
_PLANE_OF[APPLE], _PLANE_OF[PORTAL], _PLANE_OF[KEY], _PLANE_OF[DOOR] = range(8, 12)
_PLANE_OF[END] = _END


@compiled
def index(state):
    """Return the number of the state among all states of the level, for one forager.

    Mixed radix, the cell fastest: with neither keys, hunger, apples nor ends it is the number of the open cell.
    """
    number = np.int64(state.ripe)
    number = number * (state.food_limit + 1) + state.food[0]
    number = (number << state.keys) + state.held[0]
    return number * state.open_cells + state.number[state.cell[0]]


@compiled
def write_planes(state, seat, out):
    """Write the planes, 0 or 1, of what one forager sees: the whole grid, or a window with itself in the middle."""
    out[:] = 0
    height, width = out.shape[1], out.shape[2]
    top = left = 0
    if state.radius > 0:
        top = state.cell[seat] // state.cols - state.radius
        left = state.cell[seat] % state.cols - state.radius
    for y in range(height):
        row = top + y
        if row < 0 or row >= state.rows:
            out[_WALL_PLANE, y, :] = 1
            continue
        first = row * state.cols
        for x in range(width):
            col = left + x
            if col < 0 or col >= state.cols:
                out[_WALL_PLANE, y, x] = 1
                continue
            plane = _plane(state, seat, first + col)
            if plane >= 0:
                out[plane, y, x] = 1
            if state.windy and state.wind[col] != 0:
                out[_WIND, y, x] = 1
    _write_foragers(state, seat, out, top, left)
    if state.food_limit > 0:
        lit = (height * width * np.int64(state.food[seat])) // state.food_limit
        for k in range(lit):
            out[_FOOD, k // width, k % width] = 1


@inlined
def _plane(state, seat, cell):
    """Return the plane that shows the tile as it is now, or -1: eaten apples, keys gone, doors open to it."""
    tile = state.tile[cell]
    if tile >= APPLE:
        link = state.link[cell]
        if tile == APPLE and not (state.ripe >> link) & 1:
            return -1
        if tile == KEY and taken(state, link):
            return -1
        if tile == DOOR and (state.held[seat] >> link) & 1:
            return -1
        if tile == SIGNPOST:
            return _SIGN + right_end(state)
    return _PLANE_OF[tile]


@compiled
def _write_foragers(state, seat, out, top, left):
    for other in range(len(state.cell)):
        if state.out[other] == 0 or other == seat:
            y = state.cell[other] // state.cols - top
            x = state.cell[other] % state.cols - left
            if 0 <= y < out.shape[1] and 0 <= x < out.shape[2]:
                out[_SELF if other == seat else _OTHERS, y, x] = 1


@compiled
def restart_index(states, which, observation, mask):
    for i in range(len(states)):
        if which[i]:
            begin(states[i])
            observation[i, 0] = index(states[i])
            mask[i] = 1


@compiled
def step_index(states, actions, restart, rewards, terminated, truncated, observation, mask):
    for i in range(len(states)):
        _advance(states[i], actions[i], restart[i], rewards[i])
        terminated[i] = states[i].status == 1
        truncated[i] = states[i].status == 2
        observation[i, 0] = index(states[i])
        mask[i] = 1


@compiled
def observe_index(states, observation, mask):
    for i in range(len(states)):
        observation[i, 0] = index(states[i])
        mask[i] = 1


@compiled
def restart_planes(states, which, observation, mask):
    for i in range(len(states)):
        if which[i]:
            begin(states[i])
            _write_seats(states[i], observation[i])
            mask[i] = 1


@compiled
def step_planes(states, actions, restart, rewards, terminated, truncated, observation, mask):
    for i in range(len(states)):
        _advance(states[i], actions[i], restart[i], rewards[i])
        terminated[i] = states[i].status == 1
        truncated[i] = states[i].status == 2
        _write_seats(states[i], observation[i])
        mask[i] = 1


@compiled
def observe_planes(states, observation, mask):
    for i in range(len(states)):
        _write_seats(states[i], observation[i])
        mask[i] = 1


@inlined
def _advance(state, actions, restart, rewards):
    if restart:
        begin(state)
        rewards[:] = 0.0
    else:
        play(state, actions, rewards)


@inlined
def _write_seats(state, out):
    for seat in range(len(out)):
        write_planes(state, seat, out[seat])
