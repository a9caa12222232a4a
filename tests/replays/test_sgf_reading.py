"""Does an SGF file give the game that sgfmill reads in it, or one clear line why it gives none?"""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgfmill import sgf, sgf_moves

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.goban.points import BLACK, WHITE
from envs.goban.state import longest_game, stones
from replays.replay import simulate
from replays.sgf.info import Info
from replays.sgf.reading import GameRecord, parse_game, read_sgf
from replays.sgf.tree import parse
from replays.verify import verify


def read(text: str, charset: str = "latin-1") -> GameRecord:
    return parse_game(text.encode(charset), "a.sgf")


def fault(text: str) -> str:
    with pytest.raises(BadInput) as refused:
        read(text)
    line = str(refused.value)
    assert line.isprintable()
    assert re.match(r"a\.sgf:\d+:\d+: ", line)
    return line


def last_board(game: GameRecord) -> list[str]:
    """Return the last board as rows of text."""
    board = stones(simulate(game.replay()))[-1]
    return ["".join(".XO"[stone] for stone in row) for row in board]


def sgfmills_board(data: bytes) -> list[str]:
    """Return the last board of the main line by sgfmill's own rules."""
    board, moves = sgf_moves.get_setup_and_moves(sgf.Sgf_game.from_bytes(data))
    for colour, point in moves:
        if point is not None:
            board.play(*point, colour)
    marks = {None: ".", "b": "X", "w": "O"}
    return [
        "".join(marks[board.get(row, column)] for column in range(board.side)) for row in range(board.side)
    ][::-1]


# What sgfmill writes.


def random_game(spec: str, seed: int) -> list[int]:
    game, rng = make_game(spec), np.random.default_rng(seed)
    state, actions = game.new_states([0]), []
    while state.status[0] == 0:
        mask = game.observe(state)[1][0, 0]
        actions.append(int(rng.choice(np.flatnonzero(mask))))
        game.step(state, np.array([[actions[-1]]]))
    return actions


def by_sgfmill(size: int, actions: list[int], setup: bool = False) -> bytes:
    """Write the game, with variations, comments and a property of nobody's, and with or without stones before it."""
    game = sgf.Sgf_game(size)
    game.root.set("PB", "Ann ]\\")
    game.root.set("PW", "Bjørn:")
    game.root.set("KM", 6.5)
    game.root.set("RE", "W+R")
    if setup:
        game.root.set_setup_stones([(0, 0), (2, 2)], [(4, 4)], [])
        game.root.set("PL", "w")
    node = game.root
    for ply, action in enumerate(actions):
        node.new_child().set_move("b", None)
        node = node.new_child(0)
        point = None if action == size * size else (size - 1 - action // size, action % size)
        node.set_move("bw"[(ply + setup) % 2], point)
        node.set("C", f"move {ply}]")
        node.set_raw("XX", rb"\]")
    return game.serialise()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [5, 9])
def test_a_game_that_sgfmill_wrote(size, seed):
    actions = random_game(f"goban:size={size}", seed)
    data = by_sgfmill(size, actions)
    game = parse_game(data)
    assert game.actions == actions
    assert last_board(game) == sgfmills_board(data)
    assert game.names == ("Ann ]\\", "Bjørn:")
    assert game.game.kwargs == {"size": size, "komi": 6.5}
    assert game.comments == {ply + 1: f"move {ply}]" for ply in range(len(actions))}
    assert game.root.variations() == len(actions)
    assert verify(game.replay()).ok


def test_setup_stones_and_who_is_first():
    data = by_sgfmill(5, [6, 13, 25, 8], setup=True)
    game = parse_game(data)
    assert game.game.kwargs["setup"] == "....O/...../..X../...../X...."
    assert game.game.kwargs["first"] == "white"
    assert last_board(game) == sgfmills_board(data)


# What stands in the root.


