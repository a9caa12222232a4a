"""What is a policy worth exactly? By linear equations, the referee of all that is learnt by trial."""

import numpy as np
from scipy.sparse import csc_array, eye_array
from scipy.sparse.linalg import spsolve

from agents.task import Model


def values(model: Model, policy: np.ndarray, gamma: float) -> np.ndarray:
    """Return the value [S] of a policy [S, A], from V = r + gamma T V."""
    states = len(model)
    reward = np.zeros(states)
    row, col, odds = [], [], []
    for state, choices in model.items():
        for action, outcomes in choices.items():
            share = policy[state, action]
            for probability, successor, gain, terminated in outcomes if share > 0 else ():
                reward[state] += share * probability * gain
                if not terminated:
                    row.append(state)
                    col.append(successor)
                    odds.append(share * probability)
    onward = csc_array((odds, (row, col)), shape=(states, states))
    return spsolve(eye_array(states, format="csc") - gamma * onward, reward)


def worth(model: Model, start: np.ndarray, policy: np.ndarray, gamma: float) -> float:
    """Return what a policy [S, A] is worth where an episode begins; start is the odds [S] of each state."""
    return float(start @ values(model, policy, gamma))


def optimum(model: Model, gamma: float) -> np.ndarray:
    """Return the best value [S], by Howard's policy iteration (1960) with a dense solution; gamma below 1."""
    states, actions = len(model), len(model[0])
    reward, onward = np.zeros((actions, states)), np.zeros((actions, states, states))
    for state, choices in model.items():
        for action, outcomes in choices.items():
            for probability, successor, gain, terminated in outcomes:
                reward[action, state] += probability * gain
                onward[action, state, successor] += 0.0 if terminated else probability
    every = np.arange(states)
    policy = np.zeros(states, int)
    while True:
        value = np.linalg.solve(np.eye(states) - gamma * onward[policy, every], reward[policy, every])
        q = reward + gamma * onward @ value
        better = np.where(q.max(axis=0) > q[policy, every] + 1e-12, q.argmax(axis=0), policy)
        if (better == policy).all():
            return value
        policy = better


def greedy(q: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Return the policy [S, A] that shares out among the best actions that are legal."""
    legal = q if mask is None else np.where(mask == 1, q, -np.inf)
    best = legal == legal.max(axis=1, keepdims=True)
    return best / best.sum(axis=1, keepdims=True)
