"""Does the table say what was played, however little that is?"""

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from arena.entrants import Entrant
from arena.ledger import GameRow, Ledger, Plan
from arena.report import as_json, render, show
from arena.schedule import Fixture
from arena.standings import Standings, standings
from arena.tournament import planned
from envs.bad_input import BadInput
from envs.catalog import make_game

CLIFF, ORCHARD = "gridworld:level=cliff", "gridworld:level=orchard,foragers=2,obs=grid"


def begun(folder: Path, env: str, names: Sequence[str], pairs: int) -> tuple[Ledger, list[Fixture]]:
    game = make_game(env)
    entrants = tuple(Entrant(name, name, name) for name in names)
    plan = Plan(game.name, game.rules_version, game.kwargs, entrants, pairs, seed=1)
    return Ledger(folder, plan), planned(plan, game)


def played(ledger: Ledger, fixture: Fixture, *scores: int, forfeit: int = -1, reason: str = "goal") -> None:
    identity = ledger.plan.game_id(fixture)
    facts = (
        fixture.pair,
        fixture.seed,
        fixture.seats,
        scores,
        reason,
        forfeit,
        9,
        identity[:4],
        f"{identity}.replay",
    )
    ledger.add(GameRow(identity, *facts))


def of(table: Standings, name: str) -> tuple[int, int, int]:
    assert table.ratings is not None
    return next((s.wins, s.draws, s.losses) for s in table.ratings.standings if s.name == name)


def mean(table: Standings, name: str) -> float:
    assert table.scores is not None
    return next(entrant.mean.value for entrant in table.scores.entrants if entrant.name == name)


def test_solo_games_are_compared_level_by_level(tmp_path):
    ledger, fixtures = begun(tmp_path, CLIFF, "ab", 4)
    points = {"a": [-13000, -15000, -20000, -13000], "b": [-13000, -13000, -21000, -500000]}
    for fixture in fixtures:
        played(ledger, fixture, points[fixture.seats[0]][fixture.pair])
    table = standings(ledger)
    assert of(table, "a") == (2, 1, 1)
    assert of(table, "b") == (1, 1, 2)
    assert mean(table, "a") == pytest.approx(-15.25)
    assert (table.played, table.planned, table.forfeits) == (8, 8, {"a": 0, "b": 0})


def test_a_solo_forfeit_loses_to_any_score_and_is_no_score_of_its_own(tmp_path):
    """On the cliff every step costs: whoever breaks down at once stands at 0, more than anyone can reach."""
    ledger, fixtures = begun(tmp_path, CLIFF, "abc", 2)
    for fixture in fixtures:
        name = fixture.seats[0]
        scores = {"a": 0, "b": -13000, "c": -500000 + fixture.pair}
        played(ledger, fixture, scores[name], forfeit=0 if name == "a" else -1)
    table = standings(ledger)
    assert of(table, "a") == (0, 0, 4)
    assert of(table, "c") == (2, 0, 2)
    assert mean(table, "a") == mean(table, "c") == pytest.approx(-499.9995)
    assert table.forfeits == {"a": 2, "b": 0, "c": 0}


def test_the_table_says_how_the_games_ended(tmp_path):
    ledger, fixtures = begun(tmp_path, CLIFF, "ab", 6)
    reasons = {"a": ["goal", "goal", "time", "goal", "x", "y"], "b": ["time"] * 6}
    for fixture in fixtures:
        name = fixture.seats[0]
        played(ledger, fixture, -13000 - 1000 * (name == "b"), reason=reasons[name][fixture.pair])
    table = standings(ledger)
    assert table.ends == {"a": {"goal": 3, "time": 1, "x": 1, "y": 1}, "b": {"time": 6}}
    console = Console(width=100, file=io.StringIO(), highlight=False)
    show(table, console)
    lines = console.file.getvalue().split("How their games ended\n")[1].splitlines()
    assert lines[0].split() == ["entrant", "time", "goal", "x", "else"]
    assert [line.split() for line in lines[2:4]] == [
        ["1", "a", "1", "3", "1", "1"],
        ["2", "b", "6", "·", "·", "·"],
    ]


