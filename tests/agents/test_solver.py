"""Is what the solver says exactly so, and does it say when it does not know?"""

from copy import deepcopy

import numpy as np
import pytest

from agents.certain_area import certain_area
from agents.greedy import Greedy
from agents.random import RandomAgent
from agents.solver import Solver
from envs.bad_input import BadInput
from envs.compiled import argument
from envs.game import Game
from envs.generator import seeded
from envs.goban.game import Goban
from envs.goban.points import point_of
from envs.view import View
from tests.envs.goban_referee import BLACK, MARKS, OTHER, Referee, owners, region
from tests.envs.test_goban_referee import some_board, some_settings


def view_of(game: Game, states: np.recarray) -> View:
    observation, mask = game.observe(states)
    return View(observation[:, 0], mask[:, 0], seeded(range(len(states))), states)


def solved(size: int, nodes: int = 1_000_000, **settings: object) -> dict[str, float]:
    """Return what each legal first move is worth to Black in points, and under `value` what the position is."""
    game = Goban(size=size, reward="margin", **{"komi": 0} | settings)
    view = view_of(game, game.new_states([0]))
    decision = Solver(game, nodes=nodes).act(view)
    assert decision.q[0, decision.actions[0]] == decision.value[0] == np.nanmax(decision.q[0])
    return {"value": decision.value[0]} | dict(zip(game.action_names, decision.q[0].tolist(), strict=True))


# Known values: van der Werf, van den Herik & Uiterwijk, "Solving Go on small boards" (ICGA Journal 26, 2003)


@pytest.mark.parametrize("superko", ["positional", "situational"])
def test_2x2_is_won_by_1(superko):
    found = solved(2, superko=superko)
    assert found["value"] == found["A1"] == found["A2"] == found["B1"] == found["B2"] == 1


def test_3x3_is_won_by_9_from_the_centre_by_3_from_a_side_and_lost_by_9_from_a_corner():
    found = solved(3, nodes=10**7)
    assert found.pop("value") == 9
    worth = {name: 9 if name == "B2" else 3 if name in ("A2", "B1", "B3", "C2") else -9 for name in found}
    assert found == worth


@pytest.mark.parametrize(("komi", "value"), [(8.5, 1), (9, 0), (9.5, -1), (-9.5, 1)])
def test_who_wins_3x3_turns_at_a_komi_of_9(komi, value):
    game = Goban(size=3, komi=komi)
    decision = Solver(game).act(view_of(game, game.new_states([0])))
    assert decision.value[0] == value
    assert komi not in (8.5, 9) or game.action_names[decision.actions[0]] == "B2"


# Life, death and seki on 5x5: every count is done by hand


LIVES_OR_DIES = "...XO/XXXXO/OOOOO/.OOO./OOOOO"  # Black has room for three in a row, and nothing else
SEKI = ".XXX./OOOOO/XXXXX/.XXX./XXXXX"  # who fills A5 or E5 first has lost his stones there


def test_three_in_a_row_lives_or_dies_by_its_middle():
    lives, dies = solved(5, setup=LIVES_OR_DIES), solved(5, setup=LIVES_OR_DIES, first="white")
    assert lives["value"] == lives["B5"] == 8 - 17
    assert dies["value"] == dies["B5"] == 25
    assert max(lives["A5"], lives["C5"], lives["pass"]) == -25
    assert max(dies["A5"], dies["C5"]) == 17 - 8


def test_in_a_seki_both_pass():
    for first, sign in (("black", 1), ("white", -1)):
        found = solved(5, setup=SEKI, first=first)
        assert found["value"] == found["pass"] == sign * (18 - 5)
        assert max(found["A5"], found["E5"]) < sign * 13


# Against a plain search by the referee, to a move limit near enough


def worth(referee: Referee, bound: float = 1000) -> float:
    """Return what the position is worth to the mover in points; if that is `bound` or more, some such value."""
    if referee.reason != "playing":
        lead = 0 if referee.reason == "move limit" else referee.score()
        return lead if referee.mover == BLACK else -lead
    best = -1000.0
    for move in np.flatnonzero(referee.mask())[::-1]:
        best = max(best, -worth(played(referee, int(move)), -best))
        if best >= bound:
            break
    return best


def played(referee: Referee, move: int) -> Referee:
    after = deepcopy(referee)
    after.play(move)
    return after


