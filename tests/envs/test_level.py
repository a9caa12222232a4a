"""Is every level read as it is written, and every mistake in one answered with its place?"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.bad_input import BadInput
from envs.gridworld.game import Gridworld
from envs.gridworld.level import (
    LEGEND,
    MAX_APPLES,
    MAX_CELLS,
    MAX_SIDE,
    SHIPPED,
    Level,
    load_level,
    parse_level,
    shipped_levels,
    slip_fraction,
)
from envs.level_file import MAX_BYTES

TEXT = """title: A level
about: for a test
slip: 2/3
hunger: 12
ripe: 1
time limit: 77
wind: 0 -1 9 0 0 0
reward step: -0.5
reward goal: 10
reward lava: -2.125

######
#S1aG#
#o*Ax#
#o~g1#
"""


def test_a_level_says_what_is_written():
    level = parse_level(TEXT, "test")
    assert (level.title, level.about, level.source) == ("A level", "for a test", "test")
    assert (level.rows, level.cols) == (4, 6)
    assert (level.slip, level.hunger, level.ripe, level.time_limit) == (Fraction(2, 3), 12, 1, 77)
    assert level.wind == [0, -1, 9, 0, 0, 0]
    assert level.rewards == {
        "step": -500,
        "goal": 10000,
        "prize": 100,
        "cliff": -1000,
        "lava": -2125,
        "key": -500,
        "apple": 1000,
        "starve": -1000,
    }
    assert level.tiles[6:12] == [1, 2, 9, 10, 3, 1]
    assert level.links[8] == 22
    assert level.links[22] == 8
    assert level.links[9] == level.links[15] == 0
    assert level.apples == [13, 19]
    assert (level.starts, level.goals, level.keys, len(level.open_cells)) == (1, 2, 1, 12)
    assert level.states == 12 * 2 * 13 * 4


def test_what_is_left_out_has_a_default():
    level = parse_level("\nS..G")
    assert (level.slip, level.hunger, level.ripe, level.time_limit) == (0, 0, 0, 100)
    assert level.rewards["step"] == level.rewards["key"] == 0
    assert level.rewards["goal"] == 1000
    assert parse_level("\n" + "S" + "." * 49 + "G").time_limit == 4 * 51


def test_blank_lines_line_ends_and_spaces_do_not_matter():
    plain = parse_level("title: X\n\nS.G\n...", "test")
    for text in ("title: X\r\n\r\nS.G\r\n...\r\n", "title:X  \n \n\n\nS.G  \n...\n\n\n"):
        level = parse_level(text, "test")
        assert (level.title, level.tiles, level.rows) == (plain.title, plain.tiles, plain.rows)


GOOD = "title: T\n\n"

MISTAKES = [
    ("title T\n\nSG", "1:1: a setting is `key: value`"),
    ("S.G\n", "1:1: a setting is `key: value`; a blank line ends the settings"),
    ("title: a\nabout: b\ntitle: c\n\nSG", "3:1: 'title' is given twice"),
    ("title: a\nslipp: 0.1\n\nSG", "2:1: unknown setting 'slipp'. Did you mean 'slip'?"),
    ("slip: 1.5\n\nSG", "1:6: slip: '1.5' is not between 0 and 1"),
    ("slip: -1/3\n\nSG", "1:6: slip: '-1/3' is not between 0 and 1"),
    ("slip: often\n\nSG", "1:6: slip: 'often' is not a probability such as 0.1 or 2/3"),
    ("slip: 1/0\n\nSG", "1:6: slip: '1/0' is not a probability"),
    ("slip: nan\n\nSG", "1:6: slip: 'nan' is not a probability"),
    ("slip: 1e999999999\n\nSG", "1:6: slip: '1e999999999' is not a probability"),
    ("hunger: -1\n\nSo", "1:8: hunger: '-1' is not a whole number from 0 to 30000"),
    ("hunger: 30001\n\nSo", "1:8: hunger: '30001' is not a whole number from 0 to 30000"),
    ("hunger: ²\n\nSo", "1:8: hunger: '²' is not a whole number"),
    ("title: a\nripe: 2\n\nSoo", "2:6: ripe: '2' is not a whole number from 0 to 1"),
    ("time limit: 0\n\nSG", "1:12: time limit: '0' is not a whole number from 1 to 1000000"),
    ("time limit: 1e3\n\nSG", "1:12: time limit: '1e3' is not a whole number"),
    ("wind: 1 2\n\nS.G", "1:6: wind: needs 3 whole numbers from -9 to 9, one a column"),
    ("wind: 0 10 0\n\nS.G", "1:6: wind: needs 3"),
    ("wind: 0 ² 0\n\nS.G", "1:6: wind: needs 3"),
    ("wind: 0 --1 0\n\nS.G", "1:6: wind: needs 3"),
    ("reward goal: 1.0005\n\nSG", "1:13: reward goal: '1.0005' is not a number from -1000 to 1000"),
    ("reward step: 1001\n\nSG", "1:13: reward step: '1001' is not a number from -1000 to 1000"),
    ("reward lava: 1e3\n\nSG", "1:13: reward lava: '1e3' is not a number"),
    ("reward cake: 1\n\nSG", "1:1: unknown setting 'reward cake'. Did you mean 'reward "),
    ("title: a\n", "2:1: no map after the settings"),
    ("", "1:1: no map after the settings"),
    (GOOD + "S..\n..G\n..", "5:3: this row has 2 cells, the first 3"),
    (GOOD + "S..\n\n..G", "4:1: this row has 0 cells, the first 3"),
    (GOOD + "S..\n...G", "4:4: this row has 4 cells, the first 3"),
    (GOOD + "S..\n.?G", "4:2: unknown tile '?'. Known: "),
    (GOOD + "S.\t.G", "3:3: unknown tile '\\t'"),
    (GOOD + "...G", "3:1: no start: the map needs an S"),
    (GOOD + "S...", "3:1: nothing to reach: the map needs a G, a g, an o or two e"),
    (GOOD + "S..G\n.1..", "4:2: portal 1 stands 1 times; portals come in pairs"),
    (GOOD + "S1.G\n.1.1", "4:4: portal 1 stands 3 times"),
    (GOOD + "SbaG\na...", "4:1: key a stands 2 times"),
    (GOOD + "SaBG", "3:3: door B has no key b"),
    (GOOD + "S.i\n..e", "4:3: end e stands 1 times; ends come in pairs"),
    (GOOD + "Seie.\n....e", "4:5: end e stands 3 times; ends come in pairs"),
    (GOOD + "Se.e", "3:4: end e has no signpost i to show whether it is the goal"),
    (GOOD + "S.i\n..G", "3:3: signpost i has no ends e to show"),
    (GOOD + "S" + "o" * (MAX_APPLES + 1), f"3:{MAX_APPLES + 2}: more than {MAX_APPLES} apples"),
    (GOOD + "S" * (MAX_SIDE + 1), f"3:1: larger than {MAX_SIDE} x {MAX_SIDE} or {MAX_CELLS} cells"),
    (GOOD + "\n".join(["S" * 250] * 132), "3:1: larger than"),
]


@pytest.mark.parametrize(("text", "fault"), MISTAKES)
def test_a_mistake_is_named_with_its_place(text, fault):
    with pytest.raises(BadInput) as error:
        parse_level(text, "my.txt")
    assert str(error.value).startswith(f"my.txt:{fault}")
    assert "\n" not in str(error.value)


def test_every_tile_of_the_legend_is_read():
    tiles = [tile for mark in LEGEND for tile in ("19" if mark == "1-9" else mark.replace("-", ""))]
    level = parse_level("\n" + "".join(tiles) + "19e")
    assert len(set(level.tiles)) == 14


# Files


def test_every_shipped_level_is_read_and_tells_of_itself():
    assert shipped_levels() == sorted(path.stem for path in SHIPPED.iterdir())
    for name in shipped_levels():
        level = load_level(name)
        assert level.title
        assert level.about
        assert level.source == name


def test_a_level_comes_from_a_file_or_its_own_text_and_travels_as_text(tmp_path):
    file = tmp_path / "my level, the 2nd.txt"
    file.write_text(TEXT, encoding="utf-8")
    game = Gridworld(level=str(file), obs="grid")
    assert game.kwargs == {"level": TEXT, "obs": "grid"}
    file.unlink()
    assert Gridworld(**game.kwargs).template.tobytes() == game.template.tobytes()
    file.write_text(TEXT, encoding="utf-8-sig")
    assert load_level(str(file)).tiles == parse_level(TEXT).tiles


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"x" * (MAX_BYTES + 1), ": larger than 256 KiB"),
        (b"title: \xff\n\nSG", ": not UTF-8 text, at byte 7"),
        (b"\x00\n\nSG", ":1:1: a setting is"),
        (b"title: T\n\nS?G", ":3:2: unknown tile '?'"),
    ],
)
def test_a_broken_file_is_named(tmp_path, content, fault):
    file = tmp_path / "broken.txt"
    file.write_bytes(content)
    with pytest.raises(BadInput) as error:
        load_level(str(file))
    assert str(error.value).startswith(f"{file}{fault}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["nowhere.txt", "/", "a\0b", "x" * 5000, "", "."])
def test_no_such_level(name):
    with pytest.raises(BadInput) as error:
        load_level(name)
    assert "\n" not in str(error.value)


@given(st.fractions(0, 1, max_denominator=10**6))
def test_a_probability_is_exact(slip):
    assert slip_fraction(str(slip)) == slip_fraction(slip) == slip


@given(st.integers(0, 10**6))
def test_a_decimal_probability_is_what_it_looks_like(millionths):
    assert (
        slip_fraction(millionths / 10**6)
        == slip_fraction(repr(millionths / 10**6))
        == Fraction(millionths, 10**6)
    )


# Whatever the text: a level that plays, or one line.

SHIPPED_TEXTS = [(SHIPPED / f"{name}.txt").read_text() for name in shipped_levels()] + [TEXT]
OTHERS = "#.SGgx~*ooeei1122aabAB9D?\n\r\t: -0123456789/e²"
VALUES = {
    "slip": ["0", "1/3", "1", "0.25", "1e-9999999"],
    "hunger": ["0", "1", "5", "30000"],
    "ripe": ["0", "1", "2"],
    "time limit": ["1", "20", "1000000"],
    "reward step": ["-0.001", "1/8", "1000"],
    "wind": ["0 0 0 0", "1 -2 9 0", "1"],
}


@st.composite
def mutated_levels(draw: st.DrawFn) -> str:
    """Take a shipped level and change some characters, most of them to other tiles."""
    text = draw(st.sampled_from(SHIPPED_TEXTS))
    first = text.index("\n\n") + 2
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(first, len(text) - 1))
        if text[at] not in "\n0123456789":
            text = text[:at] + draw(st.sampled_from("#.~*xgoGSaA1ei")) + text[at + 1 :]
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.text(OTHERS, max_size=4)) + text[at + draw(st.integers(0, 30)) :]
    return text


@st.composite
def written_levels(draw: st.DrawFn) -> str:
    """Write settings and a small map."""
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, max_size=3))
    lines = [f"{key}: {draw(st.sampled_from(VALUES[key]) | st.text(OTHERS, max_size=5))}" for key in keys]
    tiles = st.text("#..~*xox", min_size=4, max_size=4)
    return "\n".join(
        [*lines, "", *draw(st.lists(tiles, max_size=4)), draw(st.permutations("S*oG").map("".join))]
    )


def plays_or_says_why_not(text: str) -> None:
    try:
        level = parse_level(text, "t")
    except BadInput as error:
        assert str(error).startswith("t:")
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 600
        return
    assert isinstance(level, Level)
    game = Gridworld("\n" + text if "\n" not in text else text, obs="grid")
    states = game.new_states([0, 1])
    rng = np.random.default_rng(0)
    for _ in range(50):
        game.step(states, rng.integers(4, size=(2, 1)))
        tiles = states.tile[[0, 1], states.cell[:, 0]]
        assert (states.cell >= 0).all()
        assert (states.cell[:, 0] < level.rows * level.cols).all()
        assert (tiles != 1).all(), "inside a wall"


@settings(max_examples=300)
@given(mutated_levels())
def test_a_mutated_level_plays_or_says_why_not(text):
    plays_or_says_why_not(text)


@settings(max_examples=300)
@given(written_levels() | st.text())
def test_any_text_plays_or_says_why_not(text):
    plays_or_says_why_not(text)
