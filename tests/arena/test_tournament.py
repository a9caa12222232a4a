"""Does a tournament come to the same end, whatever happens on the way?"""

import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from sgfmill.sgf import Sgf_game

from agents.catalog import AGENTS
from agents.q_learning import QLearning
from arena.entrants import enter
from arena.executor import Work, pool, serial
from arena.ledger import Ledger
from arena.report import as_json
from arena.schedule import Fixture, level_seeds
from arena.standings import standings
from arena.tournament import begin, run
from envs.bad_input import BadInput
from envs.catalog import make_game
from replays.replay import read_replay
from replays.verify import verify
from tests.arena.scripted import tictactoe

CLIFF = "gridworld:level=cliff,slip=0.1,time_limit=60"
ORCHARD = "gridworld:level=orchard,foragers=2,obs=grid,time_limit=30"
PLAYERS = ["random", "value_iteration", "value_iteration:gamma=0.5"]
PAIRS = 50  # so many that a kill comes in the middle
COMMAND = [sys.executable, "-c", "from arena.cli import main; main()", "tournament"]


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def replays(folder: Path) -> dict[str, bytes]:
    """Return them without the draft that a kill may leave."""
    return {name: data for name, data in content(folder / "replays").items() if name.endswith(".replay")}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Ledger:
    """Play the tournament of this file in one go, in one process."""
    ledger = begin(tmp_path_factory.mktemp("whole") / "cup", CLIFF, PLAYERS, PAIRS, seed=3)
    run(ledger)
    return ledger


def same_as(whole: Ledger, folder: Path) -> None:
    ledger = Ledger(folder)
    assert as_json(standings(ledger)) == as_json(standings(whole))
    assert ledger.games() == whole.games()
    assert replays(folder) == replays(whole.path.parent)


# Interruptions: the real process, in the middle of its work.


def start(folder: Path, workers: int) -> subprocess.Popen:
    options = [
        "--env",
        CLIFF,
        "--pairs",
        str(PAIRS),
        "--seed",
        "3",
        "--workers",
        str(workers),
        "--out",
        str(folder),
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*COMMAND, *options, "--agents", *PLAYERS], start_new_session=True, **pipes)


def games_in(folder: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{folder}/ledger.sqlite?mode=ro", uri=True)) as database:
            return database.execute("SELECT count(*) FROM games").fetchone()[0]
    except sqlite3.Error:
        return 0


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.01)


def gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
        return False
    except ProcessLookupError:
        return True


@pytest.fixture(params=[1, 2], ids=["one process", "two workers"])
def in_the_middle(request, tmp_path) -> Iterator[tuple[subprocess.Popen, Path]]:
    """Give a tournament that has played some of its games, and see that it leaves no process behind."""
    process = start(tmp_path / "cup", request.param)
    try:
        wait_for(lambda: games_in(tmp_path / "cup") > 5 or process.poll() is not None)
        yield process, tmp_path / "cup"
        wait_for(lambda: gone(process.pid))
    finally:
        if not gone(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def resumed(folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*COMMAND, "--resume", str(folder), "--json"], capture_output=True, text=True, timeout=120
    )


def test_killed_and_resumed_is_the_same_as_never_interrupted(in_the_middle, whole):
    process, folder = in_the_middle
    process.kill()
    process.communicate()
    assert 0 < games_in(folder) < 3 * PAIRS
    second = resumed(folder)
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == as_json(standings(whole)) + "\n"
    same_as(whole, folder)


def test_ctrl_c_says_how_to_go_on(in_the_middle, whole):
    process, folder = in_the_middle
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes of the group
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1] == f"interrupted; go on with: gamelab tournament --resume {folder}"
    assert "Traceback" not in said
    assert 0 < games_in(folder) < 3 * PAIRS
    run(Ledger(folder), workers=2)
    same_as(whole, folder)


