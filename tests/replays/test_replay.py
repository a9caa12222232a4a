"""Does a replay say what was played, and does it survive its file?"""

import os
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack, structs

from envs.bad_input import BadInput
from envs.catalog import GAMES, make_game
from envs.gymnasium_face import GameEnv
from envs.parallel_face import GameParallelEnv
from envs.view import Decision
from replays import replay as replay_module
from replays.contents import from_stored, to_stored
from replays.replay import (
    Annotations,
    IllegalAction,
    Replay,
    Result,
    Seat,
    read_replay,
    record,
    simulate,
    write_replay,
)
from replays.verify import verify

SOLO = [
    "gridworld:level=cliff,slip=0.25",
    "gridworld:level=frozen_lake_4x4",
    "gridworld:level=apple_world,obs=partial,view=5",
    "gridworld:maze=3,obs=grid,time_limit=12",
]
RACE = "gridworld:level=orchard,obs=grid,foragers=2"
SEEDS = st.integers(0, 2**64 - 1)
ANN = Seat("Ann", "q_learning:alpha=0.1", "sha256:00ff")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("replays")


def played(spec: str, seed: int, wishes: list[int]) -> tuple[list[int], list[np.ndarray], GameEnv]:
    """Play through the Gymnasium face until wishes or game end; return actions, states, the face."""
    env = GameEnv(make_game(spec))
    env.reset(seed=seed)
    actions, states = [], [env.state]
    for wish in wishes:
        if states[-1].status:
            break
        env.step(wish)
        actions.append(wish)
        states.append(env.state)
    return actions, states, env


def same_state(one: np.record, other: np.record) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one.dtype.names)


def same(one: Replay, other: Replay) -> bool:
    """Whether all that stands in two replays is the same."""
    facts = [name for name in Replay.__struct_fields__ if name not in ("actions", "annotations")]
    thoughts = [replay.annotations or Annotations() for replay in (one, other)]
    arrays = [[one.actions, other.actions], *([a, b] for a, b in zip(*map(vars_of, thoughts), strict=True))]
    return all(getattr(one, name) == getattr(other, name) for name in facts) and all(
        (a is None and b is None) or np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in arrays
    )


def vars_of(annotations: Annotations) -> list:
    return [annotations.value, annotations.policy, annotations.q, annotations.visits, annotations.line]


@given(st.sampled_from(SOLO), SEEDS, st.lists(st.integers(0, 3), max_size=40), st.integers(1, 50))
def test_a_replay_says_what_was_played(folder, spec, seed, wishes, every):
    actions, states, env = played(spec, seed, wishes)
    made = record(env.game, seed, [ANN], [[action] for action in actions], hash_every=every)
    write_replay(folder / "solo.replay", made)
    read = read_replay(folder / "solo.replay")

    again = simulate(read)
    assert len(again) == len(states) == read.plies + 1
    assert all(map(same_state, again, states))
    assert read.actions.dtype == np.int64
    assert read.actions.tolist() == [[action] for action in actions]
    assert (read.game, read.kwargs, read.seed, read.seats) == ("gridworld", env.game.kwargs, seed, [ANN])
    last = states[-1]
    assert read.result == Result(last.score.tolist(), env.game.reasons[last.reason], int(last.status))
    assert read.hashes == [
        blake2b(
            b"".join(states[ply][name].tobytes() for name in states[ply].dtype.names), digest_size=8
        ).digest()
        for ply in range(len(states))
        if ply % every == 0 or ply == len(actions)
    ]
    assert same(made, read)
    assert verify(folder / "solo.replay").kind == "ok"


@given(SEEDS, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60))
def test_a_race_comes_back_as_it_was_run(folder, seed, wishes):
    game = make_game(RACE)
    face = GameParallelEnv(game)
    face.reset(seed=seed)
    actions, seen, returns = [], [face.state()], {agent: 0.0 for agent in face.possible_agents}
    for wish in wishes:
        if not face.agents:
            break
        _, rewards, *_ = face.step(dict(zip(face.possible_agents, wish, strict=True)))
        actions.append(wish)
        seen.append(face.state())
        returns = {agent: total + rewards.get(agent, 0.0) for agent, total in returns.items()}

    write_replay(folder / "race.replay", record(game, seed, [Seat("Ann"), Seat("Bob")], actions))
    read = read_replay(folder / "race.replay")
    states = simulate(read)
    assert read.actions.shape == (len(actions), 2)
    assert np.array_equal(
        [np.concatenate(game.observe(states[k : k + 1])[0][0]) for k in range(len(states))], seen
    )
    assert read.result.scores == pytest.approx([1000 * total for total in returns.values()])
    assert verify(read).ok


