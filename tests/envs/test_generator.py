"""Is the generator SplitMix64, and is what it draws uniform?"""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from envs.compiled import compiled
from envs.generator import draw, draw_at, draws, pick_any, seeded, uniform_at

# The outputs for the seed 1234567, as published with many implementations of SplitMix64.
SPLITMIX_1234567 = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


@compiled
def many(state, bound, out):
    for i in range(len(out)):
        out[i] = draw(state, bound)


@compiled
def many_at(rng, bound, whole, real):
    for i in range(len(rng)):
        whole[i] = draw_at(rng, i, bound)
        real[i] = uniform_at(rng, i)


def record(start: int) -> np.recarray:
    return np.array([(0, start)], [("before", "u8"), ("rng", "u8")]).view(np.recarray)


def test_it_is_splitmix64():
    rng = np.array([1234567], np.uint64)
    assert [int(draws(rng)[0]) for _ in SPLITMIX_1234567] == SPLITMIX_1234567


def test_a_bounded_draw_is_the_upper_half_scaled_down():
    for bound in (1, 2, 6, 1000, 2**31):
        state, out = record(1234567), np.empty(len(SPLITMIX_1234567), np.int64)
        many(state[0], bound, out)
        assert out.tolist() == [(bits >> 32) * bound >> 32 for bits in SPLITMIX_1234567]
        rng, whole = np.array([1234567], np.uint64), np.empty(1, np.int64)
        real = np.empty(1)
        many_at(rng, bound, whole, real)
        assert whole[0] == out[0]
        assert real[0] == (SPLITMIX_1234567[1] >> 11) / 2**53


@pytest.mark.parametrize("bound", [2, 3, 7, 10, 100])
def test_bounded_draws_are_uniform_and_independent_of_the_one_before(bound):
    out = np.empty(200_000, np.int64)
    many(record(7)[0], bound, out)
    assert (out.min(), out.max()) == (0, bound - 1)
    assert chisquare(np.bincount(out)).pvalue > 1e-4
    pairs = out[:-1:2] * bound + out[1::2]
    assert chisquare(np.bincount(pairs, minlength=bound**2)).pvalue > 1e-4


def test_floats_are_uniform():
    rng = seeded(range(100_000))
    whole, real = np.empty(len(rng), np.int64), np.empty(len(rng))
    many_at(rng, 5, whole, real)
    assert kstest(real, "uniform").pvalue > 1e-4
    assert chisquare(np.bincount(whole)).pvalue > 1e-4


def test_neighbouring_seeds_give_unrelated_games():
    rng = seeded(range(50_000))
    first = draws(rng)
    assert len(set(first.tolist())) == 50_000
    bits = (first[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / 50_000**0.5
    flips = (first[1:] ^ first[:-1])[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1)
    assert abs(flips.sum(axis=1).mean() - 32) < 5 * 4 / 50_000**0.5


def test_a_seed_is_any_whole_number():
    assert seeded([5]).dtype == np.uint64
    assert seeded([2**64 + 5])[0] == seeded([5])[0] == seeded(np.array([5]))[0]
    assert seeded([-1])[0] == seeded([2**64 - 1])[0]
    assert len(seeded([])) == 0


def test_each_generator_advances_alone():
    rng = seeded([1, 2, 3])
    alone = seeded([2])
    for _ in range(3):
        assert draws(rng)[1] == draws(alone)[0]
    assert rng[1] == alone[0]


def test_pick_any_takes_each_true_column_equally_often():
    rng = seeded(range(60_000))
    among = np.tile([True, False, True, True, False], (60_000, 1))
    picks = pick_any(among, rng)
    counts = np.bincount(picks, minlength=5)
    assert counts[[1, 4]].tolist() == [0, 0]
    assert chisquare(counts[[0, 2, 3]]).pvalue > 1e-4
