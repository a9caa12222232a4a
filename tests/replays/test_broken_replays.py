"""Does a broken or hostile replay file ever do more than get one clear line, or an honest verdict?"""

import os
import random
import sys
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import zstandard
from msgspec import msgpack

import envs
from envs.bad_input import BadInput
from envs.catalog import make_game
from replays.file import MAX_CONTENT, MAX_FILE
from replays.replay import Annotations, Seat, read_replay, record, write_replay
from replays.verify import verify

MAGIC = b"gamelab replay 2\n"
LEVELS = Path(envs.__file__).parent / "gridworld" / "levels"
_opened: list[str] | None = None


def _note(event, arguments):
    if _opened is not None and event == "open":
        _opened.append(str(arguments[0]))


sys.addaudithook(_note)


@pytest.fixture
def opened():
    """Every file that is opened during the test, by whatever means."""
    global _opened  # noqa: PLW0603
    _opened = []
    yield _opened
    _opened = None


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Return the bytes of a sound replay with everything in it."""
    path = tmp_path_factory.mktemp("sound") / "sound.replay"
    rng = np.random.default_rng(0)
    thoughts = Annotations(rng.normal(size=(30, 2)), rng.random((30, 2, 4)), rng.normal(size=(30, 2, 4)))
    game = make_game("gridworld:level=orchard,obs=grid,foragers=2")
    seats = [Seat("Ann", "greedy", "sha256:1"), Seat("Bob")]
    write_replay(path, record(game, 7, seats, rng.integers(0, 4, (30, 2)), thoughts, hash_every=7))
    return path.read_bytes()


def content_of(data: bytes) -> bytes:
    return zstandard.decompress(data.removeprefix(MAGIC))


def wrapped(content: bytes) -> bytes:
    return MAGIC + zstandard.compress(content)


def rewritten(data: bytes, **changes) -> bytes:
    return wrapped(msgpack.encode(msgpack.decode(content_of(data)) | changes))


def answer(path: Path, data: bytes) -> str:
    """Return the kind of verdict, or the line of a BadInput; anything else that is raised fails the test."""
    path.write_bytes(data)
    try:
        verdict = verify(path)
    except BadInput as error:
        line = str(error)
        assert line.startswith(f"{path}: ")
        assert line.isprintable()
        assert len(line) < len(str(path)) + 310
        return line.removeprefix(f"{path}: ")
    assert verdict.kind in ("ok", "desync", "claim mismatch", "cannot verify")
    assert verdict.detail.isprintable()
    return str(verdict.kind)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to four small accidents."""
    broken = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(broken) + 1)
        accident = rng.randrange(5)
        if accident == 0 and at < len(broken):
            broken[at] ^= 1 << rng.randrange(8)
        elif accident == 1:
            del broken[at:]
        elif accident == 2:
            broken[at:at] = rng.randbytes(rng.randint(1, 8))
        elif accident == 3:
            del broken[at : at + rng.randint(1, 8)]
        else:
            broken[at : at + 1] = rng.choice(
                [b"\xff", b"\x00", b"\xc0", b"\xdd\xff\xff\xff\xff", b"\x93", b"\xa1\xff"]
            )
    return bytes(broken)


def test_the_sound_file_is_sound(sound, tmp_path):
    assert answer(tmp_path / "x", sound) == "ok"
    assert answer(tmp_path / "x", rewritten(sound)) == "ok"


def test_accidents_to_the_file_are_noticed(sound, tmp_path):
    rng = random.Random(1)
    for _ in range(300):
        data = mutated(sound, rng)
        assert data == sound or answer(tmp_path / "x", data) not in ("ok", "desync", "claim mismatch")


def test_accidents_to_the_content_get_a_line_or_a_verdict(sound, tmp_path):
    rng, content, answers = random.Random(2), content_of(sound), Counter()
    for _ in range(600):
        answers[answer(tmp_path / "x", wrapped(mutated(content, rng))).split(":")[0]] += 1
    assert {"ok", "desync", "not a sound replay"} <= answers.keys()


def test_random_bytes_get_a_line(tmp_path):
    rng = random.Random(3)
    for length in [0, 1, 2, 10, 100, 1000] * 10:
        noise = rng.randbytes(length)
        for data in (noise, MAGIC + noise, wrapped(noise)):
            assert answer(tmp_path / "x", data).startswith("not a ")


