"""What are the rules of the gridworld?

One record is one game (fields: `envs.gridworld.state`). Whole numbers only decide what happens. Chance enters
in three places, and nowhere else, so that `envs.gridworld.model` can list every outcome with its probability:
`slip` turns a move aside, `choose` ripens a new apple or picks the start to go back to, `begin` draws an episode.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.generator import draw
from envs.gridworld.maze import carve

FLOOR, WALL, START, GOAL, PRIZE, CLIFF, LAVA, ICE, APPLE, PORTAL, KEY, DOOR, END, SIGNPOST = range(14)
STEP, AT_GOAL, AT_PRIZE, FELL, BURNT, GOT_KEY, ATE, STARVED = range(8)
REASONS = ("playing", "goal", "prize", "lava", "starved", "all apples eaten", "time limit", "wrong end")
NORTH, EAST, SOUTH, WEST = range(4)

_ROWS, _COLS = np.array([-1, 0, 1, 0]), np.array([0, 1, 0, -1])  # by direction
_PLAYING, _TERMINATED, _TRUNCATED = 0, 1, 2
_BY_GOAL, _BY_PRIZE, _BY_LAVA, _BY_HUNGER, _BY_EATING, _BY_TIME, _BY_WRONG_END = range(1, 8)
_EVENT_AT = np.array([0, 0, 0, AT_GOAL, AT_PRIZE, FELL, BURNT, 0, 0, 0, 0, 0, BURNT, 0])  # by tile
_OVER_BY = np.array([0, _BY_GOAL, _BY_PRIZE, 0, _BY_LAVA, 0, 0, _BY_HUNGER])  # by event


@compiled
def begin(state):
    """Start an episode: draw the maze if there is one, the starts, the ripe apples and the right end."""
    if state.maze_rows > 0:
        carve(state)
    state.ply = 0
    state.status = _PLAYING
    state.reason = 0
    seats = len(state.cell)
    for seat in range(seats):
        state.score[seat] = 0
        state.held[seat] = 0
        state.food[seat] = state.food_limit
        state.out[seat] = 1
    for seat in range(seats):
        options = vacancies(state, seat)
        state.cell[seat] = start_cell(state, seat, draw(state, options) if options > 1 else 0)
        state.out[seat] = 0
    state.ripe = (np.int64(1) << state.apples) - 1
    if state.ripe_at_once > 0:
        state.ripe = 0
        for _ in range(state.ripe_at_once):
            ripen(state, draw(state, bare(state, -1)), -1)
    if has_ends(state):
        state.ripe |= draw(state, 2) << state.apples


@compiled
def has_ends(state):
    """Return whether the level has ends, of which one is the goal."""
    if state.goals < 2:  # most levels, and what follows takes a while
        return False
    for cell in range(state.rows * state.cols):
        if state.tile[cell] == END:
            return True
    return False


@compiled
def right_end(state):
    """Return which of the two ends, in reading order, is the goal: 0 or 1."""
    return (state.ripe >> state.apples) & 1


@compiled
def vacancies(state, seat):
    """Return on how many starts that forager may stand."""
    count = np.int64(state.starts)
    for other in range(len(state.cell)):
        if other != seat and state.out[other] == 0 and state.tile[state.cell[other]] == START:
            count -= 1
    return count


@compiled
def start_cell(state, seat, k):
    """Return the k-th start, in reading order, on which that forager may stand."""
    for cell in range(state.rows * state.cols):
        if state.tile[cell] == START and free(state, cell, seat):
            if k == 0:
                return cell
            k -= 1
    return 0


@inlined
def play(state, actions, rewards):
    """Play one ply: every forager moves once, in an order drawn afresh, so that no seat has an advantage."""
    seats = len(state.cell)
    rewards[:] = 0.0
    if state.status != _PLAYING:
        return
    state.ply += 1
    moved = 0
    for left in range(seats, 0, -1):
        seat = waiting(moved, draw(state, left) if left > 1 else 0)
        moved |= 1 << seat
        if state.out[seat] == 0 and state.status == _PLAYING:
            event = travel(state, seat, slip(state, actions[seat]))
            options = choices(state, event, seat)
            if options > 0:
                choose(state, event, seat, draw(state, options) if options > 1 else 0)
            gain = state.reward[event]
            state.score[seat] += gain
            rewards[seat] = gain / 1000.0
    if state.status == _PLAYING and 0 < state.time_limit <= state.ply:
        state.status = _TRUNCATED
        state.reason = _BY_TIME


@compiled
def waiting(moved, k):
    """Return the k-th of the seats whose bit is not set in `moved`."""
    seat = 0
    while k > 0 or (moved >> seat) & 1:
        if not (moved >> seat) & 1:
            k -= 1
        seat += 1
    return seat


@compiled
def slip(state, action):
    """Return where the move really goes: `slip_part / slip_whole` of them turn aside, half to either side."""
    if state.slip_part == 0:
        return action
    k = draw(state, 2 * state.slip_whole)
    if k < state.slip_part:
        return (action + 3) % 4
    if k < 2 * state.slip_part:
        return (action + 1) % 4
    return action


@compiled
def slip_odds(state, turn):
    """Return the probability that the move goes straight (turn 0), to the left (1) or to the right (2)."""
    aside = state.slip_part / (2.0 * state.slip_whole)
    return 1.0 - 2.0 * aside if turn == 0 else aside


@compiled
def travel(state, seat, direction):
    """Move one forager, settle what that does to it, and return the event. No chance in here."""
    cell = landing(state, seat, state.cell[seat], direction)
    state.cell[seat] = cell
    event = _EVENT_AT[state.tile[cell]]
    if state.tile[cell] == END and state.link[cell] == right_end(state):
        event = AT_GOAL
    if state.tile[cell] == KEY and not taken(state, state.link[cell]):
        state.held[seat] |= np.int64(1) << state.link[cell]
        event = GOT_KEY
    if state.food_limit > 0:
        state.food[seat] -= 1
    if state.tile[cell] == APPLE and (state.ripe >> state.link[cell]) & 1:
        state.ripe &= ~(np.int64(1) << state.link[cell])
        state.food[seat] = state.food_limit
        event = ATE
    elif state.food_limit > 0 and state.food[seat] == 0 and _OVER_BY[event] == 0:
        event = STARVED
    settle(state, seat, event)
    return event


@compiled
def landing(state, seat, start, direction):
    """Return where a move from the start takes that forager: by wind, over ice and through a portal."""
    cell = glide(state, seat, blow(state, seat, start, direction), direction, start)
    if state.tile[cell] == PORTAL and cell != start and free(state, state.link[cell], seat):
        cell = state.link[cell]
    return cell


@compiled
def settle(state, seat, event):
    """End the game, or one forager's part in it, where the event says so."""
    if event == AT_GOAL or event == AT_PRIZE:
        state.status = _TERMINATED
        state.reason = _OVER_BY[event]
    elif event == BURNT or event == STARVED:
        state.out[seat] = 1
        if state.out.all():
            state.status = _TERMINATED
            state.reason = _BY_WRONG_END if state.tile[state.cell[seat]] == END else _OVER_BY[event]
    elif event == ATE and state.ripe == 0 and state.ripe_at_once == 0 and state.goals == 0:
        state.status = _TERMINATED
        state.reason = _BY_EATING