def test_what_is_told_about_the_game():
    game = read(
        "(;SZ[9]KM[0]PB[A\nb]PW[]EV[Cup\\: final]DT[1846-09-11]RE[B+2]C[ear\\\nreddening\nmove];B[aa]C[one];C[two])"
    )
    assert game.names == ("A b", "White")
    assert (game.event, game.date, game.result) == ("Cup: final", "1846-09-11", "B+2")
    assert game.comments == {0: "earreddening\nmove", 1: "one\ntwo"}
    assert game.notes == [
        "the file says B+2; by its moves the game is not over",
        "left out: 2 comments",
    ]


@pytest.mark.parametrize(
    ("said", "settings", "note"),
    [
        ("", {"superko": "positional", "suicide": 0}, None),
        ("Chinese", {"superko": "positional", "suicide": 0}, None),
        ("chinese rules", {"superko": "positional", "suicide": 0}, None),
        ("AGA", {"superko": "situational", "suicide": 0}, None),
        ("NZ", {"superko": "situational", "suicide": 1}, None),
        ("New Zealand", {"superko": "situational", "suicide": 1}, None),
        ("Tromp-Taylor", {"superko": "positional", "suicide": 1}, None),
        (
            "Japanese",
            {"superko": "simple", "suicide": 0},
            "Japanese rules count territory; here area is counted",
        ),
        (
            "of the house",
            {"superko": "positional", "suicide": 0},
            "unknown rules 'of the house', played as Chinese",
        ),
    ],
)
def test_rules(said, settings, note):
    game = read(f"(;SZ[5]RU[{said}];B[aa])")
    assert game.game.kwargs.get("superko", "positional") == settings["superko"]
    assert game.game.kwargs.get("suicide", 0) == settings["suicide"]
    assert game.notes == ([note] if note else [])


@pytest.mark.parametrize(
    ("root", "first"),
    [("", "black"), ("PL[W]", "white"), ("PL[b]", "black"), ("HA[2]AB[bb][cc]", "white"), ("HA[x]", "black")],
)
def test_who_moves_first(root, first):
    assert read(f"(;SZ[5]{root})").game.kwargs.get("first", "black") == first


def test_the_first_move_says_who_is_first():
    assert read("(;SZ[5]HA[2]AB[bb][cc];W[dd])").actions == [18]
    assert read("(;SZ[5];W[dd];B[bb])").game.kwargs["first"] == "white"


@pytest.mark.parametrize(("said", "komi"), [("7.5", 7.5), ("6,5", 6.5), (" 0 ", 0), ("-3", -3), ("", 0)])
def test_komi(said, komi):
    assert read(f"(;SZ[5]KM[{said}])").game.kwargs["komi"] == komi


def test_nineteen_without_a_size():
    assert Info(parse(b"(;GM[1])")[0]).size() == 19


@pytest.mark.parametrize(
    ("said", "charset", "name"),
    [
        ("(;SZ[5]CA[UTF-8]PB[藤沢])", "utf-8", "藤沢"),
        ("(;SZ[5]PB[Bjørn])", "latin-1", "Bjørn"),
        ("(;SZ[5]CA[gb2312]PB[聂卫平])", "gb2312", "聂卫平"),
        ("(;SZ[5]CA[EUC-KR]PB[이창호])", "euc-kr", "이창호"),
        ("\ufeff(;SZ[5]PB[藤沢])", "utf-8", "藤沢"),
        ("(;SZ[5]CA[utf-8]PB[\u202eevil\u2028line\x07])", "utf-8", "evil line"),
    ],
)
def test_names_in_any_charset(said, charset, name):
    game = read(said, charset)
    assert game.names[0] == name
    assert game.replay().seats[0].name == name


def test_old_files_with_long_names_of_properties():
    game = read("(;GaMe[1]SiZe[9]PlayerBlack[Ann]AddBlack[aa][bb];White[cc];Black[tt])")
    assert game.names[0] == "Ann"
    assert game.actions == [20, 81]


def test_the_first_game_of_several():
    game = read("(;SZ[5];B[aa])(;SZ[9];B[bb])")
    assert (game.actions, game.notes) == ([0], ["only the first of 2 games is read"])


