"""Does an engine play by GTP, and does whatever it does end as it should, in time, with nothing left behind?"""

import errno
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.agent import BrokeDown, Void
from agents.catalog import class_of, is_folder, make_agent
from agents.engine import MAX_ANSWER, Engine, Refused
from agents.gtp import GtpAgent
from arena.match import Played, play
from arena.schedule import Fixture
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import seeded
from envs.view import View
from tests.agents.processes import none_left, until
from tests.arena.scripted import Scripted, first_legal

BAD = Path(__file__).with_name("bad_engine.py")
SPEC = "goban:size=3,komi=0"
SECONDS = 1.0  # to answer
START = 10.0


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile the rules before any clock runs."""
    game = make_game(SPEC)
    play(game, [Fixture(0, 0, ("a", "a"))], {"a": Scripted(game, first_legal)})


def command(fault: str) -> str:
    return shlex.join([sys.executable, "-S", str(BAD), fault])


@pytest.fixture
def left() -> Iterator[Callable[[], list[str]]]:
    with none_left() as processes:
        yield processes


def engine(fault: str, **settings: float) -> GtpAgent:
    limits = {"startup_seconds": START, "move_seconds": SECONDS, "quit_seconds": 0.3}
    return GtpAgent(make_game(SPEC), command=command(fault), **{**limits, **settings})


def played_by(agent: GtpAgent, games: int = 1) -> list[Played]:
    """Let the engine play black against whoever fills the board from the top left, one game after the other."""
    game = make_game(SPEC)
    players = {"engine": agent, "other": Scripted(game, first_legal)}
    fixtures = [Fixture(0, seed, ("engine", "other")) for seed in range(games)]
    return [play(game, [fixture], players)[0] for fixture in fixtures]


FAULTS = [
    ("crash at start", "ended with exit status 1 and said 'cannot find my network'"),
    ("exit", "ended with exit status 3"),
    ("exit 255", "ended with exit status 255"),
    ("crash", "ended with signal SIGSEGV"),
    ("hang", "did not answer 'genmove B' in 1 s"),
    ("half an answer", "did not answer 'genmove B' in 1 s"),
    ("occupied", "made an illegal move: A1 is taken by a"),
    ("off the board", "made the move 'Z99', which is none on this board"),
    ("wrong id", "answered 'genmove B' under the number 15, not 5"),
    ("no id", "answered 'genmove B' under the number none, not 5"),
    ("no mark", "answered 'genmove B' with 'pass'"),
    ("endless line", f"answered 'genmove B' with more than {MAX_ANSWER >> 10} KiB"),
    ("not UTF-8", "answered 'genmove B' with what is not UTF-8"),
    ("answer early", "spoke before it was asked: b'=2 ok"),
    ("greet", "answered 'list_commands' with 'Welcome to my engine!'"),
    ("close stdout", "closed its output and lived on"),
    ("leave a child", "ended with exit status 0"),
    ("leave a child elsewhere", "ended with exit status 0"),
    ("refuse", "refused 'genmove B': I do not want to"),
    ("refuse the board", "refused 'boardsize 3': unacceptable size"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=[fault for fault, _ in FAULTS])
def test_a_bad_engine_forfeits_in_time_and_leaves_nothing(fault, reason, left):
    agent = engine(fault)
    began = time.monotonic()
    [played] = played_by(agent)
    took = time.monotonic() - began
    assert played.reason.startswith(f"forfeit: engine {reason}")
    assert (played.forfeit, played.resigned) == (0, -1)
    assert took < SECONDS + 3
    if not reason.startswith(("refused", "made")):
        assert not left(), "killed at once, not when closed"
    agent.close()


@pytest.mark.parametrize(
    "fault", ["none", "10 MB of stderr", "slow start=1.5", "odd but right", "never quit"]
)
def test_what_is_no_fault_is_borne(fault, left):
    agent = engine(fault, move_seconds=5)
    for played in played_by(agent, games=2):
        assert played.forfeit == -1
        assert [action for [action] in played.actions[::2]] == [9] * len(played.actions[::2])  # passes
    assert left()
    began = time.monotonic()
    agent.close()
    assert time.monotonic() - began < 2


def test_an_engine_that_starts_too_slowly_forfeits(left):
    agent = engine("slow start=30", startup_seconds=0.5)
    [played] = played_by(agent)
    assert played.reason == "forfeit: engine did not answer 'list_commands' in 0.5 s"


def test_to_resign_is_to_lose_without_a_fault(left):
    agent = engine("resign")
    [played] = played_by(agent)
    assert (played.resigned, played.forfeit, played.loser) == (0, -1, 0)
    assert played.reason == "resigned"
    assert len(played.actions) == len(played.decisions) == 2
    agent.close()


def test_after_a_fault_the_next_game_gets_a_fresh_engine(left):
    agent = engine("crash")
    first, second = played_by(agent, games=2)
    assert first.reason == second.reason == "forfeit: engine ended with signal SIGSEGV"
    assert len(first.actions) == len(second.actions) == 2  # its second move is the one that it crashes on
    agent.close()


# Nothing outlives whoever started it.

HOLDER = """
import sys
from agents.agent import BrokeDown
from agents.engine import Engine
engine = Engine(sys.argv[1:], 10)
engine.ask("genmove B", 10)
print("up", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, None])
def test_no_engine_outlives_its_owner(how, left):
    words = [sys.executable, "-S", str(BAD), "never quit"]
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert owner.stdout.readline() == b"up\n"
    assert len(left()) == 3  # owner, leash, engine
    if how is None:
        owner.stdin.close()  # it comes to its end, and never closed the engine
    else:
        owner.send_signal(how)
    owner.wait(10)
    until(lambda: not left())
    owner.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_engine_outlives_its_leash(how, left):
    engine = Engine([sys.executable, "-S", str(BAD), "never quit"], 10)
    engine.ask("genmove B", 10)
    os.kill(engine._process.pid, how)
    until(lambda: not left())
    with pytest.raises(BrokeDown, match="ended with"):
        engine.ask("genmove B", 10)


