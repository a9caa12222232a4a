"""Does the ledger keep what it was given, and nothing but that?"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.entrants import Entrant
from arena.ledger import GameRow, Ledger, Plan
from arena.schedule import Fixture, level_seeds
from envs.bad_input import BadInput

PLAN = Plan(
    game="gridworld",
    rules_version=1,
    kwargs={"level": "corridor", "slip": "1/3", "foragers": 1},
    entrants=(Entrant("a", "random", "d1"), Entrant("b", "runs/b", "d2")),
    pairs=3,
    seed=4,
)
FIXTURE = Fixture(0, 99, ("a",))


def row(fixture: Fixture = FIXTURE, **changes: object) -> GameRow:
    identity = PLAN.game_id(fixture)
    values = {
        "id": identity,
        "pair": fixture.pair,
        "seed": fixture.seed,
        "seats": fixture.seats,
        "scores": (940,) * len(fixture.seats),
        "reason": "goal",
        "forfeit": -1,
        "plies": 6,
        "moves": "00ff",
        "replay": f"replays/{identity}.replay",
    }
    return GameRow(**{**values, **changes})


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What goes in comes out.


def test_plan_and_games_come_back_as_they_were(tmp_path):
    ledger = Ledger(tmp_path, PLAN)
    rows = [
        row(Fixture(i, seed, seats)) for i, seed in enumerate(level_seeds(4, 3)) for seats in (("a",), ("b",))
    ]
    for one in reversed(rows):
        ledger.add(one)
    ledger.close()
    again = Ledger(tmp_path)
    assert again.plan == PLAN
    assert again.games() == sorted(rows, key=lambda one: (one.pair, one.id))
    assert again.ids() == {one.id for one in rows}


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)
entrants = st.builds(Entrant, st.text(max_size=9), st.text(max_size=9), st.text(max_size=9))


@given(
    st.builds(
        Plan,
        game=st.text(max_size=9),
        rules_version=st.integers(0, 99),
        kwargs=st.dictionaries(st.text(max_size=9), scalars | st.text(max_size=20), max_size=4),
        entrants=st.lists(entrants, max_size=4).map(tuple),
        pairs=st.integers(1, 1_000_000),
        seed=st.integers(0, 2**62),
    )
)
def test_any_plan_comes_back(tmp_path_factory, plan):
    folder = tmp_path_factory.mktemp("ledger")
    Ledger(folder, plan).close()
    assert Ledger(folder).plan == plan


def test_a_game_added_twice_stays_as_it_was(tmp_path):
    ledger = Ledger(tmp_path, PLAN)
    ledger.add(row())
    ledger.add(row(scores=(0,), reason="time limit"))
    assert ledger.games() == [row()]


def test_what_was_added_is_on_the_disk_at_once(tmp_path):
    ledger = Ledger(tmp_path, PLAN)
    ledger.add(row())
    assert Ledger(tmp_path).games() == [row()]


@pytest.mark.parametrize("statement", ["UPDATE games SET scores = '[1]'", "DELETE FROM games"])
def test_nothing_is_ever_changed(tmp_path, statement):
    ledger = Ledger(tmp_path, PLAN)
    ledger.add(row())
    with closing(sqlite3.connect(ledger.path)) as database, pytest.raises(sqlite3.Error, match="append-only"):
        database.execute(statement)
    assert ledger.games() == [row()]


# A game's id stands for all that decides the game.

OTHERS = [
    {"game": "goban"},
    {"rules_version": 2},
    {"kwargs": {"level": "corridor", "slip": "1/3", "foragers": 2}},
    {"kwargs": {"level": "cliff", "slip": "1/3", "foragers": 1}},
    {"kwargs": {"level": "corridor", "slip": "1/3"}},
    {"kwargs": {"level": "corridor", "slip": "1/3", "foragers": "1"}},
    {"entrants": (Entrant("a", "random", "other"), Entrant("b", "runs/b", "d2"))},
]


@pytest.mark.parametrize("change", OTHERS, ids=str)
def test_another_game_has_another_id(change):
    assert msgspec.structs.replace(PLAN, **change).game_id(FIXTURE) != PLAN.game_id(FIXTURE)


def test_ids_differ_by_level_pair_and_seats():
    games = [
        Fixture(pair, seed, seats)
        for pair in (0, 1)
        for seed in (1, 2)
        for seats in (("a", "b"), ("b", "a"), ("a",))
    ]
    assert len({PLAN.game_id(game) for game in games}) == len(games)


def test_an_id_depends_on_nothing_else():
    """Else a tournament would not know its own games again."""
    same = msgspec.structs.replace(PLAN, pairs=9, seed=1, kwargs=dict(reversed(PLAN.kwargs.items())))
    other_b = (PLAN.entrants[0], replace(PLAN.entrants[1], digest="new", spec="moved/b"))
    assert same.game_id(FIXTURE) == PLAN.game_id(FIXTURE) == "66de9390ed3f283a"
    assert msgspec.structs.replace(PLAN, entrants=other_b).game_id(FIXTURE) == PLAN.game_id(FIXTURE)


# Files that are none of ours.


def refused(folder: Path) -> str:
    """Read the whole ledger, which must fail in one line that names the file and leave it as it is."""
    before = content(folder)
    with pytest.raises(BadInput) as caught:
        Ledger(folder).games()
    assert content(folder) == before
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_without_a_ledger_says_so(tmp_path):
    assert "no tournament here" in refused(tmp_path)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"SQLite format 3\0", b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_file_that_is_no_ledger_is_refused(tmp_path, data):
    (tmp_path / "ledger.sqlite").write_bytes(data)
    refused(tmp_path)


FOREIGN = [
    "CREATE TABLE x (y)",
    "CREATE TABLE plan (plan TEXT); CREATE TABLE games (id TEXT); PRAGMA user_version = 1",
    "PRAGMA user_version = 2",
]


@pytest.mark.parametrize("script", FOREIGN)
def test_a_database_of_someone_elses_is_refused(tmp_path, script):
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        database.executescript(script)
    assert "not a ledger of this version" in refused(tmp_path)


def test_a_database_with_a_log_beside_it_is_refused(tmp_path):
    Ledger(tmp_path, PLAN).close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
    assert "not a ledger of this version" in refused(tmp_path)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
CHANGES = [
    ("DROP TABLE plan", "not a ledger of this version"),
    ("DELETE FROM plan", "no plan"),
    ("INSERT INTO plan SELECT plan FROM plan", "more than one plan"),
    ("UPDATE plan SET plan = '{}'", "required field"),
    ("UPDATE plan SET plan = x'ff00'", ""),
    ('UPDATE plan SET plan = replace(plan, \'"pairs":3\', \'"pairs":"3"\')', "pairs"),
    ("UPDATE plan SET plan = replace(plan, '\"seed\":4', '\"sead\":4')", "sead"),
    ("PRAGMA user_version = 7", "not a ledger of this version"),
    (f"DROP TABLE plan; CREATE VIEW plan AS {ENDLESS} i AS plan FROM n", "not a ledger of this version"),
    ("CREATE TRIGGER mine AFTER INSERT ON games BEGIN DELETE FROM plan; END", "not a ledger of this version"),
    ("DROP TRIGGER no_delete", "not a ledger of this version"),
    ("DROP TRIGGER no_update; UPDATE games SET pair = 1", "not a ledger of this version"),
]
TAMPERED = [
    "pair = 1",
    "seed = seed + 1",
    "seats = '[\"b\"]'",
    "seats = '[\"c\"]'",
    'seats = \'["a","b"]\'',
    "seats = '[]', scores = '[]'",
    "seats = 'a'",
    "scores = '[]'",
    "scores = '[1, 2]'",
    "scores = '[0.5]'",
    "scores = 'nan'",
    "scores = x'ff'",
    "forfeit = 1",
    "forfeit = -2",
    "forfeit = 'a'",
    "plies = 0.5",
    "reason = x'00'",
    "id = 'other'",
]


@pytest.mark.parametrize(("script", "fault"), CHANGES)
def test_a_ledger_that_was_changed_is_refused(tmp_path, script, fault):
    Ledger(tmp_path, PLAN).close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        database.executescript(script)
    assert fault in refused(tmp_path)


@pytest.mark.parametrize("change", TAMPERED)
def test_a_game_that_was_changed_is_refused(tmp_path, change):
    ledger = Ledger(tmp_path, PLAN)
    ledger.add(row())
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        [trigger] = database.execute("SELECT sql FROM sqlite_master WHERE name = 'no_update'").fetchone()
        database.executescript(f"DROP TRIGGER no_update; UPDATE games SET {change}; {trigger}")
    refused(tmp_path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("sound")
    ledger = Ledger(folder, PLAN)
    for i, seed in enumerate(level_seeds(4, 3)):
        ledger.add(row(Fixture(i, seed, ("a",))))
        ledger.add(row(Fixture(i, seed, ("b",))))
    ledger.close()
    return (folder / "ledger.sqlite").read_bytes()


def _read(folder: Path, data: bytes) -> None:
    """Read a ledger of these bytes: it is one, or is refused in one line; it stays as it is."""
    (folder / "ledger.sqlite").write_bytes(data)
    try:
        ledger = Ledger(folder)
        ledger.games()
        ledger.ids()
    except BadInput as error:
        assert str(error).startswith(str(folder))
        assert "\n" not in str(error)
    assert content(folder) == {"ledger.sqlite": data}


@given(at=st.floats(0, 1), data=st.data())
def test_a_truncated_ledger_is_refused(tmp_path_factory, sound, at, data):
    _read(tmp_path_factory.mktemp("cut"), sound[: int(at * len(sound))])


@given(
    spots=st.lists(
        st.tuples(st.floats(0, 0.9999), st.binary(min_size=1, max_size=40)), min_size=1, max_size=6
    )
)
def test_a_ledger_with_other_bytes_in_it_is_read_or_refused(tmp_path_factory, sound, spots):
    broken = bytearray(sound)
    for at, noise in spots:
        start = int(at * len(broken))
        broken[start : start + len(noise)] = noise
    _read(tmp_path_factory.mktemp("noise"), bytes(broken))


@given(st.binary(max_size=300), st.booleans())
def test_random_bytes_are_refused(tmp_path_factory, data, with_header):
    folder = tmp_path_factory.mktemp("random")
    (folder / "ledger.sqlite").write_bytes((b"SQLite format 3\0" if with_header else b"") + data)
    refused(folder)


def test_a_ledger_that_cannot_be_written_says_so(tmp_path):
    ledger = Ledger(tmp_path, PLAN)
    with closing(sqlite3.connect(ledger.path)) as other:
        other.execute("DROP TABLE games")
        other.commit()
    with pytest.raises(BadInput, match=r"ledger\.sqlite: no such table"):
        ledger.add(row())
