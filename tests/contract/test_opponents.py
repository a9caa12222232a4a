"""Does the learner meet, in every face, the opponent that it was promised?"""

import json
import math

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from envs.aec_face import GameAECEnv
from envs.bad_input import BadInput
from envs.catalog import gymnasium_id, make_env, make_game
from envs.game import PLAYING, TERMINATED, Game, Kernels
from envs.gridworld.game import Gridworld
from envs.gymnasium_face import GameEnv
from envs.parallel_face import GameParallelEnv
from envs.spec import parse_spec
from envs.vector_face import GameVectorEnv
from envs.view import Decision, View
from tests.contract.configurations import SOLO, TURNS, random_actions, short_game
from tests.games.tictactoe import rules
from tests.games.tictactoe.game import TicTacToe

turns = pytest.mark.parametrize("spec", TURNS)
either_seat = pytest.mark.parametrize("seat", [0, 1])
modes = pytest.mark.parametrize(
    "mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP], ids=lambda mode: mode.name
)
RESIGN, SMALL = "tictactoe:forfeits=true", "tictactoe"
ORCHARD = "gridworld:level=orchard,obs=grid"
DANGERS = (
    "hunger: 7\nripe: 2\nreward apple: 1\nreward starve: -2\ntime limit: 20\n\nS.S.Sx\nSoooSo\n~**12.\nab12AB"
)
RACES = {
    "two": lambda: make_game(f"{ORCHARD},foragers=2,time_limit=12"),
    "four": lambda: make_game(f"{ORCHARD},foragers=4,time_limit=12"),
    "dangers": lambda: Gridworld(DANGERS, obs="grid", foragers=3),
}
races = pytest.mark.parametrize("race", RACES)


def scripted(view: View) -> Decision:
    """Choose a legal action that follows from what is seen, and leave chance alone."""
    seen = view.observation.reshape(len(view.mask), -1).astype(np.int64)
    wish = seen @ np.arange(1, seen.shape[1] + 1) % view.mask.sum(axis=1)
    return Decision((view.mask.cumsum(axis=1) > wish[:, None]).argmax(axis=1))


def first_legal(view: View) -> np.ndarray:
    return view.mask.argmax(axis=1)


def resigning(view: View) -> np.ndarray:
    return np.full(len(view.mask), view.mask.shape[1] - 1)


def make(spec: str, **more: object) -> GameEnv:
    return GameEnv(short_game(spec), **more)


def aec(spec: str, seed: int) -> GameAECEnv:
    env = GameAECEnv(short_game(spec))
    env.reset(seed=seed)
    return env


def over(env: GameAECEnv) -> bool:
    return any(env.terminations.values()) or any(env.truncations.values())


def let_play(env: GameAECEnv, me: str) -> float:
    """Play the scripted opponent's turns in a PettingZoo game and return what `me` got for them."""
    gain = 0.0
    while not over(env) and env.agent_selection != me:
        seen = env.observe(env.agent_selection)
        view = View(seen["observation"][None], seen["action_mask"][None], np.zeros(1, np.uint64))
        env.step(int(scripted(view).actions[0]))
        gain += env.rewards[me]
    return gain


# Against PettingZoo's face, which lets somebody play every seat


@turns
@either_seat
def test_a_scripted_opponent_plays_as_in_pettingzoos_game(spec, seat):
    me, rng = f"player_{seat}", np.random.default_rng(seat)
    env = make(spec, opponent=scripted, seat=seat)
    for seed in range(6):
        expected = aec(spec, seed)
        let_play(expected, me)
        observation, info = env.reset(seed=seed)
        ended = False
        while not ended:
            assert info["seat"] == seat
            assert np.array_equal(observation, expected.observe(me)["observation"])
            assert np.array_equal(info["action_mask"], expected.observe(me)["action_mask"])
            action = rng.choice(np.flatnonzero(info["action_mask"]))
            expected.step(action)
            gain = expected.rewards[me]
            gain += let_play(expected, me)
            observation, reward, terminated, truncated, info = env.step(action)
            assert (reward, terminated) == (gain, expected.terminations[me])
            assert truncated == expected.truncations[me]
            ended = terminated or truncated
        assert over(expected)
        assert np.array_equal(observation, expected.observe(me)["observation"]), (
            "the end, from the learner's side"
        )
        assert not info["action_mask"].any()


