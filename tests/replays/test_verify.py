"""Does verification find every change that matters, at the right ply?"""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from envs.bad_input import BadInput
from envs.catalog import GAMES, make_game
from envs.gridworld.game import Gridworld
from replays.contents import to_stored
from replays.file import pack
from replays.replay import OtherVersion, Result, Seat, read_replay, record, simulate, write_replay
from replays.verify import verify

SPECS = {
    "gridworld:level=cliff,slip=0.25": 1,
    "gridworld:level=frozen_lake_4x4": 1,
    "gridworld:level=orchard,obs=grid,foragers=2": 2,
}


def same_state(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one.dtype.names)


def states_after(game, seed, actions):
    """Return the states [plies + 1] by stepping a copy for each ply; a game that has ended stays as it is."""
    states = [game.new_states([seed])]
    for action in actions:
        states.append(states[-1].copy())
        game.step(states[-1], np.array([action]))
    return states


def walk(spec, seed, wishes):
    """Return a game and those of the wished actions that it takes to end, or all."""
    game = make_game(spec)
    ended = [int(state.status[0]) for state in states_after(game, seed, wishes)]
    return game, wishes[: ended.index(1)] if 1 in ended else wishes


@given(
    st.sampled_from(sorted(SPECS)),
    st.integers(0, 2**32),
    st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=1, max_size=40),
    st.integers(1, 12),
    st.data(),
)
def test_another_action_is_found_at_the_first_hash_after_it(spec, seed, wishes, every, data):
    acting = SPECS[spec]
    game, actions = walk(spec, seed, [wish[:acting] for wish in wishes])
    true = record(game, seed, [Seat("x")] * acting, actions, hash_every=every)
    ply = data.draw(st.integers(0, len(actions) - 1))
    seat = data.draw(st.integers(0, acting - 1))
    changed = true.actions.copy()
    changed[ply, seat] = (changed[ply, seat] + data.draw(st.integers(1, 3))) % 4

    before, after = states_after(game, seed, true.actions), states_after(game, seed, changed)
    differs = [not same_state(a, b) for a, b in zip(before, after, strict=True)]
    hashed = [k for k in range(len(differs)) if k % every == 0 or k == len(actions)]
    desync = next((k for k in hashed if differs[k]), None)
    early = next((k for k in range(len(actions)) if after[k].status[0]), None)

    verdict = verify(structs.replace(true, actions=changed))
    if desync is not None and (early is None or desync <= early):
        assert (verdict.kind, verdict.ply) == ("desync", desync)
        assert desync > ply
    elif early is not None:
        assert (verdict.kind, verdict.ply) == ("claim mismatch", early)
    else:
        assert verdict.kind == "ok"
        assert not differs[-1]


@given(st.integers(0, 2**63), st.integers(0, 2**63))
def test_another_seed_is_found_at_the_start(seed, other):
    assume(seed != other)
    true = record(make_game("gridworld:level=cliff"), seed, [Seat("x")], [[0], [1]])
    verdict = verify(structs.replace(true, seed=other))
    assert (verdict.kind, verdict.ply) == ("desync", 0)


@pytest.mark.parametrize(("index", "ply"), [(0, 0), (1, 5), (2, 10), (3, 12)])
def test_a_false_hash_is_found_at_its_ply(index, ply):
    true = record(make_game("gridworld:level=cliff"), 1, [Seat("x")], [[0]] * 12, hash_every=5)
    hashes = [bytes(8) if k == index else digest for k, digest in enumerate(true.hashes)]
    verdict = verify(structs.replace(true, hashes=hashes))
    assert (verdict.kind, verdict.ply) == ("desync", ply)
    assert str(verdict) == f"desync: another state than recorded at ply {ply}"


def test_another_level_is_found_at_the_start():
    true = record(make_game("gridworld:level=\nS..G\n"), 1, [Seat("x")], [[1]])
    verdict = verify(structs.replace(true, kwargs={"level": "\nS.~G\n"}))
    assert (verdict.kind, verdict.ply) == ("desync", 0)


