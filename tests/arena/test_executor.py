"""Is work shared out as its players gain from it, closed in the end, and done again where this machine failed?"""

import multiprocessing
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.agent import Resigned, Void
from agents.catalog import AGENTS
from arena import executor
from arena.entrants import enter
from arena.executor import Work, pool, serial
from arena.ledger import Ledger
from arena.match import play
from arena.schedule import Fixture, round_robin
from arena.standings import standings
from arena.tournament import begin, planned, run
from arena.watching import live, record_episode
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.game import Game
from envs.view import View
from replays.replay import read_replay
from replays.verify import verify
from tests.agents.processes import none_left, until
from tests.arena.scripted import Scripted, first_legal, tictactoe

BAD = Path(__file__).parents[1] / "agents/bad_engine.py"
GOBAN = "goban:size=3,komi=0"


class Alone(Scripted):
    """An agent to be entered by name, that thinks about one game at a time and says when it is closed."""

    name = "alone"
    side_by_side = 1
    closed = 0

    def __init__(self, game: Game, *, seed: int = 0) -> None:
        super().__init__(game, first_legal)

    def close(self) -> None:
        Alone.closed += 1


class Tired(Alone):
    """An agent to be entered by name, that gives up at its second move."""

    name = "tired"

    def __init__(self, game: Game, *, seed: int = 0) -> None:
        super().__init__(game)
        self.choose = self.think

    def think(self, view: View) -> np.ndarray:
        if (view.mask.sum(axis=1) < 8).any():
            raise Resigned
        return first_legal(view)


class Unlucky(Alone):
    """An agent to be entered by name, whom the machine fails so often."""

    name = "unlucky"
    failures = 0

    def __init__(self, game: Game, *, seed: int = 0) -> None:
        super().__init__(game)
        self.choose = self.think

    def think(self, view: View) -> np.ndarray:
        if Unlucky.failures:
            Unlucky.failures -= 1
            raise Void("cannot be started: out of memory")
        return first_legal(view)


@pytest.fixture(autouse=True)
def players(monkeypatch) -> Iterator[None]:
    for cls in (Alone, Tired, Unlucky):
        monkeypatch.setitem(AGENTS, cls.name, f"{__name__}:{cls.__name__}")
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    monkeypatch.setattr(executor, "_PAUSE", 0.0)
    monkeypatch.setattr(Alone, "closed", 0)
    with tictactoe():
        yield


def work(*specs: str) -> tuple[Work, list[tuple[Fixture, ...]]]:
    """Return work at noughts and crosses, a unit a pair."""
    game = make_game("tictactoe")
    units = [pair.fixtures for pair in round_robin(specs, 2, 1, game.seats)]
    return Work(game.name, game.kwargs, enter(specs, game)), units


# Who plays how many games at once.


def test_as_many_games_are_played_at_once_as_all_gain_from(tmp_path, monkeypatch):
    together: dict[tuple[str, ...], set[int]] = {}

    def watch(game: Game, fixtures: tuple[Fixture, ...], agents: dict) -> list:
        for fixture in fixtures:
            together.setdefault(tuple(sorted(fixture.seats)), set()).add(len(fixtures))
        return play(game, fixtures, agents)

    monkeypatch.setattr(executor, "play", watch)
    monkeypatch.setitem(AGENTS, "first", "tests.arena.scripted:First")
    ledger = begin(tmp_path / "cup", "tictactoe", ["random", "alone", "first"], 10, seed=1)
    run(ledger)
    assert together == {("alone", "random"): {1}, ("alone", "first"): {1}, ("first", "random"): {16, 4}}
    assert len(ledger.games()) == 60