def test_the_main_line_of_variations():
    game = read("(;SZ[5];B[aa](;W[bb];B[cc])(;W[dd])(;W[ee]))")
    assert game.actions == [0, 6, 12]
    assert game.notes == ["left out: 2 variations"]


# How it ends.


@pytest.mark.parametrize(
    ("said", "loser", "ending"),
    [
        ("B+R", 1, "resigned"),
        ("W+Resign", 0, "resigned"),
        ("W+T", 0, "forfeit: time"),
        ("?", -1, ""),
        ("", -1, ""),
    ],
)
def test_who_gave_up_stands_in_the_replay(said, loser, ending):
    game = read(f"(;SZ[5]RE[{said}];B[cc];W[bb])")
    replay = game.replay()
    assert (replay.loser, replay.ending, game.notes) == (loser, ending, [])
    assert replay.result.status == 0
    assert verify(replay).ok


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("B+21.5", None),
        ("B+21.50", None),
        ("", None),
        ("B+2", "the file says B+2; counted as the board stands, it is B+21.5"),
        ("W+R", "the file says W+R; counted as the board stands, it is B+21.5"),
    ],
)
def test_another_result_than_the_boards_is_told(said, note):
    game = read(f"(;SZ[5]KM[3.5]RE[{said}];B[cc];W[];B[])")
    assert game.notes == ([note] if note else [])
    assert game.replay().result.scores == [43, -43]


def test_passes_after_the_end_are_left_out():
    game = read("(;SZ[5]KM[0]RE[B+25];B[cc];W[tt];B[tt];W[tt])")
    assert game.actions == [12, 25, 25]
    assert game.notes == ["left out: 1 pass after the end"]


# What cannot be read as a game.


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("(;SZ[5];B[aa];W[aa])", "a.sgf:1:14: move 2, White A5: A5 is taken by a black stone"),
        ("(;SZ[5];B[aa]\n;B[bb])", "a.sgf:2:1: move 2, Black B4: it is the turn of White"),
        ("(;SZ[5]PL[B];W[aa])", "a.sgf:1:13: move 1, White A5: it is the turn of Black"),
        ("(;SZ[5]AB[ab][ba]PL[W];W[aa])", "move 1, White A5: A5 would be suicide"),
        ("(;SZ[5];B[];W[];B[aa])", "move 3, Black A5: the game has ended before that: two passes"),
        (
            "(;SZ[5];B[aa];AW[bb])",
            "a.sgf:1:14: stones are set up at move 1; here that goes before the first only",
        ),
        ("(;SZ[5];B[af])", "a.sgf:1:8: B is neither a point of 5x5 nor a pass"),
        ("(;SZ[5];B[aa][bb])", "B is neither a point of 5x5 nor a pass"),
        ("(;SZ[5];W[a])", "W is neither a point"),
        ("(;SZ[5];B[aa]W[bb])", "moves of both colours in one node"),
        ("(;SZ[5]AB[zz])", "AB has what is no point of 5x5"),
        ("(;SZ[5]AB[cc:aa])", "AB has what is no point of 5x5"),
        ("(;SZ[5]AB[aa]AW[aa])", "two of AB, AW and AE on the same point"),
        ("(;SZ[5]AB[aa:ee])", "setup has a chain without a liberty"),
        ("(;SZ[1])", "SZ[1]: only square boards from 2 to 19 can be played"),
        ("(;SZ[9:13])", "SZ[9:13]: only square"),
        ("(;SZ[99])", "SZ[99]: only square"),
        ("(;SZ[big])", "SZ[big]: only square"),
        ("(;SZ[5]KM[much])", "KM[much] is not a number"),
        ("(;SZ[5]KM[3.75])", "komi=3.75 is not a whole or half number"),
        ("(;SZ[5]KM[1e999])", "komi=inf is not"),
        ("(;SZ[5]KM[nan])", "komi=nan is not"),
        ("(;GM[2]SZ[8])", "GM[2] is another game than Go"),
        ("(;SZ[5]PL[green])", "PL[green] is neither B nor W"),
        ("(;CA[klingon]SZ[5])", "CA: unknown charset 'klingon'"),
        ("(;CA[utf-8]SZ[5]PB[\xff])", "PB is not text in UTF-8"),
        ("(;CA[utf-8]SZ[5]\n;B[aa]C[\xe9])", "a.sgf:2:1: C is not text in UTF-8"),
    ],
)
def test_the_line_says_what_is_wrong_and_where(text, line):
    assert line in fault(text)


