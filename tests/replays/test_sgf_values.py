"""Do values of SGF properties say what sgfmill reads in them?"""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sgfmill import sgf_grammar, sgf_properties

from envs.bad_input import BadInput
from replays.sgf import values
from replays.sgf.results import half_points, lost_otherwise, score_text
from replays.sgf.tree import Node, parse, write

marks = st.sampled_from(
    [b"\\", b"\n", b"\r", b"\n\r", b"\r\n", b"\t", b"\v", b"\f", b":", b" ", b"a", b"\xc3\xa9"]
)
raw = (
    st.lists(marks, max_size=12)
    .map(b"".join)
    .map(lambda value: re.match(rb"([^\\]|\\.)*", value, re.DOTALL)[0])
)


@given(raw)
def test_escapes_and_line_breaks(value):
    assert values.text(value) == sgf_grammar.text_value(value).decode()
    assert values.simple_text(value) == sgf_grammar.simpletext_value(value).decode()


@given(raw)
def test_composed_values(value):
    assert values.composed(value) == sgf_grammar.parse_compose(value)


@given(st.text(st.characters(exclude_characters="\r\t\v\f", exclude_categories=["Cs"]), max_size=20))
def test_what_is_escaped_reads_as_it_was(plain):
    value = values.escaped(plain)
    assert sgf_grammar.is_valid_property_value(value)
    assert values.text(value) == sgf_grammar.text_value(value).decode() == plain
    (game,) = parse(write([Node({"C": [value]})]))
    assert values.text(game.properties["C"][0]) == plain
    both = value + b":" + value
    assert values.composed(both) == (value, value)


@given(st.binary(max_size=3), st.integers(2, 19))
def test_points_and_passes(value, size):
    assert read(lambda: values.move(value, size)) == oracle(
        lambda: sgf_properties.interpret_go_point(value, size), size
    )


def read(get):
    try:
        return get()
    except ValueError:
        return None


def oracle(get, size: int) -> int | None:
    """Return sgfmill's (row from below, column), or None for a pass, as an action; None for what it refuses."""
    try:
        found = get()
    except ValueError:
        return None
    return size * size if found is None else (size - 1 - found[0]) * size + found[1]


@pytest.mark.parametrize("size", [2, 9, 19])
def test_each_point_is_written_as_it_is_read(size):
    assert values.written(0, size) == b"aa"
    assert values.written(size - 1, size) == b"%ca" % (ord("a") + size - 1)
    for action in range(size * size + 1):
        assert values.move(values.written(action, size), size) == action


letters = st.sampled_from("abcdefgz")
corners = st.builds(
    lambda a, b, c, d, colon: f"{a}{b}{colon}{c}{d}", *[letters] * 4, st.sampled_from([":", ":", ""])
)


@given(st.lists(corners | st.builds(str.__add__, letters, letters), max_size=4))
def test_lists_of_points_and_rectangles(said):
    context = sgf_properties._Context(7, "utf-8")
    listed = [one.encode() for one in said]
    try:
        expected = sgf_properties.interpret_point_list(listed, context)
    except ValueError:
        with pytest.raises(ValueError):
            values.points(listed, 7)
    else:
        assert values.points(listed, 7) == {(6 - row) * 7 + column for row, column in expected}


@pytest.mark.parametrize(
    "name", ["UTF-8", "utf8", " ISO-8859-1", "latin1", "GB2312", "Big5", "Shift_JIS", "KOI8-R"]
)
def test_charsets_have_pythons_name(name):
    assert values.charset(name.encode()).upper().replace("_", "-").replace(
        "ISO8859", "ISO-8859"
    ) == sgf_properties.normalise_charset_name(name.strip())


@pytest.mark.parametrize(
    "name",
    [
        "", "klingon", "UTF-16", "utf-7", "unicode_escape", "raw_unicode_escape", "rot13", "zip", "hex", "cp037",
        "../x", "punycode", "undefined", "a" * 5000, "\x00", "utf-8\x00", "é",
    ],
)  # fmt: skip
def test_charsets_that_are_none_are_refused(name):
    with pytest.raises(BadInput, match="unknown charset") as refused:
        values.charset(name.encode())
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    ("said", "points", "lost"),
    [
        ("B+3.5", 7, (-1, "")),
        ("W+12", -24, (-1, "")),
        ("w+0.50", -1, (-1, "")),
        ("0", 0, (-1, "")),
        ("Draw", 0, (-1, "")),
        ("B+R", None, (1, "resigned")),
        ("W+Resign", None, (0, "resigned")),
        ("W+Time", None, (0, "forfeit: time")),
        ("b+f", None, (1, "forfeit")),
        ("B+", None, (-1, "")),
        ("Void", None, (-1, "")),
        ("?", None, (-1, "")),
        ("black wins", None, (-1, "")),
        ("B+9999999999", None, (-1, "")),
    ],
)
def test_results(said, points, lost):
    assert half_points(said) == points
    assert lost_otherwise(said) == lost


@given(st.integers(-800, 800))
@example(1)
@example(-1)
def test_a_score_is_written_as_ff4_says(points):
    said = score_text(points)
    assert re.fullmatch(r"0|[BW]\+\d+(\.5)?", said)
    assert half_points(said) == points
