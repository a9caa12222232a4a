"""What has been played? One SQLite file, to which results are only ever added."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from arena.entrants import Entrant
from arena.schedule import Fixture
from envs.bad_input import BadInput

Scalar = str | int | float | bool | None
_SCHEMA = """
CREATE TABLE plan (plan TEXT NOT NULL);
CREATE TABLE games (
    id TEXT PRIMARY KEY, pair INTEGER NOT NULL, seed INTEGER NOT NULL, seats TEXT NOT NULL, scores TEXT NOT NULL,
    reason TEXT NOT NULL, forfeit INTEGER NOT NULL, plies INTEGER NOT NULL, moves TEXT NOT NULL,
    replay TEXT NOT NULL
);
CREATE TRIGGER no_update BEFORE UPDATE ON games BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER no_delete BEFORE DELETE ON games BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
PRAGMA user_version = 1;
"""


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
        from hashlib import blake2b

        digests = {entrant.name: entrant.digest for entrant in self.entrants}
        facts = (self.game, self.rules_version, sorted(self.kwargs.items()), fixture.pair, fixture.seed)
        sides = [(name, digests[name]) for name in fixture.seats]
        return blake2b(repr((*facts, sides)).encode(), digest_size=8).hexdigest()


class GameRow(msgspec.Struct, frozen=True):
    """One finished game. moves: a digest of its actions. replay: its file, beside the ledger."""

    id: str
    pair: int
    seed: int
    seats: tuple[str, ...]
    scores: tuple[int, ...]
    reason: str
    forfeit: int
    plies: int
    moves: str
    replay: str


class Ledger:
    """The file `ledger.sqlite` of a tournament's folder. Adding a game that is there already changes nothing."""

    def __init__(self, folder: Path, plan: Plan | None = None) -> None:
        """Open the ledger of a folder, or begin one with a plan. Raises BadInput for a file that is none."""
        self.path = Path(folder) / "ledger.sqlite"
        if plan is not None and self.path.exists():
            raise BadInput(
                f"{folder}: holds a tournament already; go on with --resume {folder}, or name another folder"
            )
        if plan is None and not self.path.is_file():
            raise BadInput(f"{folder}: no tournament here (no ledger.sqlite)")
        with self._reading():
            self._database = sqlite3.connect(self.path)
            if plan is not None:
                self._database.executescript(_SCHEMA)
                self._database.execute("INSERT INTO plan VALUES (?)", [msgspec.json.encode(plan).decode()])
                self._database.commit()
            if self._database.execute("PRAGMA user_version").fetchone()[0] != 1:
                raise BadInput(f"{self.path}: not a ledger of this version of gamelab")
            [text] = self._database.execute("SELECT plan FROM plan").fetchone() or [""]
            self.plan = msgspec.json.decode(text, type=Plan)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, msgspec.MsgspecError, TypeError, ValueError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(f"{self.path}: not a ledger that can be read: {error}") from error

    def add(self, row: GameRow) -> None:
        """Add one game and make it last; a game that is there already stays as it is."""
        values = (*_plain(row),)
        with self._database:
            self._database.execute(
                f"INSERT OR IGNORE INTO games VALUES ({', '.join('?' * len(values))})", values
            )

    def games(self) -> list[GameRow]:
        """Return all games, in the order of the plan."""
        with self._reading():
            rows = self._database.execute("SELECT * FROM games ORDER BY pair, id").fetchall()
            return [_row(values) for values in rows]

    def ids(self) -> set[str]:
        with self._reading():
            return {identity for (identity,) in self._database.execute("SELECT id FROM games")}

    def close(self) -> None:
        self._database.close()


def _plain(row: GameRow) -> Iterator[object]:
    for value in msgspec.structs.astuple(row):
        yield msgspec.json.encode(value).decode() if isinstance(value, tuple) else value


def _row(values: tuple) -> GameRow:
    fields = dict(zip(GameRow.__struct_fields__, values, strict=True))
    fields["seats"], fields["scores"] = (msgspec.json.decode(fields[key]) for key in ("seats", "scores"))
    return msgspec.convert(fields, GameRow)
