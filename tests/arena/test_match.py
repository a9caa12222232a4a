"""Is a game what its players make of it: no more, no less, and nobody else's?"""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agent import BrokeDown, Resigned, Void
from agents.catalog import make_agent
from arena.match import Played, agent_seeds, play
from arena.schedule import Fixture, level_seeds
from envs.catalog import make_game
from envs.generator import draws, pick_any
from envs.gymnasium_face import GameEnv
from envs.view import Decision, View
from tests.arena.scripted import Scripted, always, first_legal, last_legal, tictactoe

SOLO = [
    "gridworld:level=corridor",
    "gridworld:level=cliff,slip=0.2,time_limit=40",
    "gridworld:level=apple_world,time_limit=40",
]
RACE = "gridworld:level=orchard,foragers=2,obs=grid,time_limit=60"
EAST, WEST, RESIGN = 1, 3, 9


@pytest.fixture(scope="module", autouse=True)
def turn_game() -> Iterator[None]:
    with tictactoe():
        yield


def fixtures(count: int, *names: str) -> list[Fixture]:
    """Return games of these entrants, every other one with the seats swapped."""
    seeds = level_seeds(7, count)
    return [Fixture(i, seed, names if i % 2 == 0 else names[::-1]) for i, seed in enumerate(seeds)]


def facts(played: Played) -> tuple:
    """All that is to be the same, down to what the agents thought."""
    thoughts = [
        [
            None if d is None else [np.asarray(getattr(d, part.name)).tolist() for part in fields(d)]
            for d in ply
        ]
        for ply in played.decisions
    ]
    ending = (played.reason, played.forfeit, played.resigned)
    return played.fixture, played.actions, thoughts, played.scores, ending


# Whoever breaks down loses that game, and that game only.


def _nan(view: View) -> np.ndarray:
    return np.full(len(view.mask), np.nan)


def _raise(view: View) -> np.ndarray:
    raise RuntimeError("out\nof order\x1b[31m")


FAULTS = [
    (_raise, "RuntimeError: out of order"),
    (always(4), "illegal action 4"),
    (always(-1), "illegal action -1"),
    (always(2**62), "illegal action 4611686018427387904"),
    (_nan, "float64"),
    (lambda view: np.full(len(view.mask), 1.0), "float64"),
    (lambda view: np.ones(len(view.mask), bool), "bool"),
    (lambda view: np.ones(len(view.mask) + 1, int), "not whole numbers for 1 games"),
    (lambda view: np.ones((len(view.mask), 1), int), "not whole numbers for 1 games"),
    (lambda view: None, "not whole numbers"),
    (lambda view: Decision(first_legal(view), policy=np.ones(3)), "policy has shape"),
    (lambda view: Decision(first_legal(view), value="high"), "ValueError"),
    (lambda view: Decision(first_legal(view), q=np.ones((len(view.mask), 2))), "q has shape"),
    (lambda view: Decision(first_legal(view), visits=np.ones(4, int)), "visits has shape"),
    (lambda view: Decision(first_legal(view), line=np.ones(4, int)), "line [4] is not"),
    (lambda view: Decision(first_legal(view), line=[[0, 99]]), "line [1, 2] is not"),
]


@pytest.mark.parametrize(("choose", "fault"), FAULTS)
def test_a_broken_agent_forfeits_with_its_fault_named(choose, fault):
    game = make_game("gridworld:level=corridor")
    for played in play(game, fixtures(3, "bad"), {"bad": Scripted(game, choose)}):
        assert played.forfeit == 0
        assert played.reason.startswith("forfeit: bad ")
        assert fault in played.reason
        assert played.reason.isprintable()
        assert played.actions == played.decisions == []
        assert played.scores == [0]


def test_an_agent_that_knows_what_it_did_says_it_in_its_own_words():
    game = make_game("gridworld:level=corridor")

    def tell(view: View) -> None:
        raise BrokeDown("did not answer in 30 s")

    [played] = play(game, fixtures(1, "slow"), {"slow": Scripted(game, tell)})
    assert (played.forfeit, played.reason) == (0, "forfeit: slow did not answer in 30 s")


@pytest.mark.parametrize("seat", [0, 1])
def test_whoever_resigns_has_lost_without_a_forfeit(seat):
    game = make_game("tictactoe")

    def give_up(view: View) -> np.ndarray:
        if (view.mask.sum(axis=1) < 8).any():
            raise Resigned
        return first_legal(view)

    agents = {"tired": Scripted(game, give_up), "good": Scripted(game, first_legal)}
    names = ("tired", "good") if seat == 0 else ("good", "tired")
    games = play(game, [Fixture(i, i, names) for i in range(3)], agents)
    for played in games:
        assert (played.reason, played.resigned, played.forfeit) == ("resigned", seat, -1)
        assert played.loser == seat
        assert len(played.actions) == len(played.decisions) == 2 + seat
        assert played.scores == [0, 0]


