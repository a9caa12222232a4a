"""How does one step of many games change the table of action values? Compiled, for `agents.q_learning`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.compiled import compiled
from envs.generator import draw_at, uniform_at

TARGETS = ("q_learning", "sarsa", "expected_sarsa")
_Q_LEARNING, _SARSA, _EXPECTED = range(3)


class Rule(NamedTuple):
    """What the update is, as numbers; the fields are those of `QLearning.Config`."""

    target: int
    gamma: float
    learning_rate: float
    power: float
    floor: float


class Games(NamedTuple):
    """What is kept of the B games between steps; the last n steps wait to be learnt from."""

    rng: np.ndarray  # u8[B]
    state: np.ndarray  # i8[B], where each game stands
    action: np.ndarray  # i8[B], what it does next
    ended: np.ndarray  # bool[B], its last step was the last of an episode, so the next one only restarts it
    length: np.ndarray  # i8[B], how many of the following are filled
    states: np.ndarray  # i8[B, n]
    actions: np.ndarray  # i8[B, n]
    rewards: np.ndarray  # f8[B, n]
    returns: np.ndarray  # f8[B], undiscounted, of the episode so far
    finished: np.ndarray  # f8[B], returns of the episodes that ended in this step, first ones filled


def new_games(rng: np.ndarray, n_step: int) -> Games:
    """Return one game for each generator u8[B], which it advances."""

    def whole(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.int64)

    batch = len(rng)
    pending = whole(batch, n_step), whole(batch, n_step), np.zeros((batch, n_step))
    ended = np.zeros(batch, np.bool_)
    return Games(
        rng, whole(batch), whole(batch), ended, whole(batch), *pending, np.zeros(batch), np.zeros(batch)
    )


@compiled
def begin(tables, games, state, mask, epsilon):
    """Choose the first action of every game."""
    for i in range(len(state)):
        games.state[i] = state[i]
        games.action[i] = explore(tables, games, i, state[i], mask, epsilon)


@compiled
def advance(tables, visits, games, rule, epsilon, reached, rewards, terminated, truncated, mask):
    """Update the table from one step of B games, choose their next actions, return how many episodes ended.

    tables f8[1 or 2, S, A] and visits i8 of that shape change in place. reached i8[B], rewards f8[B],
    terminated and truncated bool[B] are what the step gave, mask i8[B, A] what is legal where it led.
    """
    finished = 0
    for i in range(len(reached)):
        restarted = games.ended[i]
        games.ended[i] = terminated[i] or truncated[i]
        following = -1
        if restarted or rule.target == _SARSA:
            following = explore(tables, games, i, reached[i], mask, epsilon)
        if not restarted:
            remember(games, i, rewards[i])
            table = draw_at(games.rng, i, 2) if len(tables) == 2 else 0
            onward = 0.0
            if not terminated[i]:
                onward = bootstrap(tables, table, rule, epsilon, reached[i], following, mask, i)
            learn(tables[table], visits[table], games, i, rule, onward)
            if games.ended[i]:
                games.finished[finished] = games.returns[i]
                games.returns[i] = 0.0
                finished += 1
        if following < 0:
            following = explore(tables, games, i, reached[i], mask, epsilon)
        games.state[i] = reached[i]
        games.action[i] = following
    return finished


@compiled
def remember(games, i, reward):
    k = games.length[i]
    games.states[i, k] = games.state[i]
    games.actions[i, k] = games.action[i]
    games.rewards[i, k] = reward
    games.length[i] = k + 1
    games.returns[i] += reward


@compiled
def learn(table, visits, games, i, rule, onward):
    """Update the oldest waiting state and action, or all of them at the end of an episode."""
    length = games.length[i]
    if length < games.rewards.shape[1] and not games.ended[i]:
        return
    for first in range(length if games.ended[i] else 1):
        target = onward
        for k in range(length - 1, first - 1, -1):
            target = games.rewards[i, k] + rule.gamma * target
        s, a = games.states[i, first], games.actions[i, first]
        visits[s, a] += 1
        alpha = rule.learning_rate
        if rule.power > 0.0:
            alpha = max(alpha / visits[s, a] ** rule.power, rule.floor)
        table[s, a] += alpha * (target - table[s, a])
    games.length[i] = 0 if games.ended[i] else length - 1
    for k in range(games.length[i]):
        games.states[i, k] = games.states[i, k + 1]
        games.actions[i, k] = games.actions[i, k + 1]
        games.rewards[i, k] = games.rewards[i, k + 1]


@compiled
def bootstrap(tables, table, rule, epsilon, s, following, mask, i):
    """Return what the reached state is worth by the target; with two tables the other one says it.

    Where no action is legal there is nothing more to gain.
    """
    other = tables[(table + 1) % len(tables)]
    if rule.target == _SARSA:
        return other[s, following]
    best = -1
    legal = 0
    mean = 0.0
    for a in range(mask.shape[1]):
        if mask[i, a]:
            legal += 1
            mean += other[s, a]
            if best < 0 or tables[table, s, a] > tables[table, s, best]:
                best = a
    if legal == 0:
        return 0.0
    if rule.target == _Q_LEARNING:
        return other[s, best]
    return (1.0 - epsilon) * other[s, best] + epsilon * mean / legal


@compiled
def explore(tables, games, i, s, mask, epsilon):
    """Return any legal action with probability epsilon, else one of the best by the sum of the tables.

    Where no action is legal, which only an episode that has ended may bring, return 0: it is not played.
    """
    anything = epsilon > 0.0 and uniform_at(games.rng, i) < epsilon
    pick = -1
    ties = 0
    highest = 0.0
    for a in range(mask.shape[1]):
        if mask[i, a]:
            value = 0.0
            if not anything:
                value = tables[0, s, a] + (tables[1, s, a] if len(tables) == 2 else 0.0)
            if pick < 0 or value > highest:
                pick, highest, ties = a, value, 1
            elif value == highest:
                ties += 1
                if draw_at(games.rng, i, ties) == 0:
                    pick = a
    return max(pick, 0)
