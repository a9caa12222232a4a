"""Are the ratings the maximum of the likelihood, and do the intervals hold the truth as often as they say?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from arena.ratings import Comparison, Ratings, distinct, fit
from envs.bad_input import BadInput

NO_PRIOR = 1e-9
PER_UNIT = 173.7177927613007  # 400 / ln 10


def games(first: str, second: str, outcomes: Sequence[float], pair: int = 0) -> list[Comparison]:
    """Independent games, each a pair of its own, numbered from `pair`."""
    return [Comparison(first, second, outcome, pair + i) for i, outcome in enumerate(outcomes)]


def tournament(
    strength: list[float], pairs: int, seat: float, nu: float, rng: np.random.Generator
) -> list[Comparison]:
    """Play a round robin of entrants e0, e1, ... with swapped seats; strengths in natural units."""
    played = []
    couples = [couple for couple in combinations(range(len(strength)), 2) for _ in range(pairs)]
    for pair, couple in enumerate(couples):
        for i, j in (couple, couple[::-1]):
            first, second = np.exp(strength[i] + seat), np.exp(strength[j])
            weight = np.array([first, nu * np.sqrt(first * second), second])
            outcome = rng.choice([1.0, 0.5, 0.0], p=weight / weight.sum())
            played.append(Comparison(f"e{i}", f"e{j}", float(outcome), pair))
    return played


def by_name(table: Ratings) -> dict[str, float]:
    return {line.name: line.rating for line in table.standings}


couples = st.permutations("abcd").map(lambda letters: letters[:2])
results = st.tuples(couples, st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 9))
comparisons = st.lists(
    results.map(lambda result: Comparison(result[0][0], result[0][1], result[1], result[2])),
    min_size=1,
    max_size=30,
)


def test_plain_bradley_terry_agrees_with_choix() -> None:
    rng = np.random.default_rng(5)
    played = tournament([0.0, 0.4, 0.9, -0.7, 1.3], 15, 0.0, 0.0, rng)
    wins = [(c.first, c.second) if c.outcome else (c.second, c.first) for c in played]
    expected = choix.ilsr_pairwise(5, [(int(w[1]), int(v[1])) for w, v in wins], alpha=0.0) * PER_UNIT
    ratings = by_name(fit(played, seat_effect=False, bootstrap=1, prior=NO_PRIOR))
    assert [ratings[f"e{i}"] for i in range(5)] == pytest.approx(expected - expected.mean(), abs=1e-3)


def test_three_wins_to_one_is_400_log10_of_3() -> None:
    table = fit(games("a", "b", [1, 1, 1, 0]), seat_effect=False, bootstrap=1, prior=NO_PRIOR)
    assert by_name(table)["a"] - by_name(table)["b"] == pytest.approx(400 * np.log10(3), abs=1e-4)
    assert (table.first_seat_elo, table.first_seat_interval, table.draw) == (None, None, None)


def test_first_seat_advantage_of_two_entrants_in_closed_form() -> None:
    # a wins 8 of 10 moving first and 4 of 10 moving second: the log odds are d + h and d - h.
    played = games("a", "b", [1] * 8 + [0] * 2) + games("b", "a", [1] * 6 + [0] * 4)
    table = fit(played, bootstrap=1, prior=NO_PRIOR)
    with_seat, without = 400 * np.log10(8 / 2), 400 * np.log10(4 / 6)
    assert table.standings[0].rating - table.standings[1].rating == pytest.approx(
        (with_seat + without) / 2, abs=1e-4
    )
    assert table.first_seat_elo == pytest.approx((with_seat - without) / 2, abs=1e-4)


def test_draw_parameter_of_equals_is_the_ratio_of_draws_to_wins() -> None:
    played = games("a", "b", [1, 0, 0.5, 0.5, 0.5]) + games("b", "a", [1, 0, 0.5, 0.5, 0.5])
    table = fit(played, bootstrap=1, prior=NO_PRIOR)
    assert table.draw == pytest.approx(6 / 2, rel=1e-6)  # 6 draws, 2 wins by each
    assert by_name(table) == pytest.approx({"a": 0.0, "b": 0.0}, abs=1e-6)


def test_the_fit_is_the_top_of_the_likelihood() -> None:
    played = tournament([0.8, 0.0, -0.4, 0.3], 12, 0.4, 0.7, np.random.default_rng(2))
    table = fit(played, bootstrap=1, prior=NO_PRIOR)
    assert table.first_seat_elo is not None and table.draw is not None
    best = (
        np.array([*by_name(table).values(), table.first_seat_elo, PER_UNIT * np.log(table.draw)]) / PER_UNIT
    )

    def log_likelihood(numbers: np.ndarray) -> float:  # as Davidson & Beaver write it, in worths
        *worth, seat, nu = np.exp(numbers)
        worth_of = dict(zip(by_name(table), worth, strict=True))
        total = 0.0
        for c in played:
            first, second = worth_of[c.first] * seat, worth_of[c.second]
            draw = nu * np.sqrt(first * second)
            total += np.log({1: first, 0.5: draw, 0: second}[c.outcome] / (first + draw + second))
        return total

    assert table.log_likelihood == pytest.approx(log_likelihood(best), abs=1e-9)
    for number in range(len(best)):
        for nudge in (-1e-3, 1e-3):
            elsewhere = best.copy()
            elsewhere[number] += nudge
            assert log_likelihood(elsewhere) < table.log_likelihood


def test_the_prior_is_weak_and_pulls_to_the_middle() -> None:
    played = games("a", "b", [1, 1, 1, 0] * 25)
    free, held = (fit(played, seat_effect=False, bootstrap=1, prior=prior) for prior in (NO_PRIOR, 1.0))
    assert 0.98 < held.standings[0].rating / free.standings[0].rating < 1


def test_only_wins_stay_finite_and_are_named() -> None:
    ten, twenty = (fit(games("a", "b", [1] * n)) for n in (10, 20))
    assert ten.unbounded == ("a", "b")
    assert 0 < ten.standings[0].rating < twenty.standings[0].rating < 1000
    low, high = twenty.standings[0].low, twenty.standings[0].high
    assert low + 100 < twenty.standings[0].rating < high - 100  # all resamples are alike: still no certainty


def test_a_thousand_wins_do_not_lead_the_fit_astray() -> None:
    # Where the likelihood is this flat, plain Newton steps leap to a singular matrix.
    best = fit(games("a", "b", [1] * 1000), bootstrap=200).standings[0]
    assert best.low < best.rating < best.high < 4000


def test_only_who_stands_outside_the_core_is_unbounded() -> None:
    core = games("a", "b", [1, 0]) + games("b", "c", [0.5], 2)
    assert fit(core, bootstrap=1).unbounded == ()
    played = core + games("champion", "a", [1, 1], 3) + games("c", "beginner", [1, 1], 5)
    assert fit(played, bootstrap=1).unbounded == ("champion", "beginner")


def test_groups_that_never_met_are_not_compared() -> None:
    one = games("a", "c", [1, 1, 1, 0])
    other = games("b", "d", [1, 0, 0, 0, 0, 0], 4)
    table = fit(one + other, seat_effect=False, bootstrap=50)
    assert table.groups == (("d", "b"), ("a", "c"))
    alone = by_name(fit(one, seat_effect=False, bootstrap=1)) | by_name(
        fit(other, seat_effect=False, bootstrap=1)
    )
    assert by_name(table) == pytest.approx(alone)
    place = {line.name: i for i, line in enumerate(table.standings)}
    assert np.isnan(table.ahead[place["a"], place["b"]])
    assert table.ahead[place["a"], place["c"]] > 0.5 > table.ahead[place["b"], place["d"]]


def test_one_pair_is_no_certainty() -> None:
    table = fit([Comparison("a", "b", 1, 0), Comparison("b", "a", 0, 0)])
    assert table.standings[0].low < 0 < table.standings[0].rating < table.standings[0].high


@pytest.mark.parametrize(("entrants", "pairs", "nu"), [(4, 12, 0.5), (2, 5, 0.0)])
def test_intervals_hold_the_truth_about_95_times_of_100(entrants: int, pairs: int, nu: float) -> None:
    rng = np.random.default_rng(1)
    inside, seat_inside = [], []
    for seed in range(120):
        strength = rng.normal(size=entrants)
        strength -= strength.mean()
        table = fit(tournament(list(strength), pairs, 0.3, nu, rng), bootstrap=200, seed=seed)
        truth = {f"e{i}": PER_UNIT * strength[i] for i in range(entrants)}
        inside += [line.low <= truth[line.name] <= line.high for line in table.standings]
        assert table.first_seat_interval is not None
        low, high = table.first_seat_interval
        seat_inside.append(low <= 0.3 * PER_UNIT <= high)
    # Chance alone moves the coverage of 120 tables by 2 %, twice that is allowed.
    assert 0.9 <= np.mean(inside) <= 0.99
    assert 0.87 <= np.mean(seat_inside) <= 0.99


def test_interval_of_many_independent_games_is_the_normal_one() -> None:
    played = games("a", "b", [1] * 240 + [0] * 160)
    table = fit(played, seat_effect=False, bootstrap=4000)
    best = table.standings[0]
    error = PER_UNIT / np.sqrt(400 * 0.6 * 0.4) / 2  # of half the difference, by the delta method
    assert (best.low, best.high) == pytest.approx(
        (best.rating - 1.96 * error, best.rating + 1.96 * error), abs=2
    )
    assert table.ahead[0, 1] == pytest.approx(norm.cdf(best.rating / error), abs=0.01)


def test_games_of_one_pair_move_together() -> None:
    outcomes = [1.0] * 120 + [0.0] * 80
    alone = fit(games("a", "b", outcomes * 2), seat_effect=False)
    paired = fit(games("a", "b", outcomes) + games("a", "b", outcomes), seat_effect=False)
    assert paired.standings[0].rating == alone.standings[0].rating
    width = [table.standings[0].high - table.standings[0].low for table in (alone, paired)]
    assert width[1] / width[0] == pytest.approx(np.sqrt(2), rel=0.1)


def test_couples_that_share_a_level_move_together() -> None:
    outcomes = [1.0] * 60 + [0.0] * 40  # a beats b and c on the same levels
    own = games("a", "b", outcomes) + games("a", "c", outcomes, 100)
    shared = games("a", "b", outcomes) + games("a", "c", outcomes)
    width = [
        t.standings[0].high - t.standings[0].low for t in (fit(c, seat_effect=False) for c in (own, shared))
    ]
    assert width[1] / width[0] == pytest.approx(np.sqrt(2), rel=0.1)


def test_a_circle_of_winners_shows_in_the_residuals() -> None:
    played = games("a", "b", [1] * 10) + games("b", "c", [1] * 10, 10) + games("c", "a", [1] * 10, 20)
    table = fit(played, seat_effect=False, bootstrap=1)
    assert by_name(table) == pytest.approx({"a": 0, "b": 0, "c": 0}, abs=1e-6)
    assert table.residuals == pytest.approx(5.0 * np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]))
    assert table.standardised[0, 1] == pytest.approx(5 / np.sqrt(10 / 4))


@given(comparisons)
@settings(max_examples=50, deadline=None)
def test_tables_add_up(played: list[Comparison]) -> None:
    table = fit(played, bootstrap=5)
    names = [line.name for line in table.standings]
    assert (table.points + table.points.T == table.games).all()
    assert table.residuals == pytest.approx(-table.residuals.T)
    met = Counter(frozenset((c.first, c.second)) for c in played)
    for i, line in enumerate(table.standings):
        scored = sum(c.outcome for c in played if c.first == line.name)
        scored += sum(1 - c.outcome for c in played if c.second == line.name)
        assert table.points[i].sum() == line.wins + line.draws / 2 == scored
        assert line.score == scored / line.games
        assert list(table.games[i]) == [met[frozenset((line.name, other))] for other in names]
        assert np.isfinite([line.rating, line.low, line.high]).all()
    ratings = [line.rating for line in table.standings]
    assert ratings == pytest.approx(sorted(ratings, reverse=True), abs=1e-5)
    linked = ~np.isnan(table.ahead)
    assert (table.ahead + table.ahead.T)[linked] == pytest.approx(1)


@given(comparisons, st.randoms())
@settings(max_examples=25, deadline=None)
def test_order_of_results_changes_nothing(played: list[Comparison], shuffler: random.Random) -> None:
    table = fit(played, bootstrap=5)
    shuffler.shuffle(played)
    again = fit(played, bootstrap=5)
    assert again.standings == table.standings
    assert again.first_seat_interval == table.first_seat_interval


@given(comparisons, st.permutations("abcd"))
@settings(max_examples=25, deadline=None)
def test_names_change_nothing(played: list[Comparison], names: list[str]) -> None:
    alias = dict(zip("abcd", names, strict=True))
    renamed = [replace(c, first=alias[c.first], second=alias[c.second]) for c in played]
    expected = {alias[name]: rating for name, rating in by_name(fit(played, bootstrap=1)).items()}
    assert by_name(fit(renamed, bootstrap=1)) == pytest.approx(expected, abs=1e-5)


@given(comparisons)
@settings(max_examples=25, deadline=None)
def test_swapping_every_seat_turns_only_the_seat_advantage(played: list[Comparison]) -> None:
    swapped = [Comparison(c.second, c.first, 1 - c.outcome, c.pair) for c in played]
    table, turned = fit(played, bootstrap=1), fit(swapped, bootstrap=1)
    assert by_name(turned) == pytest.approx(by_name(table), abs=1e-5)
    assert table.first_seat_elo is not None
    assert turned.first_seat_elo == pytest.approx(-table.first_seat_elo, abs=1e-5)


def test_one_seed_one_table() -> None:
    played = tournament([0.5, 0.0, -0.5], 5, 0.0, 0.3, np.random.default_rng(0))
    assert fit(played, seed=3, bootstrap=150).standings == fit(played, seed=3, bootstrap=150).standings
    assert fit(played, seed=3, bootstrap=150).standings != fit(played, seed=4, bootstrap=150).standings


def test_the_anchor_is_zero_and_differences_stay() -> None:
    played = tournament([0.5, 0.0, -0.5], 5, 0.0, 0.3, np.random.default_rng(0))
    free, anchored = fit(played, bootstrap=50), fit(played, bootstrap=50, anchor="e1")
    at = next(line for line in anchored.standings if line.name == "e1")
    assert (at.rating, at.low, at.high) == (0, 0, 0)
    shift = by_name(free)["e1"]
    assert by_name(anchored) == pytest.approx({name: r - shift for name, r in by_name(free).items()})


@pytest.mark.parametrize(
    ("played", "options", "fault"),
    [
        ([], {}, "no games"),
        (games("a", "a", [1]), {}, "itself"),
        (games("a", "b", [0.3]), {}, "0.3"),
        (games("a", "b", [float("nan")]), {}, "nan"),
        (games("alice", "bob", [1]), {"anchor": "alcie"}, "alice"),
        (games("a", "b", [1]), {"bootstrap": 0}, "bootstrap"),
        (games("a", "b", [1]), {"prior": 0.0}, "prior"),
    ],
)
def test_bad_input_is_named(played: list[Comparison], options: dict, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        fit(played, **options)


def test_a_game_played_ten_times_counts_once() -> None:
    assert distinct([b"same"] * 10).effective == pytest.approx(1)
    assert distinct(["w", "x", "y", "z"] * 5).effective == pytest.approx(4)
    assert 1 < distinct(["x"] * 9 + ["y"]).effective < 1.5
    assert distinct([]).total == distinct([]).distinct == distinct([]).effective == 0


@given(st.lists(st.sampled_from(["x", "y", "z"]), min_size=1))
def test_effective_games_lie_between_one_and_the_distinct(moves: list[str]) -> None:
    count = distinct(moves)
    assert count.total == len(moves)
    assert count.distinct == len(set(moves))
    assert 1 - 1e-9 <= count.effective <= count.distinct + 1e-9