SEND_TWO = "(;SZ[5]{rules}AB[aa:ea][ab:cb][ac:cc][bd:dd][ae][be][ee]AW[db][eb][dc][ed][ce];W[de];B[ee];W[ce])"


@pytest.mark.parametrize("rules", ["RU[Japanese]", "RU[AGA]"])
def test_sending_two_to_get_one_back_is_legal_by_some_rules(rules):
    """The third move makes the board of the beginning, with the other side to move."""
    assert read(SEND_TWO.format(rules=rules)).actions == [23, 24, 22]


def test_sending_two_to_get_one_back_is_superko():
    for rules in ("", "RU[Chinese]", "RU[Tromp-Taylor]"):
        line = fault(SEND_TWO.format(rules=rules))
        assert line.endswith("move 3, White C1: C1 is ko: it would bring back an earlier board")


def test_a_game_longer_than_ours_may_be_is_refused():
    """White always passes; Black fills the board, which is suicide, and begins again from the other end."""
    points = [f"{column}{row}" for row in "abcde" for column in "abcde"]
    line = "".join(f";B[{point}];W[]" for point in points + points[::-1])
    line = line[: len(";B[aa];W[]") * longest_game(5) // 2]
    assert len(read(f"(;SZ[5]RU[NZ]{line})").actions) == longest_game(5)
    for more in (";B[cc]", ";B[]"):
        assert "the game has ended before that: move limit" in fault(f"(;SZ[5]RU[NZ]{line}{more})")


SOUND = by_sgfmill(5, [12, 6, 8, 25, 25]).replace(b"SZ[5]", b"").removeprefix(b"(;")
damage = st.lists(
    st.tuples(st.floats(0, 0.999), st.integers(0, 9), st.binary(max_size=6)), min_size=1, max_size=4
)


@given(damage)
@settings(max_examples=300)
def test_a_damaged_file_is_read_or_refused_in_one_line(cuts):
    data = SOUND
    for at, drop, noise in cuts:
        start = int(at * len(data))
        data = data[:start] + noise + data[start + drop :]
    data = b"(;SZ[5]" + data  # which stays: each other size is another record to compile
    try:
        game = parse_game(data, "a.sgf")
    except BadInput as error:
        assert re.match(r"a\.sgf:\d+:\d+: ", str(error))
        assert str(error).isprintable()
        assert len(str(error)) < 400
    else:
        assert verify(game.replay()).ok


def test_files(tmp_path: Path):
    (tmp_path / "a.sgf").write_bytes(b"(;SZ[5]" + SOUND)
    assert read_sgf(tmp_path / "a.sgf").actions == [12, 6, 8, 25, 25]
    with pytest.raises(BadInput, match=r"b\.sgf: No such file"):
        read_sgf(tmp_path / "b.sgf")
    (tmp_path / "huge.sgf").write_bytes(SOUND + b" " * (8 << 20))
    with pytest.raises(BadInput, match=r"huge\.sgf: larger than 8 MiB"):
        read_sgf(tmp_path / "huge.sgf")


def test_black_and_white_are_the_colours_of_the_board():
    game = read("(;SZ[5];B[ea];W[ae])")
    board = stones(simulate(game.replay()))[-1]
    assert (board[0, 4], board[4, 0]) == (BLACK, WHITE)
    assert [game.game.action_names[action] for action in game.actions] == ["E5", "A1"]
