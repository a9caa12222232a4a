"""Does the greedy forager walk the shortest ways to the nearest apples, as whichever forager it is?"""

import numpy as np
import pytest

from agents import Greedy
from agents.random import RandomAgent
from arena.match import play
from arena.schedule import Fixture
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.game import Game
from envs.generator import seeded
from envs.gridworld.game import Gridworld
from envs.view import Decision, View

N, E, S, W = range(4)
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
ORCHARD = "gridworld:level=orchard,foragers=2,obs=grid"
ROUND = """
########
#S..#.o#
#.#.~..#
#.#x#..#
#......#
#o#....#
########
"""


def view_of(game: Game, states: np.recarray, seat: int = 0) -> View:
    observation, mask = game.observe(states)
    seats = np.full(len(states), seat)
    return View(observation[:, seat], mask[:, seat], seeded(range(len(states))), states, seat=seats)


def first_moves(rows: list[str], at: tuple[int, int]) -> set[int]:
    """Return the moves that begin a shortest way to an o over . and S: breadth first, backwards from the apples."""

    def is_open(y: int, x: int) -> bool:
        return 0 <= y < len(rows) and 0 <= x < len(rows[0]) and rows[y][x] in ".So"

    apples = [(y, x) for y, row in enumerate(rows) for x, mark in enumerate(row) if mark == "o"]
    away = dict.fromkeys(apples, 0)
    for y, x in (waiting := list(apples)):
        for down, right in STEPS:
            if is_open(y + down, x + right) and (y + down, x + right) not in away:
                away[y + down, x + right] = away[y, x] + 1
                waiting.append((y + down, x + right))
    beside = {move: away.get((at[0] + down, at[1] + right)) for move, (down, right) in enumerate(STEPS)}
    return {move for move, plies in beside.items() if plies is not None and plies == away.get(at, 0) - 1}


def chosen(decision: Decision) -> list[set[int]]:
    return [set(np.flatnonzero(row).tolist()) for row in decision.policy]


def random_level(rng: np.random.Generator) -> str:
    marks = rng.choice(list("....##x~oGg"), size=(7, 9))
    marks[0, 0], marks[6, 8] = "S", "o"
    return "\n" + "\n".join("".join(row) for row in marks)


@pytest.mark.parametrize("level", [ROUND, *(random_level(np.random.default_rng(k)) for k in range(30))])
def test_every_move_begins_a_shortest_way_and_each_of_them_is_drawn(level):
    game = Gridworld(level)
    places = game.places(game.new_states([0])[0])
    rows = level.strip().split("\n")
    decision = Greedy(game).act(view_of(game, places))
    checked = 0
    for cell, moves, action in zip(places.cell[:, 0], chosen(decision), decision.actions, strict=True):
        at = divmod(int(cell), game.level.cols)
        if rows[at[0]][at[1]] in ".S" and (shortest := first_moves(rows, at)):
            assert moves == shortest
            assert action in moves
            checked += 1
    assert checked > 3 or level != ROUND
    assert (decision.policy.sum(axis=1) == 1).all()


def test_equally_short_ways_are_equally_likely():
    game = Gridworld("\noSo")
    actions = Greedy(game).act(view_of(game, game.new_states([0] * 400))).actions
    counts = np.bincount(actions, minlength=4)
    assert counts[[N, S]].sum() == 0
    assert 140 < counts[E] < 260


def test_where_nothing_leads_to_an_apple_it_strolls_about_in_safety():
    game = Gridworld("\n.S~#o\n.x.##")
    assert chosen(Greedy(game).act(view_of(game, game.new_states([0])))) == [{N, W}]


def test_an_apple_that_ripens_underfoot_is_eaten_by_walking_into_a_wall():
    game = Gridworld("ripe: 1\n\n####\n#oSo\n#..#")
    states = game.new_states([0])
    states.cell[0, 0], states.ripe[0] = 5, 1
    assert chosen(Greedy(game).act(view_of(game, states))) == [{N, W}]


@pytest.mark.parametrize(
    ("level", "move"),
    [
        ("S**o.\n..o..", E),  # one slide, against three steps
        ("S1.o\n....\n1o..", E),  # through the portal
        ("S.aA\n.o#o", None),  # a door is a wall until the key is there
    ],
)
def test_it_reckons_with_the_rules_of_the_ground(level, move):
    game = Gridworld("\n" + level)
    moves = chosen(Greedy(game).act(view_of(game, game.new_states([0]))))
    assert moves == [{E, S} if move is None else {move}]


@pytest.mark.parametrize("seat", [0, 1])
def test_in_a_race_the_other_one_is_an_obstacle(seat):
    game = make_game(ORCHARD)
    agent, rng = Greedy(game), np.random.default_rng(seat)
    states = game.new_states(range(40))
    for _ in range(25):
        decision = agent.act(view_of(game, states, seat))
        for state, moves in zip(states, chosen(decision), strict=True):
            me, other = (divmod(int(state.cell[k]), game.level.cols) for k in (seat, 1 - seat))
            rows = [list(row) for row in game.text(state).split("\n")]
            rows[me[0]][me[1]], rows[other[0]][other[1]] = ".", "#"
            shortest = first_moves(rows, me)
            underfoot = state.tile[state.cell[seat]] == 8 and state.ripe >> state.link[state.cell[seat]] & 1
            if shortest and not underfoot and not state.status:
                assert moves == shortest
        game.step(states, rng.integers(4, size=(40, 2)))


def test_it_eats_far_more_than_a_random_forager_from_either_seat():
    game = make_game(ORCHARD)
    fixtures = [Fixture(k, k, ("greedy", "random")[:: 1 - k % 2 * 2]) for k in range(30)]
    games = play(game, fixtures, {"greedy": Greedy(game), "random": RandomAgent(game)})
    for played in games:
        mine = played.fixture.seats.index("greedy")
        assert played.scores[mine] > played.scores[1 - mine] + 10_000


def test_alone_it_lives_on_apples():
    game = make_game("gridworld:level=apple_world")
    games = play(game, [Fixture(k, k, ("greedy",)) for k in range(30)], {"greedy": Greedy(game)})
    assert {played.reason for played in games} == {"time limit"}


def test_in_a_race_it_has_to_be_told_which_forager_it_is():
    game = make_game(ORCHARD)
    view = view_of(game, game.new_states([0]))
    view.seat = None
    with pytest.raises(BadInput, match=r"^greedy: needs to be told which forager it is"):
        Greedy(game).act(view)


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("gridworld:level=cliff", "has no apples"),
        ("gridworld:maze=5,obs=grid", "has no apples"),
        ("gridworld:level=orchard,foragers=2,obs=partial", "hides the state"),
    ],
)
def test_what_it_cannot_play_is_refused_in_one_line(spec, fault):
    with pytest.raises(BadInput, match=rf"^greedy: .*{fault}.*$"):
        Greedy(spec)
