"""Does everyone meet everyone, on the same levels and in both seats?"""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.schedule import MAX_GAMES, level_seeds, round_robin
from envs.bad_input import BadInput

names = st.lists(st.text(min_size=1, max_size=4), min_size=2, max_size=7, unique=True)
pairs = st.integers(1, 9)
seeds = st.integers(0, 2**64 - 1)


@given(names, pairs, seeds)
def test_every_couple_meets_once_a_level_in_both_seats(entrants, count, seed):
    schedule = round_robin(entrants, count, seed, seats=2)
    met = Counter((pair.fixtures[0].seed, frozenset(pair.fixtures[0].seats)) for pair in schedule)
    levels = level_seeds(seed, count)
    assert met == {(level, frozenset(two)): 1 for level in levels for two in combinations(entrants, 2)}
    for pair in schedule:
        there, back = pair.fixtures
        assert there.seats == back.seats[::-1]
        assert there.seed == back.seed


@given(names, pairs, seeds)
def test_a_solo_pair_is_one_game_of_everyone_on_one_level(entrants, count, seed):
    schedule = round_robin(entrants, count, seed, seats=1)
    assert [pair.fixtures[0].seed for pair in schedule] == level_seeds(seed, count)
    for pair in schedule:
        assert [fixture.seats for fixture in pair.fixtures] == [(entrant,) for entrant in entrants]
        assert len({fixture.seed for fixture in pair.fixtures}) == 1


@given(names, pairs, seeds, st.sampled_from([1, 2]))
def test_pairs_are_numbered_and_their_games_say_so(entrants, count, seed, seats):
    schedule = round_robin(entrants, count, seed, seats)
    assert [pair.number for pair in schedule] == list(range(len(schedule)))
    assert all(fixture.pair == pair.number for pair in schedule for fixture in pair.fixtures)


@given(seeds, st.integers(1, 50), st.integers(0, 50))
def test_more_pairs_go_on_with_the_same_levels(seed, count, more):
    levels = level_seeds(seed, count + more)
    assert levels[:count] == level_seeds(seed, count)
    assert len(set(levels)) == len(levels)
    assert all(0 <= level < 2**53 for level in levels)


def test_level_seeds_stay_as_they_are():
    """Else a tournament begun with an older gamelab goes on with other levels."""
    assert level_seeds(1, 3) == [3316356330981164, 8498871037046174, 407638796292049]
    assert not set(level_seeds(1, 100)) & set(level_seeds(2, 100))


@pytest.mark.parametrize(
    ("entrants", "count", "seats", "fault"),
    [
        (["a"], 1, 1, "at least two entrants"),
        (["a", "b"], 0, 2, "at least one pair"),
        (["a", "b"], 1, 3, "one or two seats"),
        (["a", "b"], MAX_GAMES, 1, "too many"),
        (list("abcdefghijk"), 10**12, 2, "too many"),
    ],
)
def test_what_cannot_be_scheduled_is_refused(entrants, count, seats, fault):
    with pytest.raises(BadInput, match=fault):
        round_robin(entrants, count, 0, seats)
