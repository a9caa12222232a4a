"""Is an agent behind GTP an engine that any Go program can load?"""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.agent import Agent, BrokeDown, Resigned
from agents.catalog import AGENTS, make_agent
from agents.engine import Engine, Refused
from arena.cli import main
from arena.gtp_analysis import kata, leela
from arena.gtp_board import handicap_points
from arena.gtp_server import Server
from arena.match import play
from arena.schedule import Fixture, level_seeds
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.goban.state import stones
from envs.view import Decision, View

NOISY = """
from agents.random import RandomAgent
act = RandomAgent.act
RandomAgent.act = lambda *given: (print("thinking"), act(*given))[1]
from arena.cli import main
main()
"""
ANSWER = re.compile(r"[=?]\d* ?[^\n]*(\n[^\n]+)*\n\n")


class Programmed(Agent):
    """An agent to be entered by name, that passes."""

    name = "programmed"
    about = "what a test wants"

    def act(self, view: View) -> Decision:
        return Decision(np.array([view.mask.shape[1] - 1]))


@pytest.fixture(autouse=True)
def programmed(monkeypatch) -> None:
    monkeypatch.setitem(AGENTS, "programmed", f"{__name__}:Programmed")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])


@pytest.fixture
def acts(monkeypatch) -> Callable[[object], None]:
    """Give a function that says what the agent does: a decision, an exception, or a function of the view."""

    def does(what: object) -> None:
        def act(self: Agent, view: View) -> Decision:
            if isinstance(what, Exception):
                raise what
            return what(view) if callable(what) else what

        monkeypatch.setattr(Programmed, "act", act)

    return does


def talk(server: Server, *commands: str) -> list[str]:
    """Ask one thing after the other; return the answers, those of success without their mark."""
    answers = []
    for command in commands:
        answer = server.respond(command)
        assert ANSWER.fullmatch(answer), answer
        answers.append(answer.rstrip() if answer.startswith("?") else answer[2:].rstrip())
    return answers


@pytest.fixture
def server() -> Server:
    return Server("programmed", size=5, komi=0.5)


# The protocol.


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("protocol_version", "= 2\n\n"),
        ("7 protocol_version", "=7 2\n\n"),
        ("007 protocol_version", "=007 2\n\n"),
        ("  7   protocol_version  ", "=7 2\n\n"),
        ("\t7\tprotocol_version\r\n", "=7 2\n\n"),
        ("7 pro\x00to\x07col_version\x7f", "=7 2\n\n"),
        ("protocol_version # what else", "= 2\n\n"),
        ("# nothing but this", ""),
        ("", ""),
        (" \t\r\n", ""),
        ("7", "?7 unknown command\n\n"),
        ("Protocol_Version", "? unknown command\n\n"),
        ("7 nonsense", "?7 unknown command\n\n"),
        ("-7 quit", "? unknown command\n\n"),
        ("known_command play", "= true\n\n"),
        ("known_command nonsense", "= false\n\n"),
        ("known_command", "= false\n\n"),
        ("play", "? syntax error\n\n"),
        ("play green A1", "? syntax error\n\n"),
        ("play b I1", "? syntax error\n\n"),
        ("play b A6", "? syntax error\n\n"),
        ("play b", "? syntax error\n\n"),
        ("genmove", "? syntax error\n\n"),
        ("komi none", "? syntax error\n\n"),
        ("komi nan", "? goban: komi=nan is not a whole or half number from -361 to 361\n\n"),
        ("boardsize five", "? syntax error\n\n"),
        ("boardsize 1", "? unacceptable size\n\n"),
        ("boardsize 20", "? unacceptable size\n\n"),
        ("boardsize 99999999999999999999", "? syntax error\n\n"),
        ("undo", "? cannot undo\n\n"),
        ("time_settings 60 10 1", "= \n\n"),
        ("time_settings 60", "? syntax error\n\n"),
        ("time_left w 5 0", "= \n\n"),
        ("loadsgf /no/such/file.sgf", "? cannot load file: /no/such/file.sgf: No such file or directory\n\n"),
        ("final_status_list rotten", "? syntax error\n\n"),
    ],
)
def test_a_line_has_its_answer(server, line, answer):
    assert server.respond(line) == answer


REQUIRED = """protocol_version name version known_command list_commands quit boardsize clear_board komi play genmove"""