@pytest.mark.parametrize("seed", range(3))
def test_any_part_of_the_games_can_be_there_already(tmp_path, whole, seed):
    begin(tmp_path / "cup", CLIFF, PLAYERS, PAIRS, seed=3).close()
    part = Ledger(tmp_path / "cup")
    rng = random.Random(seed)
    for row in rng.sample(whole.games(), rng.randrange(3 * PAIRS)):
        part.add(row)
    shutil.copytree(whole.path.parent / "replays", tmp_path / "cup/replays")
    run(part)
    same_as(whole, tmp_path / "cup")


def test_resuming_what_is_finished_changes_nothing(whole):
    before = content(whole.path.parent)
    run(Ledger(whole.path.parent), workers=2)
    assert content(whole.path.parent) == before


# Workers.


def test_two_workers_play_the_same_games(tmp_path, whole):
    run(begin(tmp_path / "cup", CLIFF, PLAYERS, PAIRS, seed=3), workers=2)
    same_as(whole, tmp_path / "cup")


@pytest.fixture(scope="module")
def work() -> tuple[Work, list[tuple[Fixture, ...]]]:
    game = make_game(CLIFF)
    fixtures = [Fixture(i, seed, ("random",)) for i, seed in enumerate(level_seeds(1, 64))]
    units = [tuple(fixtures[i : i + 4]) for i in range(0, 64, 4)]
    return Work(game.name, game.kwargs, enter(["random"], game)), units


def moves(played: list) -> dict[Fixture, list]:
    return {one.fixture: one.actions for unit in played for one in unit}


def test_a_killed_worker_is_survived(work):
    played = []
    for unit in pool(*work, workers=2):
        played.append(unit)
        if len(played) in (1, 5):
            for child in multiprocessing.active_children()[: len(played)]:
                os.kill(child.pid, signal.SIGKILL)
    assert len(played) == 16
    assert moves(played) == moves(list(serial(*work)))
    assert not multiprocessing.active_children()


def test_workers_that_keep_dying_are_told(work):
    done = Event()

    def kill() -> None:
        while not done.wait(0.01):
            for child in multiprocessing.active_children():
                child.kill()

    Thread(target=kill, daemon=True).start()
    try:
        with pytest.raises(BadInput, match="worker processes keep dying; --workers 1 may show why"):
            list(pool(*work, workers=2))
    finally:
        done.set()


def test_what_a_worker_finds_wrong_is_told_in_its_words(work):
    game = make_game(CLIFF)
    lost = Work(game.name, game.kwargs, enter(["random"], game))
    lost.specs["random"] = "runs/nobody"
    with pytest.raises(BadInput, match="runs/nobody: no such folder of a saved agent"):
        list(pool(lost, work[1], workers=2))
    assert not multiprocessing.active_children()


def test_nobody_works_on_when_nobody_listens(work):
    results = pool(*work, workers=2)
    next(results)
    results.close()
    assert not multiprocessing.active_children()


# What is left behind.


@pytest.mark.parametrize("env", [ORCHARD, "tictactoe:size=4,row=3,opening=1"])
def test_races_and_turn_games_have_true_replays_too(tmp_path, monkeypatch, env):
    monkeypatch.setitem(AGENTS, "first", "tests.arena.scripted:First")
    with tictactoe():
        ledger = begin(tmp_path / "cup", env, ["random", "first"], 6, seed=1)
        run(ledger)
        assert len(ledger.games()) == 6 * 2
        check_replays(ledger)


def test_every_game_has_a_true_replay(whole):
    check_replays(whole)


def check_replays(ledger: Ledger) -> None:
    specs = {entrant.name: entrant.spec for entrant in ledger.plan.entrants}
    for row in ledger.games():
        path = ledger.path.parent / row.replay
        replay, verdict = read_replay(path), verify(path)
        assert verdict.ok, verdict
        assert tuple(replay.result.scores) == row.scores
        assert replay.seed == row.seed
        assert [(seat.name, seat.agent) for seat in replay.seats] == [
            (name, specs[name]) for name in row.seats
        ]
        assert replay.plies == row.plies
        if row.forfeit < 0:
            assert replay.result.reason == row.reason
    assert len(list((ledger.path.parent / "replays").iterdir())) == len(ledger.games())