def test_units_are_whole_pairs_and_no_larger_than_need_be(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(
        "arena.tournament.serial", lambda work, units: given.extend(units) or serial(work, [])
    )
    ledger = begin(tmp_path / "cup", "tictactoe", ["random", "alone", "tired"], 5, seed=1)
    run(ledger)
    assert sorted(fixture.pair for unit in given for fixture in unit) == sorted(
        fixture.pair for fixture in planned(ledger.plan, make_game("tictactoe"))
    )
    for unit in given:
        assert len(unit) == 2
        assert unit[0].pair == unit[1].pair
        assert unit[0].seats == unit[1].seats[::-1]


# Whoever was made is closed.


def test_whoever_is_tried_before_play_is_closed():
    enter(["alone", "random"], make_game("tictactoe"))
    assert Alone.closed == 1


def test_agents_are_closed_when_all_is_played_and_when_nobody_listens():
    games, units = work("alone", "random")
    list(serial(games, units))
    assert Alone.closed == 2  # once before play
    results = serial(games, units)
    next(results)
    results.close()
    assert Alone.closed == 3


def test_an_episode_watched_or_recorded_closes_its_agents(tmp_path):
    game = make_game("tictactoe")
    record_episode(game, ["alone", "random"], 1, tmp_path / "game.replay")
    assert Alone.closed == 1
    with live(game, ["alone", None], 1) as (session, agents):
        assert isinstance(agents[0], Alone)
        session.close()
        assert Alone.closed == 1
    assert Alone.closed == 2


LOG = """
import os, sys
with open(os.path.join(sys.argv[1], str(os.getpid())), "w") as log:
    for line in sys.stdin:
        number, command, *_ = line.split()
        print(command, file=log, flush=True)
        print(f"={number} pass\\n", flush=True)
"""


@pytest.fixture
def left() -> Iterator[Callable[[], list[str]]]:
    with none_left() as processes:
        yield processes


def test_workers_close_their_agents_when_all_is_played(tmp_path, left):
    (tmp_path / "log").mkdir()
    (tmp_path / "engine.py").write_text(LOG)
    spec = "gtp:" + shlex.join([sys.executable, "-S", str(tmp_path / "engine.py"), str(tmp_path / "log")])
    ledger = begin(tmp_path / "cup", GOBAN, [spec, "random"], 4, seed=1)
    run(ledger, workers=2)
    assert {row.forfeit for row in ledger.games()} == {-1}
    logs = [log.read_text().split() for log in (tmp_path / "log").iterdir()]
    assert len(logs) == 3  # one before play, one a worker
    assert all(log[-1] == "quit" for log in logs)
    assert sum(log.count("clear_board") for log in logs) == 1 + 8


def tournament(folder: Path, fault: str) -> subprocess.Popen:
    engine = "gtp:" + shlex.join([sys.executable, "-S", str(BAD), fault])
    main = "from arena.cli import main; main()"
    options = ["--env", GOBAN, "--pairs", "500", "--workers", "2", "--out", str(folder)]
    return subprocess.Popen(
        [sys.executable, "-c", main, "tournament", *options, "--agents", "random", engine],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_tournament_leaves_neither_worker_nor_engine(how, tmp_path, left):
    process = tournament(tmp_path / "cup", "hang")
    until(lambda: sum(str(BAD) in line for line in left()) >= 4, 60)  # two engines and their leashes
    process.send_signal(how)
    process.wait(30)
    until(lambda: not left())


def test_a_killed_worker_takes_its_engine_with_it_and_is_replaced(tmp_path, left):
    words = shlex.join([sys.executable, "-S", str(BAD), "never quit"])
    ledger = begin(tmp_path / "cup", GOBAN, [f"gtp:{words}", "random"], 40, seed=1)
    games = Work(ledger.plan.game, ledger.plan.kwargs, ledger.plan.entrants)
    names = [entrant.name for entrant in ledger.plan.entrants]
    killers = {10: signal.SIGTERM, 40: signal.SIGKILL}
    played = 0
    for answer in pool(games, [pair.fixtures for pair in round_robin(names, 40, 1, 2)], workers=2):
        played += len(answer)
        if played in killers:
            os.kill(multiprocessing.active_children()[0].pid, killers[played])
        assert sum(str(BAD) in line for line in left()) <= 6  # leash and engine: two, and one that is going
    assert played == 80
    until(lambda: not left())


# Where this machine failed, and where somebody gave up.


def test_what_was_void_is_played_again():
    games, units = work("unlucky", "random")
    sound = [[one.actions for one in unit] for unit in serial(games, units)]
    Unlucky.failures = 2
    assert [[one.actions for one in unit] for unit in serial(games, units)] == sound


def test_a_machine_that_fails_again_and_again_is_told():
    games, units = work("unlucky", "random")
    Unlucky.failures = 100
    try:
        with pytest.raises(
            BadInput, match="this machine fails again and again: cannot be started: out of memory"
        ):
            list(serial(games, units))
    finally:
        Unlucky.failures = 0


def test_to_resign_loses_the_game_in_table_and_replay_alike(tmp_path):
    ledger = begin(tmp_path / "cup", "tictactoe", ["tired", "random"], 3, seed=1)
    run(ledger)
    rows = Ledger(tmp_path / "cup").games()
    assert len(rows) == 6
    for row in rows:
        tired = row.seats.index("tired")
        assert (row.reason, row.resigned, row.forfeit, row.loser) == ("resigned", tired, -1, tired)
        replay = read_replay(tmp_path / "cup" / row.replay)
        assert (replay.ending, replay.loser) == ("resigned", tired)
        assert verify(replay).ok
    table = standings(ledger)
    assert table.forfeits == {"tired": 0, "random": 0}
    assert [(one.name, one.wins) for one in table.ratings.standings] == [("random", 6), ("tired", 0)]