def test_the_same_replay_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        made = record(make_game(SOLO[0]), 5, [ANN], [[1], [0], [2]], Annotations(q=np.ones((3, 1, 4))))
        write_replay(tmp_path / name, made)
    write_replay(tmp_path / "c", read_replay(tmp_path / "a"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_a_long_game_takes_few_bytes(tmp_path):
    actions = np.random.default_rng(0).integers(0, 4, (10_000, 1))
    path = tmp_path / "long.replay"
    write_replay(path, record(make_game("gridworld:time_limit=10000,level=\nS..#G\n"), 1, [ANN], actions))
    assert path.stat().st_size < 10_000  # 2 bits an action, as random ones need, and a hash every 16


def test_a_level_of_ones_own_travels_inside_the_replay(tmp_path):
    level = tmp_path / "mine.txt"
    level.write_text("title: Mine\n\nS..G\n")
    write_replay(tmp_path / "x", record(make_game(f"gridworld:level={level}"), 0, [ANN], [[1], [1], [1]]))
    level.unlink()
    assert verify(tmp_path / "x").ok
    assert read_replay(tmp_path / "x").result.reason == "goal"
    assert str(tmp_path).encode() not in (tmp_path / "x").read_bytes()


def test_annotations_come_back_and_nan_says_nothing(tmp_path):
    policy = np.array([[[0.1, 0.2, 0.3, 0.4]], [[0.25] * 4]])
    q = np.array([[[1.0, -np.inf, 2.0, 1e300]], [[0.0] * 4]])  # minus infinity: some agents mask so
    thoughts = Annotations(value=np.array([[0.5], [np.nan]]), policy=policy, q=q)
    write_replay(tmp_path / "x", record(make_game(SOLO[0]), 0, [ANN], [[0], [0]], thoughts))
    read = read_replay(tmp_path / "x").annotations
    assert read.value.dtype == read.policy.dtype == read.q.dtype == np.float32
    np.testing.assert_array_equal(read.value, [[0.5], [np.nan]])
    np.testing.assert_allclose(read.policy, policy, rtol=1e-6)
    np.testing.assert_array_equal(read.q[0, 0], [1, np.nan, 2, np.nan])


def test_visits_and_the_line_come_back_and_have_limits(tmp_path):
    counts = np.array([[[0, 7, 2**40, 3]], [[0, 0, 0, 0]]])
    line = np.full((2, 1, 32), -1)
    line[0, 0, :3] = 3, 0, 2
    thoughts = Annotations(visits=counts, line=line)
    write_replay(tmp_path / "x", record(make_game(SOLO[0]), 0, [ANN], [[0], [0]], thoughts))
    read = read_replay(tmp_path / "x").annotations
    assert (read.value, read.policy, read.q) == (None, None, None)
    assert read.visits.tolist() == [[[0, 7, 2**32 - 1, 3]], [[0, 0, 0, 0]]]  # four bytes hold no more
    np.testing.assert_array_equal(read.line, line)
    with pytest.raises(BadInput, match="line: an action is not from 0 to 3"):
        record(make_game(SOLO[0]), 0, [ANN], [[0], [0]], Annotations(line=line + 1))


def test_a_line_of_any_length_is_kept_up_to_32_plies():
    def of(plies):
        gathered = Annotations.of([[Decision(np.array([0]), line=np.array([plies]))]], choices=50)
        return gathered.line[0, 0].tolist()

    assert of([]) == [-1] * 32
    assert of([4, 5]) == [4, 5] + [-1] * 30
    assert of(range(40)) == list(range(32))


def test_a_replay_from_before_there_were_visits_is_read(tmp_path):
    write_replay(
        tmp_path / "x", record(make_game(SOLO[0]), 0, [ANN], [[0]], Annotations(q=np.ones((1, 1, 4))))
    )
    head, _, packed = (tmp_path / "x").read_bytes().partition(b"\n")
    content = msgpack.decode(zstandard.decompress(packed))
    del content["visits"], content["line"], content["lead"], content["owner"]
    assert head == b"gamelab replay 2"
    (tmp_path / "old").write_bytes(b"gamelab replay 1\n" + zstandard.compress(msgpack.encode(content)))
    assert same(read_replay(tmp_path / "old"), read_replay(tmp_path / "x"))
    assert verify(tmp_path / "old").ok


def test_annotations_gather_what_each_seat_thought():
    said = Decision(np.array([1]), value=np.array([2.5]), policy=np.array([[0.25, 0.75]]))
    silent = Decision(
        np.array([0]),
        visits=np.array([[3, 4]]),
        lead=np.array([[1.5, np.nan]]),
        owner=np.array([[-1.0, 0.5]]),
    )
    gathered = Annotations.of([[said, None], [silent, said]], choices=2)
    np.testing.assert_array_equal(gathered.visits, [[[0, 0], [0, 0]], [[3, 4], [0, 0]]])
    assert gathered.line is None
    nan = np.nan
    np.testing.assert_array_equal(gathered.value, [[2.5, nan], [nan, 2.5]])
    np.testing.assert_array_equal(gathered.policy, [[[0.25, 0.75], [nan, nan]], [[nan, nan], [0.25, 0.75]]])
    np.testing.assert_array_equal(gathered.lead, [[[nan, nan], [nan, nan]], [[1.5, nan], [nan, nan]]])
    np.testing.assert_array_equal(gathered.owner, [[[nan, nan], [nan, nan]], [[-1, 0.5], [nan, nan]]])
    assert gathered.q is None
    assert Annotations.of([[Decision(np.array([0])), None]], choices=2) is None
    assert Annotations.of([], choices=2) is None


@pytest.mark.parametrize(("choices", "size"), [(256, 1), (257, 2), (65_536, 2)])
def test_actions_take_one_byte_or_two(choices, size):
    made = record(make_game(SOLO[0]), 0, [ANN], [[0], [1]])
    wide = structs.replace(made, choices=choices, actions=np.array([[0], [choices - 1]]))
    stored = to_stored(wide)
    assert len(stored.actions) == 2 * size
    assert from_stored(stored).actions.tolist() == wide.actions.tolist()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"actions": [[4]]}, "an action is not from 0 to 3"),
        ({"actions": [[-1]]}, "an action is not from 0 to 3"),
        ({"actions": [[1]] * 8, "level": "\nS.G\n"}, "8 plies, but the game ended after 2"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "cannot stand in a replay: .* ints"),
        ({"seats": []}, "seats"),
        ({"seats": [ANN, ANN]}, "1 scores for 2 seats"),
        ({"seats": [Seat("two\nlines")]}, "name"),
        ({"seats": [Seat("\x1b[2J")]}, "name"),
        ({"seats": [Seat("\udc80")]}, "cannot stand in a replay"),
        ({"annotations": Annotations(value=np.zeros((2, 1)))}, "value: 8 bytes, not 4"),
        ({"annotations": Annotations(policy=np.zeros((1, 1, 3)))}, "policy: 12 bytes, not 16"),
    ],
)
def test_what_no_replay_can_hold_is_refused_when_recorded(change, fault):
    level = change.pop("level", "\nS..G\n")
    given = {"seed": 0, "seats": [ANN], "actions": [[1]], **change}
    with pytest.raises(BadInput, match=fault) as refused:
        record(make_game(f"gridworld:level={level}"), **given)
    assert str(refused.value).isprintable()