def test_all_required_commands_are_there(server):
    [listed] = talk(server, "list_commands")
    assert set(REQUIRED.split()) <= set(listed.split("\n"))
    assert len(set(listed.split("\n"))) == len(listed.split("\n"))
    for name in listed.split("\n"):
        assert talk(server, f"known_command {name}") == ["true"]


WORDS = st.sampled_from(["1", "-3", "b", "W", "A1", "c3", "pass", "Z9", "#", "nan", "alive", "9" * 30, "é"])


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(0, 24), st.lists(WORDS, max_size=4)), max_size=30))
@settings(max_examples=25)
def test_whatever_is_asked_gets_one_answer(lines):
    server = Server("random", size=3)
    commands = [name for name in server._commands if name != "boardsize"]  # each size is compiled anew
    for prefix, which, words in lines:
        line = " ".join([*prefix.splitlines(), commands[which % len(commands)], *words])
        answer = server.respond(line)
        assert not answer or ANSWER.fullmatch(answer), (line, answer)


def test_reading_ends_with_quit_or_with_the_input(server):
    answers = io.BytesIO()
    server.serve(io.BytesIO(b"1 name\n\n2 quit\n3 name\n"), answers)
    assert answers.getvalue() == b"=1 gamelab programmed\n\n=2 \n\n"
    answers = io.BytesIO()
    Server("programmed").serve(io.BytesIO(b"\xff\xfe\n1 " + b"x" * 300_000 + b"\n2 komi 1"), answers)
    assert answers.getvalue() == b"? unknown command\n\n?1 unknown command\n\n=2 \n\n"


# The game.


def test_moves_go_on_the_board_and_illegal_ones_do_not(server):
    answers = talk(server, "play b B1", "play w A1", "play BLACK a2", "play w A1", "play w pass", "showboard")
    assert answers[:5] == ["", "", "", "? illegal move", ""]
    assert (
        answers[5].splitlines()[-4:]
        == [
            "2 X . . . . 2",
            " 1 . X . . . 1",
            "   A B C D E",
            "Black has captured 1, White 0; komi 0.5; Black to move",
        ]
        or answers[5].splitlines()[-4].strip() == "2 X . . . . 2"
    )


def test_one_colour_can_move_as_often_as_it_likes(server):
    assert talk(server, "play w C3", "play w D3", "play w pass", "play w pass", "play w B3") == [""] * 5
    assert talk(server, "genmove w", "genmove w", "genmove b", "play b C2") == ["pass"] * 3 + [""]
    board = server._board.state
    again = make_game("goban:size=5").new_states([0])
    for move in board[0].move[
        : board[0].ply
    ]:  # what an agent is shown is a game by the rules, passes included
        again.status = 0
        server._board.game.step(again, np.array([[move]]))
    assert np.array_equal(stones(again), stones(board))
    assert talk(server, "final_score")[0].startswith("W+")


def test_to_be_passed_over_is_no_pass(server, acts):
    """Else an agent could end the game by one pass of its own, against nobody's will."""
    seen = []
    acts(lambda view: seen.append(int(view.states.passes[0])) or Decision(view.mask.argmax(axis=1)))
    talk(server, "play b C3", "genmove b", "genmove b", "play w pass", "genmove b")
    assert seen == [0, 0, 1]


def test_ko_is_kept_even_where_somebody_was_passed_over(server):
    for move in ("b B1", "b A2", "b B3", "w C1", "w D2", "w C3", "w B2", "b C2"):
        assert talk(server, f"play {move}") == [""]  # the last one takes B2
    assert talk(server, "play w B2") == ["? illegal move"]
    assert talk(server, "play w E5", "play b E1", "play w B2") == ["", "", ""]
    assert talk(server, "undo", "undo", "undo", "play w B2") == ["", "", "", "? illegal move"]


def test_after_two_passes_everything_still_answers(server):
    assert talk(server, "play b C3", "play w pass", "play b pass") == ["", "", ""]
    assert talk(server, "final_score", "genmove w", "play b C3", "play b D3") == [
        "B+24.5",
        "pass",
        "? illegal move",
        "",
    ]
    assert talk(server, "undo", "undo", "undo", "undo", "undo", "undo") == [
        "",
        "",
        "",
        "",
        "",
        "? cannot undo",
    ]


def test_no_game_is_too_long(server):
    for _ in range(100):  # a record of 5x5 has room for 64 plies
        assert talk(server, "play b pass", "play w pass") == ["", ""]
    assert talk(server, "play b C3", "genmove w", "final_score") == ["", "pass", "B+24.5"]