def test_one_who_resigns_leaves_the_games_beside_alone():
    game = make_game(SOLO[1])

    def tire_at_cell_14(view: View) -> np.ndarray:
        if (view.observation == 14).any():
            raise Resigned
        return pick_any(view.mask == 1, view.rng)

    agents = {"a": Scripted(game, tire_at_cell_14)}
    every = fixtures(12, "a")
    together = play(game, every, agents)
    assert [facts(one) for one in together] == [facts(play(game, [one], agents)[0]) for one in every]
    assert {one.resigned for one in together} == {0, -1}  # else the test shows nothing


def test_what_the_machine_could_not_do_counts_for_nobody():
    game = make_game("gridworld:level=corridor")

    def fail(view: View) -> None:
        raise Void("cannot be started: out of memory")

    with pytest.raises(Void, match="out of memory"):
        play(game, fixtures(3, "a"), {"a": Scripted(game, fail)})


def test_what_a_search_tells_is_kept_game_by_game():
    game = make_game("gridworld:level=corridor,time_limit=3")

    def search(view: View) -> Decision:
        games = np.arange(len(view.mask))
        visits = np.tile([1, 2, 3, 4], (len(games), 1)) * (view.observation[:, None] + 1)
        return Decision(np.full(len(games), EAST), visits=visits, line=[[EAST, -1]] * len(games))

    for played in play(game, fixtures(2, "a"), {"a": Scripted(game, search)}):
        assert [ply[0].visits.tolist() for ply in played.decisions] == [
            [[1, 2, 3, 4]], [[2, 4, 6, 8]], [[3, 6, 9, 12]],
        ]  # fmt: skip
        assert all(ply[0].line.tolist() == [[EAST, -1]] for ply in played.decisions)


def test_the_plies_before_a_forfeit_count():
    game = make_game("gridworld:level=corridor")
    east_until_cell_3 = Scripted(game, lambda view: np.where(view.observation == 3, 99, EAST))
    [played] = play(game, [Fixture(0, 1, ("a",))], {"a": east_until_cell_3})
    assert played.actions == [[EAST]] * 3
    assert played.scores == [-30]  # three steps at -0.01, in thousandths
    assert len(played.decisions) == 3


@pytest.mark.parametrize("seat", [0, 1])
def test_in_a_turn_game_the_seat_that_broke_down_is_named(seat):
    game = make_game("tictactoe")
    names = ("bad", "good") if seat == 0 else ("good", "bad")
    agents = {"bad": Scripted(game, always(4)), "good": Scripted(game, first_legal)}
    [played] = play(game, [Fixture(0, 1, names)], agents)
    assert played.forfeit == seat  # four is the centre: free once, taken at the second turn
    assert played.reason == "forfeit: bad chose the illegal action 4"
    assert [ply[0] for ply in played.actions] == ([4, 0] if seat == 0 else [0, 4, 1])


def _picky(view: View) -> np.ndarray:
    """Answer as random does, by a state of its own that it spoils, and break down on some observations."""
    view.states.score[:] = 12345
    view.states.cell[:] = 0
    chosen = pick_any(view.mask == 1, view.rng)
    spoilt = (np.asarray(view.observation) % 3 == 2) & (draws(view.rng) % 16 == 0)
    view.observation[:], view.mask[:] = 0, 1
    if spoilt.any():
        raise ZeroDivisionError(f"{spoilt.sum()} at once")
    return chosen


@pytest.mark.parametrize("spec", SOLO)
def test_games_beside_a_break_down_go_on_as_if_alone(spec):
    game = make_game(spec)
    agents = {"picky": Scripted(game, _picky), "random": make_agent("random", game)}
    every = [*fixtures(12, "picky"), *fixtures(4, "random")]
    together = play(game, every, agents)
    assert [facts(one) for one in together] == [facts(play(game, [one], agents)[0]) for one in every]
    assert all("1 at once" in one.reason for one in together if one.forfeit >= 0)
    assert {one.forfeit for one in together[:12]} == {0, -1}  # else the test shows nothing


# What happens in a game does not depend on its neighbours.


@pytest.mark.parametrize("spec", [*SOLO, RACE, "tictactoe:forfeits=true", "tictactoe:size=4,row=3,opening=2"])
def test_one_at_a_time_is_the_same_as_all_at_once(spec):
    game = make_game(spec)
    names = ("random",) if game.seats == 1 else ("random", "first")
    agents = {"random": make_agent("random", game), "first": Scripted(game, first_legal)}
    every = fixtures(10, *names)
    assert [facts(one) for one in play(game, every, agents)] == [
        facts(play(game, [one], agents)[0]) for one in every
    ]


