"""Do the aggregates match their definitions, and do their intervals match known ones?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, trim_mean

from arena.scores import EntrantScores, Estimate, Summary, summary
from envs.bad_input import BadInput

integers = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=25)


def width(estimate: Estimate) -> float:
    return estimate.high - estimate.low


def of(result: Summary, name: str) -> EntrantScores:
    return next(entrant for entrant in result.entrants if entrant.name == name)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_aggregates_match_their_definitions(values: list[float]) -> None:
    (entrant,) = summary({"a": values}, bootstrap=1).entrants
    assert entrant.iqm.value == pytest.approx(trim_mean(values, 0.25), abs=1e-6)
    assert entrant.mean.value == pytest.approx(np.mean(values), abs=1e-6)
    assert entrant.median.value == pytest.approx(np.median(values), abs=1e-6)


@given(integers)
@settings(max_examples=50, deadline=None)
def test_probability_of_improvement_counts_levels(pairs: list[tuple[int, int]]) -> None:
    x, y = zip(*pairs, strict=True)
    expected = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
    improvement = summary({"x": x, "y": y}, bootstrap=20).improvement
    forward, backward = improvement["x"]["y"], improvement["y"]["x"]
    assert forward.value == pytest.approx(expected)
    assert forward.value + backward.value == pytest.approx(1)
    assert 0 <= forward.low <= forward.value <= forward.high <= 1


@pytest.mark.parametrize(("won", "lost"), [(7, 3), (40, 60), (15, 1)])
def test_interval_of_improvement_is_jeffreys(won: int, lost: int) -> None:
    x = [1] * won + [-1] * lost
    estimate = summary({"x": x, "y": np.zeros(won + lost)}, bootstrap=20_000).improvement["x"]["y"]
    bounds = beta.ppf([0.025, 0.975], won + 0.5, lost + 0.5)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(bounds), abs=0.01)


def test_winning_every_level_is_no_certainty() -> None:
    estimate = summary({"x": [1] * 10, "y": [0] * 10}).improvement["x"]["y"]
    assert (estimate.value, estimate.high) == (1, 1)
    assert 0.7 < estimate.low < 0.9


def test_interval_of_a_mean_is_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(50, 10, 400)
    mean = summary({"a": values}, bootstrap=8000).entrants[0].mean
    error = 1.96 * values.std() / np.sqrt(400)
    assert (mean.low, mean.high) == pytest.approx((mean.value - error, mean.value + error), abs=0.06)


def test_interval_of_the_middle_of_a_normal_sample_is_between_mean_and_median() -> None:
    values = np.random.default_rng(2).normal(0, 1, 1000)
    entrant = summary({"a": values}).entrants[0]
    # Asymptotic standard deviations for a normal sample: mean 1, interquartile mean 1.093, median 1.253.
    assert width(entrant.iqm) / width(entrant.mean) == pytest.approx(1.093, rel=0.08)
    assert width(entrant.median) / width(entrant.mean) == pytest.approx(1.253, rel=0.15)


def test_levels_are_resampled_together() -> None:
    values = np.random.default_rng(3).normal(0, 1, 30)
    result = summary({"a": values, "b": values + 5}, bootstrap=200)
    a, b = of(result, "a"), of(result, "b")
    for figure in ("mean", "median", "iqm"):
        near, far = getattr(a, figure), getattr(b, figure)
        assert (far.low, far.high) == pytest.approx((near.low + 5, near.high + 5))


def test_differences_between_strata_are_not_noise() -> None:
    values = np.random.default_rng(4).normal(0, 1, (2, 40))
    apart = values + np.array([[0], [1000]])
    near, far = (summary({"a": scores}).entrants[0].mean for scores in (values, apart))
    assert width(far) == pytest.approx(width(near))
    assert width(summary({"a": apart.ravel()}).entrants[0].mean) > 100 * width(near)


def test_every_stratum_has_its_weight_in_every_resample() -> None:
    mean = summary({"a": [[0.0] * 9, [6.0] * 9, [9.0] * 9]}).entrants[0].mean
    assert (mean.low, mean.value, mean.high) == pytest.approx((5, 5, 5))


def test_one_level_has_no_interval() -> None:
    (entrant,) = summary({"a": [3.0]}).entrants
    assert entrant.mean.value == entrant.iqm.value == 3
    assert np.isnan([entrant.mean.low, entrant.median.high, entrant.iqm.low]).all()


def test_best_comes_first_and_one_seed_gives_one_summary() -> None:
    rng = np.random.default_rng(5)
    scores = {
        "weak": rng.normal(0, 1, 20),
        "strong": rng.normal(3, 1, 20),
        "middling": rng.normal(1.5, 1, 20),
    }
    first = summary(scores, bootstrap=100, seed=1)
    assert [entrant.name for entrant in first.entrants] == ["strong", "middling", "weak"]
    assert first.levels == 20
    assert first == summary(scores, bootstrap=100, seed=1)
    assert first != summary(scores, bootstrap=100, seed=2)


@pytest.mark.parametrize(
    ("scores", "fault"),
    [
        ({}, "no scores"),
        ({"a": []}, "scores of a"),
        ({"a": 3.0}, "scores of a"),
        ({"a": np.zeros((2, 2, 2, 2))}, "scores of a"),
        ({"a": [[1, 2], [3]]}, "scores of a"),
        ({"a": ["one"]}, "scores of a"),
        ({"a": [1.0, float("nan")]}, "scores of a"),
        ({"a": [1, 2], "b": [1, 2, 3]}, "b has scores of shape"),
    ],
)
def test_bad_scores_are_named(scores: dict, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        summary(scores)


def test_a_bootstrap_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="bootstrap"):
        summary({"a": [1]}, bootstrap=0)
