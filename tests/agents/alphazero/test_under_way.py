"""Does self-play that was kept go on as if nothing had been between, and is a broken file of it refused?"""

import numpy as np
import pytest
import torch

from agents.alphazero.agent import AlphaZero
from agents.alphazero.network import Network
from agents.alphazero.self_play import SelfPlay
from agents.alphazero.under_way import kept, take_up
from agents.saved import UNDER_WAY
from arena.training import begin, resume
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import seeded
from envs.goban.observation import PLANES

SPEC = "goban:size=3,komi=0.5"
ALONE = {
    "games": 9,
    "threads": 3,
    "window": 300,
    "batch_size": 16,
    "channels": 8,
    "blocks": 1,
    "simulations": 5,
}
SETTINGS = {"window": 90, "simulations": 6, "considered": 4, "openings": 4, "win_weighs": 0.5}


def begun(turns=0, threads=1):
    torch.manual_seed(0)
    self_play = SelfPlay(
        make_game(SPEC), Network(len(PLANES), 8, 1), seeded(range(6)), threads=threads, **SETTINGS
    )
    self_play.play(turns)
    return self_play


def same(first, second):
    return first.keys() == second.keys() and all(
        np.array_equal(array, second[name], equal_nan=array.dtype.kind == "f")
        for name, array in first.items()
    )


@pytest.mark.parametrize("turns", [0, 7, 200])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_record_is_the_same_again(turns, threads):
    one, other = begun(turns, threads), begun(3, threads)
    take_up(other, make_game(SPEC), kept(one))
    assert same(kept(one), kept(other))
    for part, again in zip(one.parts, other.parts, strict=True):
        assert part.games.state.tobytes() == again.games.state.tobytes()
        assert np.array_equal(part._seen, again._seen)
        for g, used in enumerate(part.trees.used):
            assert part.trees.state[g, :used].tobytes() == again.trees.state[g, :used].tobytes()
            assert np.array_equal(part.trees.node.child[g, :used], again.trees.node.child[g, :used])
            learnt_from = slice(part.games.first[g], part.games.state.ply[g])
            assert np.array_equal(part.games.seen[g, learnt_from], again.games.seen[g, learnt_from])


def test_a_run_that_was_cut_learns_what_one_that_was_not_does(tmp_path):
    settings = {"seed": 2, "settings": ALONE, "evaluations": 0, "checkpoint_minutes": 0.001}
    begin("alphazero", SPEC, steps=1500, out=tmp_path / "whole", **settings)
    whole = resume(tmp_path / "whole")
    begin("alphazero", SPEC, steps=600, out=tmp_path / "cut", **settings)
    assert resume(tmp_path / "cut").steps < whole.steps
    resume(tmp_path / "cut", steps=1500)
    for name in ("arrays.safetensors", UNDER_WAY):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes(), name


def test_what_learns_on_goes_on_with_its_games():
    once = AlphaZero(SPEC, seed=1, **ALONE).learn(1000)
    twice = AlphaZero(SPEC, seed=1, **ALONE).learn(400)
    twice.learn(1000 - twice.steps)
    assert same(once.arrays(), twice.arrays())
    assert same(once.under_way(), twice.under_way())


def test_of_two_the_second_begins_anew_with_its_share_of_what_is_known(tmp_path):
    settings = {"settings": ALONE | {"games": 8, "threads": 1}, "evaluations": 0}
    begin("alphazero", SPEC, steps=600, out=tmp_path / "run", **settings)
    before = resume(tmp_path / "run")
    after = resume(tmp_path / "run", steps=1200)
    assert after.steps > before.steps + 300


def test_a_file_of_another_checkpoint_counts_for_nothing(tmp_path):
    begin("alphazero", SPEC, steps=600, out=tmp_path / "run", settings=ALONE, evaluations=0)
    resume(tmp_path / "run")
    early = (tmp_path / "run" / UNDER_WAY).read_bytes()
    resume(tmp_path / "run", steps=900)
    (tmp_path / "run" / UNDER_WAY).write_bytes(early)
    assert resume(tmp_path / "run", steps=1200).steps >= 1200