def test_komi_and_size_change(server):
    assert talk(server, "play b C3", "komi 30", "final_score", "undo", "final_score") == [
        "", "", "W+5", "", "W+30",
    ]  # fmt: skip
    assert talk(server, "boardsize 3", "final_score", "play b A4") == ["", "W+30", "? syntax error"]
    assert talk(server, "play b B2", "clear_board", "final_score") == ["", "", "W+30"]
    assert talk(server, "komi 0", "final_score") == ["", "0"]


def test_another_size_is_for_another_agent_and_the_old_one_is_closed(server, monkeypatch):
    closed = []
    monkeypatch.setattr(Programmed, "close", lambda self: closed.append(self.task.game.kwargs["size"]))
    talk(server, "boardsize 5", "clear_board", "boardsize 3")
    assert closed == [5]
    server.serve(io.BytesIO(b""), io.BytesIO())
    assert closed == [5, 3]


def test_an_agent_that_cannot_play_a_size_keeps_its_own(server, monkeypatch):
    def picky(self: Agent, env: object, **more: object) -> None:
        Agent.__init__(self, env, **more)
        if self.task.game.kwargs["size"] != 5:
            raise BadInput("programmed: 5x5 only")

    monkeypatch.setattr(Programmed, "__init__", picky)
    assert talk(server, "play b C3", "boardsize 3", "genmove w") == ["", "? unacceptable size", "pass"]
    with pytest.raises(BadInput, match="5x5 only"):
        Server("programmed", size=3)


@pytest.mark.parametrize(
    ("what", "answers"),
    [
        (Resigned(), ["resign", "resign", "play resign"]),
        (BrokeDown("did not answer in 3 s"), ["? programmed did not answer in 3 s"] * 3),
        (RuntimeError("out\n\nof order"), ["? RuntimeError: out\nof order"] * 3),
        (Decision(np.array([20])), ["? programmed chose the illegal move 20", "A1"]),
        (Decision(np.array([99])), ["? IndexError: tuple index out of range"] * 2),
        (None, ["? AttributeError: 'object' object has no attribute 'actions'"] * 3),
    ],
)
def test_an_agent_that_fails_or_gives_up_is_answered_for(server, acts, what, answers):
    acts(what or (lambda view: object()))
    talk(server, "play w A1")
    found = talk(server, "genmove b", "reg_genmove b", "lz-genmove_analyze b 50")
    assert found[: len(answers)] == answers


def test_moves_are_chosen_without_being_made(server):
    before = talk(server, "showboard")
    assert talk(server, "reg_genmove b") == ["pass"]
    assert talk(server, "showboard") == before


def test_status_is_that_of_the_board_as_it_stands(server):
    talk(server, "play b A1", "play b A2", "play b E5", "play w C3")
    [alive, dead, seki] = talk(
        server, "final_status_list alive", "final_status_list dead", "final_status_list seki"
    )
    assert sorted(sorted(line.split()) for line in alive.split("\n")) == [["A1", "A2"], ["C3"], ["E5"]]
    assert dead == seki == ""


def test_one_seed_is_one_game():
    def moves(seed: int) -> list[str]:
        server = Server("random", size=5, seed=seed)
        return talk(server, *["genmove b", "genmove w"] * 5)

    assert moves(1) == moves(1) != moves(2)
    server = Server("random", size=5, seed=2)
    assert talk(server, "set_random_seed 1", *["genmove b", "genmove w"] * 5)[1:] == moves(1)


# Handicaps.


def test_handicap_stones_are_black_and_white_is_to_move(server):
    assert talk(server, "fixed_handicap 2", "boardsize 9", "fixed_handicap 2") == [
        "? invalid number of stones",
        "",
        "C3 G7",
    ]
    assert talk(server, "fixed_handicap 2", "final_score") == ["? board not empty", "B+80.5"]
    assert "White to move" in talk(server, "showboard")[0]
    assert talk(server, "clear_board", "place_free_handicap 40")[1].split()[-1] == "E5"
    assert talk(server, "clear_board", "set_free_handicap A1 b2 J9", "genmove w") == ["", "", "pass"]
    assert talk(server, "clear_board", "set_free_handicap A1", "set_free_handicap A1 A1") == [
        "",
        "? bad vertex list",
        "? bad vertex list",
    ]
    assert talk(server, "set_free_handicap A1 pass", "set_free_handicap A1 Z1") == [
        "? bad vertex list",
        "? syntax error",
    ]


