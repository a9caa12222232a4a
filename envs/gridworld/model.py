"""What is the exact model of a level: every outcome of every action, with its probability?

It runs the rules themselves, once for each way that chance can fall, so that it cannot disagree with them.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.gridworld.level import Level
from envs.gridworld.observation import index
from envs.gridworld.rules import END, GOAL, LAVA, PRIZE, begin, choices, choose, slip_odds, start_cell, travel

Model = dict[int, dict[int, list[tuple[float, int, float, bool]]]]


def tabulate(template: np.recarray, level: Level) -> Model:
    """Return `P[state][action] = [(probability, next state, reward, terminated), ...]`.

    The layout of Gymnasium's toy_text environments; a terminal state leads to itself with reward 0.
    """
    state = template[0]
    count = level.states
    ways = 3 * max(1, int(state.starts), int(state.apples))
    shape = (count, 4, ways)
    table = np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.bool_)
    _fill(template.copy(), template.copy(), np.array(level.open_cells), *table)
    odds, successor, reward, terminated = (part.tolist() for part in table)
    return {
        s: {
            a: [
                (p, to, gain, done)
                for p, to, gain, done in zip(
                    odds[s][a], successor[s][a], reward[s][a], terminated[s][a], strict=True
                )
                if p > 0
            ]
            for a in range(4)
        }
        for s in range(count)
    }


def start_distribution(template: np.recarray, level: Level) -> np.ndarray:
    """Return the probability of each index at the start of an episode."""
    from itertools import combinations, product

    state = template.copy()[0]
    begin(state)
    worlds = []
    sites = range(int(state.apples))
    ripe = combinations(sites, int(state.ripe_at_once) or len(sites))
    for k, these, right in product(range(int(state.starts)), ripe, range(1 + level.has_ends)):
        state.cell[0] = start_cell(state, 0, k)
        state.ripe = sum(1 << site for site in these) + (right << len(sites))
        worlds.append(index(state))
    return np.bincount(worlds, minlength=level.states) / len(worlds)


@compiled
def _fill(template, scratch, open_cells, odds, successor, reward, terminated):
    for s in range(len(odds)):
        for action in range(4):
            _decode(template[0], s, open_cells)
            if template[0].status != 0:
                odds[s, action, 0] = 1.0
                successor[s, action, 0] = s
                terminated[s, action, 0] = True
                continue
            way = 0
            for turn in range(3):
                share = slip_odds(template[0], turn)
                if share == 0.0:
                    continue
                direction = (action + (0, 3, 1)[turn]) % 4
                scratch[:] = template
                event = travel(scratch[0], 0, direction)
                options = choices(scratch[0], event, 0)
                for k in range(max(options, 1)):
                    scratch[:] = template
                    travel(scratch[0], 0, direction)
                    if options > 0:
                        choose(scratch[0], event, 0, k)
                    odds[s, action, way] = share / max(options, 1)
                    successor[s, action, way] = index(scratch[0])
                    reward[s, action, way] = scratch[0].reward[event] / 1000.0
                    terminated[s, action, way] = scratch[0].status == 1
                    way += 1


@compiled
def _decode(state, number, open_cells):
    """Put the state with that index into the record; `envs.gridworld.observation.index` backwards."""
    cell = open_cells[number % state.open_cells]
    number //= state.open_cells
    state.cell[0] = cell
    state.held[0] = number & ((1 << state.keys) - 1)
    number >>= state.keys
    state.food[0] = number % (state.food_limit + 1)
    state.ripe = number // (state.food_limit + 1)
    tile = state.tile[cell]
    over = tile == GOAL or tile == PRIZE or tile == LAVA or tile == END
    starved = state.food_limit > 0 and state.food[0] == 0
    eaten = state.apples > 0 and state.ripe == 0 and state.ripe_at_once == 0 and state.goals == 0
    state.out[0] = 0
    state.status = 1 if over or starved or eaten else 0