def test_two_who_forfeit_on_a_level_draw(tmp_path):
    ledger, fixtures = begun(tmp_path, CLIFF, "ab", 1)
    for i, fixture in enumerate(fixtures):
        played(ledger, fixture, -1000 * i, forfeit=0)
    assert of(standings(ledger), "a") == (0, 1, 0)


def test_a_race_is_won_by_whoever_scored_more_and_did_not_forfeit(tmp_path):
    ledger, [there, back] = begun(tmp_path, ORCHARD, "ab", 1)
    played(ledger, there, 3000, 5000, forfeit=1)  # b led and broke down
    played(ledger, back, 2000, 1000)
    table = standings(ledger)
    assert of(table, "a") == (1, 0, 1)
    assert table.forfeits == {"a": 0, "b": 1}
    assert table.scores is None
    assert table.ratings is not None
    assert table.ratings.first_seat_elo is not None


@pytest.mark.parametrize("count", range(7))
@pytest.mark.parametrize("env", [CLIFF, ORCHARD])
def test_any_part_of_a_tournament_has_a_table(tmp_path, env, count):
    ledger, fixtures = begun(tmp_path, env, "abc", 2)
    for i, fixture in enumerate(fixtures[:count]):
        played(ledger, fixture, *(1000 * (i + k) for k in range(len(fixture.seats))))
    table = standings(ledger)
    assert (table.played, table.planned) == (count, len(fixtures))
    assert (table.ratings is None) == (count < (2 if env == CLIFF else 1))
    assert (table.scores is None) == (count < 3 or env == ORCHARD)
    render(table, 80)
    as_json(table)


LONG = "value_iteration:gamma=0.5,tolerance=1e-06,max_sweeps=123456"
NAMES = [
    "random",
    "value_iteration",
    "runs/cliff-q",
    "half_trained_agent",
    "mcts:simulations=400",
    "a[bold]b",
    LONG,
]


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize("env", [CLIFF, ORCHARD])
def test_the_table_fits_the_terminal(tmp_path, env, width):
    ledger, fixtures = begun(tmp_path, env, NAMES, 20)
    for fixture in fixtures:
        played(ledger, fixture, *(-1000 * (NAMES.index(name) * fixture.seed % 9) for name in fixture.seats))
    console = Console(width=width, file=io.StringIO(), highlight=False)
    table = standings(ledger)
    show(table, console)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    words = [word for line in lines for word in line.split()]
    assert all(words.count(name) >= 2 for name in NAMES[:-1])  # none is broken in two
    assert width < 200 or words.count(LONG) >= 2
    assert table.ratings is not None
    for rank, standing in enumerate(table.ratings.standings, 1):
        [line] = [line for line in lines if f" {standing.wins}-{standing.draws}-{standing.losses} " in line]
        assert line.split()[0] == str(rank)
        assert f"{100 * standing.score:.1f} %" in line
    for block in "\n".join(lines).split("─\n")[1:]:  # below each rule numbers stand in columns
        ends = [len(line) for line in block.split("\n\n")[0].splitlines() if line[:1].isdigit()]
        assert len(set(ends)) == 1


def test_the_order_of_play_does_not_matter(tmp_path):
    texts = []
    for name, step in (("there", 1), ("back", -1)):
        (tmp_path / name).mkdir()
        ledger, fixtures = begun(tmp_path / name, CLIFF, "abc", 5)
        for fixture in fixtures[::step]:
            played(ledger, fixture, -1000 * (1 + hash((fixture.pair, ord(fixture.seats[0]))) % 5))
        texts.append(as_json(standings(ledger)))
    assert texts[0] == texts[1]


def test_games_that_the_plan_does_not_have_are_refused(tmp_path):
    """Its id may be right and the game still not be of this tournament."""
    ledger, [first, *_] = begun(tmp_path, CLIFF, "ab", 1)
    played(ledger, Fixture(first.pair, first.seed + 1, first.seats), 1)
    with pytest.raises(BadInput, match=r"ledger\.sqlite: holds games that its plan does not have"):
        standings(ledger)
