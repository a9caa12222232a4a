"""Is every update of the table the one in the book? Against a slow referee in plain Python."""

from collections import Counter, defaultdict
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from agents.q_updates import TARGETS, Rule, advance, begin, new_games
from envs.generator import seeded

STATES, ACTIONS = 5, 3


class Referee:
    """One game, learnt from as the book says: a list of what happened, and a dict of action values."""

    def __init__(self, target, gamma, n_step, alpha, q, other, visits):
        self.target, self.gamma, self.n_step, self.alpha = target, gamma, n_step, alpha
        self.q, self.other, self.visits = q, other, visits
        self.past = []  # (state, action, reward), of this episode

    def saw(self, state, action, reward, reached, then, legal, epsilon, terminated, truncated):
        self.past.append((state, action, reward))
        beyond = 0.0 if terminated else self.beyond(reached, then, legal, epsilon)
        time = len(self.past)
        over = terminated or truncated
        for tau in range(max(time - self.n_step, 0), time if over else time - self.n_step + 1):
            rewards = [reward for _, _, reward in self.past[tau:]]
            worth = sum(self.gamma**k * reward for k, reward in enumerate(rewards))
            self.update(self.past[tau][:2], worth + self.gamma ** len(rewards) * beyond)
        if over:
            self.past = []

    def beyond(self, reached, then, legal, epsilon):
        if self.target == "sarsa":
            return self.other[reached, then]
        best = max(legal, key=lambda action: self.q[reached, action])
        if self.target == "q_learning":
            return self.other[reached, best]
        chances = {a: epsilon / len(legal) + (1 - epsilon) * (a == best) for a in legal}
        return sum(chance * self.other[reached, a] for a, chance in chances.items())

    def update(self, pair, target):
        self.visits[pair] += 1
        self.q[pair] += self.alpha(self.visits[pair]) * (target - self.q[pair])


class Table(SimpleNamespace):
    """The compiled side, driven with random transitions that no environment need ever make."""

    def __init__(self, rule, batch, n_step, doubled, seed):
        rng = np.random.default_rng(seed)
        tables = rng.normal(size=(1 + doubled, STATES, ACTIONS))
        games = new_games(seeded(range(seed, seed + batch)), n_step)
        visits = np.zeros(tables.shape, np.int64)
        super().__init__(rng=rng, tables=tables, games=games, visits=visits, rule=rule, batch=batch)
        begin(tables, games, rng.integers(STATES, size=batch), self.masks(), 0.5)

    def masks(self):
        mask = (self.rng.random((self.batch, ACTIONS)) < 0.6).astype(np.int8)
        mask[np.arange(self.batch), self.rng.integers(ACTIONS, size=self.batch)] = 1
        return mask

    def step(self, epsilon):
        """Play one step; return what each game saw, or None where it only began anew."""
        games, again = self.games, self.games.ended.copy()
        before = list(zip(games.state.tolist(), games.action.tolist(), strict=True))
        reached, mask = self.rng.integers(STATES, size=self.batch), self.masks()
        reward = (
            self.rng.normal(size=self.batch) + 1000 * again
        )  # a reset has no reward: this one must not be seen
        terminated, truncated = ~again & (self.rng.random((2, self.batch)) < 0.1)
        arrays = reached, reward, terminated, truncated, mask
        self.finished = advance(self.tables, self.visits, games, self.rule, epsilon, *arrays)
        assert mask[np.arange(self.batch), games.action].all()
        assert (games.state == reached).all()
        return [
            None
            if again[i]
            else (
                *before[i],
                float(reward[i]),
                int(reached[i]),
                int(games.action[i]),
                np.flatnonzero(mask[i]).tolist(),
                epsilon,
                bool(terminated[i]),
                bool(truncated[i]),
            )
            for i in range(self.batch)
        ]


def as_dict(table):
    return defaultdict(float, {(s, a): float(table[s, a]) for s in range(STATES) for a in range(ACTIONS)})


