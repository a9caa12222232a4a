"""Does the board do what each rule of Go says? Ours and the slow referee's, on positions small enough to read."""

import numpy as np
import pytest

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.goban.board_text import diagram, parse_diagram, vertex
from envs.goban.game import Goban
from envs.goban.state import stones
from tests.bench.count_positions import POSITIONS, standing
from tests.envs.goban_referee import Referee, is_position


def lines(text: str) -> str:
    return "\n".join(text.split())


class Ours:
    """A game by the rules of `envs.goban` that begins from a diagram; moves are vertices, `B3 pass`."""

    def __init__(self, setup: str, **settings: object) -> None:
        self.game = Goban(size=len(setup.split()), setup="/".join(setup.split()), **settings)
        self.states = self.game.new_states([0])
        self.rewards = [0.0, 0.0]

    def play(self, moves: str) -> "Ours":
        for name in moves.split():
            assert self.legal(name), name
            action = self.game.action_names.index(name)
            self.rewards = self.game.step(self.states, np.array([[action]])).rewards[0].tolist()
        return self

    def legal(self, name: str) -> bool:
        mask = self.game.observe(self.states)[1][0, 0]
        return bool(mask[self.game.action_names.index(name)])

    def diagram(self) -> str:
        return diagram(stones(self.states)[0])

    def captured(self) -> tuple[int, int]:
        return tuple(self.states.captured[0].tolist())

    def lead(self) -> float:
        assert self.states.score[0, 0] == -self.states.score[0, 1]
        return self.states.score[0, 0] / 2

    def reason(self) -> str:
        assert self.states.status[0] == {"playing": 0, "move limit": 2}.get(self._reason(), 1)
        return self._reason()

    def _reason(self) -> str:
        return self.game.reasons[self.states.reason[0]]


class Slow:
    """The same game by the referee."""

    def __init__(self, setup: str, **settings: object) -> None:
        self.referee = Referee(len(setup.split()), setup="/".join(setup.split()), **settings)
        self.names = [vertex(move, self.referee.size) for move in range(self.referee.pass_move + 1)]

    def play(self, moves: str) -> "Slow":
        for name in moves.split():
            self.referee.play(self.names.index(name))
        return self

    def legal(self, name: str) -> bool:
        return self.referee.is_legal(self.names.index(name))

    def diagram(self) -> str:
        return self.referee.diagram()

    def captured(self) -> tuple[int, int]:
        return tuple(self.referee.captured.values())

    def lead(self) -> float:
        return self.referee.score()

    def reason(self) -> str:
        return self.referee.reason


@pytest.fixture(params=[Ours, Slow], ids=["ours", "referee"])
def begin(request):
    return request.param


superkos = pytest.mark.parametrize("superko", ["positional", "situational", "simple"])

# Capture and suicide


@pytest.mark.parametrize(
    ("setup", "move", "after", "count"),
    [
        ("OX. ... ...", "A2", ".X. X.. ...", 1),
        (".X. XOX ...", "B1", ".X. X.X .X.", 1),
        (".OX. OOX. XX.. ....", "A4", "X.X. ..X. XX.. ....", 3),
        (".OOX. OXX.. OX... X.... .....", "A5", "X..X. .XX.. .X... X.... .....", 4),
        ("OX.. .... .... ....", "B3", "OX.. .X.. .... ....", 0),
    ],
)
def test_a_stone_takes_every_chain_whose_last_liberty_it_takes(begin, setup, move, after, count):
    board = begin(setup).play(move)
    assert board.diagram() == lines(after)
    assert board.captured() == (count, 0)


def test_capture_comes_before_suicide(begin):
    """The stone has no liberty of its own before it has taken two."""
    board = begin(".OX. OX.. X... ....").play("A4")
    assert board.diagram() == lines("X.X. .X.. X... ....")


@pytest.mark.parametrize(
    ("setup", "name"), [(".O. O.. ...", "A3"), ("X.O XO. O..", "B3"), (".XO XO. O..", "A3")]
)
def test_suicide_is_illegal_of_one_stone_and_of_many(begin, setup, name):
    assert not begin(setup).legal(name)
    assert begin(setup, first="white").legal(name)


def test_where_suicide_is_legal_it_takes_the_chain_and_the_opponent_counts_it(begin):
    board = begin("X.O XO. O..", suicide=True).play("B3")
    assert board.diagram() == lines("..O .O. O..")
    assert board.captured() == (0, 3)


@pytest.mark.parametrize(("superko", "may"), [("positional", False), ("situational", True), ("simple", True)])
def test_suicide_of_one_stone_leaves_the_board_as_it_was(begin, superko, may):
    assert begin(".O. O.. ...", suicide=True, superko=superko).legal("A3") == may
    waited = begin(".O. O.. ...", suicide=True, superko=superko, first="white").play("pass")
    assert not waited.legal("A3")  # now the same board has been there with White to move, and a move ago