@turns
def test_self_play_is_pettingzoos_game_seen_by_who_moves(spec):
    env, rng = make(spec, opponent="self"), np.random.default_rng(0)
    for seed in range(4):
        expected = aec(spec, seed)
        observation, info = env.reset(seed=seed)
        ended = False
        while not ended:
            mover = expected.agent_selection
            assert mover == f"player_{info['seat']}"
            assert np.array_equal(observation, expected.observe(mover)["observation"])
            assert np.array_equal(info["action_mask"], expected.observe(mover)["action_mask"])
            action = rng.choice(np.flatnonzero(info["action_mask"]))
            expected.step(action)
            observation, reward, terminated, truncated, info = env.step(action)
            assert reward == expected.rewards[mover]
            ended = terminated or truncated
        assert over(expected)


# Races, against PettingZoo's Parallel face


def play_race(env: GameEnv, seed: int, seat: int) -> dict[str, int]:
    """Play an episode of a race beside the Parallel face, the others scripted, and return how it ended."""
    expected, me, rng = GameParallelEnv(env.game), f"player_{seat}", np.random.default_rng(seed)
    seen, _ = expected.reset(seed=seed)
    observation, info = env.reset(seed=seed)
    terminated = truncated = False
    while not (terminated or truncated):
        assert info["seat"] == seat
        assert np.array_equal(observation, seen[me]["observation"])
        assert np.array_equal(info["action_mask"], seen[me]["action_mask"])
        view = View(
            np.stack([each["observation"] for each in seen.values()]),
            np.stack([each["action_mask"] for each in seen.values()]),
            np.zeros(len(seen), np.uint64),
        )
        actions = dict(zip(seen, scripted(view).actions.tolist(), strict=True))
        actions[me] = int(rng.integers(env.action_space.n))
        seen, gains, ended, cut, _ = expected.step(actions)
        observation, reward, terminated, truncated, info = env.step(actions[me])
        assert (reward, terminated, truncated) == (gains[me], ended[me], cut[me])
    assert np.array_equal(observation, seen[me]["observation"])
    return {"early": bool(expected.agents), "cut": truncated, "others": len(expected.agents)}


@races
def test_a_race_is_pettingzoos_race_up_to_the_learners_end(race):
    game = RACES[race]()
    ends = [
        play_race(GameEnv(game, opponent=scripted, seat=seat), seed, seat)
        for seat in range(game.seats)
        for seed in range(8)
    ]
    assert any(end["early"] for end in ends) == (race == "dangers"), "some learners are out before the others"
    assert all(end["cut"] for end in ends) == (race != "dangers")


def test_who_is_out_of_a_race_is_out_of_its_episode_and_the_next_one_begins():
    env = GameEnv(RACES["dangers"](), opponent=first_legal, seat=0)
    rng, early = np.random.default_rng(0), 0
    for seed in range(20):
        env.reset(seed=seed)
        terminated = truncated = False
        while not (terminated or truncated):
            observation, _, terminated, truncated, _ = env.step(int(rng.integers(4)))
        early += int(terminated and not env.state.out.all())
        if terminated:
            assert env.state.status == TERMINATED
            before = env.state.tobytes()
            again, reward, *flags, _ = env.step(0)
            assert (again.tobytes(), reward, flags) == (observation.tobytes(), 0, [True, False])
            assert env.state.tobytes() == before
        env.reset()
        assert (env.state.status, env.state.out.tolist()) == (PLAYING, [0, 0, 0])
    assert early > 2