@pytest.mark.parametrize("target", TARGETS)
@given(
    n_step=st.sampled_from([1, 2, 3, 5]),
    batch=st.sampled_from([1, 3]),
    gamma=st.floats(0, 1),
    alpha=st.floats(0, 1),
    power=st.sampled_from([0.0, 0.6, 1.0]),
    floor=st.sampled_from([0.0, 0.2]),
    epsilon=st.sampled_from([0.0, 0.3, 1.0]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60)
def test_one_table_against_the_referee(target, n_step, batch, gamma, alpha, power, floor, epsilon, seed):
    table = Table(Rule(TARGETS.index(target), gamma, alpha, power, floor), batch, n_step, False, seed)
    q, visits = as_dict(table.tables[0]), Counter()

    def rate(visits):
        return alpha if power == 0 else max(alpha / visits**power, floor)

    referees = [Referee(target, gamma, n_step, rate, q, q, visits) for _ in range(batch)]
    for _ in range(80):
        for referee, seen in zip(referees, table.step(epsilon), strict=True):
            if seen:
                referee.saw(*seen)
        assert table.tables[0] == pytest.approx(np.array(list(q.values())).reshape(STATES, ACTIONS), abs=1e-9)
    assert {pair: int(count) for pair, count in np.ndenumerate(table.visits[0]) if count} == dict(visits)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("n_step", [1, 3])
def test_two_tables_against_the_referee(target, n_step):
    """Which table learns is tossed for: seen in the visits, it is told to the referees, and counted."""
    table = Table(Rule(TARGETS.index(target), 0.9, 0.5, 0.6, 0.0), 1, n_step, True, 7)
    q, visits = [as_dict(one) for one in table.tables], [Counter(), Counter()]
    referees = [
        Referee(target, 0.9, n_step, lambda n: 0.5 / n**0.6, q[k], q[1 - k], visits[k]) for k in (0, 1)
    ]
    past, heads, tosses = [], 0, 0
    for _ in range(3000):
        before = table.visits.sum(axis=(1, 2))
        (seen,) = table.step(0.3)
        changed = table.visits.sum(axis=(1, 2)) - before
        assert changed.min() == 0
        if seen is None:
            assert changed.max() == 0
            continue
        side = int(changed.argmax())
        referees[side].past = past
        referees[side].saw(*seen)
        past = referees[side].past
        heads, tosses = heads + side * (changed.max() > 0), tosses + (changed.max() > 0)
        for k in (0, 1):
            assert table.tables[k] == pytest.approx(np.array(list(q[k].values())).reshape(STATES, ACTIONS))
    assert tosses > 1000
    assert binomtest(heads, tosses).pvalue > 0.001


def test_without_a_future_the_table_holds_mean_rewards():
    """gamma 0 and alpha 1/visits: each entry is the mean of its rewards, whatever it began with."""
    table = Table(Rule(0, 0.0, 1.0, 1.0, 0.0), 4, 1, False, 3)
    rewards = defaultdict(list)
    for _ in range(2000):
        for seen in filter(None, table.step(1.0)):
            rewards[seen[:2]].append(seen[2])
    assert len(rewards) == STATES * ACTIONS
    for pair, paid in rewards.items():
        assert table.tables[0][pair] == pytest.approx(np.mean(paid))


def test_the_returns_of_finished_episodes_are_undiscounted_sums():
    table = Table(Rule(0, 0.5, 0.1, 0.0, 0.0), 3, 2, False, 11)
    sums, wanted, found = [0.0, 0.0, 0.0], [], []
    for _ in range(500):
        for i, seen in enumerate(table.step(0.5)):
            if seen:
                sums[i] += seen[2]
                if seen[-2] or seen[-1]:
                    wanted.append(sums[i])
                    sums[i] = 0.0
        found += table.games.finished[: table.finished].tolist()
    assert len(wanted) > 100
    assert found == pytest.approx(wanted)


def choices(q, mask, epsilon, count=30_000):
    """Return how often each action of one state is chosen, of so many independent games."""
    games = new_games(seeded(range(count)), 1)
    tables = np.asarray(q, float).reshape(-1, 1, len(mask))
    begin(tables, games, np.zeros(count, np.int64), np.tile(np.array(mask, np.int8), (count, 1)), epsilon)
    return np.bincount(games.action, minlength=len(mask))


@pytest.mark.parametrize(
    ("q", "mask", "epsilon", "shares"),
    [
        ([1, 5, 2, 3], [1, 1, 1, 1], 0.0, [0, 1, 0, 0]),
        ([1, 5, 2, 3], [1, 0, 1, 1], 0.0, [0, 0, 0, 1]),
        ([4, -1, 4, 4], [1, 1, 1, 1], 0.0, [1 / 3, 0, 1 / 3, 1 / 3]),
        ([-7, -7, -9, -7], [1, 1, 1, 0], 0.0, [1 / 2, 1 / 2, 0, 0]),
        ([1, 5, 2, 3], [1, 1, 1, 1], 1.0, [1 / 4, 1 / 4, 1 / 4, 1 / 4]),
        ([1, 5, 2, 3], [1, 0, 1, 1], 1.0, [1 / 3, 0, 1 / 3, 1 / 3]),
        ([1, 5, 2, 3], [1, 1, 1, 1], 0.4, [0.1, 0.7, 0.1, 0.1]),
        ([1, 5, 5, 3], [1, 1, 1, 0], 0.3, [0.1, 0.45, 0.45, 0]),
        ([[1, 5, 2, 3], [9, 0, 2, 8]], [1, 1, 1, 1], 0.0, [0, 0, 0, 1]),  # by the sum of two tables
    ],
)
def test_exploration_is_epsilon_greedy_among_what_is_legal(q, mask, epsilon, shares):
    found, shares = choices(q, mask, epsilon), np.array(shares)
    assert found[shares == 0].sum() == 0
    if np.count_nonzero(shares) > 1:
        possible = shares > 0
        assert chisquare(found[possible], shares[possible] * found.sum()).pvalue > 0.001


@pytest.mark.parametrize("target", TARGETS)
def test_an_end_without_legal_actions_is_worth_nothing_more(target):
    table = Table(Rule(TARGETS.index(target), 1.0, 1.0, 0.0, 0.0), 1, 1, False, 5)
    table.tables[:] = 0.0
    state, action = int(table.games.state[0]), int(table.games.action[0])
    none, yes, no = np.zeros((1, ACTIONS), np.int8), np.ones(1, bool), np.zeros(1, bool)
    advance(
        table.tables,
        table.visits,
        table.games,
        table.rule,
        0.5,
        np.array([1]),
        np.array([3.0]),
        no,
        yes,
        none,
    )
    assert table.tables[0, state, action] == 3.0
    assert table.tables.sum() == 3.0