def test_a_leash_ends_even_where_its_owner_died_before_it_heard_from_it(left):
    """Then the socket breaks instead of closing."""
    mine, held = socket.socketpair()
    words = [sys.executable, str(BAD.parents[2] / "agents/leash.py"), str(held.fileno())]
    leash = subprocess.Popen([*words, sys.executable, "-S", str(BAD), "never quit"], pass_fds=[held.fileno()])
    held.close()
    assert mine.recv(1, socket.MSG_PEEK) == b"0"
    mine.close()
    assert leash.wait(10) == 128 + signal.SIGKILL


def test_an_agent_thrown_away_lets_its_engine_go(left):
    agent = engine("none")
    played_by(agent)
    assert left()
    del agent
    until(lambda: not left())


# Where this machine is at fault.


@pytest.mark.parametrize("fault", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE])
def test_no_room_for_a_process_is_nobodys_fault(fault, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr("agents.engine.subprocess.Popen", refuse)
    with pytest.raises(Void, match=os.strerror(fault)):
        played_by(engine("none"))


@pytest.mark.parametrize(("told", "error"), [(b"11", Void), (b"12", Void), (b"", Void), (b"13", BrokeDown)])
def test_what_the_leash_says_is_understood(told, error, monkeypatch, left, tmp_path):
    """A leash that tells the number of an error, or dies before it can."""
    program = f"import socket, sys\nsocket.socket(fileno=int(sys.argv[1])).sendall({told!r})\n"
    (tmp_path / "leash.py").write_text(program)
    monkeypatch.setattr("agents.engine._LEASH", tmp_path / "leash.py")
    with pytest.raises(error):
        Engine(["anything"], 10)


def test_a_program_that_is_none_is_the_engines_fault(tmp_path, left):
    (tmp_path / "engine").write_bytes(b"\x7fELF, or so it says")
    (tmp_path / "engine").chmod(0o755)
    with pytest.raises(BrokeDown, match="cannot be started: Exec format error"):
        Engine([str(tmp_path / "engine")], 10)


# How it is asked.


def test_an_engine_that_refuses_lives(left):
    engine = Engine([sys.executable, "-S", str(BAD), "refuse the board"], 10)
    with pytest.raises(Refused, match="refused 'boardsize 3': unacceptable size"):
        engine.ask("boardsize 3", 10)
    assert engine.ask("genmove B", 10) == "pass"
    engine.close(1)
    engine.close(1)
    assert not engine.alive


LOG = """
import sys
with open(sys.argv[1], "a") as log:
    for line in sys.stdin:
        number, _, command = line.strip().partition(" ")
        print(command, file=log, flush=True)
        answer = {"list_commands": "set_random_seed\\nclear_cache", "genmove B": "A1", "genmove W": "B2"}
        print(f"={number} {answer.get(command, '')}\\n", flush=True)
"""


@pytest.fixture
def logged(tmp_path, left) -> Callable[[str], tuple[GtpAgent, Callable[[], list[str]]]]:
    """Give a function that makes an agent of an engine that writes down all it is asked."""
    (tmp_path / "log.py").write_text(LOG)

    def make(spec: str) -> tuple[GtpAgent, Callable[[], list[str]]]:
        words = [sys.executable, "-S", str(tmp_path / "log.py"), str(tmp_path / "log")]
        agent = make_agent("gtp:" + shlex.join(words), make_game(spec))
        return agent, lambda: (tmp_path / "log").read_text().splitlines()

    return make


def ask(agent: GtpAgent, states: np.recarray, rng: np.ndarray) -> list[int]:
    observation, mask = agent.task.game.observe(states)
    return agent.act(View(observation[:, 0], mask[:, 0], rng, states)).actions.tolist()


def test_an_engine_is_told_the_game_from_its_beginning_and_then_what_is_new(logged):
    agent, log = logged("goban:size=3,komi=-0.5,setup=..X/O../...,first=white")
    game, rng = agent.task.game, seeded([1])
    states = game.new_states([1])
    assert ask(agent, states, rng) == [game.action_names.index("B2")]
    begun = log()
    assert begun[:5] == ["list_commands", "boardsize 3", "clear_board", "komi -0.5", "clear_cache"]
    assert begun[5].startswith("set_random_seed ")
    assert begun[6:] == ["play B C3", "play W A2", "genmove W"]
    game.step(states, np.array([[4]]))
    game.step(states, np.array([[9]]))
    game.step(states, np.array([[0]]))
    assert ask(agent, states, rng) == [game.action_names.index("A1")]
    assert log()[len(begun) :] == ["play B pass", "play W A3", "genmove B"]
    agent.close()
    assert log()[-1] == "quit"


def test_random_openings_are_told_too(logged):
    agent, log = logged("goban:size=5,opening=3")
    states = agent.task.game.new_states([7])
    ask(agent, states, seeded([1]))
    names = agent.task.game.action_names
    told = [f"play {'BWB'[ply]} {names[move]}" for ply, move in enumerate(states[0].move[:3])]
    assert [line for line in log() if line.startswith("play")] == told
    agent.close()


def test_another_game_begins_anew_with_a_seed_of_its_own(logged):
    agent, log = logged("goban:size=3")
    game = agent.task.game
    states, rng = game.new_states([1, 2]), seeded([1, 2])
    game.step(states, np.array([[3], [5]]))
    ask(agent, states, rng)
    seeds = [line for line in log() if line.startswith("set_random_seed")]
    assert len(set(seeds)) == 2
    assert log().count("clear_board") == 2
    before = log()
    ask(agent, states[:1], seeded([1]))
    assert log()[len(before) :] == [line for line in before[1:6] if line not in seeds[1:]] + before[6:8]
    agent.close()


def test_of_a_game_in_which_it_failed_an_engine_is_told_all_again(logged):
    agent, log = logged("goban:size=3")
    game, rng = agent.task.game, seeded([1])
    states = game.new_states([1])
    ask(agent, states, rng)
    game.step(states, np.array([[game.action_names.index("A1")]]))
    game.step(states, np.array([[game.action_names.index("C3")]]))
    for times in (1, 2):
        with pytest.raises(BrokeDown, match="made an illegal move: A1 is taken by a black stone"):
            ask(agent, states, rng)
        assert log().count("clear_board") == times
    assert log()[-3:] == ["play B A1", "play W C3", "genmove B"]
    agent.close()


# What is refused.


@pytest.mark.parametrize("spec", ["gridworld:level=cliff", "goban:rules=capture"])
def test_only_go_with_area_scoring_is_for_engines(spec):
    with pytest.raises(BadInput, match=r"^gtp: g.* is no goban with rules=area"):
        make_agent(f"gtp:{command('none')}", make_game(spec))


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("gtp", "gtp: say which program, as in gtp:gnugo"),
        ("gtp:  ", "gtp: say which program"),
        ("gtp:no-such-engine --level 1", "gtp: no-such-engine: no such program is installed"),
        ("gtp:/no/such/engine", "gtp: /no/such/engine: no such program"),
        ("gtp:/etc/passwd", "gtp: /etc/passwd: no such program"),
        ("gtp:'engine", "gtp: 'engine: no closing quotation"),
    ],
)
def test_a_command_that_is_none_is_told_in_one_line(spec, fault):
    with pytest.raises(BadInput, match=f"^{fault}"):
        make_agent(spec, make_game(SPEC))


def test_all_after_the_colon_is_the_command(tmp_path):
    script = tmp_path / "an engine,level=1:x"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    spec = f"gtp:{shlex.quote(str(script))} --rules 'a b',c=d"
    assert not is_folder(spec)
    assert class_of(spec) is GtpAgent
    assert make_agent(spec, make_game(SPEC))._command == [str(script), "--rules", "a b,c=d"]


def test_no_shell_reads_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    agent = make_agent(f"gtp:{sys.executable} -c 'import sys' $HOME `id` > out; touch out", make_game(SPEC))
    with pytest.raises(BadInput, match="ended with exit status 0"):
        agent.ready()
    assert list(tmp_path.iterdir()) == []


def test_before_play_an_engine_is_tried(left):
    engine("none").ready()
    for fault, reason in (FAULTS[0], FAULTS[-1]):
        with pytest.raises(BadInput) as refusal:
            engine(fault).ready()
        assert str(refusal.value) == f"gtp: {command(fault)}: {reason}"
    until(lambda: not left())
