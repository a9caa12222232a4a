"""Does a learner meet whom the shares promise, its own past as it was, and everybody in games of their own?"""

import gymnasium
import numpy as np
import pettingzoo
import pytest
from scipy.stats import chisquare

from agents.agent import Agent, Learner
from agents.catalog import AGENTS
from agents.progress import Update
from agents.q_learning import QLearning
from agents.random import RandomAgent
from agents.self_play import Pool, parse_shares
from envs.bad_input import BadInput
from envs.catalog import GAMES, gymnasium_id, register_games
from envs.generator import draws, seeded
from envs.gymnasium_face import GameEnv
from envs.view import Decision, View
from tests.games.tictactoe.game import TicTacToe

EVERY = 20_000


class Marked(Learner):
    """A learner that always chooses one action: how often it has learnt. And it keeps the arrays it is given."""

    name, about = "marked", "chooses how often it has learnt"
    mark = np.zeros(1, np.int64)

    def act(self, view: View) -> Decision:
        return Decision(np.full(len(view.mask), self.mark[0]))

    def learn(self, steps, *, progress=False, told=None):
        self.mark += 1
        self.steps += steps
        if told is not None:
            told(Update(self.steps))
        return self

    def arrays(self):
        return {"mark": self.mark}

    def restore(self, card, arrays):
        self.mark = arrays["mark"]