@pytest.mark.parametrize(("superko", "may"), [("positional", False), ("situational", True), ("simple", True)])
def test_suicide_may_not_bring_back_the_board_before_its_chain(begin, superko, may):
    """Black lays A3 and then B3, where no stone has ever stood; with both gone it is the board of the beginning."""
    board = begin("..O OO. ...", suicide=True, superko=superko).play("A3 pass")
    assert board.legal("B3") == may


# Repetition


@superkos
def test_a_ko_is_taken_back_only_after_a_move_elsewhere(begin, superko):
    board = begin(".XO. X.XO .XO. ....", superko=superko, first="white").play("B3")
    assert board.diagram() == lines(".XO. XO.O .XO. ....")
    assert not board.legal("C3")
    board.play("A1 D1")
    assert board.play("C3").diagram() == lines(".XO. X.XO .XO. X..O")
    assert not board.legal("B3")


@pytest.mark.parametrize(("superko", "may"), [("positional", False), ("situational", True), ("simple", True)])
def test_sending_two_returning_one_brings_the_board_back_with_the_other_to_move(begin, superko, may):
    """A cycle of three: Black makes it two stones, White takes them, and Black takes one back."""
    board = begin(".X.X OOXX .... ....", superko=superko).play("A4 C4")
    assert board.diagram() == lines("..OX OOXX .... ....")
    assert board.legal("B4") == may
    if may:
        assert board.play("B4").diagram() == lines(".X.X OOXX .... ....")


TRIPLE_KO = """
XO.OXO.O.
.XO..XO..
.........
.........
.........
.........
.........
.XO......
X.XO.....
"""


@pytest.mark.parametrize(
    ("superko", "may"), [("positional", False), ("situational", False), ("simple", True)]
)
def test_a_triple_ko_goes_round_by_simple_ko_alone(begin, superko, may):
    """A cycle of six: every move takes a stone in another ko, and then all is as it was."""
    board = begin(TRIPLE_KO, superko=superko).play("C9 B1 G9 B9 C1")
    assert board.legal("F9") == may
    if may:
        assert board.play("F9").diagram() == lines(TRIPLE_KO)


@superkos
def test_a_snapback_is_no_ko(begin, superko):
    board = begin("..X. OOX. XX.. ....", superko=superko).play("A4 B4")
    assert board.diagram() == lines(".OX. OOX. XX.. ....")
    assert board.play("A4").diagram() == lines("X.X. ..X. XX.. ....")
    assert board.captured() == (3, 1)


# The end and the score


def test_two_passes_in_a_row_end_the_game(begin):
    board = begin("... ... ...").play("pass B2 pass")
    assert board.reason() == "playing"
    assert board.play("pass").reason() == "two passes"
    assert not any(board.legal(name) for name in ("A1", "B2", "pass"))


@pytest.mark.parametrize(
    ("setup", "komi", "lead"),
    [
        ("... ... ...", 0, 0),
        ("... ... ...", 7.5, -7.5),
        ("... .X. ...", 0, 9),
        ("... .O. ...", -2, -7),
        ("XO. ... ...", 0, 0),  # the empty region reaches both
        (".X. XX. OO.", 0.5, 1.5),
        ("..XO. ..XO. ..XO. ..XO. ..XO.", 3.5, 1.5),
        (
            "O.X.. .XX.. XX... ..... .....",
            0,
            21,
        ),  # a dead stone counts until it is taken, and spoils its region
    ],
)
def test_area_is_stones_and_what_reaches_one_colour_only(begin, setup, komi, lead):
    board = begin(setup, komi=komi).play("pass pass")
    assert board.lead() == lead


SEKI = ".X.O. XX.OO XXXOO XXXOO XXXOO"  # an eye each, and two liberties that neither can take


def test_seki_is_scored_by_area(begin):
    assert begin(SEKI, komi=0).play("pass pass").lead() == 13 - 10
    assert begin(SEKI).play("C5 C4 E5").captured() == (10, 0)
    assert begin(SEKI).play("C5 pass C4 A5").captured() == (0, 14)


def test_the_move_limit_truncates_exactly_then_and_the_board_is_counted(begin):
    board = begin("... ... ...", move_limit=3, komi=0.5).play("B2 pass")
    assert board.reason() == "playing"
    assert board.play("A1").reason() == "move limit"
    assert board.lead() == 8.5
    assert begin("... ... ...", move_limit=3).play("B2 pass pass").reason() == "two passes"


