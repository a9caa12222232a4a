"""Is whatever stands in a file or a spec either understood or refused in one line, and never run?"""

import io
import json
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from agents.agent import Agent
from agents.catalog import AGENTS, load_agent, make_agent
from agents.q_learning import QLearning
from agents.task import Task
from arena.cli import main
from envs.bad_input import BadInput
from envs.catalog import GAMES, game_class, make_env, make_game
from envs.catalog import settings as game_settings
from envs.game import Game

CORRIDOR = "gridworld:level=corridor"


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> tuple[bytes, bytes]:
    folder = tmp_path_factory.mktemp("sound")
    QLearning(CORRIDOR, seed=1, double=True).learn(200).save(folder, {"mean_return": 0.5})
    return (folder / "agent.json").read_bytes(), (folder / "arrays.safetensors").read_bytes()


def understood_or_refused(make: Callable[[], object], kind: type, about: str = "") -> object | None:
    """Make it; return None where it was refused in one line that names what is at fault."""
    try:
        made = make()
    except BadInput as error:
        line = str(error)
        assert line.startswith(about)
        assert line.strip()
        assert "\n" not in line
        return None
    assert isinstance(made, kind)
    return made


def agent_of(folder: Path, card: bytes, arrays: bytes) -> object | None:
    (folder / "agent.json").write_bytes(card)
    (folder / "arrays.safetensors").write_bytes(arrays)
    return understood_or_refused(lambda: load_agent(folder), Agent, str(folder))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("agent")


damage = st.lists(
    st.tuples(st.floats(0, 0.9999), st.integers(0, 9), st.binary(max_size=9)), min_size=1, max_size=4
)


def damaged(data: bytes, cuts: list[tuple[float, int, bytes]]) -> bytes:
    for at, drop, noise in cuts:
        start = int(at * len(data))
        data = data[:start] + noise + data[start + drop :]
    return data


# Saved agents.


def test_the_sound_agent_is_loaded(folder, sound):
    assert isinstance(agent_of(folder, *sound), QLearning)


@given(damage)
@settings(max_examples=300)
def test_a_damaged_card_is_read_or_refused(folder, sound, cuts):
    agent_of(folder, damaged(sound[0], cuts), sound[1])


@given(damage)
@settings(max_examples=300)
def test_damaged_arrays_are_read_or_refused(folder, sound, cuts):
    agent_of(folder, sound[0], damaged(sound[1], cuts))


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_random_bytes_are_no_agent(folder, card, arrays):
    assert agent_of(folder, card, arrays) is None


def paths(value: object, here: tuple = ()) -> list[tuple]:
    """Return the way to every value in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, one in inner for path in paths(one, (*here, key)))]


def with_value(document: object, path: tuple, value: object) -> object:
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = with_value(document[path[0]], path[1:], value)
    return copy


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.just(10**30)
    | st.just("x" * 5000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@given(st.data())
@settings(max_examples=400)
def test_a_card_with_another_value_somewhere_is_read_or_refused(folder, sound, data):
    card = json.loads(sound[0])
    path = data.draw(st.sampled_from(paths(card)))
    changed = json.dumps(with_value(card, path, data.draw(values))).encode()
    agent_of(folder, changed, sound[1])


@given(
    st.dictionaries(
        st.sampled_from(["level", "obs", "slip", "view", "foragers", "time_limit", "maze", "x"]),
        values,
        max_size=4,
    )
)
@settings(max_examples=200)
def test_a_card_for_another_environment_is_read_or_refused(folder, sound, kwargs):
    card = json.loads(sound[0]) | {"env": {"game": "gridworld", "kwargs": kwargs}}
    agent_of(folder, json.dumps(card).encode(), sound[1])


arrays = st.dictionaries(
    st.sampled_from(["tables", "visits", "other"]),
    st.tuples(st.sampled_from(["f8", "f4", "i8", "u1", "bool"]), st.lists(st.integers(0, 8), max_size=3)),
    max_size=3,
)


@given(arrays)
def test_arrays_of_another_shape_or_type_are_refused(folder, sound, wanted):
    content = {name: np.zeros(shape, dtype) for name, (dtype, shape) in wanted.items()}
    assert agent_of(folder, sound[0], save(content)) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_table_that_is_not_finite_is_refused(folder, sound, bad):
    agent = QLearning(CORRIDOR, double=True)
    agent.tables[0, 0, 0] = bad
    assert agent_of(folder, sound[0], save(agent.arrays())) is None


@pytest.mark.parametrize("depth", [1000, 100_000])
def test_a_card_nested_deep_is_refused(folder, sound, depth):
    assert agent_of(folder, b'{"config":' + b"[" * depth, sound[1]) is None
    assert agent_of(folder, b'{"a":' * depth, sound[1]) is None


@pytest.mark.parametrize("missing", ["agent.json", "arrays.safetensors"])
def test_a_missing_file_is_named(tmp_path, sound, missing):
    assert agent_of(tmp_path, *sound)
    (tmp_path / missing).unlink()
    with pytest.raises(BadInput, match=f"{missing}: No such file"):
        load_agent(tmp_path)
    (tmp_path / missing).mkdir()
    with pytest.raises(BadInput, match=f"{missing}: Is a directory"):
        load_agent(tmp_path)


class Touch:
    """What runs where someone unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple:
        return os.mkdir, (self.path,)