class Eight(Agent):
    """Chooses action 8, remembers how often it was asked, and notes what it saw."""

    name, about, memory = "eight", "chooses action 8", 2
    seen: list[View] = []  # noqa: RUF012

    def act(self, view: View) -> Decision:
        self.seen.append(view)
        view.memory += [1, len(view.mask)]
        draws(view.rng)
        return Decision(np.full(len(view.mask), 8))


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Put the game and the agents of the tests into the catalogues."""
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
    for cls in (Marked, Eight):
        monkeypatch.setitem(AGENTS, cls.name, f"{__name__}:{cls.__name__}")
    Eight.seen.clear()
    register_games()
    yield
    for registry in (gymnasium.registry, pettingzoo.aec_registry):
        registry.pop(gymnasium_id("tictactoe"))


def learner_of(pool: Pool) -> Marked:
    learner = Marked(pool.task)
    learner.mark = np.zeros(1, np.int64)
    return learner


def view_of(pool: Pool, games: int, seed: int = 0) -> View:
    """Return the first turns of so many games."""
    states = pool.task.game.new_states(range(games))
    observation, mask = pool.task.game.observe(states)
    rng = seeded(range(seed, seed + games))
    memory, seat = np.zeros((games, pool.memory), np.float32), np.arange(games) % 2
    return View(observation[:, 0], mask[:, 0], rng, states, memory, seat)


def grown(shares, snapshots: int, **more) -> tuple[Pool, Marked, list[Update]]:
    """Return a pool, and its learner with so many snapshots, made after 0, 1, ... times of learning; and once more."""
    heard: list[Update] = []
    pool = Pool(TicTacToe(), shares, **more)
    learner = learner_of(pool)
    told = pool.follow(learner, heard.append)
    for _ in range(snapshots - 1):
        learner.learn(EVERY, told=told)
    learner.learn(1, told=told)
    return pool, learner, heard


def test_shares_hold():
    """Who plays shows in the action: 0 to 2 are the past, 3 is the latest, 8 is scripted."""
    pool, _, heard = grown({"latest": 5, "past": 3, "eight": 2}, snapshots=3)
    assert [update.steps for update in heard] == [EVERY, 2 * EVERY, 2 * EVERY + 1]
    games = 6000
    actions = pool.act(view_of(pool, games)).actions
    counts = np.bincount(actions, minlength=9)
    expected = np.array([0.1, 0.1, 0.1, 0.5, 0, 0, 0, 0, 0.2]) * games
    assert counts[expected == 0].sum() == 0
    assert chisquare(counts[expected > 0], expected[expected > 0]).pvalue > 1e-3
    again = pool.act(view_of(pool, games, seed=games)).actions
    assert abs(np.corrcoef(actions, again)[0, 1]) < 4 / np.sqrt(games)


def test_a_member_stays_for_its_episode_and_the_next_is_drawn_anew():
    pool, learner, _ = grown("latest=1,past=2,eight=1", snapshots=2)
    told = pool.follow(learner)
    view = view_of(pool, 400)
    first = pool.act(view).actions
    assert set(first) == {0, 1, 2, 8}
    learner.learn(2 * EVERY, told=told)
    second = pool.act(view).actions
    assert np.array_equal(second, np.where(first == 2, 3, first)), "the latest has learnt, the others stay"
    view.memory[:200] = 0
    third = pool.act(view).actions
    assert np.array_equal(third[200:], second[200:])
    assert 0.2 < (third[:200] != second[:200]).mean() < 0.9


def test_what_happens_in_a_game_does_not_depend_on_the_others():
    pool, *_ = grown("latest=1,past=1,eight=1,random=1", snapshots=3)
    together = view_of(pool, 40)
    alone = view_of(pool, 40)
    for _ in range(3):
        expected = pool.act(together).actions
        for i in np.random.default_rng(0).permutation(40):
            one = View(*(getattr(alone, name)[i : i + 1] for name in View.__slots__))
            assert pool.act(one).actions[0] == expected[i]
    assert np.array_equal(alone.rng, together.rng)
    assert np.array_equal(alone.memory[:, :2], together.memory[:, :2])


def test_a_snapshot_does_not_change_when_the_learner_learns_on():
    pool, learner, _ = grown("past=1", snapshots=3)
    learner.mark[:] = 7
    assert set(pool.act(view_of(pool, 300)).actions) == {0, 1, 2}
    assert pool.past == [0, EVERY, 2 * EVERY]


def test_without_a_past_the_latest_plays_for_it_and_no_snapshot_is_taken_that_nobody_wants():
    pool, _, _ = grown("latest=1", snapshots=4)
    assert pool.past == []
    assert set(pool.act(view_of(pool, 20)).actions) == {4}
    with pytest.raises(ValueError, match=r"follows no learner yet: agent\.learn\(steps, told=pool\.follow"):
        Pool(TicTacToe(), "latest=1").act(view_of(pool, 1))
    scripted = Pool(TicTacToe(), "random=1")
    assert scripted.act(view_of(scripted, 20)).actions.max() < 9


def test_scripted_members_get_states_masks_and_memory_of_their_own_games():
    pool, *_ = grown("latest=1,eight=1", snapshots=1)
    assert pool.memory == 3
    view = view_of(pool, 100)
    view.states.square[:, 0] = np.arange(100)
    rng = view.rng.copy()
    theirs = pool.act(view).actions == 8
    assert pool.act(view).actions[theirs].tolist() == [8] * theirs.sum()
    for seen in Eight.seen:
        assert seen.states.square[:, 0].tolist() == np.flatnonzero(theirs).tolist()
        assert seen.seat.tolist() == (np.flatnonzero(theirs) % 2).tolist()
        assert len(seen.mask) == len(seen.observation) == len(seen.rng) == theirs.sum()
    assert np.array_equal(view.memory[theirs, 1], np.full(theirs.sum(), 2)), "asked twice"
    assert not view.memory[~theirs, 1:].any()
    twice = draws(rng) != 0  # drawing whom, and of the past which
    draws(rng)
    assert np.array_equal(view.rng[~theirs], rng[~theirs])
    draws(rng)
    draws(rng)
    assert np.array_equal(view.rng[theirs], rng[theirs])
    assert twice.any()


def test_the_past_is_spread_evenly_over_the_training_and_who_goes_ends_its_games():
    pool = Pool(TicTacToe(size=9, row=5), "past=1", keep=4)
    learner = learner_of(pool)
    told = pool.follow(learner)
    for _ in range(4):
        before = pool.past
        view = view_of(pool, 100)
        first = pool.act(view).actions
        learner.learn(EVERY, told=told)
    assert (before, pool.past) == ([0, EVERY, 2 * EVERY, 3 * EVERY], [0, 2 * EVERY, 4 * EVERY])
    assert np.array_equal(pool.act(view).actions, first)
    for _ in range(60):
        learner.learn(EVERY, told=told)
        assert 2 <= len(pool.past) <= 4
        assert len(set(np.diff(pool.past))) == 1
        assert len(pool._members) <= 1 + 2 * 4
    assert pool.past[0] == 0
    assert pool.past[-1] >= learner.steps / 2


def test_who_learns_on_meets_its_past_in_the_folder(tmp_path):
    def followed(steps: int) -> tuple[Pool, Marked, object]:
        pool = Pool("tictactoe", "past=1", keep=4)
        learner = learner_of(pool)
        learner.steps, learner.mark = steps, np.array([steps // EVERY])
        return pool, learner, pool.follow(learner, folder=tmp_path / "past")

    pool, learner, told = followed(0)
    for _ in range(6):
        learner.learn(EVERY, told=told)
    assert pool.past == [0, 2 * EVERY, 4 * EVERY, 6 * EVERY]
    again, learner, told = followed(5 * EVERY)  # what came after the last checkpoint is learnt again
    assert again.past == [0, 2 * EVERY, 4 * EVERY]
    assert set(again.act(view_of(again, 100)).actions) == {0, 2, 4}
    learner.learn(EVERY, told=told)
    assert again.past == [0, 2 * EVERY, 4 * EVERY, 6 * EVERY]
    assert sorted(int(path.name) for path in (tmp_path / "past").iterdir()) == again.past
    assert isinstance(Marked.load(tmp_path / "past" / f"{2 * EVERY:012}"), Marked)


def test_a_learner_learns_both_seats_by_self_play_alone():
    """Which is against nobody but itself, and yet it beats who plays at random."""
    game = TicTacToe(numbered=True)
    pool = Pool(game, "latest=0.7,past=0.3")
    agent = QLearning(pool.task, num_envs=64, exploration_final_eps=0.2)
    seats, told = set(), pool.follow(agent)
    env = pool.task.vector(64)
    seats.update(env.reset(seed=0)[1]["seat"].tolist())
    agent.learn(100_000, told=told)
    assert seats == {0, 1}
    assert len(pool.past) >= 3

    def mean_return(player: Agent, seat: int) -> float:
        env, total = GameEnv(game, seat=seat), 0.0
        for seed in range(150):
            (observation, info), over = env.reset(seed=seed), False
            while not over:
                action, _ = player.predict(observation, action_masks=info["action_mask"])
                observation, reward, over, _, info = env.step(action)
                total += reward
        return total / 150

    for seat in (0, 1):
        assert mean_return(agent, seat) > mean_return(RandomAgent(game), seat) + 0.4


def test_a_race_is_played_against_a_pool_too():
    pool = Pool("gridworld:level=orchard,foragers=4,obs=grid,time_limit=8", "latest=1,past=1,greedy=1")
    learner = learner_of(pool)
    told = pool.follow(learner)
    env = pool.task.vector(16)
    env.reset(seed=0)
    for _ in range(20):
        learner.learn(EVERY // 10, told=told) if learner.mark[0] < 3 else None
        *_, info = env.step(np.zeros(16, int))
    assert set(info["seat"]) <= set(range(4))
    members = env._opponents._memory[:, :, 0]
    assert ((members != 0).sum(axis=1) == 3).all(), "each of the others is drawn for itself"


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("latest=0.5,past=0.3,greedy=0.2", {"latest": 0.5, "past": 0.3, "greedy": 0.2}),
        ("mcts:simulations=50=0.2,latest=1", {"mcts:simulations=50": 0.2, "latest": 1}),
        (
            "past=1,mcts:simulations=50,rapid=0=2,random=3",
            {"past": 1, "mcts:simulations=50,rapid=0": 2, "random": 3},
        ),
        ("latest=1,gtp:gnugo --mode gtp --level 1=0.2", {"latest": 1, "gtp:gnugo --mode gtp --level 1": 0.2}),
        ("runs/a=b=1", {"runs/a=b": 1}),
    ],
)
def test_shares_are_read(text, shares):
    assert parse_shares(text) == shares


@pytest.mark.parametrize(
    ("env", "shares", "words"),
    [
        (
            "gridworld:level=cliff",
            "latest=1",
            "gridworld:level=cliff: has one seat, so there is no opponent",
        ),
        ("CartPole-v1", "latest=1", "CartPole-v1: has one seat"),
        ("tictactoe", "latest=0", "opponents: latest=0: a share is a positive number"),
        ("tictactoe", "latest=-1,past=1", "opponents: latest=-1: a share is a positive number"),
        ("tictactoe", "latest=nan", "opponents: latest=nan: a share is a positive number"),
        ("tictactoe", "latest=inf", "opponents: latest=inf: a share"),
        ("tictactoe", "latest=true", "opponents: latest=True: a share"),
        ("tictactoe", "latest=much", "opponents: latest=much: a share"),
        ("tictactoe", "latest=1,latest=2", "opponents: latest is given twice"),
        ("tictactoe", "latest", "opponents: 'latest' is not of the form NAME=SHARE"),
        ("tictactoe", "", "opponents: '' is not of the form NAME=SHARE"),
        ("tictactoe", {}, "opponents: none is given, such as latest=0.8,past=0.2"),
        ("tictactoe", "lastest=1", "opponents: unknown agent 'lastest'. Did you mean 'latest'"),
        ("tictactoe", "randm=1", "opponents: unknown agent 'randm'. Did you mean 'random'"),
        ("tictactoe", "greedy=1", "greedy: tictactoe:.* is neither Go nor a gridworld"),
        ("tictactoe", "q_learning=1", "q_learning has to learn first"),
        ("tictactoe", "runs/nothing=1", "runs/nothing: no such folder of a saved agent"),
        (
            "goban:size=5",
            "mcts:simulations=1,rapid=0.5",
            "'mcts:simulations=1,rapid': 'rapid' is not of the form key=value",
        ),
        (
            "goban:size=5",
            "mcts:simulatons=1=0.5",
            "mcts: unknown setting 'simulatons'. Did you mean 'simulations'",
        ),
    ],
)
def test_what_there_is_not_is_refused_in_one_line(env, shares, words):
    with pytest.raises(BadInput, match=words) as error:
        Pool(env, shares)
    assert "\n" not in str(error.value)
