"""What stands in a replay, and within which limits?

Whoever made a file may have meant harm: every length is limited before memory is taken for it, no type holds
another of its kind, and nothing names code to import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct

from envs.bad_input import BadInput
from envs.catalog import build, game_class
from envs.game import Game
from envs.view import Decision
from replays import said

MAX_PLIES, MAX_SEATS, MAX_CHOICES = 1_000_000, 16, 65_536

# Such text is shown on terminals: no control characters, nothing that turns the direction of writing.
Line = Annotated[
    str, Meta(max_length=1000, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*\Z")
]
Text = Annotated[str, Meta(max_length=256 * 1024, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*\Z")]
Key = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}\Z")]
Digest = Annotated[bytes, Meta(min_length=8, max_length=8)]
Plies = Annotated[int, Meta(ge=1, le=MAX_PLIES)]


class OtherVersion(BadInput):
    """A replay in another format or by other rules than ours: it may be sound, but we cannot play it."""


class Seat(Struct, frozen=True, forbid_unknown_fields=True):
    """Who sat there: a name to show, the agent's spec, and a digest of its checkpoint where it has one."""

    name: Line
    agent: Line = ""
    digest: Line = ""


class Result(Struct, frozen=True, forbid_unknown_fields=True):
    """How the game is claimed to stand after the last action: `score`, `reason` and `status` of the state."""

    scores: Annotated[list[int], Meta(max_length=MAX_SEATS)]
    reason: Line
    status: Annotated[int, Meta(ge=0, le=2)]

    def __str__(self) -> str:
        return f"{self.reason}, score {' '.join(map(str, self.scores))}"