def test_ledger_replays_and_sgf_files_agree_game_by_game(tmp_path):
    """sgfmill, which knows nothing of us, finds in the SGF the moves of the replay and the result of the ledger."""
    ledger = begin(
        tmp_path / "cup", "goban:size=5,opening=2,komi=0.5", ["random", "tree=mcts:simulations=20"], 3, 1
    )
    run(ledger)
    check_replays(ledger)
    for row in ledger.games():
        replay = read_replay(ledger.path.parent / row.replay)
        game = Sgf_game.from_bytes((ledger.path.parent / "sgf" / f"{row.id}.sgf").read_bytes())
        assert (game.get_player_name("b"), game.get_player_name("w")) == row.seats
        moves = [node.get_move()[1] for node in game.get_main_sequence()[1:]]
        numbers = [25 if move is None else (4 - move[0]) * 5 + move[1] for move in moves]
        assert numbers[2:] == replay.actions[:, 0].tolist()
        assert game.get_root().get("RE") == f"{'B' if row.scores[0] > 0 else 'W'}+{abs(row.scores[0]) / 2:g}"
    assert len(list((ledger.path.parent / "sgf").iterdir())) == len(ledger.games()) == 6


def test_forfeits_are_losses_with_true_replays(tmp_path, monkeypatch):
    monkeypatch.setitem(AGENTS, "frail", "tests.arena.scripted:Frail")
    ledger = begin(tmp_path / "cup", "gridworld:level=corridor", ["frail", "random"], 5, seed=1)
    run(ledger)
    table = standings(ledger)
    assert table.forfeits == {"frail": 5, "random": 0}
    assert table.ratings is not None
    assert [(s.name, s.wins) for s in table.ratings.standings] == [("random", 5), ("frail", 0)]
    check_replays(ledger)


# What is refused.


def test_an_agent_that_changed_is_refused_on_resume(tmp_path):
    folder = str(tmp_path / "q")
    agent = QLearning("gridworld:level=corridor", seed=1)
    agent.save(folder)
    ledger = begin(tmp_path / "cup", "gridworld:level=corridor", ["random", folder], 2, seed=1)
    agent.learn(50).save(folder)
    before = content(tmp_path / "cup")
    with pytest.raises(BadInput, match=r"q: has changed since the tournament began"):
        run(ledger)
    assert content(tmp_path / "cup") == before


def test_a_folder_with_a_tournament_is_refused_untouched(whole):
    folder = whole.path.parent
    before = content(folder)
    with pytest.raises(BadInput, match="holds a tournament already; go on with --resume"):
        begin(folder, CLIFF, PLAYERS, PAIRS, seed=3)
    assert content(folder) == before


def test_a_folder_with_anything_in_it_is_refused_untouched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="is not empty; name a new folder"):
        begin(tmp_path, CLIFF, PLAYERS, 1, seed=0)
    assert content(tmp_path) == {"thesis.txt": b"years of work"}


def test_where_no_folder_can_be_made_it_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file/cup"):
        with pytest.raises(BadInput, match="cannot be written: "):
            begin(folder, CLIFF, PLAYERS, 1, seed=0)


@pytest.mark.parametrize(
    ("env", "agents", "pairs"),
    [
        ("gridworld:level=clif", PLAYERS, 1),
        (CLIFF, ["random"], 1),
        (CLIFF, ["random", "x"], 1),
        (CLIFF, PLAYERS, 0),
    ],
)
def test_nothing_is_written_where_something_is_wrong(tmp_path, env, agents, pairs):
    with pytest.raises(BadInput):
        begin(tmp_path / "new/cup", env, agents, pairs, seed=0)
    assert not (tmp_path / "new").exists()


def test_other_rules_are_refused(tmp_path, monkeypatch):
    ledger = begin(tmp_path / "cup", CLIFF, PLAYERS, 1, seed=0)
    monkeypatch.setattr(type(make_game(CLIFF)), "rules_version", 99)
    with pytest.raises(BadInput, match="begun with other rules of gridworld"):
        run(ledger)