STRANGE = [
    None,
    True,
    -1,
    0,
    2**63,
    2**64 - 1,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\n",
    "\x1b[2J",
    "é" * 2000,
]
STRANGE += [b"", b"\xff" * 60, [], [[]], [None], ["x"] * 20, {}, {"x": 1}, {"": None}, {"level": []}, {1: 2}]
STRANGE += [[{"name": "x"}] * 2, [{"name": "x", "code": "os.system"}] * 2, "../../etc/passwd", "os:system"]


def test_strange_values_in_any_field_get_a_line_or_a_verdict(sound, tmp_path):
    for field in msgpack.decode(content_of(sound)):
        if field != "made_by":  # which may be any text
            answers = {answer(tmp_path / "x", rewritten(sound, **{field: value})) for value in STRANGE}
            assert len(answers) > 1, field


@pytest.mark.parametrize(
    "key", ["level", "obs", "slip", "view", "foragers", "time_limit", "maze", "maze_seed", "x"]
)
def test_strange_settings_of_the_game_get_a_line_or_a_verdict(sound, tmp_path, key):
    more = [
        "1e999999999",
        "1/0",
        "9" * 5000,
        "90x90",
        -(2**63),
        "grid",
        "partial",
        "\n" * 200_000,
        "slip: 1e9999999\n\nSG",
    ]
    for value in [*STRANGE, *more]:
        settings = {"level": "orchard", "obs": "grid", "foragers": 2, key: value}
        if key.startswith("maze"):
            del settings["level"]
        found = answer(tmp_path / "x", rewritten(sound, kwargs=settings))
        assert found != "ok" or value in (None, 0, "grid")  # which change nothing about the game


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"game": "tetris"}, "unknown game 'tetris'"),
        ({"game": "os:system"}, "unknown game 'os:system'"),
        ({"code": "print(1)"}, "not a sound replay: Object contains unknown field `code`"),
        ({"c\x1b\nd": 1}, "not a sound replay: Object contains unknown field `c??d`"),
        ({"actions": bytes(59)}, "actions: 59 bytes, not 58"),
        ({"actions": b"\x04" * 60}, "action 4 is not from 0 to 3"),
        ({"actions": bytes(2_000_002)}, "1000001 plies; 1000000 are allowed"),
        ({"actions": bytes(70), "value": None}, "policy: 960 bytes, not 1120"),
        ({"value": bytes(236)}, "value: 236 bytes, not 240"),
        ({"q": np.full(240, np.inf, "<f4").tobytes()}, "q: infinite"),
        ({"visits": bytes(959)}, "visits: 959 bytes, not 960"),
        ({"line": bytes(60 * 33 * 4)}, "line: 7920 bytes, not 7680"),
        ({"line": np.full(60 * 32, -2, "<i4").tobytes()}, "line: an action is not from 0 to 3"),
        ({"hash_every": 5}, "6 hashes for 30 plies, not 7"),
        ({"hash_every": 0}, "not a sound replay: Expected `int` >= 1 - at `$.hash_every`"),
        (
            {"hashes": [bytes(7)] * 6},
            "not a sound replay: Expected `bytes` of length >= 8 - at `$.hashes[0]`",
        ),
        ({"result": {"scores": [1], "reason": "playing", "status": 0}}, "1 scores for 2 seats"),
        ({"seats": [{"name": "Ann"}]}, "2 scores for 1 seats"),
        (
            {"kwargs": {"level": "orchard", "obs": "grid", "foragers": 3}},
            "(seats, seats acting, actions) are (2, 2, 4)",
        ),
        (
            {"choices": 300, "actions": bytes(120), "policy": None, "q": None},
            "(seats, seats acting, actions) are (2, 2, 300)",
        ),
        ({"kwargs": {"levl": "orchard"}}, "gridworld: unknown key 'levl'. Did you mean 'level'"),
        ({"kwargs": {"level": "no map\n"}}, "level:1:1: "),
    ],
)
def test_the_line_names_the_fault(sound, tmp_path, changes, line):
    assert answer(tmp_path / "x", rewritten(sound, **changes)).startswith(line)


