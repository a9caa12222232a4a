"""Is a level read as written, and does every mistake name its file, line and column?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.bad_input import BadInput
from envs.platformer.game import Platformer
from envs.platformer.level import LEGEND, SHIPPED, Level, Patrol, load_level, parse_level, shipped_levels
from envs.platformer.world import (
    BRICK,
    CHECKPOINT,
    COIN,
    FLAG,
    LEDGE,
    MAX_BRICKS,
    MAX_CELLS,
    MAX_CHECKPOINTS,
    MAX_COINS,
    MAX_COLS,
    MAX_FOES,
    MAX_LIFTS,
    MAX_ROWS,
    SOLID,
    SPIKE,
    SPRING,
)

TEXT = """title: All of it
about: one of each
time limit: 30
foe speed: 90
lift speed: 70

........:v
.:h:.....:
..---:..:.
o=B^JC.:||
S.w..#....F
###########
"""


def test_a_level_says_what_is_written():
    level = parse_level(TEXT)
    assert (level.title, level.about) == ("All of it", "one of each")
    assert (level.time_limit, level.foe_speed, level.lift_speed) == (30, 90, 70)
    assert level.tiles.shape == (6, 11)
    assert level.start == (4, 0)
    assert level.flag_col == 10
    assert level.tiles[3, :6].tolist() == [COIN, LEDGE, BRICK | SOLID, SPIKE, SPRING | SOLID, CHECKPOINT]
    assert level.tiles[5].tolist() == [SOLID] * 11
    assert set(level.foes) == {
        Patrol("w", 4, 2, back=2, ahead=2),
        Patrol("h", 1, 2, back=1, ahead=1),
        Patrol("v", 0, 9, back=0, ahead=1),
    }
    assert set(level.lifts) == {
        Patrol("-", 2, 2, back=0, ahead=1, width=3),
        Patrol("|", 3, 8, back=1, ahead=0, width=2),
    }


def test_the_pole_is_five_tiles_unless_something_is_in_its_way():
    for rows, high in (
        ([".", ".", ".", ".", ".", "."], 5),
        ([".", ".", "#", ".", "."], 3),
        (["#"], 1),
        (["."], 2),
    ):
        level = parse_level("\n" + "\n".join(f"...{mark}" for mark in rows) + "\nS..F")
        assert np.count_nonzero(level.tiles == FLAG) == high


def test_rows_are_filled_up_with_air_and_spaces_are_air():
    assert (parse_level("\nS. F\n#\n####").tiles == parse_level("\nS..F\n#...\n####").tiles).all()


def test_what_is_not_said_has_a_default():
    level = parse_level("\nS..F")
    assert (level.title, level.about, level.time_limit, level.foe_speed, level.lift_speed) == (
        "",
        "",
        0,
        100,
        80,
    )


WIDE = "\nS" + "." * 97 + "F"
MISTAKES = [
    ("title T\n\nS..F", "1:1: a setting is `key: value`"),
    ("S..F\n", "1:1: a setting is `key: value`; a blank line ends the settings"),
    ("title: a\ntitle: b\n\nS..F", "2:1: 'title' is given twice"),
    ("titl: a\n\nS..F", "1:1: unknown setting 'titl'. Did you mean 'title'?"),
    ("time limit: 0\n\nS..F", "1:12: time limit: '0' is not a whole number from 1 to 3600"),
    ("time limit: 3601\n\nS..F", "1:12: time limit: '3601' is not"),
    ("title: a\nfoe speed: 1001\n\nS..F", "2:11: foe speed: '1001' is not a whole number from 0 to 1000"),
    ("lift speed: 0\n\nS..F", "1:12: lift speed: '0' is not a whole number from 1 to 1000"),
    ("lift speed: ²\n\nS..F", "1:12: lift speed: '²' is not"),
    ("number: -1\n\nS..F", "1:8: number: '-1' is not a whole number from 0 to 999"),
    ("title: a\n", "2:1: no map after the settings"),
    ("", "1:1: no map after the settings"),
    ("\nS.F", "2:1: narrower than 4 columns"),
    ("\nS..F\n.x..", "3:2: unknown tile 'x'. Known: "),
    ("\nS.\t.F", "2:3: unknown tile '\\t'"),
    ("title: a\n\n...F", "3:1: no start: the map needs an S"),
    ("\nS...", "2:1: no flag: the map needs an F"),
    ("\nS..F\n..S.", "3:3: a second start; there can be one S"),
    ("\nS..F\nF...", "3:1: a second flag; there can be one F"),
    (WIDE + "\n" + "o" * (MAX_COINS + 1), f"3:{MAX_COINS + 1}: more than {MAX_COINS} of 'o'"),
    (WIDE + "\n" + "B" * (MAX_BRICKS + 1), f"3:{MAX_BRICKS + 1}: more than {MAX_BRICKS} of 'B'"),
    (
        WIDE + "\n" + "C" * (MAX_CHECKPOINTS + 1),
        f"3:{MAX_CHECKPOINTS + 1}: more than {MAX_CHECKPOINTS} of 'C'",
    ),
    (WIDE + "\n" + "h" * (MAX_FOES + 1), f"3:{MAX_FOES + 1}: more than {MAX_FOES} foes"),
    (WIDE + "\n" + "-:" * (MAX_LIFTS + 1), f"3:{2 * MAX_LIFTS + 1}: more than {MAX_LIFTS} moving platforms"),
    ("\nSw.F\n#.##", "2:2: a foe that walks needs ground or a ledge under it"),
    ("\nS.wF", "2:3: a foe that walks needs ground"),
    ("\nS..F\nwB^w\n#BJ.", "3:4: a foe that walks needs ground"),
    ("\nS..F\n.--.", "3:2: a moving platform needs a path of ':' beside it"),
    ("\nS..F\n.||.\n..:.", "3:2: a moving platform needs a path of ':' above or below its first tile"),
    ("\nS..F" + "\n...." * MAX_ROWS, f"2:1: larger than {MAX_ROWS} rows"),
    ("\nS..F" + "." * (MAX_COLS - 3), f"2:1: larger than {MAX_ROWS} rows, {MAX_COLS} columns"),
    (
        "\nS..F" + f"\n{'.' * 256}" * 16,
        f"2:1: larger than {MAX_ROWS} rows, {MAX_COLS} columns or {MAX_CELLS} tiles",
    ),
]


@pytest.mark.parametrize(("text", "fault"), MISTAKES)
def test_a_mistake_is_named_with_its_place(text, fault):
    with pytest.raises(BadInput) as error:
        parse_level(text, "my.txt")
    assert str(error.value).startswith(f"my.txt:{fault}")
    assert "\n" not in str(error.value)


def test_the_largest_levels_are_read():
    for rows, cols in ((16, 256), (32, 128)):
        text = "\n".join(["", "S" + "." * (cols - 2) + "F", *["#" * cols] * (rows - 1)])
        assert Platformer(text).new_states([0]).cols[0] == cols


def test_a_huge_text_is_refused_before_any_work():
    with pytest.raises(BadInput, match="larger than"):
        parse_level("\nS" + "w-:" * 2_000_000 + "F")
    with pytest.raises(BadInput, match="unknown setting") as error:
        parse_level("a" * 1_000_000 + ": 1\n\nS..F")
    assert len(str(error.value)) < 600


def test_every_mark_of_the_legend_can_be_read():
    assert set("".join(TEXT.split("\n\n")[1].split())) == set(LEGEND)


# Those that come with gamelab


def test_ten_levels_come_along_from_easy_to_hard():
    names = shipped_levels()
    assert names == sorted((path.stem for path in SHIPPED.glob("*.txt")), key=number)
    assert [number(name) for name in names] == list(range(1, 11))
    assert names[0] == "first_steps"
    assert len({load_level(name).title for name in names}) == 10
    assert all(load_level(name).about for name in names)


def number(name: str) -> int:
    return int((SHIPPED / f"{name}.txt").read_text().splitlines()[0].removeprefix("number: "))


@pytest.mark.parametrize("name", shipped_levels())
def test_running_on_and_jumping_all_the_time_reaches_no_flag(name):
    game = Platformer(name)
    rhythms = [(hold, pause) for hold in range(1, 9) for pause in (0, 1, 2, 3)]
    states = game.new_states(np.zeros(len(rhythms)))
    for ply in range(700):
        actions = [[4 if ply % (hold + pause) < hold else 3] for hold, pause in rhythms]
        game.step(states, actions)
    assert not (states.reason == 1).any()


# Whatever the text: a level that plays, or one line

SHIPPED_TEXTS = [(SHIPPED / f"{name}.txt").read_text() for name in shipped_levels()] + [TEXT]


@st.composite
def mutated_levels(draw: st.DrawFn) -> str:
    """Take a level and delete, duplicate or replace some of its characters and lines."""
    text = draw(st.sampled_from(SHIPPED_TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        lines = text.split("\n")
        row = draw(st.integers(0, len(lines) - 1))
        line, col = lines[row], draw(st.integers(0, len(lines[row])))
        mark = draw(st.sampled_from([*LEGEND, "", "x", "\t", "é", "\r", "\x00"]))
        change = draw(st.sampled_from(["mark", "mark", "mark", "delete", "twice", "move", "line"]))
        if change == "mark":
            lines[row] = line[:col] + mark + line[col + 1 :]
        elif change == "delete":
            del lines[row]
        elif change == "twice":
            lines.insert(row, line)
        elif change == "move":
            lines.append(lines.pop(row))
        else:
            lines[row] = mark * draw(st.integers(0, 300))
        text = "\n".join(lines)
    return text


def plays_or_says_why_not(text: str) -> None:
    try:
        level = parse_level(text, "t")
    except BadInput as error:
        source, line, column, fault = str(error).split(":", 3)
        assert source == "t"
        assert 1 <= int(line) <= max(1, len(text.split("\n")))
        assert int(column) >= 1
        assert fault.strip()
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 600
        return
    assert isinstance(level, Level)
    game = Platformer("\n" + text if "\n" not in text else text)
    states = game.new_states([0])
    for action in (4, 4, 4, 3, 5, 6, 0):
        game.step(states, [[action]])
        assert 0 <= states.x[0, 0] < level.tiles.shape[1] * 4096


@settings(max_examples=200)
@given(mutated_levels())
def test_a_mutated_level_plays_or_says_why_not(text):
    plays_or_says_why_not(text)


@settings(max_examples=200)
@given(st.text() | st.text("".join(LEGEND) + "\n\r :ae1"))
def test_any_text_plays_or_says_why_not(text):
    plays_or_says_why_not(text)