def test_nothing_in_a_file_is_run(tmp_path, folder, sound):
    mark = tmp_path / "ran"
    for data in (pickle.dumps(Touch(mark)), pickle.dumps(Touch(mark), protocol=0)):
        assert agent_of(folder, data, sound[1]) is None
        assert agent_of(folder, sound[0], data) is None
    card = json.loads(sound[0])
    (tmp_path / "evil_module.py").write_text(f"import os; os.mkdir({str(mark)!r})")
    sys.path.insert(0, str(tmp_path))
    try:
        for name in ("evil_module:Env-v0", "evil_module", f"{tmp_path}/evil_module:x"):
            for change in (
                {"algorithm": name},
                {"env": {"gymnasium": name, "kwargs": {}}},
                {"env": {"game": name, "kwargs": {}}},
            ):
                assert agent_of(folder, json.dumps(card | change).encode(), sound[1]) is None
            assert understood_or_refused(lambda name=name: make_agent(name, Task(CORRIDOR)), Agent) is None
            assert understood_or_refused(lambda name=name: make_env(name), object) is None
    finally:
        sys.path.remove(str(tmp_path))
    assert not mark.exists()
    pickle.loads(pickle.dumps(Touch(mark)))  # the bait works
    assert mark.exists()


@given(damage, st.booleans())
@settings(max_examples=25)
def test_the_command_line_says_so_in_one_line(folder, sound, cuts, card):
    (folder / "agent.json").write_bytes(damaged(sound[0], cuts) if card else sound[0])
    (folder / "arrays.safetensors").write_bytes(sound[1] if card else damaged(sound[1], cuts))
    said, complained = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(complained), pytest.raises(SystemExit) as ended:
        main(["evaluate", str(folder), "--env", CORRIDOR, "--episodes", "1"])
    out, err = said.getvalue(), complained.getvalue()
    assert ended.value.code in (0, 2)
    assert len(err.splitlines()) == (ended.value.code == 2)
    assert bool(out) == (ended.value.code == 0)


# Level files.

LEVEL = """title: Two keys
slip: 1/3
hunger: 9
time limit: 50
wind: 0 1 -1 0 0
reward step: -0.01

#####
#S1a#
#oAG#
#1ox#
#####
"""


@given(damage)
@settings(max_examples=400)
def test_a_damaged_level_is_read_or_refused(folder, cuts):
    file = folder / "level.txt"
    file.write_bytes(damaged(LEVEL.encode(), cuts))
    game = understood_or_refused(lambda: make_game(f"gridworld:level={file},obs=grid"), Game, str(file))
    if game is not None:
        assert isinstance(game, Game)
        states = game.new_states([1])
        game.step(states, np.zeros((1, 1), np.int64))
        game.observe(states)


def test_the_sound_level_is_read(folder):
    (folder / "level.txt").write_text(LEVEL)
    assert make_game(f"gridworld:level={folder / 'level.txt'}").seats == 1


@given(st.text("#.SGgx~*o19aA \n:-0.5slipreward", max_size=60))
@settings(max_examples=200)
def test_any_text_is_a_level_or_refused(text):
    understood_or_refused(lambda: game_class("gridworld")(level=text + "\n"), Game)


# Specs.

words = st.sampled_from(
    [
        *GAMES,
        *AGENTS,
        "FrozenLake-v1",
        "CartPole-v1",
        "runs",
        "",
        "nan",
        "env",
        "self",
        "seed",
        "name",
        "game",
    ]
)
keys = st.sampled_from(
    [
        *(key for name in GAMES for key in game_settings(game_class(name))),
        "gamma",
        "seed",
        "env",
        "self",
        "name",
        "id",
        "render_mode",
    ]
)
told = st.sampled_from(
    [
        "1",
        "0",
        "-1",
        "nan",
        "inf",
        "1e999",
        "1e-999",
        "9" * 400,
        "true",
        "cliff",
        "x",
        "",
        "1/3",
        "0/0",
        "None",
        "é",
        "\0",
        "/",
        "~",
        "10x10",
    ]
)
printable = st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp"))
likely = st.builds(
    lambda name, pairs: f"{name}:" + ",".join(f"{key}={value}" for key, value in pairs),
    words, st.lists(st.tuples(keys, told | st.text(printable, max_size=4)), max_size=3),
)  # fmt: skip
specs = st.text(printable, max_size=20) | likely | st.text("ab:é", min_size=250, max_size=300)


@given(specs)
@settings(max_examples=400)
def test_any_text_is_a_game_or_refused(spec):
    understood_or_refused(lambda: make_game(spec), Game)


@given(specs.filter(lambda spec: "render_mode" not in spec))
@settings(max_examples=300)
def test_any_text_is_an_environment_or_refused(spec):
    understood_or_refused(lambda: make_env(spec), object)


@given(specs)
@settings(max_examples=400)
def test_any_text_is_an_agent_or_refused(spec):
    understood_or_refused(lambda: make_agent(spec, Task(CORRIDOR)), Agent)
