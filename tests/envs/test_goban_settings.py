"""Are settings of the Go board checked, kept and told, and does its record stay small?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.bad_input import BadInput
from envs.goban.board_text import board_text, diagram, parse_diagram, vertex
from envs.goban.game import Goban


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"size": 1}, "size=1 is not a whole number from 2 to 19"),
        ({"size": 20}, "size=20 is not a whole number from 2 to 19"),
        ({"size": 9.0}, "size=9.0 is not a whole number"),
        ({"komi": 0.25}, "komi=0.25 is not a whole or half number"),
        ({"komi": float("nan")}, "komi=nan is not a whole or half number"),
        ({"komi": float("inf")}, "komi=inf is not a whole or half number"),
        ({"komi": "six"}, "komi='six' is not a whole or half number"),
        (
            {"superko": "positionel"},
            "superko=positionel is not one of simple, positional, situational. Did you mean",
        ),
        ({"suicide": "yes"}, "suicide=yes is not one of False, True"),
        ({"rules": "territory"}, "rules=territory is not one of area, capture"),
        ({"capture": 3}, "capture goes with rules=capture"),
        ({"capture": 0, "rules": "capture"}, "capture=0 is not a whole number"),
        ({"move_limit": 0}, "move_limit=0 is not a whole number"),
        ({"move_limit": 10_000}, "move_limit=10000 is not a whole number"),
        ({"opening": -1}, "opening=-1 is not a whole number"),
        ({"opening": 41}, "opening=41 is not a whole number from 0 to 40"),
        ({"first": "red"}, "first=red is not one of black, white"),
        ({"reward": "money"}, "reward=money is not one of win, margin"),
        ({"dtype": "float64"}, "dtype=float64 is not one of uint8, float32"),
        ({"channels": "middle"}, "channels=middle is not one of first, last"),
        ({"setup": "X.O"}, "setup is not 9 rows of 9 points"),
        ({"size": 2, "setup": "X./.#"}, "setup has '#'"),
        ({"size": 2, "setup": "XO/O."}, "setup has a chain without a liberty"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(settings, fault):
    with pytest.raises(BadInput) as error:
        Goban(**settings)
    assert str(error.value).startswith(f"goban: {fault}")
    assert "\n" not in str(error.value)


def test_only_what_is_not_the_default_is_remembered():
    assert Goban().kwargs == {"size": 9, "komi": 7.5}
    assert Goban(size=2, komi=3.0, setup="X.\n..", first="white").kwargs == {
        "size": 2, "komi": 3, "setup": "X./..", "first": "white",
    }  # fmt: skip


def test_records_are_small():
    assert Goban(size=9).template.itemsize <= 3 * 1024
    assert Goban(size=19).template.itemsize <= 14 * 1024


@given(st.integers(2, 19), st.data())
def test_diagrams_are_read_as_they_are_written(side, data):
    points = data.draw(st.lists(st.integers(0, 2), min_size=side * side, max_size=side * side))
    stones = np.array(points, np.uint8).reshape(side, side)
    assert np.array_equal(parse_diagram(diagram(stones), side), stones)
    assert np.array_equal(parse_diagram(diagram(stones).replace("\n", "/"), side), stones)


def test_a_board_as_go_players_read_it():
    assert board_text(parse_diagram("X../.O./...", 3)) == "\n".join(
        ["   A B C", " 3 X . . 3", " 2 . O . 2", " 1 . . . 1", "   A B C"]
    )
    assert [vertex(move, 9) for move in (0, 8, 72, 80, 81)] == ["A9", "J9", "A1", "J1", "pass"]


@pytest.mark.parametrize(
    ("setup", "name", "words"),
    [
        ("X../.../...", "A3", "A3 is taken by a black stone"),
        (".O./O../...", "A3", "A3 would be suicide: no liberty, and nothing captured"),
        (".../.../...", "B2", ""),
        (".../.../...", "pass", ""),
    ],
)
def test_why_a_move_is_illegal(setup, name, words):
    game = Goban(size=3, setup=setup)
    assert game.fault(game.new_states([0])[0], game.action_names.index(name)) == words


def test_a_ko_is_called_one():
    game = Goban(size=4, setup=".XO./X.XO/.XO./....", first="white")
    states = game.new_states([0])
    game.step(states, np.array([[game.action_names.index("B3")]]))  # takes C3
    assert (
        game.fault(states[0], game.action_names.index("C3"))
        == "C3 is ko: it would bring back an earlier board"
    )