def test_who_begins_is_asked_once_a_step_too_where_episodes_begin():
    asked = []

    def opponent(view: View) -> Decision:
        asked.append(len(view.mask))
        return scripted(view)

    env = GameVectorEnv(SMALL, 16, opponent=opponent, seat=1)
    *_, info = env.reset(seed=3)
    rng, ended = np.random.default_rng(0), 0
    for step in range(2, 40):
        *_, terminated, _, info = env.step(random_actions(info["action_mask"], rng))
        ended += int(terminated.sum())
        assert len(asked) <= step
    assert ended > 50


@races
def test_the_opponent_is_asked_once_a_step_about_all_the_others_that_are_not_out(race):
    asked, game = [], RACES[race]()

    def opponent(view: View) -> Decision:
        asked.append(len(view.mask))
        assert (view.states.status == PLAYING).all()
        everybody, _ = game.observe(view.states)
        rows = np.arange(len(view.mask))
        assert np.array_equal(view.observation, everybody[rows, view.seat])
        assert not view.states.out[rows, view.seat].any()
        assert view.seat.all(), "seat 0 is the learner's"
        assert len(np.unique(view.rng)) == len(view.rng), "each seat has chance of its own"
        decision = scripted(view)
        view.states.ply[:], view.mask[:], view.observation[:] = 99, 0, 1  # its own copies
        return decision

    env, other = (GameVectorEnv(game, 8, opponent=each, seat=0) for each in (opponent, scripted))
    rng = np.random.default_rng(0)
    for each in (env, other):
        each.reset(seed=3)
    for step in range(40):
        actions, steady = rng.integers(4, size=8), (env.states.status == PLAYING)[:, None]
        beside = int((steady & (env.states.out == 0))[:, 1:].sum())
        env.step(actions)
        other.step(actions)
        assert sum(asked) == beside
        assert len(asked) <= 1, step
        asked.clear()
    assert env.states.tobytes() == other.states.tobytes()


@races
def test_every_seat_of_a_race_is_drawn_and_remembers_for_itself(race):
    game = RACES[race]()

    class Counting:
        memory = 2

        def act(self, view: View) -> np.ndarray:
            turns.append(view.memory[:, 0].copy())
            assert (view.memory[:, 0] == view.states.ply).all(), "how often it was asked in this episode"
            view.memory[:, 0] += 1
            view.memory[:, 1] = view.observation.reshape(len(view.mask), -1).sum(axis=1)
            return first_legal(view)

    turns: list[np.ndarray] = []
    env = GameVectorEnv(game, 32, opponent=Counting())
    _, info = env.reset(seed=0)
    seats = info["seat"].tolist()
    for _ in range(60):
        *_, info = env.step(np.zeros(32, int))
        seats += info["seat"].tolist()
    assert set(seats) == set(range(game.seats))
    assert max(turn.max() for turn in turns) >= 5


# The same through the native vector face


@turns
@modes
@pytest.mark.parametrize(
    "sides",
    [{}, {"seat": 1}, {"opponent": scripted, "seat": 0}, {"opponent": first_legal}, {"opponent": "self"}],
    ids=lambda sides: "-".join(getattr(each, "__name__", str(each)) for each in sides.values()) or "default",
)
def test_many_games_are_the_single_games_side_by_side(spec, mode, sides):
    singles = SyncVectorEnv([lambda: make(spec, **sides)] * 4, autoreset_mode=mode)
    together = GameVectorEnv(short_game(spec), 4, autoreset_mode=mode, **sides)
    rng = np.random.default_rng(0)
    expected, got = singles.reset(seed=20), together.reset(seed=20)
    for _ in range(60):
        for a, b in zip(told(expected), told(got), strict=True):
            assert np.array_equal(a, b)
        actions = random_actions(got[-1]["action_mask"], rng)
        expected, got = singles.step(actions), together.step(actions)
    assert together.states.tobytes() == b"".join(env.state.tobytes() for env in singles.envs)