def gnugo(*options: str) -> Engine:
    program = shutil.which("gnugo", path=os.environ["PATH"] + os.pathsep + "/usr/games")
    return Engine([program, "--mode", "gtp", "--chinese-rules", "--positional-superko", *options], 30)


@pytest.mark.needs_gnugo
def test_gnugo_has_the_same_table_of_handicaps():
    engine = gnugo()
    for size in {*range(5, 20)} - {12}:  # there the text says third line, and GNU Go plays on the fourth
        names = make_game(f"goban:size={size}").action_names
        for count in range(11):
            engine.ask(f"boardsize {size}", 30)
            engine.ask("clear_board", 30)
            try:
                theirs: list[str] | None = engine.ask(f"fixed_handicap {count}", 30).split()
            except Refused:
                theirs = None
            try:
                ours: list[str] | None = [names[point] for point in handicap_points(size, count)]
            except BadInput:
                ours = None
            assert (theirs and set(theirs)) == (ours and set(ours)), (size, count)
    engine.close(2)


# Files.


def test_a_game_is_taken_from_a_file(server, tmp_path):
    path = tmp_path / "a game.sgf"
    path.write_text("(;GM[1]FF[4]SZ[3]KM[1.5];B[bb];W[aa];B[ab];W[];B[])")
    assert talk(server, f"loadsgf {path}", "final_score", "undo", "undo", "undo", "showboard")[1] == "W+0.5"
    assert talk(server, f"loadsgf {path} 3", "final_score", "play b A2", "undo", "undo", "undo", "undo") == [
        "", "W+1.5", "", "", "", "", "? cannot undo",
    ]  # fmt: skip
    path.write_text("(;GM[1]FF[4]SZ[3]KM[1.5];B[bb];W[bb])")
    assert talk(server, f"loadsgf {path}", "final_score")[0].startswith("? cannot load file: ")


# What it thinks.


def test_what_an_agent_thinks_is_told_as_leela_zero_does():
    decision = Decision(
        np.array([2]),
        value=np.array([0.5]),
        policy=np.array([[0.1, 0.0, 0.65, 0.25]]),
        q=np.array([[-1.0, np.nan, 0.5, 0.0]]),
        visits=np.array([[10, 0, 65, 25]]),
        line=np.array([[2, 0, -1]]),
    )
    assert leela(decision, ["A1", "B1", "C1", "pass"]) == (
        "info move C1 visits 65 winrate 7500 prior 6500 order 0 pv C1 A1"
        " info move pass visits 25 winrate 5000 prior 2500 order 1 pv pass"
        " info move A1 visits 10 winrate 0 prior 1000 order 2 pv A1"
    )
    assert leela(Decision(np.array([1])), ["A1", "B1"]) == "info move B1 visits 1 order 0 pv B1"
    only_value = Decision(np.array([1]), value=np.array([-0.2]))
    assert leela(only_value, ["A1", "B1"]) == "info move B1 visits 1 winrate 4000 order 0 pv B1"


def test_what_an_agent_thinks_is_told_as_katago_does():
    decision = Decision(
        np.array([2]),
        policy=np.array([[0.1, 0.2, 0.7]]),
        q=np.array([[np.nan, -0.5, 0.5]]),
        visits=np.array([[0, 25, 75]]),
        line=np.array([[2, 1, -1]]),
        lead=np.array([[np.nan, -3.25, 1.5]]),
        owner=np.array([[1.0, -0.25, np.nan]]),
    )
    moves = (
        "info move pass visits 75 winrate 0.750000 prior 0.700000 scoreMean 1.500 scoreLead 1.500 order 0 pv pass B1"
        " info move B1 visits 25 winrate 0.250000 prior 0.200000 scoreMean -3.250 scoreLead -3.250 order 1 pv B1"
    )
    names = ["A1", "B1", "pass"]
    assert kata(decision, names, ownership=False) == moves
    assert kata(decision, names, ownership=True) == f"{moves} ownership 1.0000 -0.2500"
    assert kata(Decision(np.array([1])), names, ownership=True) == "info move B1 visits 1 order 0 pv B1"


