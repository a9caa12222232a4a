"""What are the rules of noughts and crosses, of any size and length of a row?

The record: `square` 0 empty, 1 first seat, 2 second seat; `side` of the board; `row`, how many in a row win;
`opening`, how many random moves begin the game; `forfeits`: 1 if a seat may also resign, as the last action.
"""

from __future__ import annotations

from envs.compiled import compiled, inlined
from envs.generator import draw

REASONS = ("playing", "a row", "board full", "resigned")
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


@compiled
def begin(state):
    state.ply = 0
    state.to_move = 0
    state.status = 0
    state.reason = 0
    state.score[:] = 0
    state.square[:] = 0
    for _ in range(state.opening):
        place(state, nth_empty(state, draw(state, state.side * state.side - state.ply)))


@compiled
def nth_empty(state, k):
    for cell in range(state.side * state.side):
        if state.square[cell] == 0:
            if k == 0:
                return cell
            k -= 1
    return -1


@compiled
def place(state, cell):
    """Play one ply of the seat to move: a mark on the cell, or the resignation that follows the last cell."""
    mover = state.to_move
    cells = state.side * state.side
    state.ply += 1
    state.to_move = 1 - mover
    if cell == cells:
        finish(state, 3, 1 - mover)
        return
    state.square[cell] = mover + 1
    if in_a_row(state, cell):
        finish(state, 1, mover)
    elif state.ply == cells:
        finish(state, 2, -1)


@inlined
def finish(state, reason, winner):
    state.status = 1
    state.reason = reason
    if winner >= 0:
        state.score[winner] = 1
        state.score[1 - winner] = -1


@compiled
def in_a_row(state, cell):
    """Return whether the mark on the cell completes a row."""
    for step in _STEPS:
        if 1 + run(state, cell, step[0], step[1]) + run(state, cell, -step[0], -step[1]) >= state.row:
            return True
    return False


@compiled
def run(state, cell, down, right):
    """Return how many of the same marks stand beside the cell in that direction."""
    y = cell // state.side + down
    x = cell % state.side + right
    count = 0
    while 0 <= y < state.side and 0 <= x < state.side:
        if state.square[y * state.side + x] != state.square[cell]:
            break
        count += 1
        y += down
        x += right
    return count


@compiled
def write(state, observation, mask):
    """Write what the seat to move sees, a plane of its own marks and one of the other's, and what it may do."""
    side = state.side
    for cell in range(side * side):
        mark = state.square[cell]
        observation[0, 0, cell // side, cell % side] = mark == state.to_move + 1
        observation[0, 1, cell // side, cell % side] = mark == 2 - state.to_move
    write_mask(state, mask)


@compiled
def write_numbered(state, observation, mask):
    """Write the same as a number to the base of 3: 1 its own mark, 2 the other's."""
    number = 0
    for cell in range(state.side * state.side):
        mark = state.square[cell]
        number = 3 * number + (0 if mark == 0 else 1 if mark == state.to_move + 1 else 2)
    observation[0] = number
    write_mask(state, mask)


@compiled
def write_mask(state, mask):
    cells = state.side * state.side
    for cell in range(cells):
        mask[0, cell] = state.square[cell] == 0 and state.status == 0
    if state.forfeits:
        mask[0, cells] = state.status == 0


@compiled
def restart(states, which, observation, mask):
    for i in range(len(states)):
        if which[i]:
            begin(states[i])
            write(states[i], observation[i], mask[i])


@compiled
def step(states, actions, again, rewards, terminated, truncated, observation, mask):
    for i in range(len(states)):
        advance(states[i], actions[i, 0], again[i], rewards[i])
        terminated[i] = states[i].status == 1
        truncated[i] = states[i].status == 2
        write(states[i], observation[i], mask[i])


@compiled
def observe(states, observation, mask):
    for i in range(len(states)):
        write(states[i], observation[i], mask[i])


@compiled
def restart_numbered(states, which, observation, mask):
    for i in range(len(states)):
        if which[i]:
            begin(states[i])
            write_numbered(states[i], observation[i], mask[i])


@compiled
def step_numbered(states, actions, again, rewards, terminated, truncated, observation, mask):
    for i in range(len(states)):
        advance(states[i], actions[i, 0], again[i], rewards[i])
        terminated[i] = states[i].status == 1
        truncated[i] = states[i].status == 2
        write_numbered(states[i], observation[i], mask[i])


@compiled
def observe_numbered(states, observation, mask):
    for i in range(len(states)):
        write_numbered(states[i], observation[i], mask[i])


@compiled
def advance(state, action, again, rewards):
    rewards[:] = 0.0
    if again:
        begin(state)
    elif state.status == 0:
        place(state, action)
        for seat in range(2):
            rewards[seat] = state.score[seat]
