"""Does the command line do what its help says, and say in one line what it cannot do?"""

import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.catalog import load_agent
from agents.q_learning import QLearning
from arena.cli import app, main
from arena.doctor import Finding
from envs.catalog import make_game
from replays.replay import Seat, read_replay, record, write_replay
from replays.sgf.writing import save_sgf

CORRIDOR = "gridworld:level=corridor"
COMMAND = [sys.executable, "-c", "from arena.cli import main; main()"]


class Said(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def gamelab(capsys) -> Callable[..., Said]:
    """Give a function that runs the command line in this process."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def furnished(tmp_path_factory) -> Path:
    """Make a folder with all that the examples of the help speak of."""
    folder = tmp_path_factory.mktemp("furnished")
    QLearning("gridworld:level=cliff", seed=1).learn(500).save(folder / "runs/cliff-q")
    QLearning("gridworld:level=apple_world", seed=1).learn(500).save(folder / "runs/apples")
    (folder / "cup.yml").write_text(
        f"env: {CORRIDOR}\nagents: [random, value_iteration]\npairs: 2\nout: runs/autumn\n"
    )
    before = Path.cwd()
    os.chdir(folder)
    try:
        with pytest.raises(SystemExit, match="0"):
            main(
                [
                    "match",
                    "random",
                    "value_iteration",
                    "--env",
                    CORRIDOR,
                    "--pairs",
                    "2",
                    "--out",
                    "runs/cup",
                    "--json",
                ]
            )
    finally:
        os.chdir(before)
    shutil.copy(min(folder.glob("runs/cup/replays/*")), folder / "best.replay")
    game = record(make_game("goban:size=5"), 1, [Seat("Ann"), Seat("Bob")], [[12], [25], [25]])
    write_replay(folder / "game.replay", game)
    save_sgf(game, folder / "game.sgf")
    (folder / "runs/race/replays").mkdir(parents=True)
    for name, plies in (("run", 20), ("slower", 9)):
        run = record(make_game("platformer"), 1, [Seat(name)], [[1]] * plies)
        write_replay(folder / f"{name}.replay", run)
        write_replay(folder / f"runs/race/replays/{name}.replay", run)
    return folder


@pytest.fixture
def here(furnished, tmp_path, monkeypatch) -> Path:
    """Work in a copy of it, on a machine without a screen."""
    shutil.copytree(furnished, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    for variable in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "here"


# The help.


def commands(group: typer.Typer = app) -> Iterator[tuple[str, Callable]]:
    for command in group.registered_commands:
        yield command.name or command.callback.__name__, command.callback
    for inner in group.registered_groups:
        yield from ((f"{inner.name} {name}", callback) for name, callback in commands(inner.typer_instance))


COMMANDS = dict(commands())
EXAMPLES = [found for run in COMMANDS.values() for found in re.findall(r"`(gamelab [^`]+)`", run.__doc__)]
OPENS_A_WINDOW = re.compile(r"gamelab (play|replay watch|watch (?!.*--record))")


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("width", [80, 120])
def test_every_command_has_help_that_fits_and_an_example(gamelab, monkeypatch, name, width):
    monkeypatch.setenv("COLUMNS", str(width))
    said = gamelab(*name.split(), "--help")
    assert (said.status, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= width
    assert any(example.startswith(f"gamelab {name}") for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_help_work(gamelab, here, example):
    for option, small in (("steps", 300), ("episodes", 3), ("pairs", 1)):
        example = re.sub(rf"--{option} \d+", f"--{option} {small}", example)
    if out := re.search(r"--out (\S+)", example):
        shutil.rmtree(out[1], ignore_errors=True)
    if example.startswith(("gamelab demo", "gamelab gtp")):
        return  # the one takes a minute, and the other its commands from standard input: test_gtp_server.py
    said = gamelab(*shlex.split(example)[1:])
    if OPENS_A_WINDOW.match(example):
        assert said.status == 2
        assert "no screen here" in said.err
    else:
        assert said.status == 0, said.err
        assert said.out.strip()


@pytest.mark.parametrize("arguments", [[], ["replay"]])
def test_without_a_command_there_is_help_and_nothing_more(gamelab, arguments):
    said = gamelab(*arguments)
    assert "Usage: gamelab" in said.out + said.err
    assert not [line for line in said.err.splitlines() if line.startswith(("gamelab:", "Try:"))]


# What is wrong is said in one line, with exit status 2.

WRONG = [
    ("evaluat", "No such command 'evaluat'"),
    ("envs --jsn", "No such option: --jsn"),
    ("envs extra", "unexpected extra argument"),
    ("train", "Missing argument"),
    ("train q_lerning corridor", "Did you mean 'q_learning'"),
    ("train random gridworld", "random does not learn. Known: q_learning"),
    ("train q_learning gridwrld", "unknown environment 'gridwrld'. Did you mean 'gridworld'"),
    ("train q_learning gridworld:level=clif", "Did you mean 'cliff'"),
    ("train q_learning gridworld:lvl=cliff", "unknown key 'lvl'. Did you mean 'level'"),
    ("train q_learning gridworld:level=cliff,slip=2", "slip: 2 is not between 0 and 1"),
    ("train q_learning gridworld:level", "'level' is not of the form key=value"),
    ("train q_learning gridworld:obs=grid", "a table needs Discrete ones"),
    ("train q_learning gridworld:level=orchard,foragers=2", "one forager"),
    ("train q_learning CartPole-v1", "a table needs Discrete ones"),
    ("train q_learning os:system", "'system' is not of the form key=value"),
    ("train q_learning os:name=1", "unknown environment 'os'"),
    ("train q_learning {corridor} -p gama=1", "unknown setting 'gama'. Did you mean 'gamma'"),
    ("train q_learning {corridor} -p gamma=2", "gamma=2.0 is not between 0 and 1"),
    ("train q_learning {corridor} -p gamma=much", "gamma='much' is not of type float"),
    ("train q_learning {corridor} -p gamma", "'gamma' is not of the form key=value"),
    ("train q_learning {corridor} -p gamma=1,double=true", "one setting each"),
    ("train q_learning {corridor} -p seed=1", "unknown setting 'seed'"),
    ("train q_learning {corridor} -p env=x", "unknown setting 'env'"),
    ("train q_learning {corridor} --steps 0", "--steps"),
    ("train q_learning {corridor} --steps many", "--steps"),
    ("train q_learning {corridor} --steps 1e30", "--steps"),
    ("train q_learning {corridor} --seed -1", "--seed -1: not a whole number from 0"),
    (f"train q_learning {{corridor}} --seed {10**30}", f"--seed {10**30}: not a whole number from 0"),
    (
        "train q_learning {corridor} --out runs/cliff-q",
        "holds an agent already; name another folder, or add --overwrite",
    ),
    ("train q_learning {corridor} --out cup.yml", "cup.yml: cannot be written"),
    ("train q_learning {corridor} --out cup.yml/x", "cup.yml/x: cannot be written"),
    ("evaluate", "Missing argument"),
    ("evaluate random", "name the environment"),
    ("evaluate runs/nobody", "runs/nobody: no such folder"),
    ("evaluate cup.yml/x", "no such folder"),
    ("evaluate ./cup.yml", "no such folder"),
    ("evaluate runs", "runs/agent.json: No such file"),
    ("evaluate runs/cliff-q --env {corridor}", "this environment needs"),
    ("evaluate randm --env {corridor}", "unknown agent 'randm'. Did you mean 'random'"),
    ("evaluate q_learning --env {corridor}", "q_learning has to learn first"),
    (
        "evaluate random --env gridworld:level=orchard,foragers=99,obs=grid",
        "foragers=99 is not a whole number from 1",
    ),
    ("evaluate random --env Pendulum-v1", "it needs"),
    ("evaluate runs/cliff-q runs/apples", "runs/cliff-q on gridworld:level=cliff, runs/apples on"),
    ("evaluate runs/cliff-q runs/cliff-q", "'runs/cliff-q' is named twice"),
    ("evaluate runs/cliff-q --greedy", "runs/cliff-q: q_learning: unknown setting 'greedy'"),
    ("evaluate random --sampled --env {corridor}", "random: unknown setting 'greedy'"),
    ("evaluate runs/cliff-q:gama=1", "unknown setting 'gama'. Did you mean 'gamma'"),
    ("evaluate random --env {corridor} --episodes 0", "--episodes"),
    (f"evaluate random --env {{corridor}} --episodes {10**12}", "--episodes"),
    (f"evaluate random --env {{corridor}} --seed {10**30}", "--seed"),
    ("evaluate {long} --env {corridor}", "unknown agent"),
    ("evaluate {long}/x", "no such folder"),
    ("evaluate random --env gridworld:level={long}", "no level or file 'x"),
    ("evaluate random --env gridworld:level=cup.yml", "no map after the settings"),
    ("evaluate random --env gridworld:level=runs", "no level or file 'runs'"),
    ("match random", "Missing argument"),
    ("match random value_iteration", "Missing option '--env'"),
    ("match random random --env {corridor}", "'random' is entered twice"),
    ("match random nobody --env {corridor}", "unknown agent 'nobody'"),
    ("match random value_iteration --env FrozenLake-v1", "unknown game 'FrozenLake-v1'"),
    ("match random value_iteration --env {corridor} --out runs/cup", "holds a tournament already"),
    ("match random value_iteration --env {corridor} --out runs/cliff-q", "is not empty; name a new folder"),
    ("match random value_iteration --env {corridor} --out cup.yml", "cup.yml: cannot be written"),
    ("match random value_iteration --env {corridor} --workers 0", "--workers"),
    (f"match random value_iteration --env {{corridor}} --workers {10**6}", "--workers"),
    ("match random value_iteration --env {corridor} --pairs -1", "--pairs"),
    (f"match random value_iteration --env {{corridor}} --pairs {10**12}", "games are too many"),
    (f"match random value_iteration --env {{corridor}} --seed {10**30}", "--seed"),
    ("tournament", "tournament: 'env' is missing; give --env"),
    ("tournament --env {corridor}", "'agents' is missing; give --agents"),
    ("tournament --env {corridor} --agents", "'agents' is missing; give --agents"),
    ("tournament --env {corridor} --agents random", "agents: "),
    (f"tournament --env {{corridor}} --agents random value_iteration --pairs {10**12}", "pairs: "),
    ("tournament nothing.yml", "nothing.yml: No such file"),
    ("tournament runs", "runs: Is a directory"),
    ("tournament best.replay", "best.replay: not UTF-8 text"),
    ("tournament --resume runs", "runs: no tournament here"),
    ("tournament --resume runs/cup --pairs 3", "leave out all but --workers, --json"),
    ("tournament cup.yml --resume runs/cup", "leave out all but --workers, --json"),
    ("standings", "Missing argument"),
    ("standings runs/nothing", "runs/nothing: no tournament here"),
    ("standings cup.yml", "cup.yml: no tournament here"),
    ("replay verify nothing.replay", "nothing.replay: No such file"),
    ("replay verify cup.yml", "cup.yml: not a gamelab replay"),
    ("replay verify runs/cliff-q", "no replays in this folder"),
    ("replay export cup.yml out.gif", "cup.yml: not a gamelab replay"),
    ("replay export best.replay out.doc", "out.doc: a replay can be exported to .gif, .png or .mp4"),
    ("replay export best.replay nowhere/out.gif", "nowhere/out.gif: cannot be written"),
    (
        "replay export best.replay out.gif --ghosts",
        "best.replay: no other replay in its folder is of the same",
    ),
    ("replay export run.replay out.gif --ghost best.replay", "best.replay: another game, level or seed"),
    ("replay export run.replay out.gif --ghost nothing.replay", "nothing.replay: No such file"),
    ("replay export best.replay out.gif --ghost best.replay", "has no picture of ghosts"),
    ("replay export game.replay game.sgf --ghost game.replay", "has no picture of ghosts"),
    ("replay export run.replay run.sgf --ghosts", "run.sgf: SGF has no ghosts"),
    ("replay watch run.replay --ghost game.replay", "game.replay: another game, level or seed"),
    ("replay map runs/race out.gif", "out.gif: a map is a .png"),
    ("replay map runs/cliff-q out.png", "runs/cliff-q: no replays there"),
    ("replay map best.replay out.png", "gridworld has no picture of where games ended"),
    ("replay map runs/race out.png --seed 5", "--seed 5: no replay of that seed; there are 1"),
    ("replay map runs/race nowhere/out.png", "nowhere/out.png: cannot be written"),
    ("replay map out.png", "Missing argument"),
    ("replay watch nothing.replay", "nothing.replay: No such file"),
    ("replay import cup.yml", "cup.yml:1:1: no game here"),
    ("replay import game.sgf", "game.replay: is there already"),
    ("replay export best.replay best.sgf", "only goban with rules=area"),
    ("watch random", "name the environment"),
    ("watch runs/nobody", "no such folder"),
    ("watch random --env FrozenLake-v1", "only games of the lab can be watched"),
    ("watch random --env {corridor} --record out.doc", "out.doc"),
    ("watch certificate --env platformer:levels=7777777 --record out.replay", "certificate"),
    ("play gridworld:level=orchard,foragers=2,obs=grid", "say who plays the others"),
    ("play {corridor} --against random", "has one seat"),
    ("play goban --against random --seat green", "goban: has no seat 'green'; its seats are black, white"),
    ("play goban --against random --seat 2", "has no seat '2'"),
]


@pytest.mark.parametrize(("line", "fault"), WRONG)
def test_bad_input_is_told_in_one_line(gamelab, here, line, fault):
    before = sorted(map(str, here.rglob("*")))
    said = gamelab(*line.format(corridor=CORRIDOR, long="x" * 300).split())
    assert said.status == 2
    assert said.out == ""
    told, *hint = said.err.splitlines()
    assert told.startswith("gamelab: ")
    assert fault in told
    assert all(re.fullmatch(r"Try: gamelab( \w+)* --help", line) for line in hint) and len(hint) <= 1
    assert sorted(map(str, here.rglob("*"))) == before


def test_arguments_that_are_no_text_are_told_too(here):
    run = subprocess.run([*COMMAND, "evaluate", b"runs/\xff\xfe"], capture_output=True, timeout=60)
    assert run.returncode == 2
    assert run.stderr.startswith(b"gamelab: runs/")
    assert b"Traceback" not in run.stderr


OPTIONS = shlex.split(
    "--env --json --pairs --seed --out --agents --resume --episodes --workers --help -- - -p"
)
VALUES = shlex.split(
    f"{CORRIDOR} {CORRIDOR}, gridworld gridworld: random value_iteration random: random:x=1 1 0 -1 nan"
)
NAMED = shlex.split(f": , = cup.yml runs/cliff-q runs/cup best.replay new . .. / /dev/null '' {10**30}")
typed = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
spoken = st.sampled_from([*OPTIONS, *VALUES, *NAMED]) | typed


@given(
    st.sampled_from(
        [
            "envs",
            "agents",
            "evaluate",
            "match",
            "tournament",
            "standings",
            "replay verify",
            "replay export",
            "replay import",
        ]
    ),
    st.lists(spoken, max_size=6),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_there_is_no_traceback(gamelab, here, command, words):
    said = gamelab(*command.split(), *words)
    assert said.status in (0, 1, 2)
    assert "Traceback" not in said.err
    if said.status == 2:
        assert said.err.startswith("gamelab: ")
        assert len(said.err.splitlines()) <= 2


# --json prints one document.

DOCUMENTS = {
    "envs": lambda d: {"gridworld"} <= {game["name"] for game in d},
    "agents": lambda d: {"random", "q_learning"} <= {agent["name"] for agent in d},
    "doctor": lambda d: {"Python", "screen"} <= {finding["what"] for finding in d},
    "train q_learning {corridor} --steps 200 --out runs/new": lambda d: (
        d["steps"] >= 200 and not d["interrupted"]
    ),
    "evaluate value_iteration --env {corridor} --episodes 3": lambda d: (
        d["mean"]["value"] == pytest.approx(0.95)
    ),
    "evaluate random --env {corridor} --episodes 1": lambda d: d["mean"]["low"] is None,
    "evaluate random --env FrozenLake-v1 --episodes 3": lambda d: (
        d["ends"] == {"terminated": 3} and d["success"] is None
    ),
    "evaluate value_iteration random --env {corridor} --episodes 9": lambda d: (
        d["improvement"][CORRIDOR]["value_iteration"]["random"]["value"] > 0.5
        and [agent["agent"] for agent in d["agents"]] == ["value_iteration", "random"]
    ),
    "match random value_iteration --env {corridor} --pairs 1": lambda d: d["played"] == 2,
    "tournament cup.yml": lambda d: d["played"] == d["planned"] == 4,
    "tournament --resume runs/cup --workers 2": lambda d: d["played"] == 4,
    "standings runs/cup": lambda d: d["ratings"]["standings"][0]["name"] == "value_iteration",
    "replay verify best.replay": lambda d: [row["verdict"] for row in d] == ["ok"],
    "replay verify runs/cup": lambda d: [row["verdict"] for row in d] == ["ok"] * 4,
}


@pytest.mark.parametrize("line", DOCUMENTS)
def test_json_is_one_document_and_nothing_else(gamelab, here, line):
    said = gamelab(*line.format(corridor=CORRIDOR).split(), "--json")
    assert said.status == 0, said.err
    assert DOCUMENTS[line](json.loads(said.out))


def test_the_same_command_gives_the_same_json(gamelab, here):
    line = ["evaluate", "random", "--env", "gridworld:level=cliff,time_limit=30", "--seed", "2", "--json"]
    assert gamelab(*line).out == gamelab(*line).out != gamelab(*line[:-2], "3", "--json").out


# Exit status 1: a check failed.


def test_false_and_broken_replays_end_with_1(gamelab, here):
    false = read_replay("best.replay")
    write_replay("runs/cup/replays/false.replay", msgspec.structs.replace(false, seed=false.seed + 1))
    (here / "runs/cup/replays/broken.replay").write_bytes(b"gamelab replay 1\nnonsense")
    said = gamelab("replay", "verify", "runs/cup")
    assert said.status == 1
    broken, desync, count = said.out.splitlines()
    assert broken.startswith("runs/cup/replays/broken.replay: broken: not a sound replay")
    assert desync.startswith("runs/cup/replays/false.replay: desync: another state than recorded at ply 0")
    assert count == "4 of 6 replays ok"
    assert gamelab("replay", "verify", "runs/cup/replays/false.replay").status == 1
    assert gamelab("replay", "verify", "runs/cup/replays/broken.replay").status == 2


def test_a_machine_that_is_not_fit_ends_with_1(gamelab, monkeypatch):
    monkeypatch.setattr("arena.doctor.examine", lambda: [Finding("wrong", "pygame", "twice")])
    said = gamelab("doctor")
    assert (said.status, said.out.split()) == (1, ["wrong", "pygame", "twice"])


# Training, interrupted and repeated.


def test_the_same_seed_learns_the_same(gamelab, here):
    for folder in ("a", "b"):
        gamelab("train", "q_learning", CORRIDOR, "--steps", 500, "--seed", 3, "--out", folder)
    assert Path("a/arrays.safetensors").read_bytes() == Path("b/arrays.safetensors").read_bytes()
    gamelab("train", "q_learning", CORRIDOR, "--steps", 500, "--seed", 4, "--out", "b", "--overwrite")
    assert Path("a/arrays.safetensors").read_bytes() != Path("b/arrays.safetensors").read_bytes()


def test_settings_reach_the_agent_and_results_its_card(gamelab, here):
    said = gamelab(
        "train", "q_learning", CORRIDOR, "--steps", 64, "-p", "gamma=0.5", "-p", "double=true", "--out", "new"
    )
    agent = load_agent("new")
    assert isinstance(agent, QLearning)
    assert (agent.config.gamma, agent.config.double) == (0.5, True)
    results = json.loads(Path("new/agent.json").read_text())["results"]
    assert results["episodes"] == 100
    assert f"mean return {results['mean_return']:.3f}" in said.out


def test_a_folder_that_is_not_named_is_a_new_one(gamelab, here):
    for name in ("q_learning-gridworld-level-corridor", "q_learning-gridworld-level-corridor-2"):
        gamelab("train", "q_learning", CORRIDOR, "--steps", 10)
        assert load_agent(Path("runs") / name).steps > 0


def test_ctrl_c_keeps_what_was_learnt(here):
    line = ["train", "q_learning", CORRIDOR, "--steps", str(10**9), "--seed", "1", "--out", "runs/long"]
    mine, terminal = pty.openpty()
    termios.tcsetwinsize(mine, (24, 80))  # now the progress bar is shown there
    with subprocess.Popen([*COMMAND, *line], stdout=subprocess.PIPE, stderr=terminal) as process:
        os.close(terminal)
        try:
            said = b""
            while b"return=" not in said:  # the bar tells of the first episodes
                said += os.read(mine, 1000)
            process.send_signal(signal.SIGINT)
            with suppress(OSError):  # nobody writes there any more
                while more := os.read(mine, 1000):
                    said += more
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    os.close(mine)
    assert process.returncode == 130
    assert b"Traceback" not in said
    steps = load_agent("runs/long").steps
    assert 0 < steps < 10**9
    assert out.decode() == f"interrupted after {steps:,} steps; what was learnt is kept in runs/long\n"


def test_ctrl_c_with_json_is_one_document_too(gamelab, here, monkeypatch):
    def interrupted(self: QLearning, steps: int, *, progress: bool = False) -> None:
        self.steps = 7
        raise KeyboardInterrupt

    monkeypatch.setattr(QLearning, "learn", interrupted)
    said = gamelab("train", "q_learning", CORRIDOR, "--out", "runs/new", "--json")
    assert said.status == 130
    assert json.loads(said.out) == {"folder": "runs/new", "steps": 7, "interrupted": True}
    assert load_agent("runs/new").steps == 7


def test_ctrl_c_while_the_result_is_measured_keeps_the_agent(gamelab, here, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("arena.evaluate.evaluate", interrupted)
    assert gamelab("train", "q_learning", CORRIDOR, "--steps", 200, "--out", "runs/new").status == 130
    assert load_agent("runs/new").steps >= 200


# Whoever reads our output may stop reading.


@pytest.mark.parametrize(
    "line", ["envs", "envs --json", "agents", "standings runs/cup", "--help", "replay verify runs/cup --json"]
)
def test_a_closed_pipe_is_no_fault(here, line):
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run([*COMMAND, *line.split()], stdout=write, stderr=subprocess.PIPE, timeout=60)
    os.close(write)
    assert run.stderr == b""
    assert run.returncode in (0, 1)