@pytest.mark.parametrize(("size", "limit", "count"), [(2, 7, 40), (3, 4, 25), (5, 3, 6)])
def test_a_plain_search_by_the_referee_finds_the_same(size, limit, count):
    for number in range(count):
        settings = some_settings(size, number) | {"move_limit": limit}
        settings.pop("opening", None)
        if number % 4:
            settings["setup"] = some_board(size, np.random.default_rng(number))
        game, referee = Goban(size, reward="margin", **settings), Referee(size, **settings)
        decision = Solver(game, nodes=10**6).act(view_of(game, game.new_states([0])))
        assert decision.value[0] == worth(referee), settings
        for move in np.flatnonzero(referee.mask()).tolist():
            assert decision.q[0, move] == -worth(played(referee, move)), (settings, move)


# Where it does not know the end yet


def test_it_says_so_and_plays_as_the_greedy_player():
    game = Goban(size=5)
    states = game.new_states(range(8))
    solver, greedy = Solver(game, nodes=500), Greedy(game)
    decision, other = solver.act(view_of(game, states)), greedy.act(view_of(game, states))
    assert np.isnan(decision.value).all()
    assert np.isnan(decision.q).all()
    assert decision.actions.tolist() == other.actions.tolist()
    assert np.array_equal(decision.policy, other.policy)


def test_one_game_of_a_batch_may_be_solved_and_another_not():
    game = Goban(size=5, komi=0)
    states = np.concatenate([game.new_states([0]), Goban(size=5, komi=0, setup=SEKI).new_states([1])])
    value = Solver(game, nodes=5000).act(view_of(game, states.view(np.recarray))).value
    assert np.isnan(value[0])
    assert value[1] == 1


@pytest.mark.parametrize("seat", [0, 1])
def test_nobody_gets_more_against_it_than_it_says(seat):
    """From positions all over 3x3, against random play; and no side gets less than it says against itself."""
    game = Goban(size=3, komi=0, reward="margin", opening=4)
    solver = Solver(game)
    for opponent in (RandomAgent(game), solver):
        states = game.new_states([0, 1, 3, 5])
        told = np.full(4, -np.inf)
        while (going := np.flatnonzero(states.status == 0)).size:
            now = states[going].view(np.recarray)
            mine = now.to_move == seat
            view = view_of(game, now)
            decision = solver.act(view)
            assert np.isfinite(decision.value).all()
            assert (decision.value[mine] >= told[going][mine]).all()
            told[going] = np.where(mine, decision.value, told[going])
            game.step(now, np.where(mine, decision.actions, opponent.act(view).actions))
            states[going] = now
        assert (states.status == 1).all()
        assert (states.score[:, seat] / 2 >= told).all()


# What it takes for certain


@pytest.mark.parametrize("size", [3, 5])
def test_a_certain_area_is_kept_by_answering_in_it_and_passing(size):
    claims = 0
    for number in range(400):
        rng = np.random.default_rng([size, number])
        settings = {
            "superko": ("positional", "situational", "simple")[number % 3],
            "first": ("black", "white")[number % 2],
        }
        settings["setup"] = some_board(size, rng, rng.choice([0.1, 0.9]))
        state = Goban(size, **settings).new_states([0])
        for colour, mark in enumerate(MARKS, 1):
            sure = certain_area(argument(state)[0], colour)
            inside = [move for move in range(size * size) if sure[point_of(state[0], move)]]
            claims += bool(inside)
            for _ in range(3 if inside else 0):
                assert keeps(Referee(size, **settings), mark, inside, rng), (settings, mark, inside)
    assert claims > 40


def keeps(referee: Referee, mark: str, inside: list[int], rng: np.random.Generator) -> bool:
    """Play the one colour as `certain_area` says and the other at random; return whether the area is kept."""
    while referee.reason == "playing":
        legal = np.flatnonzero(referee.mask()).tolist()
        move = referee.pass_move
        if referee.mover == mark:
            entered = [point for point in inside if referee.board[point] == OTHER[mark]]
            if entered:
                eye, _ = region(referee.board.replace(OTHER[mark], "."), referee.size, entered[0])
                move = rng.choice([point for point in eye if point in legal])
        elif len(legal) > 1 and rng.random() < 0.95:
            move = rng.choice(legal[:-1])
        referee.play(int(move))
    owner = owners(referee.board, referee.size)
    return all(owner[point] == mark for point in inside)


def test_settings_are_checked():
    with pytest.raises(BadInput, match=r"^solver: nodes=0 is not between"):
        Solver("goban:size=3", nodes=0)
    with pytest.raises(BadInput, match=r"^solver: gridworld:level=cliff is not Go"):
        Solver("gridworld:level=cliff")