@pytest.mark.parametrize("claim", [{"scores": [1_000_000]}, {"reason": "goal"}, {"status": 1}])
def test_a_false_claim_is_found(tmp_path, claim):
    true = record(make_game("gridworld:level=cliff"), 1, [Seat("x")], [[0], [0]])
    assert true.result == Result([-2000], "playing", 0)
    write_replay(tmp_path / "x", structs.replace(true, result=structs.replace(true.result, **claim)))
    verdict = verify(tmp_path / "x")
    assert (verdict.kind, verdict.ply) == ("claim mismatch", 2)


def test_actions_after_the_end_are_a_false_claim():
    true = record(make_game("gridworld:level=\nS.G\n"), 1, [Seat("x")], [[1], [1]], hash_every=1)
    assert verify(true).ok
    # Hashes and result are right for a game that stays as it is: only that it goes on is false.
    longer = structs.replace(
        true, actions=np.ones((4, 1), np.int64), hashes=true.hashes + true.hashes[-1:] * 2
    )
    verdict = verify(longer)
    assert (verdict.kind, verdict.ply) == ("claim mismatch", 2)
    assert verdict.detail == "the game ended at ply 2, but 2 more were recorded"


def test_a_replay_of_no_ply_can_be_true():
    assert verify(record(make_game("gridworld:level=cliff"), 1, [Seat("x")], [])).ok


def test_an_illegal_action_is_a_desync(monkeypatch):
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
    true = record(make_game("tictactoe"), 0, [Seat("x"), Seat("o")], [[0], [3], [1]])
    verdict = verify(structs.replace(true, actions=np.array([[0], [3], [3]])))
    assert (verdict.kind, verdict.ply) == ("desync", 2)
    assert "is not legal at ply 2" in verdict.detail


def test_other_rules_cannot_be_verified_but_read(tmp_path, monkeypatch):
    write_replay(tmp_path / "x", record(make_game("gridworld:level=cliff"), 1, [Seat("x")], [[0], [0]]))
    ours = Gridworld.rules_version
    monkeypatch.setattr(Gridworld, "rules_version", ours + 1)
    verdict = verify(tmp_path / "x")
    assert (verdict.kind, verdict.ply) == ("cannot verify", None)
    assert verdict.detail == f"played by gridworld rules {ours}; this gamelab has {ours + 1}"
    old = read_replay(tmp_path / "x")
    assert old.result.scores == [-2000]
    with pytest.raises(OtherVersion):
        simulate(old)


def test_another_format_can_be_neither_verified_nor_read(tmp_path):
    path = tmp_path / "x.replay"
    true = record(make_game("gridworld:level=cliff"), 1, [Seat("x")], [[0], [0]])
    path.write_bytes(pack(to_stored(true)).replace(b"gamelab replay 2\n", b"gamelab replay 27\n", 1))
    assert verify(path).kind == "cannot verify"
    with pytest.raises(OtherVersion, match="format 27; this gamelab reads formats 1 to 2"):
        read_replay(path)


def test_what_is_no_replay_gets_no_verdict(tmp_path):
    with pytest.raises(BadInput, match="No such file or directory"):
        verify(tmp_path / "nowhere.replay")


def test_who_gave_up_is_told_beside_the_result():
    game = make_game("gridworld:level=corridor")
    for actions, kind in ([[[1]] * 3, "ok"], [[[1]] * 6, "claim mismatch"]):
        true = record(game, 1, [Seat("x")], actions)
        assert verify(true).ok
        verdict = verify(structs.replace(true, loser=0, ending="resigned"))
        assert (verdict.kind, verdict.ply) == (kind, len(actions))
    with pytest.raises(BadInput, match="seat 1 lost, of 1 seats"):
        verify(structs.replace(true, loser=1, ending="resigned"))