@races
@modes
@pytest.mark.parametrize(
    "sides", [{}, {"seat": 1}, {"opponent": scripted}], ids=["default", "seat", "scripted"]
)
def test_many_races_are_the_single_races_side_by_side(race, mode, sides):
    game: Game = RACES[race]()
    singles = SyncVectorEnv([lambda: GameEnv(game, **sides)] * 4, autoreset_mode=mode)
    together = GameVectorEnv(game, 4, autoreset_mode=mode, **sides)
    rng, ends = np.random.default_rng(0), 0
    expected, got = singles.reset(seed=20), together.reset(seed=20)
    for _ in range(60):
        for a, b in zip(told(expected), told(got), strict=True):
            assert np.array_equal(a, b)
        actions = random_actions(got[-1]["action_mask"], rng)
        expected, got = singles.step(actions), together.step(actions)
        ends += int((got[2] | got[3]).sum())
    assert ends >= 12
    assert together.states.tobytes() == b"".join(env.state.tobytes() for env in singles.envs)


def told(result: tuple) -> list[np.ndarray]:
    """Return all that a vector environment said, in order; observations that ended an episode as one array."""
    *arrays, info = result
    final = [each for each in info.get("final_obs", []) if each is not None]
    inner = info.get("final_info", {})
    return [
        *arrays,
        *(info[key] for key in ("action_mask", "_action_mask", "seat", "_seat")),
        np.array(final),
        *(inner[key] for key in sorted(inner)),
    ]


# What the opponent is asked, and what it may answer


@pytest.mark.parametrize(
    "spec", [spec for spec in TURNS if "opening=3" not in spec]
)  # there it may resign at once, and begins again
def test_the_opponent_is_asked_once_a_step_about_its_own_turns(spec):
    asked = []

    def opponent(view: View) -> Decision:
        asked.append(len(view.mask))
        assert (view.states.status == PLAYING).all()
        assert (view.states.to_move == 1).all()
        observation, mask = env.game.observe(view.states)
        assert np.array_equal(view.observation, observation[:, 0])
        assert np.array_equal(view.mask, mask[:, 0])
        assert (view.rng.dtype, view.rng.shape) == (np.uint64, view.mask.shape[:1])
        decision = scripted(view)
        view.states.ply[:], view.mask[:], view.observation[:] = 99, 1, 1  # its own copies
        return decision

    env, other = (GameVectorEnv(short_game(spec), 16, opponent=each, seat=0) for each in (opponent, scripted))
    rng = np.random.default_rng(0)
    env.reset(seed=3)
    *_, info = other.reset(seed=3)
    for _ in range(25):
        actions = random_actions(info["action_mask"], rng)
        before = len(asked)
        *_, info = other.step(actions)
        env.step(actions)
        assert len(asked) <= before + 1
    assert len(asked) > 15
    assert env.states.tobytes() == other.states.tobytes()


@pytest.mark.parametrize(
    "answer",
    [
        Decision,
        lambda actions: actions,
        lambda actions: actions.astype(np.uint8),
        lambda actions: actions.tolist(),
        lambda actions: actions[:, None],
    ],
)
def test_an_opponent_may_answer_with_bare_actions(answer):
    env = make(SMALL, opponent=lambda view: answer(scripted(view).actions), seat=0)
    other = make(SMALL, opponent=scripted, seat=0)
    for each in (env, other):
        each.reset(seed=0)
        each.step(4)
    assert env.state.tobytes() == other.state.tobytes()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (4, "the opponent's action 4 is illegal, see action_mask: b2 is not legal here"),
        (9, r"the opponent's action 9 is not in Discrete\(9\)"),
        (-1, "the opponent's action -1 is not in"),
        (4.0, r"the opponent answered float64\[\], not one whole number for each of 1 games"),
        (None, r"the opponent answered object\[\]"),
        ([1, 2], r"the opponent answered int64\[2\], not one whole number for each of 1 games"),
        (Decision(np.zeros(0, int)), r"the opponent answered int64\[0\]"),
    ],
)
def test_a_wrong_answer_is_told(answer, words):
    env = make(SMALL, opponent=lambda view: answer, seat=0)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=f"^{words}") as error:
        env.step(4)
    assert "\n" not in str(error.value)