@given(st.lists(st.integers(0, 15), min_size=1, max_size=16), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_neither_order_nor_company_matters(which, random):
    game = make_game("gridworld:level=cliff,slip=0.2,time_limit=30")
    agents = {"random": make_agent("random", game)}
    every = fixtures(16, "random")
    alone = {one.fixture: facts(one) for one in play(game, every, agents)}
    picked = [every[i] for i in which]
    random.shuffle(picked)
    assert [facts(one) for one in play(game, picked, agents)] == [alone[one] for one in picked]


def test_chance_follows_from_level_seat_and_name_alone():
    seen = {
        agent_seeds(Fixture(0, seed, (name, other)))[0] for seed in (1, 2) for name in "ab" for other in "cd"
    }
    assert len(seen) == 4
    assert agent_seeds(Fixture(0, 1, ("a", "b"))) == agent_seeds(Fixture(9, 1, ("a", "b")))
    [first], [second] = (agent_seeds(Fixture(0, 1, seats))[i : i + 1] for i, seats in enumerate(("ab", "ba")))
    assert first != second


# A second opinion on what was played.


@pytest.mark.parametrize("spec", SOLO)
def test_a_gymnasium_env_gives_the_same_score(spec):
    game = make_game(spec)
    for played in play(game, fixtures(5, "random"), {"random": make_agent("random", game)}):
        env = GameEnv(game)
        env.reset(seed=played.fixture.seed)
        total, over = 0.0, [False]
        for [action] in played.actions:
            assert not over[-1]
            _, reward, terminated, truncated, _ = env.step(action)
            total += reward
            over.append(terminated or truncated)
        assert over[-1]
        assert played.scores[0] / game.score_unit == pytest.approx(total)
        assert played.reason == game.reasons[env.state.reason] != "playing"


def test_the_agents_are_shown_what_a_gymnasium_env_shows():
    game, seen = make_game(SOLO[1]), []

    def note(view: View) -> np.ndarray:
        seen.append(int(view.observation[0]))
        return pick_any(view.mask == 1, view.rng)

    [played] = play(game, fixtures(1, "a"), {"a": Scripted(game, note)})
    env = GameEnv(game)
    shown = [env.reset(seed=played.fixture.seed)[0], *(env.step(action)[0] for [action] in played.actions)]
    assert seen == shown[:-1]


def _winner(actions: list[list[int]]) -> int | None:
    """Return who has three in a row first: noughts and crosses on a sheet of paper."""
    lines = [{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}]
    squares: tuple[set[int], set[int]] = (set(), set())
    for ply, [cell] in enumerate(actions):
        squares[ply % 2].add(cell)
        if any(line <= squares[ply % 2] for line in lines):
            assert ply == len(actions) - 1
            return ply % 2
    assert len(actions) == 9
    return None


def test_noughts_and_crosses_on_paper_has_the_same_winner():
    game = make_game("tictactoe")
    agents = {"random": make_agent("random", game), "last": Scripted(game, last_legal)}
    winners = []
    for played in play(game, fixtures(40, "random", "last"), agents):
        winners.append(_winner(played.actions))
        assert played.scores == {None: [0, 0], 0: [1, -1], 1: [-1, 1]}[winners[-1]]
    assert {0, 1} <= set(winners)


# Races: all seats act at once.


def test_a_race_asks_each_entrant_in_the_seat_it_has():
    game = make_game("gridworld:level=orchard,foragers=2,obs=grid,time_limit=20")  # too short to starve
    agents = {"east": Scripted(game, always(EAST)), "west": Scripted(game, always(WEST))}
    there, back = play(game, [Fixture(0, 5, ("east", "west")), Fixture(0, 5, ("west", "east"))], agents)
    assert set(map(tuple, there.actions)) == {(EAST, WEST)}
    assert set(map(tuple, back.actions)) == {(WEST, EAST)}


def test_a_race_replayed_alone_has_the_same_scores():
    game = make_game(RACE)
    for played in play(
        game, fixtures(6, "random", "other"), dict.fromkeys(("random", "other"), make_agent("random", game))
    ):
        state = game.new_states([played.fixture.seed])
        total = np.zeros(2)
        for actions in played.actions:
            total += game.step(state, np.array([actions])).rewards[0]
        assert state[0].status != 0
        assert played.scores == state[0].score.tolist()
        assert [score / game.score_unit for score in played.scores] == pytest.approx(total.tolist())


def test_whoever_is_out_of_a_race_is_not_asked_any_more():
    game = make_game("gridworld:level=orchard,foragers=2,obs=grid")

    def starve(view: View) -> np.ndarray:
        if view.states.out[:, 0].any():
            raise AssertionError("asked when out")
        return np.zeros(len(view.mask), int)

    agents = {"starves": Scripted(game, starve), "random": make_agent("random", game)}
    played = play(
        game, [Fixture(i, seed, ("starves", "random")) for i, seed in enumerate(level_seeds(1, 8))], agents
    )
    assert all(one.forfeit < 0 for one in played)
    outlived = [one for one in played if one.decisions[-1][0] is None]
    assert outlived  # else the test shows nothing
    for one in outlived:
        asked = [ply[0] is not None for ply in one.decisions]
        assert asked == sorted(asked, reverse=True)
        assert all(ply[1] is not None for ply in one.decisions)


def test_two_who_break_down_at_once_end_the_game_once():
    game = make_game(RACE)
    agents = {name: Scripted(game, _raise) for name in "ab"}
    [played] = play(game, [Fixture(0, 1, ("a", "b"))], agents)
    assert (played.forfeit, played.actions) == (0, [])
    assert played.reason.startswith("forfeit: a broke down")