def test_ownership_is_told_to_who_asks_for_it(server, acts):
    acts(lambda view: Decision(np.array([25]), owner=np.append(np.linspace(1, -1, 25), np.nan)[None]))
    plain, whose, other, moved = talk(
        server, "kata-analyze 10", "kata-analyze b 10 ownership true", "kata-analyze ownership false",
        "kata-genmove_analyze b 10 ownership true",
    )  # fmt: skip
    assert plain == other == "info move pass visits 1 order 0 pv pass"
    assert [float(word) for word in whose.split("ownership")[1].split()] == pytest.approx(
        np.linspace(1, -1, 25), abs=1e-4
    )
    assert moved.splitlines() == [whose, "play pass"]


def test_analysis_moves_nothing_and_genmove_analysis_does(server):
    assert talk(server, "lz-analyze 10", "lz-analyze b interval 10", "lz-analyze", "play w A1", "lz-analyze b") == [
        *["info move pass visits 1 order 0 pv pass"] * 3, "", "info move pass visits 1 order 0 pv pass",
    ]  # fmt: skip
    [said] = talk(server, "lz-genmove_analyze b 10")
    assert said.splitlines() == ["info move pass visits 1 order 0 pv pass", "play pass"]
    assert server._board.state[0].move[: server._board.state[0].ply].tolist()[-1] == 25


# The real thing.


@pytest.fixture
def process() -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(
        [sys.executable, "-c", NOISY, "gtp", "random", "--size", "5", "--komi", "0.5", "--seed", "3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        with suppress(BrokenPipeError):
            stream.close()


def test_the_command_speaks_gtp_and_nothing_else(process):
    said, complaints = process.communicate(b"1 name\n2 genmove b\n3 quit\n", timeout=60)
    assert re.fullmatch(rb"=1 gamelab random\n\n=2 [A-E][1-5]\n\n=3 \n\n", said)
    assert (process.returncode, complaints) == (0, b"thinking\n")


def test_the_command_ends_quietly_with_its_controller(process):
    process.stdin.write(b"name\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"= gamelab random\n"
    process.stdout.close()
    process.stdin.write(b"name\nname\n")
    process.stdin.flush()
    assert process.wait(30) == 0
    assert process.stderr.read() == b""


def test_ctrl_c_leaves_no_traceback(process):
    process.stdin.write(b"name\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["random", "--size", "99"], "goban: size=99"),
        (["randm"], "unknown agent 'randm'"),
        (["gtp:no-such-engine"], "no-such-engine: no such program"),
        (["random", "--komi", "0.3"], "goban: komi=0.3"),
    ],
)
def test_what_is_wrong_is_said_before_the_first_command(words, fault, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["gtp", *words])
    said = capsys.readouterr()
    assert said.out == ""
    assert fault in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.needs_gnugo
@pytest.mark.parametrize("seed", range(3))
def test_gnugo_takes_the_same_moves_in_any_order_of_colours(server, seed):
    engine, rng = gnugo(), np.random.default_rng(seed)
    engine.ask("boardsize 5", 30)
    names, refused = make_game("goban:size=5").action_names, 0
    for ply in range(150):
        colour = "bw"[ply % 2] if rng.random() < 0.8 else rng.choice(["b", "w"])
        move = f"play {colour} {rng.choice(names)}"
        try:
            theirs = engine.ask(move, 30)
        except Refused:
            theirs, refused = "? illegal move", refused + 1
        assert talk(server, move) == [theirs], (ply, move)
    stones = {name for row in talk(server, "final_status_list alive") for name in row.split()}
    assert stones == {name for c in ("black", "white") for name in engine.ask(f"list_stones {c}", 30).split()}
    assert 20 < refused < 130
    engine.close(2)


@pytest.mark.needs_gnugo
def test_our_engine_plays_gnugo_through_our_client():
    game = make_game("goban:size=5,komi=6.5")
    ours = f"gtp:{sys.executable} -c 'from arena.cli import main; main()' gtp random --size 9"
    theirs = "gtp:gnugo --mode gtp --chinese-rules --positional-superko --never-resign --capture-all-dead --level 1"
    agents = {"ours": make_agent(ours, game), "theirs": make_agent(theirs, game)}
    for seats in (("ours", "theirs"), ("theirs", "ours")):
        [played] = play(game, [Fixture(0, level_seeds(1, 1)[0], seats)], agents)
        assert (played.reason, played.forfeit) == ("two passes", -1)
        assert (played.scores[0] > 0) == (seats[0] == "theirs")
    for agent in agents.values():
        agent.close()
