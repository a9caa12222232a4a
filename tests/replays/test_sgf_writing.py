"""Do Go programs, sgfmill and GNU Go here, read the game that we export, to the same last board?"""

import os
import re
import shutil
import subprocess

import numpy as np
import pytest
from msgspec.structs import replace
from sgfmill import sgf, sgf_moves

from arena.cli import main
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.goban.state import stones
from replays.export import export
from replays.replay import Annotations, Replay, Seat, read_replay, record, simulate, write_replay
from replays.sgf.reading import parse_game, read_sgf
from replays.sgf.tree import write
from replays.sgf.writing import save_sgf, to_sgf
from replays.verify import verify

GNUGO = shutil.which("gnugo", path=f"{os.environ.get('PATH', '')}:/usr/games")
SPECS = [
    "goban:size=5",
    "goban:size=9,komi=-2,opening=6",
    "goban:size=5,komi=0,superko=situational,suicide=true",
    "goban:size=5,superko=situational",
    "goban:size=5,superko=simple",
    "goban:size=9,first=white,setup=........./....X..../..X...O../........./........./..O.X..../........./........./.........",
    "goban:size=5,move_limit=20",
]


def played(
    spec: str, seed: int = 1, plies: int | None = None, annotations: Annotations | None = None
) -> Replay:
    """Return a random game, or the beginning of one."""
    game, rng = make_game(spec), np.random.default_rng(seed)
    state, actions = game.new_states([seed]), []
    while state.status[0] == 0 and len(actions) != plies:
        actions.append([int(rng.choice(np.flatnonzero(game.observe(state)[1][0, 0])))])
        game.step(state, np.array([actions[-1]]))
    return record(game, seed, [Seat("Ann :]\\ 藤"), Seat("Bob")], actions, annotations)


def last_board(replay: Replay) -> np.ndarray:
    return stones(simulate(replay))[-1]


def by_sgfmill(replay: Replay) -> sgf.Sgf_game:
    return sgf.Sgf_game.from_bytes(write([to_sgf(replay)]))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("spec", SPECS)
def test_sgfmill_reads_the_same_game(spec, seed):
    replay = played(spec, seed)
    read = by_sgfmill(replay)
    board, moves = sgf_moves.get_setup_and_moves(read)
    for colour, point in moves:
        if point is not None:
            board.play(*point, colour)
    stone = {None: 0, "b": 1, "w": 2}
    shown = [[stone[board.get(row, column)] for column in range(board.side)] for row in range(board.side)]
    assert shown[::-1] == last_board(replay).tolist()
    last = simulate(replay)[-1]
    assert len(moves) == last.ply
    assert read.get_size() == board.side
    assert read.get_komi() == replay.make_game().kwargs["komi"]
    assert read.get_player_name("b") == "Ann :]\\ 藤"
    assert read.get_charset() == "UTF-8"
    assert read.root.get("AP")[0] == "gamelab"
    if last.status == 1:
        assert read.get_winner() == (("b" if last.score[0] > 0 else "w") if last.score[0] else None)
    else:
        assert read.root.get("RE") == "Void"


@pytest.mark.parametrize("spec", SPECS)
def test_it_comes_back_as_it_was(spec):
    replay = played(spec, 3)
    game = parse_game(write([to_sgf(replay)]))
    back = game.replay()
    assert verify(back).ok
    before, after = simulate(replay)[-1], simulate(back)[-1]
    for field in (
        "board",
        "ply",
        "passes",
        "captured",
        "to_move",
        "key",
        "komi",
        "superko",
        "suicide",
        "setup",
    ):
        assert np.array_equal(before[field], after[field]), field
    assert np.array_equal(before.move[: before.ply], after.move[: after.ply])
    if before.status == 1:
        assert back.result == replay.result


@pytest.mark.parametrize(
    ("loser", "ending", "said"),
    [(0, "resigned", "W+R"), (1, "resigned", "B+R"), (1, "forfeit: gnugo broke down", "B+F"), (-1, "", "?")],
)
def test_a_game_that_ended_otherwise(loser, ending, said):
    replay = replace(played("goban:size=5", plies=6), loser=loser, ending=ending)
    root = to_sgf(replay)
    assert root.properties["RE"] == [said.encode()]
    back = parse_game(write([root])).replay()
    assert (back.loser, back.ending.split(":")[0]) == (loser, ending.split(":")[0])


@pytest.mark.parametrize(("komi", "said"), [("3.5", "B+21.5"), ("30", "W+5"), ("25", "0")])
def test_the_score(komi, said):
    game = make_game(f"goban:size=5,komi={komi}")
    replay = record(game, 0, [Seat("A"), Seat("B")], [[12], [25], [25]])
    assert by_sgfmill(replay).root.get("RE") == said


def test_what_was_thought_is_told():
    value = np.array([[0.314], [np.nan], [-1], [0]], np.float32)
    policy = np.full((4, 1, 26), np.nan, np.float32)
    policy[1] = 0
    policy[1, 0, [12, 25, 0]] = 0.75, 0.2, 0.05
    visits = np.zeros((4, 1, 26), np.uint32)
    visits[2, 0, [6, 7, 8, 9]] = 400, 300, 200, 100
    line = np.full((4, 1, 32), -1, np.int32)
    line[2, 0, :3] = 6, 25, 0
    thoughts = Annotations(value=value, policy=policy, visits=visits, line=line)
    replay = record(
        make_game("goban:size=5,opening=2"), 1, [Seat("A"), Seat("B")], [[25]] * 0 + moves(4), thoughts
    )
    comments = [
        node.get("C") for node in by_sgfmill(replay).get_main_sequence()[1:] if node.has_property("C")
    ]
    assert comments == [
        "a random move of the opening",
        "a random move of the opening",
        "value +0.31",
        "C3 75 %, pass 20 %, A5 5 %",
        "value -1.00; B4 40 %, C4 30 %, D4 20 % of 1000 visits; line B4 pass A5",
        "value +0.00",
    ]


