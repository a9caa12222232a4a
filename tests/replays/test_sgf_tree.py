"""Are SGF trees read and written as sgfmill does it, and broken or huge files refused with the place?"""

import re
import time
import tracemalloc

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sgfmill import sgf_grammar

from envs.bad_input import BadInput
from replays.sgf import tree
from replays.sgf.tree import MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_PROPERTIES, MAX_VALUES, Node, parse, write

Plain = tuple[dict, list]  # properties, children


def ours(node: Node) -> Plain:
    return node.properties, [ours(child) for child in node.children]


def theirs(coarse: sgf_grammar.Coarse_game_tree) -> Plain:
    """Return sgfmill's tree of sequences as a tree of nodes."""
    children = [theirs(child) for child in coarse.children]
    for properties in reversed(coarse.sequence):
        children = [(properties, children)]
    return children[0]


def made(plain: Plain) -> Node:
    return Node(dict(plain[0]), [made(child) for child in plain[1]])


raw = st.from_regex(re.compile(rb"([^\\\]]|\\.){0,6}", re.DOTALL), fullmatch=True)
names = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=3)
properties = st.dictionaries(names, st.lists(raw, min_size=1, max_size=3), max_size=3)
nodes = st.recursive(
    st.tuples(properties, st.just([])),
    lambda inner: st.tuples(properties, st.lists(inner, max_size=3)),
    max_leaves=12,
)


@given(st.lists(nodes, min_size=1, max_size=3))
def test_what_we_write_both_read_as_it_was(plain):
    data = write([made(one) for one in plain])
    assert [theirs(game) for game in sgf_grammar.parse_sgf_collection(data)] == plain
    assert [ours(game) for game in parse(data)] == plain
    assert write(parse(data)) == data


@given(nodes)
def test_what_sgfmill_writes_we_read(plain):
    coarse = sgf_grammar.make_coarse_game_tree(plain, lambda node: node[1], lambda node: node[0])
    for wrap in (None, 20):
        (game,) = parse(sgf_grammar.serialise_game_tree(coarse, wrap))
        assert ours(game) == plain


pieces = st.sampled_from(
    [*"(;)[]ABC\\: \n\r", "Ab", "[]", "[a]", "(;", ")", ";B[aa]", "(;W[bb])", "x", "\xff"]
)


@given(st.lists(pieces, max_size=25).map("".join))
@example("(;A[b](;C[d]);E[f])")
@example("mail (;A[b]) mail (;C[d]) mail")
@example("(;A[b]A[c])")
@example("(;A[b]")
@example("(;A[b\\])")
@example("((;A[b]))")
@example("(;AddBlack[aa])")
@settings(max_examples=1000)
def test_any_text_is_read_as_sgfmill_reads_it_or_refused_with_the_place(text):
    data = text.encode("latin-1")
    assume(
        "x[" not in text and "x [" not in text
    )  # a name in small letters only: sgfmill makes it an empty one
    try:
        expected = [theirs(game) for game in sgf_grammar.parse_sgf_collection(data)]
    except ValueError:
        with pytest.raises(BadInput) as refused:
            parse(data, "a.sgf")
        assert re.fullmatch(r"a\.sgf:\d+:\d+: .+", str(refused.value))
        assert str(refused.value).isprintable()
    else:
        if not any("" in node for game in expected for node in property_maps(game)):
            assert [ours(game) for game in parse(data)] == expected


def property_maps(plain: Plain) -> list[dict]:
    return [plain[0], *(found for child in plain[1] for found in property_maps(child))]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "a.sgf:1:1: no game here: one begins with `(;`"),
        ("\x00\x01 binary", "a.sgf:1:1: no game here"),
        ("(;B[aa]", "a.sgf:1:8: the file ends where `;`, `(` or `)` was expected"),
        ("(;B[aa](;W[bb])", "a.sgf:1:16: the file ends where"),
        ("(;B[aa]\n;W[bb\n\n;B", "a.sgf:2:3: the value that begins here has no end: a `]` is missing"),
        ("(;B[aa]\r\n;W[bb]\r;B cc])", "a.sgf:3:4: 'c' stands where a value of B was expected"),
        ("(;B)", "a.sgf:1:4: ')' stands where a value of B was expected"),
        ("(;B[aa]();W[bb])", "a.sgf:1:9: ')' stands where `;` was expected"),
        ("(;B[aa](;W[bb])\n;B[cc])", "a.sgf:2:1: ';' stands where `;`, `(` or `)` was expected"),
        ("(;[aa])", "a.sgf:1:3: '[' stands where"),
        ("(;C[Grüße]b[aa])", "a.sgf:1:12: property 'b': a name is in capitals"),
        ("(;B[aa])\n(;B[aa]}", "a.sgf:2:8: '}' stands where"),
        ("(;B[aa]\x00)", "a.sgf:1:8: '\\x00' stands where"),
    ],
)
def test_what_is_broken_is_told_with_line_and_column(text, fault):
    with pytest.raises(BadInput, match=re.escape(fault)):
        parse(text.encode(), "a.sgf")


