"""Is a training run kept whole, whatever ends it, and is what is learnt its seed's alone?"""

import errno
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from agents import self_play
from agents.catalog import AGENTS, load_agent
from agents.progress import Diverged
from agents.q_learning import QLearning
from agents.saved import read_agent
from agents.self_play import Pool
from arena.cli import main
from arena.evaluate import evaluate
from arena.schedule import level_seeds
from arena.training import measuring, resume, train, train_seeds
from arena.training import run as training_run
from arena.training.asked import read_asked
from arena.training.measuring import held_out_seed
from arena.training.table import read_table
from envs.bad_input import BadInput
from envs.catalog import GAMES
from envs.vector_face import GameVectorEnv
from envs.view import Decision, View
from tests.arena.learners import ASKED, CORRIDOR

COMMAND = [sys.executable, "-c", "from arena.cli import main; main()"]
NO_LIMIT = 2**50


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(measuring, "_FREE", 0.1)  # tests need no curves
    for name in ("Wandering", "Diverging", "Spoiled"):
        monkeypatch.setitem(AGENTS, name.lower(), f"tests.arena.learners:{name}")


def test_a_run_by_self_play_goes_on_against_the_same_opponents(monkeypatch):
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
    monkeypatch.setattr(self_play, "_EVERY", 500)
    asked: set[int] = set()
    act = Pool.act

    def spied(pool: Pool, view: View) -> Decision:
        decision = act(pool, view)
        asked.update(view.memory[:, 0].astype(int))
        return decision

    monkeypatch.setattr(Pool, "act", spied)
    begun = {"opponents": "latest=1,past=1,random=1", "evaluations": 0, "out": "run"}
    run = train("q_learning", "tictactoe:numbered=true", steps=1200, **begun)
    assert read_asked(run.folder).opponents == "latest=1,past=1,random=1"
    assert len(asked) == 5, "the latest, the random agent and three of the past"
    asked.clear()
    resume(run.folder, steps=1900)
    kept = sorted(int(folder.name) for folder in Path("run/past").iterdir())
    assert [steps // 500 for steps in kept] == [0, 1, 2, 3]
    assert len(asked) == 6
    train("q_learning", "tictactoe:numbered=true", steps=100, overwrite=True, **begun)
    assert [folder.name for folder in Path("run/past").iterdir()] == ["0" * 12], "another run, another past"


def learnt(folder: Path | str) -> bytes:
    return (Path(folder) / "arrays.safetensors").read_bytes()


def is_joined(folder: Path | str, most: float) -> None:
    """See that the metrics have no step twice, none missing and no time lost, up to what is kept."""
    table = read_table(Path(folder) / "metrics.csv")
    steps = np.concatenate([[0], table["steps"]])
    assert (np.diff(steps) > 0).all() and np.diff(steps).max() <= most
    assert (np.diff(table["seconds"]) >= 0).all()
    assert table["steps"][-1] == read_agent(Path(folder))[0].steps


def test_the_folder_of_a_run_is_a_saved_agent_and_says_what_was_asked_and_how_it_went(monkeypatch):
    monkeypatch.setattr(measuring, "_FREE", 100.0)
    run = train("q_learning", CORRIDOR, steps=400, seed=3, settings={"gamma": 0.5}, out="a", evaluations=4)
    asked = json.loads(Path("a/run.json").read_text())
    assert {"agent": "q_learning", "env": CORRIDOR, "steps": 400, "seed": 3}.items() <= asked.items()
    assert asked["settings"]["gamma"] == 0.5 and "numpy" in asked["versions"]
    metrics, evaluations = read_table(Path("a/metrics.csv")), read_table(Path("a/evaluations.csv"))
    assert metrics["steps"][-1] == load_agent("a").steps == run.steps >= 400
    assert {"return", "epsilon"} <= metrics.keys()
    assert evaluations["episodes"].tolist() == [20, 20, 20, 100]
    assert Path("a/curves.png").read_bytes().startswith(b"\x89PNG")
    best = load_agent("a/best")
    assert best.steps in evaluations["steps"][evaluations["mean"] == evaluations["mean"].max()]
    result = evaluate(load_agent("a"), 100, held_out_seed(100))
    assert run.mean_return == result.returns.mean() == evaluations["mean"][-1]


@pytest.mark.parametrize(("agent", "env"), [("q_learning", "FrozenLake-v1"), ("wandering", CORRIDOR)])
def test_what_is_learnt_does_not_depend_on_how_often_it_is_measured_or_kept(agent, env, monkeypatch):
    monkeypatch.setattr(measuring, "_FREE", 100.0)
    train(agent, env, steps=300, seed=2, out="seldom", evaluations=0)
    train(agent, env, steps=300, seed=2, out="often", evaluations=10, checkpoint_minutes=1e-6)
    assert len(read_table(Path("often/evaluations.csv"))["steps"]) == 10
    assert learnt("seldom") == learnt("often")


def test_a_run_learns_what_the_learner_alone_does():
    train("q_learning", CORRIDOR, steps=300, seed=2, out="run", settings={"num_envs": 2})
    settings = read_asked(Path("run")).settings
    QLearning(CORRIDOR, seed=2, **settings).learn(300).save("alone")
    assert learnt("run") == learnt("alone")


def test_no_level_seed_of_a_measurement_is_one_that_learning_uses(monkeypatch):
    used, reset = [], GameVectorEnv.reset

    def noting(self, *, seed=None, options=None):
        used.extend(seed)
        return reset(self, seed=seed, options=options)

    monkeypatch.setattr(GameVectorEnv, "reset", noting)
    for seed in range(20):
        QLearning(CORRIDOR, seed=seed, num_envs=64).learn(64)
    assert len(used) == 20 * 64 and max(used) < 2**32
    for episodes in (1, 20, 100, 5000):
        assert min(level_seeds(held_out_seed(episodes), episodes)) >= 2**32


def test_measuring_takes_about_a_tenth_of_the_time(monkeypatch):
    monkeypatch.setattr(measuring, "_FREE", 0.0)
    budget, learning = measuring.Budget(), 0.0
    now = iter(np.arange(0, 1000, 3.0))  # each costs three seconds
    monkeypatch.setattr(measuring, "perf_counter", lambda: next(now))
    times = []
    for learning in range(300):
        if budget.allows(learning):
            with budget.spending():
                times.append(learning)
    assert times[0] == 0 and len(times) == pytest.approx(300 * 0.1 / 3, abs=1)


def started(folder: str, *options: str, env: dict[str, str] | None = None) -> subprocess.Popen:
    """Begin to train in a process of its own, and wait for the first folder that can be opened and gone on with."""
    line = [
        "train",
        "q_learning",
        CORRIDOR,
        "--steps",
        str(NO_LIMIT),
        "--seed",
        "1",
        "--out",
        folder,
        *options,
    ]
    process = subprocess.Popen(
        [*COMMAND, *line, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if (metrics := Path(folder, "metrics.csv")).is_file() and len(
            read_table(metrics).get("steps", ())
        ) > 2:
            return process
        time.sleep(0.02)
    process.kill()
    raise AssertionError(process.communicate())


def test_after_ctrl_c_the_command_it_names_goes_on_where_it_was():
    process = started("runs/x", "--checkpoint-minutes", "0.001")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err
    kept = load_agent("runs/x").steps
    assert json.loads(out) == {"folder": "runs/x", "steps": kept, "interrupted": True}
    is_joined("runs/x", 200_000)  # nothing is lost
    command = err.splitlines()[-1].removeprefix("go on with: gamelab ")
    seconds = read_table(Path("runs/x/metrics.csv"))["seconds"][-1]
    with pytest.raises(SystemExit):
        main([*shlex.split(command), "--steps", str(kept + 250_000), "--json"])
    assert load_agent("runs/x").steps >= kept + 250_000
    assert read_table(Path("runs/x/metrics.csv"))["seconds"][-1] > seconds
    is_joined("runs/x", 200_000)


def test_after_sigkill_no_more_than_the_last_interval_is_lost():
    process = started("runs/x", "--checkpoint-minutes", "0.003")
    while load_agent("runs/x").steps == 0:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    told = read_table(Path("runs/x/metrics.csv"))
    kept = load_agent("runs/x").steps
    assert told["seconds"][-1] - told["seconds"][told["steps"] == kept] < 0.003 * 60 + 0.5
    run = resume("runs/x", steps=kept + 250_000)
    assert run.steps >= kept + 250_000
    is_joined("runs/x", 200_000)


def test_a_run_that_one_process_trains_is_refused_to_another_until_that_ends():
    process = started("runs/x")
    try:
        with pytest.raises(BadInput, match="runs/x: another process is training there"):
            resume("runs/x")
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()
    assert resume("runs/x", steps=load_agent("runs/x").steps + 1000).steps > 0


def test_a_kill_between_the_two_files_of_a_checkpoint_leaves_a_sound_agent():
    train("wandering", CORRIDOR, steps=50, out="a")
    card = Path("a/agent.json").read_bytes()
    resume("a", steps=100)
    Path("a/agent.json").write_bytes(card)
    agent = load_agent("a")
    assert (agent.steps, agent.drawn[2]) == (100, 10)  # it counts the updates of ten steps


def test_what_the_table_says_beyond_the_checkpoint_is_learnt_again():
    train("wandering", CORRIDOR, steps=100, out="a")
    with Path("a/metrics.csv").open("a") as file:
        file.write("110,9,1,1,1,1,1\n120,9,1,1,1,1,1\n13")
    resume("a", steps=200)
    is_joined("a", 10)
    table = read_table(Path("a/metrics.csv"))
    assert table["steps"].tolist() == list(range(10, 201, 10))
    assert np.isnan(table["late"][:5]).all() and (table["late"][5:] == 2).all()
    assert (table["length"] == 5).all() and table["return"].tolist() == list(range(0, 200, 10))


def test_a_run_that_is_done_says_so_and_goes_on_for_more_steps(capsys):
    train("wandering", CORRIDOR, steps=50, out="a")
    before = Path("a/metrics.csv").read_bytes()
    assert resume("a").steps == 50 and Path("a/metrics.csv").read_bytes() == before
    with pytest.raises(SystemExit):
        main(["train", "--resume", "a"])
    assert "is done already" in capsys.readouterr().out
    assert resume("a", steps=80).steps == 80 == read_asked(Path("a")).steps


def test_it_ends_when_its_minutes_are_over_and_more_of_them_go_on(monkeypatch):
    now = [0.0]

    def a_second_later() -> float:
        now[0] += 0.5
        return now[0]

    monkeypatch.setattr(training_run, "perf_counter", a_second_later)
    run = train("wandering", CORRIDOR, steps=10_000, minutes=0.1, out="a")
    assert (run.steps, run.seconds, run.interrupted) == (
        120,
        6.0,
        False,
    )  # half a second an update of ten steps
    assert resume("a").steps == 120
    assert resume("a", minutes=0.2).steps == 240
    is_joined("a", 10)


def test_what_is_no_number_ends_it_with_the_last_good_checkpoint_kept(capsys):
    for agent, line in (
        ("diverging", "loss is nan after 60 steps"),
        ("spoiled", "'drawn' holds what is no number"),
    ):
        with pytest.raises(Diverged, match=line) as caught:
            train(agent, CORRIDOR, steps=100, out=agent, checkpoint_minutes=1e-9)
        assert str(caught.value).endswith(f"the last good checkpoint, after 50 steps, stands in {agent}")
        assert load_agent(agent).steps == 50
    with pytest.raises(SystemExit, match="2"):
        main(["train", "diverging", CORRIDOR, "--steps", "100", "--out", "line"])
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("where", ["write", "fsync"])
def test_a_full_disk_is_one_line_and_spoils_nothing(where, monkeypatch, capsys):
    real, calls = getattr(os, where), iter(range(10**6))

    def full(*arguments):
        if next(calls) > 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if where == "write" and isinstance(arguments[1], bytes):
            return real(arguments[0], arguments[1][:7])  # as a disk does that is nearly full
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(SystemExit, match="2"):
        patch.setattr(os, where, full)
        main(
            ["train", "wandering", CORRIDOR, "--steps", "500", "--out", "a", "--checkpoint-minutes", "0.001"]
        )
    out, err = capsys.readouterr()
    assert (
        not out
        and err.startswith("gamelab: a")
        and err.endswith("No space left on device\n")
        and err.count("\n") == 1
    )
    kept = load_agent("a").steps
    hidden = {path.name for path in Path("a").rglob(".*")}
    assert hidden == {".lock"} and not list(Path("a").rglob("*.partial"))
    assert kept < 500 and resume("a").steps == 500
    is_joined("a", 10)


def test_several_seeds_have_a_run_each_and_their_mean_an_interval(capsys):
    line = ["train", "q_learning", CORRIDOR, "--steps", "200", "--seed", "4", "--seeds", "3", "--out", "a"]
    with pytest.raises(SystemExit):
        main([*line, "--json"])
    said = json.loads(capsys.readouterr().out)
    runs = [resume(f"a/seed-{seed}") for seed in (4, 5, 6)]
    assert [run.asked.seed for run in runs] == [4, 5, 6]
    means = [run.mean_return for run in runs]
    assert said["mean"]["value"] == pytest.approx(np.mean(means))
    assert said["mean"]["low"] <= np.mean(means) <= said["mean"]["high"]
    assert learnt("a/seed-4") != learnt("a/seed-5")
    train("q_learning", CORRIDOR, steps=200, seed=5, out="alone")
    assert learnt("alone") == learnt("a/seed-5")
    assert Path("a/curves.png").is_file()
    with pytest.raises(SystemExit):
        main(["train", "--resume", "a", "--steps", "300"])
    assert load_agent("a/seed-6").steps >= 300


def test_several_seeds_side_by_side_learn_the_same():
    train_seeds("q_learning", CORRIDOR, 2, steps=200, out="two", workers=2)
    train_seeds("q_learning", CORRIDOR, 2, steps=200, out="one")
    assert [learnt(f"one/seed-{seed}") == learnt(f"two/seed-{seed}") for seed in (0, 1)] == [True, True]


def test_what_cannot_be_copied_or_is_a_race_is_learnt_but_not_measured():
    import gymnasium

    class Strange(gymnasium.Wrapper):
        pass

    run = train("q_learning", Strange(gymnasium.make("FrozenLake-v1")), steps=100, out="a")
    assert (run.mean_return, load_agent("a", "FrozenLake-v1").steps) == (None, 100)
    race = train("wandering", "gridworld:level=orchard,foragers=2,obs=grid", steps=100, out="race")
    assert (race.mean_return, race.steps) == (None, 100)


def test_a_window_shows_the_agent_while_it_learns_and_closes_with_it(window):
    search = ["xdotool", "search", "--onlyvisible", "--class", "."]
    process = started("runs/x", "--watch", env=window)
    try:
        while not (found := subprocess.run(search, env=window, capture_output=True).stdout):
            assert process.poll() is None
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert found and process.returncode == 130 and "Traceback" not in err
    assert not subprocess.run(search, env=window, capture_output=True).stdout


BAD = [
    ("train --resume nowhere", "nowhere: no training run here"),
    ("train --resume agent", "agent: no training run here (no run.json)"),
    ("train --resume broken", "broken/run.json: Object missing required field"),
    ("train --resume run --seed 3", "leave out all but --steps, --minutes, --watch"),
    ("train --resume run --steps 0", "--steps"),
    ("train q_learning", "Missing argument 'ENV'"),
    (f"train q_learning {CORRIDOR} --out run", "run: holds an agent already"),
    (f"train q_learning {CORRIDOR} --out run --seeds 2 --watch --workers 2", "one run at a time"),
    (f"train q_learning {CORRIDOR} --num-envs 0", "--num-envs"),
    (f"train q_learning {CORRIDOR} --watch", "no screen here to open a window on"),
    ("train q_learning FrozenLake-v1 --watch", "only games of the lab can be watched"),
]


@pytest.mark.parametrize(("line", "says"), BAD)
def test_what_is_wrong_is_said_in_one_line(line, says, capsys, monkeypatch):
    for name in ("SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    QLearning(CORRIDOR).save("agent")
    QLearning(CORRIDOR).save("run")
    QLearning(CORRIDOR).save("broken")
    Path("broken/run.json").write_text("{}")
    Path("run/run.json").write_bytes(msgspec.json.encode(ASKED))
    before = sorted(Path().rglob("*"))
    with pytest.raises(SystemExit, match="2"):
        main(line.split())
    err = capsys.readouterr().err.splitlines()
    assert says in err[0] and err[0].startswith("gamelab: ") and len(err) <= 2
    assert sorted(Path().rglob("*")) == before