@compiled
def blow(state, seat, cell, direction):
    """Return where the move and the wind of the column it leaves take the forager.

    Sutton & Barton (2018), example 6.5: the two displacements add up, and walls stop the sum.
    """
    if not state.windy:
        return neighbour(state, seat, cell, direction)
    north = state.wind[cell % state.cols] - _ROWS[direction]
    for _ in range(abs(north)):
        cell = neighbour(state, seat, cell, NORTH if north > 0 else SOUTH)
    if direction == EAST or direction == WEST:
        cell = neighbour(state, seat, cell, direction)
    return cell


@compiled
def glide(state, seat, cell, direction, start):
    """Return where a forager that came onto ice comes to rest."""
    if cell == start:
        return cell
    while state.tile[cell] == ICE:
        ahead = neighbour(state, seat, cell, direction)
        if ahead == cell:
            break
        cell = ahead
    return cell


@compiled
def neighbour(state, seat, cell, direction):
    """Return the next cell in that direction, or the same one where the way is barred."""
    row = cell // state.cols + _ROWS[direction]
    col = cell % state.cols + _COLS[direction]
    if not (0 <= row < state.rows and 0 <= col < state.cols):
        return cell
    ahead = row * state.cols + col
    return ahead if free(state, ahead, seat) else cell


@compiled
def free(state, cell, seat):
    """Return whether that forager may stand there: no wall, no shut door, no other forager."""
    tile = state.tile[cell]
    if tile == WALL or (tile == DOOR and not (state.held[seat] >> state.link[cell]) & 1):
        return False
    for other in range(len(state.cell)):
        if other != seat and state.out[other] == 0 and state.cell[other] == cell:
            return False
    return True


@compiled
def taken(state, key):
    """Return whether somebody holds that key."""
    for seat in range(len(state.held)):
        if (state.held[seat] >> key) & 1:
            return True
    return False


@compiled
def choices(state, event, seat):
    """Return how many equally likely ways the world has to go on after the event; 0 where nothing is to choose."""
    if event == FELL:
        return vacancies(state, seat)
    if event == ATE and state.ripe_at_once > 0:
        return bare(state, state.link[state.cell[seat]])
    return 0


@compiled
def choose(state, event, seat, k):
    """Let the k-th of them happen: back to the k-th start, or an apple at the k-th bare site."""
    if event == FELL:
        state.cell[seat] = start_cell(state, seat, k)
    else:
        ripen(state, k, state.link[state.cell[seat]])


@compiled
def bare(state, but):
    """Return how many apple sites stand bare, not counting site `but`, which was eaten just now."""
    count = 0
    for site in range(state.apples):
        if site != but and not (state.ripe >> site) & 1:
            count += 1
    return count


@compiled
def ripen(state, k, but):
    """Ripen an apple at the k-th bare site, in reading order, not counting site `but`."""
    for site in range(state.apples):
        if site != but and not (state.ripe >> site) & 1:
            if k == 0:
                state.ripe |= 1 << site
                return
            k -= 1