def bomb(zeros: int, declared: bool = True) -> bytes:
    """Return a frame of so many zeros, a few kilobytes; whether it says how many they are or not."""
    compressor = zstandard.ZstdCompressor(write_content_size=declared)
    stream = compressor.compressobj(size=zeros if declared else -1)
    return b"".join(stream.compress(bytes(2**24)) for _ in range(zeros // 2**24)) + stream.flush()


def lying(packed: bytes, size: int) -> bytes:
    """Return the frame with another declared size (RFC 8878, 3.1.1.1: the four bytes after the window's)."""
    descriptor = packed[4]
    assert descriptor >> 6 == 2, "a content size of four bytes"
    at = 5 if descriptor & 32 else 6
    return packed[:at] + size.to_bytes(4, "little") + packed[at + 4 :]


HUGE = {
    "bomb": (MAGIC + bomb(2**30), "content of 1073741824 bytes"),
    "bomb that hides its size": (MAGIC + bomb(2**28, declared=False), "content of -1 bytes"),
    "bomb that lies small": (MAGIC + lying(bomb(2**28), 1000), "not a sound replay"),
    "bomb that lies large": (MAGIC + lying(bomb(2**26), 2**32 - 1), "content of 4294967295 bytes"),
    "two frames": (wrapped(b"\x80") + bomb(2**26), "not a sound replay"),
    "deep lists": (wrapped(b"\x91" * 10_000_000), "not a sound replay"),
    "deep objects": (wrapped(b"\x81\xa4game" * 1_000_000), "not a sound replay"),
    "deep setting": (wrapped(b"\x81\xa6kwargs\x81\xa5level" + b"\x91" * 1_000_000), "not a sound replay"),
    "many lists": (
        wrapped(b"\x81\xa5seats\xdd\x03\x00\x00\x00" + b"\x90" * 50_000_000),
        "not a sound replay",
    ),
    "endless list": (wrapped(b"\x81\xa6hashes\xdd\xff\xff\xff\xff"), "not a sound replay"),
    "endless object": (wrapped(b"\x81\xa6kwargs\xdf\xff\xff\xff\xff"), "not a sound replay"),
    "endless text": (wrapped(b"\x81\xa4game\xdb\xff\xff\xff\xff"), "not a sound replay"),
    "endless bytes": (wrapped(b"\x81\xa7actions\xc6\xff\xff\xff\xff"), "not a sound replay"),
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_files_take_little_memory(tmp_path, name):
    data, line = HUGE[name]
    assert len(data) < 100_000
    tracemalloc.start()
    try:
        assert answer(tmp_path / "x", data).startswith(("not a sound replay", line))
        assert line in answer(tmp_path / "x", data)
        assert tracemalloc.get_traced_memory()[1] < 2 * MAX_CONTENT
    finally:
        tracemalloc.stop()


def test_too_long_a_replay_is_not_written(sound, tmp_path):
    replay = read_replay_of(sound, tmp_path)
    wide = np.zeros((30, 2, 300_000), np.float32)
    stored = record(replay.make_game(), 7, replay.seats, replay.actions, hash_every=7)
    assert verify(stored).ok
    with pytest.raises(BadInput, match="more than a replay can hold"):
        record(replay.make_game(), 7, replay.seats, replay.actions, Annotations(policy=wide))


def read_replay_of(data: bytes, folder: Path):
    (folder / "x").write_bytes(data)
    return read_replay(folder / "x")


@pytest.mark.parametrize(
    "level", ["/etc/hostname", "../mine", "mine", "5", 5, "mine.txt", "~/mine", ".", "", None, True]
)
def test_no_file_of_the_reader_is_read(sound, tmp_path, monkeypatch, opened, level):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    for file in (
        tmp_path / "mine",
        home / "mine",
        home / "5",
        home / "None",
        home / "True",
        home / "mine.txt",
    ):
        file.write_text("\nS..o\nS...\n")
    for version in (1, 99):
        data = rewritten(sound, rules_version=version, kwargs={"level": level, "obs": "grid", "foragers": 2})
        opened.clear()
        assert answer(tmp_path / "x", data).startswith(f"level {str(level)!r} is neither one of ours")
        assert set(opened) == {str(tmp_path / "x")}


def test_the_files_that_are_read_are_our_levels(sound, tmp_path, opened):
    verify(read_replay_of(sound, tmp_path))  # whatever is loaded and compiled at first use
    opened.clear()
    read_replay(tmp_path / "x").make_game()
    assert set(opened) == {str(tmp_path / "x"), str(LEVELS / "orchard.txt")}


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="pipe: not a file"):
        read_replay(tmp_path / "pipe")
    with pytest.raises(BadInput, match="zero: not a file"):
        read_replay("/dev/zero")
    with pytest.raises(BadInput, match="Is a directory"):
        read_replay(tmp_path)
    for path in ("", tmp_path / "x" / "y", tmp_path / ("x" * 300)):
        with pytest.raises(BadInput):
            read_replay(path)


def test_too_large_a_file_is_not_read(tmp_path):
    with (tmp_path / "x").open("wb") as file:
        file.truncate(2**40)
    tracemalloc.start()
    try:
        with pytest.raises(BadInput, match="larger than 16 MiB"):
            read_replay(tmp_path / "x")
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_FILE
    finally:
        tracemalloc.stop()