def test_with_capture_rules_the_first_to_take_so_many_wins(begin):
    setup = "OX.. .... .... ..OX"
    for first, move, lead in (("black", "A3", 1), ("white", "D2", -1)):
        board = begin(setup, rules="capture", first=first).play(move)
        assert (board.reason(), board.lead()) == ("captured", lead)
    board = begin(setup, rules="capture", capture=2).play("A3 D2")
    assert (board.reason(), board.captured()) == ("playing", (1, 1))


def test_with_capture_rules_area_wins_nothing(begin):
    for ending, reason in ((["pass pass"], "two passes"), (["A1 pass A2"], "move limit")):
        board = begin("XXX. .... .... ....", rules="capture", move_limit=3).play(*ending)
        assert (board.reason(), board.lead()) == (reason, 0)


def test_with_capture_rules_a_suicide_can_lose(begin):
    board = begin("X.O XO. O..", suicide=True, rules="capture", capture=3).play("B3")
    assert (board.reason(), board.lead()) == ("captured", -1)


def test_white_may_move_first(begin):
    assert begin("... ... ...", first="white").play("A3 B2").diagram() == lines("O.. .X. ...")


# What the referee leaves to the game


@pytest.mark.parametrize(("reward", "black"), [("win", [1, 1, 0, -1, -1]), ("margin", [2, 0.5, 0, -0.5, -3])])
def test_the_reward_is_the_result_or_the_margin(reward, black):
    for komi, expected in zip((0, 1.5, 2, 2.5, 5), black, strict=True):
        board = Ours(".X. XX. OO.", komi=komi, reward=reward).play("pass pass")
        assert board.rewards == [expected, -expected]


def test_truncation_pays_nothing():
    board = Ours("... .X. ...", move_limit=1, komi=0).play("pass")
    assert (board.reason(), board.lead(), board.rewards) == ("move limit", 9, [0, 0])


def test_who_moves_illegally_has_lost():
    board = Ours(".O. O.. ...")
    step = board.game.step(board.states, np.array([[0]]))
    assert (step.rewards[0].tolist(), board.reason()) == ([-1, 1], "illegal move")


@pytest.mark.parametrize("setup", ["XO. OO. ...", "OX. XX. ...", "XXX XXX XXX", "OOO OXO OOO"])
def test_a_setup_with_a_dead_shape_is_refused(setup):
    with pytest.raises(BadInput, match=r"^goban: setup has a chain without a liberty$"):
        Ours(setup)


@pytest.mark.parametrize(
    "setup", ["...", "../../..", "..../..../..../....", "..x/.../...", ".../.../.../...", ""]
)
def test_a_setup_that_is_no_board_is_refused_in_one_line(setup):
    with pytest.raises(BadInput, match=r"^goban: setup .*$") as refusal:
        Goban(size=3, setup=setup)
    assert "\n" not in str(refusal.value)


def test_diagrams_parse_and_print():
    for text in (".X./XO./...", "XO./.../..X", ".../.../..."):
        assert diagram(parse_diagram(text, 3)).replace("\n", "/") == text
    spread = " . X . \n X O . \n . . . "
    assert np.array_equal(parse_diagram(spread, 3), parse_diagram(".X./XO./...", 3))


def test_a_game_is_spelt_with_its_setup_and_printed_with_coordinates():
    game = make_game("goban:size=3,setup=.X./XO./...")
    assert make_game(game.spec).kwargs == game.kwargs
    assert game.text(game.new_states([0])[0]).splitlines() == [
        "   A B C",
        " 3 . X . 3",
        " 2 X O . 2",
        " 1 . . . 1",
        "   A B C",
    ]


def test_vertices_are_those_of_go_programs():
    names = Goban(size=9).action_names
    assert [names[move] for move in (0, 8, 72, 80, 81)] == ["A9", "J9", "A1", "J1", "pass"]
    assert Goban(size=19).action_names[18] == "T19"


# How many positions there are


def board_of(number: int, side: int) -> str:
    return "".join(".XO"[number // 3**move % 3] for move in range(side * side))


@pytest.mark.parametrize("side", [2, 3])
def test_every_legal_position_and_no_other_stands(side):
    stands = standing(side)
    assert stands.sum() == POSITIONS[side]
    assert stands.tolist() == [
        is_position(board_of(number, side), side) for number in range(3 ** (side * side))
    ]


def test_play_reaches_each_of_the_57_positions_on_2x2():
    """Every board reached is a new beginning, with either colour to move."""
    reached, waiting = {".. .."}, [".. .."]
    while waiting:
        setup = waiting.pop()
        for first in ("black", "white"):
            for name in ("A1", "A2", "B1", "B2"):
                board = Ours(setup, first=first)
                after = board.play(name).diagram().replace("\n", " ") if board.legal(name) else setup
                waiting += {after} - reached
                reached.add(after)
    assert len(reached) == POSITIONS[2]