class Header(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of a replay but its arrays.

    game, kwargs: enough to build the game. seed: below 2**64. choices: how many actions the game has. hashes:
    of the state at ply 0, at every `hash_every`-th and at the last. loser, ending: the seat that lost other than
    by the rules, and how: `resigned`, or `forfeit: ` and its fault; -1 and nothing where the rules decide.
    made_by: versions, for whoever looks into a desync.
    """

    game: Line
    rules_version: Annotated[int, Meta(ge=0, lt=2**31)]
    kwargs: Annotated[dict[Key, bool | int | float | Text | None], Meta(max_length=40)]
    seed: Annotated[int, Meta(ge=0)]
    seats: Annotated[list[Seat], Meta(min_length=1, max_length=MAX_SEATS)]
    choices: Annotated[int, Meta(ge=1, le=MAX_CHOICES)]
    hash_every: Plies
    hashes: Annotated[list[Digest], Meta(min_length=1, max_length=MAX_PLIES + 1)]
    result: Result
    loser: Annotated[int, Meta(ge=-1, lt=MAX_SEATS)] = -1
    ending: Line = ""
    made_by: Line = ""


class Stored(Header, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A replay as it stands in the file, its arrays as little-endian bytes in C order.

    actions: u1, or u2 where there are more than 256, [plies, acting]. value: f4 [plies, acting]. policy, q, lead
    and owner: f4 [plies, acting, choices]. visits: u4 [plies, acting, choices]. line: i4 [plies, acting, 32].
    How many plies there are follows from the lengths.
    """

    acting: Annotated[int, Meta(ge=1, le=MAX_SEATS)]
    actions: bytes
    value: bytes | None = None
    policy: bytes | None = None
    q: bytes | None = None
    visits: bytes | None = None
    line: bytes | None = None
    lead: bytes | None = None
    owner: bytes | None = None


@dataclass(frozen=True, eq=False)
class Annotations:
    """What the agents thought before each action; None where nobody ever said.

    value: float32 [plies, acting], the expected return of that seat. policy: float32 [plies, acting,
    choices], probabilities. q: float32 [plies, acting, choices], the expected return of each action. lead and
    owner: float32 [plies, acting, choices], as in a `Decision`. All five are NaN where an agent did not say.
    visits: uint32 [plies, acting, choices], how often a search tried each action; all 0 where there was none.
    line: int32 [plies, acting, 32], the principal variation from the action chosen on, -1 after its end.
    """

    value: np.ndarray | None = None
    policy: np.ndarray | None = None
    q: np.ndarray | None = None
    visits: np.ndarray | None = None
    line: np.ndarray | None = None
    lead: np.ndarray | None = None
    owner: np.ndarray | None = None

    @classmethod
    def of(cls, decisions: Sequence[Sequence[Decision | None]], choices: int) -> Annotations | None:
        """Gather decisions [plies][acting], each on one game (B = 1), None where a person decided."""
        gathered = {name: _gathered(decisions, name, choices) for name in said.FIELDS}
        return None if all(field is None for field in gathered.values()) else cls(**gathered)


class Replay(Header, frozen=True, eq=False, kw_only=True):
    """One game played, and enough to play it again; made by `record` and `read_replay`.

    The fields of `Header` and: actions, int64 [plies, acting]; annotations, or None.
    """

    actions: np.ndarray
    annotations: Annotations | None = None

    @property
    def plies(self) -> int:
        return len(self.actions)

    def make_game(self) -> Game:
        """Build the game anew.

        Raises:
            OtherVersion: the replay was played by other rules than ours.
            BadInput: there is no such game.
        """
        ours = game_class(self.game).rules_version
        if self.rules_version != ours:
            raise OtherVersion(f"played by {self.game} rules {self.rules_version}; this gamelab has {ours}")
        try:
            return build(self.game, self.kwargs)
        except BadInput:
            raise
        except Exception as error:  # settings from a stranger may break a game in any way
            raise BadInput(f"{self.game} cannot be set up so: {type(error).__name__}") from error


def _gathered(decisions: Sequence[Sequence[Decision | None]], name: str, choices: int) -> np.ndarray | None:
    told = [[said.of_one_game(decision, name, choices) for decision in row] for row in decisions]
    if all(thought is None for row in told for thought in row):
        return None
    nothing = said.silence(name, said.shape(name, choices))
    rows = [[nothing if thought is None else thought for thought in row] for row in told]
    return _as_kept(name, np.array(rows))


def to_stored(replay: Replay) -> Stored:
    """Return the replay with its arrays as bytes."""
    thoughts = replay.annotations or Annotations()
    fields: dict[str, Any] = {name: _bytes(name, getattr(thoughts, name)) for name in said.FIELDS}
    return Stored(
        **_header(replay),
        acting=replay.actions.shape[1],
        actions=replay.actions.astype(_action_dtype(replay.choices)).tobytes(),
        **fields,
    )


def from_stored(stored: Stored) -> Replay:
    """Return the replay with its arrays. Raises BadInput where they do not go together."""
    dtype = _action_dtype(stored.choices)
    plies = len(stored.actions) // (dtype.itemsize * stored.acting)
    if plies > MAX_PLIES:
        raise BadInput(f"{plies} plies; {MAX_PLIES} are allowed")
    each = (plies, stored.acting)
    actions = _array("actions", stored.actions, dtype, each)
    if plies and actions.max() >= stored.choices:
        raise BadInput(f"action {actions.max()} is not from 0 to {stored.choices - 1}")
    fields = {
        name: _thoughts(name, getattr(stored, name), (*each, *said.shape(name, stored.choices)))
        for name in said.FIELDS
    }
    if fields["line"] is not None and not np.isin(fields["line"], range(-1, stored.choices)).all():
        raise BadInput(f"line: an action is not from 0 to {stored.choices - 1}")
    told = any(field is not None for field in fields.values())
    thoughts = Annotations(**fields) if told else None
    return Replay(**_header(stored), actions=actions.astype(np.int64), annotations=thoughts)


def _header(replay: Header) -> dict[str, Any]:
    return {name: getattr(replay, name) for name in Header.__struct_fields__}


def _action_dtype(choices: int) -> np.dtype:
    return np.dtype("u1" if choices <= 256 else "<u2")


def _bytes(name: str, array: np.ndarray | None) -> bytes | None:
    return None if array is None else _as_kept(name, np.asarray(array)).tobytes()


def _as_kept(name: str, array: np.ndarray) -> np.ndarray:
    """Return the array in the type that is kept: nothing said for what is infinite, the most for too many."""
    kept, silence = said.FIELDS[name]
    if kept.kind != "f":
        return np.clip(array, np.iinfo(kept).min, np.iinfo(kept).max).astype(kept)
    with np.errstate(over="ignore"):
        small = array.astype(kept)
    return np.where(np.isfinite(small), small, kept.type(silence))


def _thoughts(name: str, data: bytes | None, shape: tuple[int, ...]) -> np.ndarray | None:
    if data is None:
        return None
    array = _array(name, data, said.FIELDS[name].kept, shape)
    if array.dtype.kind == "f" and np.isinf(array).any():
        raise BadInput(f"{name}: infinite")
    return array


def _array(name: str, data: bytes, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    if len(data) != dtype.itemsize * prod(shape):
        raise BadInput(f"{name}: {len(data)} bytes, not {dtype.itemsize * prod(shape)}")
    return np.frombuffer(data, dtype).reshape(shape)
