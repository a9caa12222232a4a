"""Who plays whom, on which level seeds and in which seats?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from envs.bad_input import BadInput
from envs.generator import draws, seeded

MAX_GAMES = 1_000_000


@dataclass(frozen=True)
class Fixture:
    """One game that is to be played: level seed, and the entrants by seat."""

    pair: int
    seed: int
    seats: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """The unit of work and of statistics: games on one level seed that are compared with each other.

    For two seats it is two games of one couple, seats swapped; for a solo game one game of each entrant.
    """

    number: int
    fixtures: tuple[Fixture, ...]


def round_robin(entrants: Sequence[str], pairs: int, seed: int, seats: int) -> list[Pair]:
    """Let everyone meet everyone over the same `pairs` level seeds, which follow from `seed`.

    Raises BadInput for fewer than two entrants, no pairs, too many games, or a game for more than two seats.
    """
    if len(entrants) < 2:
        raise BadInput("a tournament needs at least two entrants")
    if pairs < 1:
        raise BadInput(f"pairs={pairs}: a tournament needs at least one pair")
    if (games := pairs * len(entrants) * (1 if seats == 1 else len(entrants) - 1)) > MAX_GAMES:
        raise BadInput(f"pairs={pairs}: {games:,} games are too many; {MAX_GAMES:,} are allowed")
    levels = level_seeds(seed, pairs)
    if seats == 1:
        return [_solo(number, level, entrants) for number, level in enumerate(levels)]
    if seats == 2:
        meetings = [(level, couple) for level in levels for couple in combinations(entrants, 2)]
        return [_swapped(number, level, couple) for number, (level, couple) in enumerate(meetings)]
    raise BadInput(f"a round robin is for one or two seats; this game has {seats}")


def level_seeds(seed: int, count: int) -> list[int]:
    """Return the level seeds of a tournament, below 2**53 so that they read the same in any JSON."""
    rng = seeded([seed])
    return [int(draws(rng)[0]) >> 11 for _ in range(count)]


def _solo(number: int, level: int, entrants: Sequence[str]) -> Pair:
    return Pair(number, tuple(Fixture(number, level, (entrant,)) for entrant in entrants))


def _swapped(number: int, level: int, couple: tuple[str, str]) -> Pair:
    return Pair(number, (Fixture(number, level, couple), Fixture(number, level, couple[::-1])))