def test_an_opponent_cannot_make_its_action_legal():
    def cheat(view: View) -> np.ndarray:
        view.mask[:] = 1
        return np.full(len(view.mask), 4)

    env = make(SMALL, opponent=cheat, seat=0)
    env.reset(seed=0)
    with pytest.raises(ValueError, match="the opponent's action 4 is illegal"):
        env.step(4)


def test_what_the_opponent_raises_reaches_the_caller():
    def broken(view: View) -> Decision:
        raise ZeroDivisionError("in the opponent")

    with pytest.raises(ZeroDivisionError, match="in the opponent"):
        make(SMALL, opponent=broken, seat=1).reset(seed=0)


# Chance


def test_random_against_random_wins_as_often_as_is_known():
    """Of noughts and crosses by chance, 737 / 1260 are won by who begins and 121 / 420 by the other."""
    games = 3000
    for seat, won, lost in ((0, 737 / 1260, 121 / 420), (1, 121 / 420, 737 / 1260)):
        env = GameVectorEnv(SMALL, games, opponent="random", seat=seat)
        _, info = env.reset(seed=seat)
        returns, going = np.zeros(games), np.ones(games, np.bool_)
        rng = np.random.default_rng(0)
        while going.any():
            _, rewards, terminated, _, info = env.step(random_actions(info["action_mask"], rng))
            returns += rewards * going
            going &= ~terminated
        for outcome, odds in ((1, won), (-1, lost), (0, 1 - won - lost)):
            deviation = math.sqrt(odds * (1 - odds) / games)
            assert abs((returns == outcome).mean() - odds) < 4 * deviation


def test_both_seats_are_drawn_and_the_seed_says_which():
    def seats_of(seed: int) -> list[int]:
        """Return the seats of 40 episodes of each of 8 games."""
        env, rng = GameVectorEnv(short_game(RESIGN), 8), np.random.default_rng(0)
        _, info = env.reset(seed=seed)
        found = []
        for _ in range(40):
            found += info["seat"].tolist()
            _, info = env.reset()
            env.step(random_actions(info["action_mask"], rng))
        return found

    first = seats_of(1)
    assert first == seats_of(1)
    assert first != seats_of(2)
    assert abs(np.mean(first) - 0.5) < 4 * 0.5 / math.sqrt(len(first))
    assert len({tuple(first[i::8]) for i in range(8)}) == 8, "each game draws for itself"


def test_the_opponents_chance_has_nothing_to_do_with_the_openings():
    """Two squares drawn one after the other, without putting back, of n: their correlation is -1 / (n - 1)."""
    games, squares = 4000, 25
    env = GameVectorEnv("tictactoe", games, size=5, row=4, opening=1, seat=0)
    env.reset(seed=0)
    marks = env.states.square.reshape(games, squares)
    opening, reply = (marks == 1).argmax(axis=1), (marks == 2).argmax(axis=1)
    assert abs(np.corrcoef(opening, reply)[0, 1] + 1 / (squares - 1)) < 4 / math.sqrt(games)


@turns
def test_the_opponents_chance_is_not_the_games(spec):
    """Only the opening draws in these games, so that the generator stays as the opening left it."""
    env = make(spec)
    expected = aec(spec, 7)
    env.reset(seed=7)
    for _ in range(3):
        env.step(env.action_masks().argmax())
    assert env.state.rng == expected._states.rng[0]


@turns
def test_an_episode_begins_at_the_learners_turn(spec):
    for seed in range(30):
        env = make(spec)
        _, info = env.reset(seed=seed)
        assert env.state.status == PLAYING
        assert env.state.to_move == info["seat"]
        assert info["action_mask"].any()
        assert make(spec, seat=info["seat"]).reset(seed=seed)[1]["seat"] == info["seat"]


# Rewards and endings