def moves(count: int) -> list[list[int]]:
    return played("goban:size=5,opening=2", plies=count).actions.tolist()


@pytest.mark.parametrize(("first", "said"), [("black", [b"B"]), ("white", [b"W"])])
def test_who_moves_first_is_told_where_stones_stand(first, said):
    spec = f"goban:size=5,setup=X..../...../...../...../.....,first={first}"
    assert to_sgf(played(spec, plies=0)).properties["PL"] == said


def test_several_replays_are_a_collection(tmp_path):
    save_sgf([played("goban:size=5"), played("goban:size=9")], tmp_path / "two.sgf")
    assert read_sgf(tmp_path / "two.sgf").notes[0] == "only the first of 2 games is read"


@pytest.mark.parametrize("spec", ["goban:size=5,rules=capture", "gridworld:level=corridor"])
def test_what_is_no_game_of_go_is_refused(tmp_path, spec):
    game = make_game(spec)
    replay = record(game, 1, [Seat("A")] * game.seats, [[1]])
    with pytest.raises(BadInput, match="only goban with rules=area can be written as SGF"):
        export(replay, tmp_path / "x.sgf")
    assert not list(tmp_path.iterdir())


# GNU Go.


def ask_gnugo(commands: list[str]) -> list[str]:
    """Return its answers, one a command."""
    run = subprocess.run(
        [GNUGO, "--mode", "gtp"],
        input="\n".join([*commands, "quit", ""]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    answers = run.stdout.split("\n\n")
    assert all(answer.startswith("=") for answer in answers[: len(commands)]), answers
    return [answer.removeprefix("=").strip() for answer in answers[: len(commands)]]


@pytest.mark.needs_gnugo
@pytest.mark.parametrize("spec", SPECS)
def test_gnugo_reads_the_same_game(tmp_path, spec):
    replay = played(spec, 5)
    save_sgf(replay, tmp_path / "a.sgf")
    asked = [
        f"loadsgf {tmp_path / 'a.sgf'}",
        "query_boardsize",
        "get_komi",
        "list_stones black",
        "list_stones white",
    ]
    turn, size, komi, *listed = ask_gnugo(asked)
    game, last = replay.make_game(), simulate(replay)[-1]
    assert turn.lower() == ("black", "white")[last.to_move]
    assert (int(size), float(komi)) == (game.kwargs["size"], game.kwargs["komi"])
    board = last_board(replay).ravel()
    for colour, points in enumerate(listed, 1):
        assert set(points.split()) == {game.action_names[point] for point in np.flatnonzero(board == colour)}


@pytest.mark.needs_gnugo
def test_what_gnugo_writes_is_read(tmp_path):
    file = tmp_path / "a.sgf"
    played_there = [
        "boardsize 5",
        "clear_board",
        "komi 6.5",
        "play black C3",
        "play white B2",
        "play black D4",
    ]
    *_, black, white = ask_gnugo(
        [*played_there, f"printsgf {file}", "list_stones black", "list_stones white"]
    )
    game = read_sgf(file).game
    assert (game.kwargs["size"], game.kwargs["komi"], game.kwargs["first"]) == (5, 6.5, "white")
    for colour, points in enumerate((black, white), 1):
        stood = np.flatnonzero(game.template[0].setup == colour)
        assert {game.action_names[point] for point in stood} == set(points.split())


# The commands.


@pytest.fixture
def gamelab(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(line.split())
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


def test_export_and_import_by_command(gamelab):
    replay = played("goban:size=5")
    write_replay("a.replay", replay)
    assert gamelab("replay export a.replay b.sgf") == (0, "b.sgf\n", "")
    assert gamelab("replay import b.sgf") == (0, "b.replay\n", "")
    assert read_replay("b.replay").actions.tolist() == replay.actions.tolist()
    status, _, said = gamelab("replay import b.sgf")
    assert (status, said) == (2, "gamelab: b.replay: is there already; say where to write\n")
    assert gamelab("replay import b.sgf c.replay")[0] == 0
    assert gamelab("replay verify c.replay")[0] == 0
    assert gamelab("replay export b.sgf d.sgf")[0] == 0


def test_what_is_otherwise_in_the_replay_is_told(gamelab, tmp_path):
    (tmp_path / "a.sgf").write_text("(;SZ[5]RU[Japanese]RE[B+3]C[fine];B[cc])")
    status, out, said = gamelab("replay import a.sgf")
    assert (status, out) == (0, "a.replay\n")
    assert said.splitlines() == [
        "a.sgf: Japanese rules count territory; here area is counted",
        "a.sgf: the file says B+3; by its moves the game is not over",
        "a.sgf: left out: 1 comment",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("replay import broken.sgf", "broken.sgf:1:8: the file ends where"),
        ("replay import nothing.sgf", "nothing.sgf: No such file"),
        ("replay import .", ".: Is a directory"),
        ("replay import sound.sgf nowhere/x.replay", "nowhere/x.replay: cannot be written"),
        ("replay export broken.sgf x.gif", "broken.sgf:1:8: the file ends where"),
        ("replay export sound.sgf nowhere/x.sgf", "nowhere/x.sgf: cannot be written"),
    ],
)
def test_bad_input_is_told_in_one_line(gamelab, tmp_path, line, fault):
    (tmp_path / "broken.sgf").write_text("(;B[aa]")
    (tmp_path / "sound.sgf").write_text("(;SZ[5])")
    status, out, said = gamelab(line)
    assert (status, out) == (2, "")
    assert re.fullmatch(f"gamelab: {re.escape(fault)}.*\n", said)