@pytest.mark.parametrize(
    ("name", "at", "value", "words"),
    [
        ("0/moves", (0, 0), 10, "not legal"),
        ("0/moves", (0, 0), -1, "not legal"),
        ("0/ply", 0, 10_000, "game under way"),
        ("0/first", 0, -1, "game under way"),
        ("0/komi", 0, 10**6, "komi is beyond"),
        ("0/komi", 0, -(2**31), "komi is beyond"),
        ("0/used", 1, 0, "of a tree"),
        ("0/used", 1, 999, "of a tree"),
        ("0/begun", 0, -2, "of a tree"),
        ("0/parent", (0, 2), 5, "of a tree, in game 0"),
        ("0/parent", (0, 1), -1, "of a tree, in game 0"),
        ("0/via", (0, 1), 10, "of a tree, in game 0"),
        ("0/via", (0, 1), -4, "of a tree, in game 0"),
        ("0/visits", (0, 0, 0), -1, "number of visits"),
        ("0/visits", (0, 0, 0), 2**30, "number of visits"),
        ("0/pending", (0, 0, 0), 99, "number of visits"),
        ("0/leaf", (0, 0), 500, "to be judged"),
        ("0/leaf", (0, 0), 0, "to be judged"),
        ("window/score", 0, 10, "beyond"),
        ("window/owner", (0, 0), -128, "beyond"),
        ("window/written", (0, 0), -1, "below 0"),
        ("0/policy", (0, 0), np.nan, "'0/policy' holds what is not a number"),
    ],
)
def test_what_is_not_of_self_play_is_refused_and_changes_nothing(name, at, value, words):
    arrays = {key: array.copy() for key, array in kept(begun(40)).items()}
    arrays[name][at] = value
    fresh = begun()
    before = {key: array.copy() for key, array in kept(fresh).items()}
    with pytest.raises(BadInput, match=words):
        take_up(fresh, make_game(SPEC), arrays)
    assert same(before, kept(fresh))


def test_whatever_stands_in_the_arrays_is_refused_or_played_on_from():
    """Numbers drawn at random in any of them: nothing else may be raised, and no index may go astray."""
    rng = np.random.default_rng(0)
    sound = kept(begun(60))
    game = make_game(SPEC)
    taken = 0
    for _ in range(120):
        arrays = {key: array.copy() for key, array in sound.items()}
        name = str(rng.choice(list(arrays)))
        flat = arrays[name].reshape(-1)
        where = rng.integers(len(flat), size=3)
        drawn = rng.integers(-300, 300, size=3) * rng.choice([0.01, 1, 1e6], size=3)
        with np.errstate(all="ignore"):
            flat[where] = drawn.astype(flat.dtype)
        self_play = begun()
        try:
            take_up(self_play, game, arrays)
        except BadInput:
            continue
        self_play.play(30)
        taken += 1
    assert 10 < taken < 120


def test_a_missing_or_misshapen_array_is_named(tmp_path):
    begin("alphazero", SPEC, steps=300, out=tmp_path / "run", settings=ALONE, evaluations=0)
    resume(tmp_path / "run")
    (tmp_path / "run" / UNDER_WAY).write_bytes(b"nonsense")
    with pytest.raises(BadInput, match=rf"{UNDER_WAY}: not a safetensors file"):
        resume(tmp_path / "run", steps=600)
    arrays = kept(begun())
    for name in ("0/worth", "0/moves"):
        with pytest.raises(BadInput, match=name):
            take_up(begun(), make_game(SPEC), {key: array for key, array in arrays.items() if key != name})
        with pytest.raises(BadInput, match=name):
            take_up(begun(), make_game(SPEC), arrays | {name: arrays[name][:2]})
    later = kept(begun(40))
    with pytest.raises(BadInput, match="policy has not a row for each ply"):
        take_up(begun(), make_game(SPEC), later | {"0/policy": later["0/policy"][:-1]})