class Paid(TicTacToe):
    """Every mark pays 3 to who makes it and takes 1 from the other."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels = Kernels(rules.restart, _pay, rules.observe)


def _pay(states, actions, again, rewards, *told) -> None:
    pays = (states["status"] == PLAYING) & ~again
    mover = states["to_move"].copy()
    rules.step(states, actions, again, rewards, *told)
    rewards[pays, mover[pays]] += 3
    rewards[pays, 1 - mover[pays]] -= 1


def test_a_step_pays_what_its_ply_and_the_replies_bring():
    """The first seat fills the middle column: 3 a mark, less 1 for each reply, and 1 for winning."""
    env, many = (
        GameEnv(Paid(), opponent=first_legal, seat=0),
        GameVectorEnv(Paid(), 2, opponent=first_legal, seat=0),
    )
    env.reset(seed=0)
    many.reset(seed=0)
    for action, reward in ((1, 2), (4, 2), (7, 4)):
        assert env.step(action)[1] == reward
        assert many.step(np.full(2, action))[1].tolist() == [reward, reward]
    alone = GameEnv(Paid(), opponent="self")
    alone.reset(seed=0)
    assert [alone.step(action)[1] for action in (0, 3, 1, 4, 2)] == [3, 3, 3, 3, 4]


@modes
def test_an_opponent_that_resigns_at_once(mode):
    env = GameVectorEnv(short_game(RESIGN), 3, opponent=resigning, seat=0, autoreset_mode=mode)
    env.reset(seed=0)
    _, rewards, terminated, *_ = env.step(np.zeros(3, int))
    assert rewards.tolist() == [1, 1, 1]
    assert terminated.all()
    with pytest.raises(ValueError, match="the opponent ended 100 games before the learner's first turn"):
        GameVectorEnv(short_game(RESIGN), 3, opponent=resigning, seat=1, autoreset_mode=mode).reset(seed=0)


@turns
@either_seat
def test_a_game_that_is_over_is_shown_as_it_was_when_others_are_restarted(spec, seat):
    env = GameVectorEnv(short_game(spec), 6, opponent=scripted, seat=seat)
    rng = np.random.default_rng(0)
    observation, info = env.reset(seed=0)
    ended = np.zeros(6, np.bool_)
    while not ended.any():
        observation, _, terminated, truncated, info = env.step(random_actions(info["action_mask"], rng))
        ended = terminated | truncated
    again, after = env.reset(options={"reset_mask": ~ended})
    assert np.array_equal(again[ended], observation[ended])
    assert not after["action_mask"][ended].any()
    assert (env.states.to_move == after["seat"])[~ended].all()
    assert (env.states.status == PLAYING).tolist() == (~ended).tolist()


@turns
@pytest.mark.parametrize("sides", [{"seat": 1}, {"opponent": "self"}])
def test_an_illegal_action_is_refused_and_changes_nothing(spec, sides):
    env = make(spec, **sides)
    rng = np.random.default_rng(0)
    _, info = env.reset(seed=1)
    while info["action_mask"].all():
        _, _, terminated, truncated, info = env.step(rng.choice(np.flatnonzero(info["action_mask"])))
        if terminated or truncated:
            _, info = env.reset()
    before, illegal = env.state.tobytes(), int(info["action_mask"].argmin())
    with pytest.raises(
        ValueError, match=f"^action {illegal} is illegal.*{env.game.action_names[illegal]} "
    ) as error:
        env.step(illegal)
    assert "\n" not in str(error.value)
    for action in (-1, int(env.game.action_space.n)):
        with pytest.raises(ValueError, match=f"^action {action} is not in Discrete"):
            env.step(action)
    assert env.state.tobytes() == before
    env.step(int(info["action_mask"].argmax()))


@turns
@modes
@pytest.mark.parametrize("sides", [{"seat": 1}, {"opponent": "self"}])
def test_an_illegal_action_in_one_of_many_games_is_refused(spec, mode, sides):
    env = GameVectorEnv(short_game(spec), 3, autoreset_mode=mode, **sides)
    rng = np.random.default_rng(0)
    *_, info = env.reset(seed=1)
    playing = env.states.status == PLAYING
    while info["action_mask"][2].all() or not playing.all():
        *_, info = env.step(random_actions(info["action_mask"], rng))
        playing = env.states.status == PLAYING
    actions = random_actions(info["action_mask"], rng)
    before, illegal = env.states.tobytes(), int(info["action_mask"][2].argmin())
    for action, words in ((illegal, f"action {illegal} is illegal"), (-1, "action -1 is not in")):
        with pytest.raises(ValueError, match=f"^game 2: {words}"):
            env.step(np.array([*actions[:2], action]))
    assert env.states.tobytes() == before
    env.step(actions)


# How it is asked for


@pytest.mark.parametrize(
    ("spec", "sides", "words"),
    [
        (
            SOLO[0],
            {"opponent": "random"},
            "gridworld:.*: has one seat, so there is no opponent and no seat to choose",
        ),
        (SOLO[0], {"seat": 0}, "gridworld:.*: has one seat"),
        (
            SMALL,
            {"opponent": "radnom"},
            r"unknown opponent 'radnom'. Did you mean 'random'\? Any other is given as a callable",
        ),
        (
            SMALL,
            {"opponent": 3},
            "opponent=3 is none of 'random' and 'self'. Any other is given as a callable on views",
        ),
        (SMALL, {"seat": 2}, r"tictactoe:.*: seat=2 is not 'random' or one of \[0, 1\]"),
        (SMALL, {"seat": "black"}, "tictactoe:.*: seat='black' is not 'random'"),
        (SMALL, {"seat": True}, "tictactoe:.*: seat=True is not"),
        (SMALL, {"opponent": "self", "seat": 0}, "tictactoe:.*: in self-play the learner has every seat"),
        (f"{ORCHARD},foragers=2", {"opponent": "self"}, "gridworld:.*: all seats act at once, .*PettingZoo"),
        (
            f"{ORCHARD},foragers=4",
            {"seat": 4},
            r"gridworld:.*: seat=4 is not 'random' or one of \[0, 1, 2, 3\]",
        ),
    ],
)
@pytest.mark.parametrize("face", [GameEnv, lambda game, **sides: GameVectorEnv(game, 2, **sides)])
def test_what_there_is_not_is_refused_in_one_line(face, spec, sides, words):
    with pytest.raises(BadInput, match=f"^{words}") as error:
        face(short_game(spec), **sides)
    assert "\n" not in str(error.value)


@turns
@pytest.mark.parametrize(
    "sides", [{}, {"opponent": "random", "seat": 1}, {"opponent": "self"}, {"seat": "random"}]
)
def test_by_its_id_and_from_its_spec(spec, sides):
    name, kwargs = parse_spec(spec)
    env = gym.make(gymnasium_id(name), **kwargs, **sides)
    text = env.spec.to_json()
    json.loads(text)
    twins = [gym.make(EnvSpec.from_json(text)), make_env(spec, **sides)]
    many = gym.make_vec(gymnasium_id(name), num_envs=2, **kwargs, **sides)
    expected = env.reset(seed=5)
    for twin in twins:
        observation, info = twin.reset(seed=5)
        assert np.array_equal(observation, expected[0])
        assert info["seat"] == expected[1]["seat"] == sides.get("seat", info["seat"]) or "seat" in sides
    observation, info = many.reset(seed=5)
    assert np.array_equal(observation[0], expected[0])
    assert info["seat"][0] == expected[1]["seat"]


@turns
def test_every_face_offers_the_games_symmetries(spec):
    env, many = make(spec), GameVectorEnv(short_game(spec), 3)
    assert len(env.symmetries) == len(many.symmetries) == 8
    observation, info = many.reset(seed=0)
    for symmetry in many.symmetries:
        assert many.observation_space.contains(symmetry.observation(observation))
        assert np.array_equal(
            symmetry.over_actions(info["action_mask"]).sum(axis=1), info["action_mask"].sum(axis=1)
        )