@given(st.binary(max_size=60) | st.binary(max_size=40).map(b"(;".__add__))
def test_random_bytes_are_read_or_refused_in_one_line(data):
    try:
        assert parse(data)
    except BadInput as error:
        assert str(error).isprintable()


def test_a_file_cut_short_anywhere_is_refused():
    data = b"(;FF[4]C[a\\]b](;B[aa];W[bb]C[two\nlines])(;B[cc](;W[dd])(;W[ee])))"
    assert parse(data)
    for cut in range(len(data)):
        with pytest.raises(BadInput):
            parse(data[:cut])


def test_the_main_line_goes_first_and_variations_are_counted():
    (root,) = parse(b"(;A[1];A[2](;A[3](;A[4])(;A[5]))(;A[6];A[7])(;A[8]))")
    assert [node.properties["A"][0] for node in root.main_line()] == [b"1", b"2", b"3", b"4"]
    assert root.variations() == 3


DEEP = {
    "nested variations": b"(;B[aa](;W[bb])" * (MAX_DEPTH // 2) + b")" * (MAX_DEPTH // 2),
    "variations in variations": b"(;" * MAX_DEPTH + b")" * MAX_DEPTH,
    "one long line": b"(" + b";B[aa]" * MAX_NODES + b")",
    "a wide tree": b"(;" + b"(;B[aa])" * (MAX_NODES - 1) + b")",
}


@pytest.mark.parametrize("name", DEEP)
def test_as_many_as_allowed_are_read_and_written_in_a_moment(name):
    before = time.process_time()
    games = parse(DEEP[name])
    again = parse(write(games))
    assert sum(1 for _ in games[0].main_line()) == sum(1 for _ in again[0].main_line())
    assert games[0].variations() == again[0].variations()
    del games, again  # freed without recursion too
    assert time.process_time() - before < 30


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"(;" * (MAX_DEPTH + 1), "variations within more than 100000 others"),
        (b"(;" + b";" * MAX_NODES + b")", "more than 250000 nodes"),
        (b"(;)" * (MAX_NODES + 1), "more than 250000 nodes"),
        (b"(;A" + b"[]" * (MAX_VALUES + 1) + b")", "more than 200 properties in a node, or 10000 values"),
        (b"(;" + b"".join(b"A%c%c[]" % (i // 26 + 65, i % 26 + 65) for i in range(MAX_PROPERTIES + 1)), "more than"),
        (b"(;)" + b" " * MAX_BYTES, "larger than 8 MiB"),
        (b"(;" + b"A" * 1_000_000 + b"[a])", "stands where a value of"),
        (b"(;C[" + b"\\]" * 4_000_000, "has no end"),
        (b"( " * 4_000_000, "no game here"),
        (b"((" * 4_000_000, "no game here"),
    ],
)  # fmt: skip
def test_too_much_is_refused_before_it_takes_long(data, fault):
    before = time.process_time()
    with pytest.raises(BadInput, match=fault) as refused:
        parse(data)
    assert len(str(refused.value)) < 300
    assert time.process_time() - before < 10


def test_a_file_as_large_as_allowed_takes_little_memory():
    data = b"(;" + b"C[" + b"a" * (MAX_BYTES - 6) + b"])"
    tracemalloc.start()
    try:
        parse(data)
        assert tracemalloc.get_traced_memory()[1] < 2 * MAX_BYTES
    finally:
        tracemalloc.stop()


def test_lines_are_short_where_values_are():
    games = parse(b"(;FF[4]" + b";B[aa];W[bb]" * 100 + b";C[" + b"long " * 50 + b"]W[cc])")
    lines = write(games).splitlines()
    assert sorted(map(len, lines))[-2] <= tree._WIDTH
    assert len(lines) < 25