def test_illegal_actions_are_refused(monkeypatch):
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
    game = make_game("tictactoe")
    seats = [Seat("x"), Seat("o")]
    won = record(game, 0, seats, [[0], [3], [1], [4], [2]])
    assert won.result == Result(simulate(won).score[-1].tolist(), "a row", 1)
    with pytest.raises(IllegalAction, match="a3 is not legal at ply 2"):
        record(game, 0, seats, [[0], [3], [0]])


def test_simulating_is_limited_in_memory_and_reading_in_time(tmp_path, monkeypatch):
    made = record(make_game(SOLO[0]), 0, [ANN], [[0]] * 50)
    write_replay(tmp_path / "x", made)
    size = make_game(SOLO[0]).template.nbytes
    monkeypatch.setattr(replay_module, "MAX_STATES", 51 * size)
    assert len(simulate(made)) == 51
    monkeypatch.setattr(replay_module, "MAX_STATES", 51 * size - 1)
    with pytest.raises(BadInput, match="51 states"):
        simulate(made)
    monkeypatch.setattr(replay_module, "MAX_WORK", 50 * size)
    with pytest.raises(BadInput, match="50 plies of so large a game"):
        read_replay(tmp_path / "x")


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch, trouble, step):
    old, new = (record(make_game(SOLO[0]), seed, [ANN], [[0]] * 20) for seed in (1, 2))
    write_replay(tmp_path / "x.replay", old)

    def fail(*_):
        raise trouble

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(BadInput if isinstance(trouble, OSError) else KeyboardInterrupt) as stopped:
        write_replay(tmp_path / "x.replay", new)
    if isinstance(trouble, OSError):
        assert str(stopped.value) == f"{tmp_path / 'x.replay'}: cannot be written: No space left on device"
    assert os.listdir(tmp_path) == ["x.replay"]
    assert same(read_replay(tmp_path / "x.replay"), old)


def test_a_replay_is_whole_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    happened, fsync, replace = [], os.fsync, Path.replace

    def watched_fsync(descriptor):
        happened.append(("fsync", os.readlink(f"/proc/self/fd/{descriptor}"), os.fstat(descriptor).st_size))
        fsync(descriptor)

    def watched_replace(draft, path):
        happened.append(("replace", str(draft), draft.stat().st_size))
        return replace(draft, path)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    write_replay(tmp_path / "x.replay", record(make_game(SOLO[0]), 1, [ANN], [[0]]))
    size = (tmp_path / "x.replay").stat().st_size
    (first, draft, synced), (second, renamed, whole), (third, folder, _) = happened
    assert (first, second, third) == ("fsync", "replace", "fsync")
    assert synced == whole == size
    assert draft == renamed
    assert folder == str(tmp_path)
    assert Path(draft).parent == tmp_path


def test_where_a_replay_cannot_be_written_one_line_says_so(tmp_path):
    made = record(make_game(SOLO[0]), 1, [ANN], [[0]])
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "nowhere" / "x.replay", tmp_path / "folder", tmp_path / ("x" * 300), "", "/"):
        with pytest.raises(BadInput, match="cannot be written"):
            write_replay(path, made)
    assert os.listdir(tmp_path) == ["folder"]
