"""What has been played? One SQLite file, to which results are only ever added."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from arena.entrants import Entrant
from arena.schedule import Fixture
from envs.bad_input import BadInput, one_line

Scalar = str | int | float | bool | None
_VERSION = 2
_SCHEMA = (
    "CREATE TABLE plan (plan TEXT NOT NULL)",
    """CREATE TABLE games (
    id TEXT PRIMARY KEY, pair INTEGER NOT NULL, seed INTEGER NOT NULL, seats TEXT NOT NULL,
    scores TEXT NOT NULL, reason TEXT NOT NULL, forfeit INTEGER NOT NULL, plies INTEGER NOT NULL,
    moves TEXT NOT NULL, replay TEXT NOT NULL, resigned INTEGER NOT NULL
)""",
    """CREATE TRIGGER no_update BEFORE UPDATE ON games
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    """CREATE TRIGGER no_delete BEFORE DELETE ON games
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
)


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tournament is: everything its games follow from."""

    game: str
    rules_version: int
    kwargs: dict[str, Scalar]
    entrants: tuple[Entrant, ...]
    pairs: Annotated[int, Meta(ge=1, le=1_000_000)]
    seed: int

    def game_id(self, fixture: Fixture) -> str:
        """Return the same 16 hex digits for the same game of the same entrants, whoever plays it and when."""
        digests = {entrant.name: entrant.digest for entrant in self.entrants}
        facts = (self.game, self.rules_version, sorted(self.kwargs.items()), fixture.pair, fixture.seed)
        sides = [(name, digests[name]) for name in fixture.seats]
        return blake2b(repr((*facts, sides)).encode(), digest_size=8).hexdigest()


class GameRow(msgspec.Struct, frozen=True):
    """One finished game. moves: a digest of its actions. replay: its file, beside the ledger.

    forfeit, resigned: the seat that lost that way, whatever the scores; -1 where none did.
    """

    id: str
    pair: int
    seed: int
    seats: tuple[str, ...]
    scores: tuple[int, ...]
    reason: str
    forfeit: Annotated[int, Meta(ge=-1)]
    plies: int
    moves: str
    replay: str
    resigned: Annotated[int, Meta(ge=-1)] = -1

    @property
    def loser(self) -> int:
        """The seat that lost, whatever the scores; -1 where they say who won."""
        return max(self.forfeit, self.resigned)


class Ledger:
    """The file `ledger.sqlite` of a tournament's folder. Adding a game that is there changes nothing."""

    def __init__(self, folder: Path, plan: Plan | None = None) -> None:
        """Open the ledger of a folder, or begin one with a plan. Raises BadInput for a file that is none."""
        self.path = Path(folder) / "ledger.sqlite"
        if plan is None and not self.path.is_file():
            raise BadInput(f"{folder}: no tournament here (no ledger.sqlite)")
        if plan is None:
            self._check_journal()
        with self._naming_the_file():
            self._database = sqlite3.connect(self.path, isolation_level=None)
            if plan is not None:
                self._begin(plan)
            self.plan = self._read_plan()

    def _check_journal(self) -> None:
        """Refuse a file that has SQLite write a log beside it (WAL), even to read it, as bytes 18 and 19 say."""
        try:
            with self.path.open("rb") as file:
                head = file.read(20)
        except OSError as error:
            raise BadInput(f"{self.path}: cannot be read: {error.strerror}") from error
        if head[18:] not in (b"", b"\1\1"):
            raise BadInput(f"{self.path}: not a ledger of this version of gamelab")

    def _begin(self, plan: Plan) -> None:
        self._database.execute("BEGIN")
        for statement in (*_SCHEMA, f"PRAGMA user_version = {_VERSION}"):
            self._database.execute(statement)
        self._database.execute("INSERT INTO plan VALUES (?)", [msgspec.json.encode(plan).decode()])
        self._database.execute("COMMIT")

    def _read_plan(self) -> Plan:
        """Read from tables like ours only: in a stranger's file a view, a program, may stand there."""
        [version] = self._database.execute("PRAGMA user_version").fetchone()
        made = self._database.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL").fetchall()
        if version != _VERSION or sorted(sql for (sql,) in made) != sorted(_SCHEMA):
            raise BadInput(f"{self.path}: not a ledger of this version of gamelab")
        plans = self._database.execute("SELECT plan FROM plan LIMIT 2").fetchall()
        if len(plans) != 1:
            raise BadInput(f"{self.path}: holds {'no plan' if not plans else 'more than one plan'}")
        return msgspec.json.decode(plans[0][0], type=Plan)

    @contextmanager
    def _naming_the_file(self) -> Iterator[None]:
        try:
            yield
        except BadInput:
            raise
        except (sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
            raise BadInput(f"{self.path}: {one_line(error)}") from error

    def add(self, row: GameRow) -> None:
        """Add one game and make it last; a game that is there already stays as it is."""
        values = (*_plain(row),)
        with self._naming_the_file():
            self._database.execute(
                f"INSERT OR IGNORE INTO games VALUES ({', '.join('?' * len(values))})", values
            )

    def games(self) -> list[GameRow]:
        """Return all games, in the order of the plan. Raises BadInput for one that the plan does not have."""
        with self._naming_the_file():
            rows = self._database.execute("SELECT * FROM games ORDER BY pair, id").fetchall()
            return [self._row(values) for values in rows]

    def ids(self) -> set[str]:
        with self._naming_the_file():
            return {identity for (identity,) in self._database.execute("SELECT id FROM games")}

    def close(self) -> None:
        self._database.close()

    def _row(self, values: tuple) -> GameRow:
        fields = dict(zip(GameRow.__struct_fields__, values, strict=True))
        fields["seats"], fields["scores"] = (msgspec.json.decode(fields[key]) for key in ("seats", "scores"))
        row = msgspec.convert(fields, GameRow)
        known = {entrant.name for entrant in self.plan.entrants}
        fits = known.issuperset(row.seats) and len(row.scores) == len(row.seats) > row.loser
        if not fits or row.id != self.plan.game_id(Fixture(row.pair, row.seed, row.seats)):
            raise BadInput(f"{self.path}: game {row.id!r} is not one of the plan")
        return row


def _plain(row: GameRow) -> Iterator[object]:
    for value in msgspec.structs.astuple(row):
        yield msgspec.json.encode(value).decode() if isinstance(value, tuple) else value
