"""Do the intervals hold as often as they say, over levels and over runs?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta
from scipy.stats import t as student

from arena.bootstrap import figures, shares
from arena.scores import summary


def width(estimate) -> float:
    return estimate.high - estimate.low


@pytest.mark.parametrize(("won", "games"), [(0, 20), (20, 20), (7, 20), (930, 1000)])
def test_the_share_of_one_run_has_the_interval_of_jeffreys(won: int, games: int) -> None:
    table = (np.arange(games) < won).astype(float)[None, None]
    estimate = shares([table], bootstrap=20_000)[0].estimate
    low, high = beta.ppf([0.025, 0.975], won + 0.5, games - won + 0.5)
    assert estimate.value == won / games
    assert estimate.low == (0 if won == 0 else pytest.approx(low, abs=0.01))
    assert estimate.high == (1 if won == games else pytest.approx(high, abs=0.01))


def test_where_only_runs_differ_the_mean_has_students_interval() -> None:
    """Over normal runs, on average of many samples: an interval over few resampled runs is a little skew."""
    rng = np.random.default_rng(1)
    measured, expected = [], []
    for _ in range(40):
        runs = rng.normal(0, 1, 10)
        scores = np.repeat(runs[:, None], 3, axis=1)
        measured.append(width(figures(scores[None], bootstrap=1000)["mean"].estimate))
        expected.append(2 * student.ppf(0.975, 9) * runs.std(ddof=1) / np.sqrt(10))
    assert np.mean(measured) == pytest.approx(np.mean(expected), rel=0.06)


@pytest.mark.parametrize("spread", [(1.0, 0.3, 1.0), (1.0, 1.0, 0.5)])
def test_an_interval_over_five_runs_holds_as_often_as_it_says(spread: tuple[float, float, float]) -> None:
    """Scores are sums of a run's part, a level's, which all runs share, and their own; the true mean is 0."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(200):
        of_run, of_level, own = (
            rng.normal(0, s, n) for s, n in zip(spread, [(5, 1), (1, 20), (5, 20)], strict=True)
        )
        mean = figures((of_run + of_level + own)[None], bootstrap=400)["mean"].estimate
        held += mean.low <= 0 <= mean.high
    assert 0.90 <= held / 200 <= 0.995


def test_levels_that_all_runs_share_do_not_become_more_by_more_runs() -> None:
    """The deviation of a mean over 30 levels, each as hard for all runs, is that of one run."""
    levels = np.random.default_rng(3).normal(0, 1, 30)
    one, many = (figures(np.tile(levels, (1, runs, 1)))["mean"].replicates.std() for runs in (1, 8))
    assert many == pytest.approx(one, rel=0.05)
    assert one == pytest.approx(levels.std() / np.sqrt(30), rel=0.05)


def test_a_difference_on_two_sets_of_levels_redraws_the_same_runs() -> None:
    """Each run is worse by 2 on the other levels, however much the runs themselves differ."""
    runs = np.random.default_rng(4).normal(0, 100, (5, 1)) + np.zeros((5, 10))
    here, there = figures(runs[None])["mean"], figures(runs[None] - 2, levels=1)["mean"]
    gap = (here - there).estimate
    assert (gap.value, gap.low, gap.high) == pytest.approx((2, 2, 2))
    assert width(here.estimate) > 100


def test_levels_of_two_sets_are_redrawn_apart() -> None:
    scores = np.random.default_rng(5).normal(0, 1, (1, 1, 50))
    here, there = figures(scores)["mean"], figures(scores, levels=1)["mean"]
    assert (here - there).replicates.std() == pytest.approx(np.sqrt(2) * here.replicates.std(), rel=0.05)


def test_success_of_runs_that_agree_is_about_as_sure_as_the_levels_make_it() -> None:
    once, five = (shares([np.ones((runs, 1, 100))])[0].estimate.low for runs in (1, 5))
    assert 0.94 < five <= once < 1


def test_one_run_in_five_that_fails_is_seen_in_the_interval() -> None:
    won = np.ones((5, 1, 200))
    won[0] = 0
    estimate = shares([won])[0].estimate
    assert estimate.value == 0.8
    assert estimate.low < 0.5


def test_runs_of_one_are_compared_with_more_runs_of_another() -> None:
    """Run k scores k: of the six couples one is a tie and three are won by x."""
    x, y = np.array([2.0, 3.0])[:, None] + np.zeros(4), np.array([1.0, 2.0, 9.0])[:, None] + np.zeros(4)
    result = summary({"x": x[None], "y": y[None]})
    forward, backward = result.improvement["x"]["y"], result.improvement["y"]["x"]
    assert forward.value == pytest.approx(3.5 / 6)
    assert backward.value == pytest.approx(2.5 / 6)
    assert (backward.low, backward.high) == pytest.approx((1 - forward.high, 1 - forward.low))
    assert width(forward) > 0.5, "three runs say little"
    assert result.levels == 4


def test_many_scores_are_resampled_in_parts() -> None:
    """More than are held at once; what comes of them is the normal deviation of a mean."""
    values = np.random.default_rng(6).normal(0, 1, 100_000)
    mean = figures(values[None, None], bootstrap=60)["mean"]
    assert mean.replicates.std() == pytest.approx(1 / np.sqrt(100_000), rel=0.35)
