"""Does a saved agent come back whole, and can no folder do harm?"""

import json
import pickle
import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import TransformReward
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from agents.agent import Learner
from agents.catalog import load_agent, make_agent
from agents.q_learning import QLearning
from agents.saved import ARRAYS, CARD, digest
from envs.bad_input import BadInput
from envs.catalog import make_game
from tests.agents.toys import Modelled, chain

FILES = (CARD, ARRAYS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    agent = QLearning("gridworld:level=corridor", seed=3, gamma=0.9, num_envs=4, double=True).learn(2000)
    return agent.save(tmp_path_factory.mktemp("agents") / "corridor", {"mean_return": 0.95})


@pytest.fixture
def copy(folder, tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    return tmp_path


def change_card(folder, **changes):
    card = json.loads((folder / CARD).read_text()) | changes
    (folder / CARD).write_text(json.dumps(card))


def assert_refused(folder, *words, env=None):
    """The refusal is one line that names the folder and says these words."""
    with pytest.raises(BadInput) as refusal:
        load_agent(folder, env)
    text = str(refusal.value)
    assert "\n" not in text
    assert str(folder) in text
    for word in words:
        assert word in text


def test_there_and_back_is_the_same_to_the_byte(folder, tmp_path):
    agent = load_agent(folder)
    again = agent.save(tmp_path / "again", {"mean_return": 0.95})
    for name in FILES:
        assert (again / name).read_bytes() == (folder / name).read_bytes()
    assert sorted(path.name for path in again.iterdir()) == sorted(FILES)
    assert digest(again) == digest(folder)


def test_it_comes_back_whole_and_learns_on(tmp_path):
    agent = QLearning("gridworld:level=frozen_lake_4x4", seed=5, num_envs=2, n_step=2).learn(3000)
    again = QLearning.load(agent.save(tmp_path / "a"))
    assert (again.steps, again.seed, again.config) == (agent.steps, agent.seed, agent.config)
    assert again.task.spec == agent.task.spec
    agent.learn(1000)
    again.learn(1000)
    assert again.tables.tobytes() == agent.tables.tobytes()
    assert again.visits.tobytes() == agent.visits.tobytes()
    assert again.steps == agent.steps


def test_the_card_tells_how_it_came_to_be(folder):
    card = json.loads((folder / CARD).read_text())
    assert card["algorithm"] == "q_learning"
    assert card["env"] == {"game": "gridworld", "kwargs": {"level": "corridor"}}
    assert (card["seed"], card["config"]["gamma"]) == (3, 0.9)
    assert 2000 <= card["steps"] < 2004
    assert card["results"] == {"mean_return": 0.95}
    assert {"numpy", "gymnasium"} <= card["versions"].keys()


def test_the_digest_changes_with_what_was_learnt_or_configured(folder, copy):
    before = digest(copy)
    change_card(copy, seed=4)
    assert digest(copy) != before
    QLearning.load(folder).learn(100).save(copy)
    assert digest(copy) not in (before, digest(folder))


def test_it_fits_another_environment_of_the_same_shape_only(folder):
    assert load_agent(folder, "gridworld:level=corridor,slip=0.2").task.game.kwargs["slip"] == "1/5"
    for maker in (load_agent, lambda folder, env: make_agent(str(folder), env), QLearning.load):
        with pytest.raises(BadInput) as refusal:
            maker(folder, "gridworld:level=cliff")
        assert str(folder) in str(refusal.value)
        assert "[2, 7, 4]" in str(refusal.value)
        assert "[2, 48, 4]" in str(refusal.value)
        assert "\n" not in str(refusal.value)


def test_it_is_loaded_as_what_it_is(folder):
    class Other(QLearning):
        name = "other"

    assert type(Learner.load(folder)) is QLearning
    with pytest.raises(BadInput, match="holds a q_learning, not a other"):
        Other.load(folder)


@pytest.mark.parametrize("id", ["FrozenLake-v1", "CliffWalking-v1", "gamelab/Gridworld-v0"])
def test_an_agent_of_a_gymnasium_id_is_loaded_without_naming_it(id, tmp_path):
    agent = QLearning(id).learn(500)
    again = load_agent(agent.save(tmp_path))
    assert again.task.spec == agent.task.spec
    assert again.task.observation_space == agent.task.observation_space
    assert again.arrays()["tables"].tobytes() == agent.tables.tobytes()


def test_the_settings_of_a_gymnasium_env_come_back(tmp_path):
    env = gymnasium.make("FrozenLake-v1", desc=["SF", "FG"], is_slippery=False, max_episode_steps=7)
    again = load_agent(QLearning(env).learn(50).save(tmp_path))
    assert again.task.observation_space.n == 4
    inner = again.task.vector(1).envs[0]
    assert inner.spec.max_episode_steps == 7
    assert inner.spec.kwargs["is_slippery"] is False


@pytest.mark.parametrize(
    "env",
    [
        Modelled(chain()),
        TransformReward(gymnasium.make("FrozenLake-v1"), lambda reward: 2 * reward),
        gymnasium.make("FrozenLake-v1", desc=np.array([[b"S", b"F"], [b"F", b"G"]])),
    ],
    ids=["without an id", "wrapped", "made of arrays"],
)
def test_what_only_its_owner_can_build_again_must_be_named(env, tmp_path):
    agent = QLearning(env).learn(50)
    agent.save(tmp_path)
    assert_refused(tmp_path, "does not say on which environment")
    assert load_agent(tmp_path, env).arrays()["tables"].tobytes() == agent.tables.tobytes()


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"gymnasium": "os:evil-v0", "kwargs": {}}, ["unknown Gymnasium environment 'os:evil-v0'"]),
        ({"gymnasium": "this:FrozenLake-v1", "kwargs": {}}, ["unknown Gymnasium environment"]),
        ({"gymnasium": "Evil-v0", "kwargs": {}}, ["unknown Gymnasium environment 'Evil-v0'"]),
        ({"gymnasium": "FrozenLake-v1", "kwargs": {"id": "x:y"}}, ["FrozenLake-v1"]),
        ({"gymnasium": "FrozenLake-v1", "kwargs": {"evil": 1}}, ["FrozenLake-v1", "evil"]),
        ({"gymnasium": "FrozenLake-v1", "kwargs": "evil"}, ["does not say on which environment"]),
        ({"gymnasium": {"evil": 1}}, ["does not say on which environment"]),
        ({"game": "evil", "kwargs": {}}, ["unknown game 'evil'"]),
        ({"game": "gridworld", "kwargs": {"evil": 1}}, ["unknown key 'evil'"]),
        ({"game": {"a": 1}, "kwargs": {}}, ["does not say on which environment"]),
        ({}, ["does not say on which environment"]),
        ("gridworld", [CARD]),
    ],
)
def test_an_environment_in_a_card_can_name_no_code(env, words, copy):
    change_card(copy, env=env)
    assert_refused(copy, *words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"algorithm": "os:system"}, ["unknown algorithm 'os:system'"]),
        ({"algorithm": "random"}, ["unknown algorithm 'random'"]),
        ({"algorithm": ["q_learning"]}, [CARD, "algorithm"]),
        ({"format": 2}, ["format 2 is newer"]),
        ({"steps": -1}, [CARD, "steps"]),
        ({"steps": "many"}, [CARD, "steps"]),
        ({"seed": 1.5}, [CARD, "seed"]),
        ({"more": 1}, [CARD, "more"]),
        ({"config": {"gama": 0.9}}, ["unknown setting 'gama'", "Did you mean 'gamma'?"]),
        ({"config": {"seed": 1}}, ["unknown setting 'seed'"]),
        ({"config": {"self": 1}}, ["unknown setting 'self'"]),
        ({"config": {"gamma": 7}}, ["gamma=7.0 is not between 0 and 1"]),
        ({"config": {"num_envs": 10**9}}, ["num_envs"]),
        ({"config": {"double": False}}, ["[2, 7, 4]", "[1, 7, 4]"]),
        ({"config": {"gamma": {"deep": 1}}}, [CARD]),
    ],
)
def test_a_wrong_card_is_told_in_one_line(changes, words, copy):
    change_card(copy, **changes)
    assert_refused(copy, *words)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b" " * (2 << 20)]
)
def test_a_broken_card_is_told_in_one_line(data, copy):
    (copy / CARD).write_bytes(data)
    assert_refused(copy, CARD)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_told_in_one_line(name, copy):
    (copy / name).unlink()
    assert_refused(copy, name)
    assert_refused(copy / "nothing", "no such folder")


class Evil:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self):
        return print, ("evil",)


GOOD = {"tables": np.zeros((2, 7, 4)), "visits": np.zeros((2, 7, 4), np.int64)}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["not a safetensors file"]),
        (pickle.dumps(Evil()), ["not a safetensors file"]),
        (b"\xff" * 64, ["not a safetensors file"]),
        ((2**62).to_bytes(8, "little") + b"{}", ["not a safetensors file"]),
        ({}, ["'tables' is missing"]),
        ({"tables": GOOD["tables"]}, ["'visits' is missing"]),
        (GOOD | {"tables": GOOD["tables"][0]}, ["float64[7, 4]", "float64[2, 7, 4]"]),
        (GOOD | {"tables": GOOD["tables"].astype(np.float32)}, ["float32[2, 7, 4]"]),
        (GOOD | {"tables": GOOD["tables"] + np.nan}, ["'tables' holds what is not a number"]),
    ],
)
def test_wrong_arrays_are_told_in_one_line(data, words, copy, capsys):
    if isinstance(data, bytes):
        (copy / ARRAYS).write_bytes(data)
    else:
        save_file(data, copy / ARRAYS)
    assert_refused(copy, ARRAYS, *words)
    assert capsys.readouterr().out == ""


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    *[(key,) for key in ("format", "algorithm", "config", "env", "seed", "steps", "results", "versions")],
    *[("env", key) for key in ("game", "gymnasium", "kwargs")],
    *[("env", "kwargs", key) for key in ("level", "slip", "maze", "view", "foragers", "time_limit")],
    *[("config", key) for key in ("target", "gamma", "n_step", "double", "initial_q")],
]


@given(place=st.sampled_from(PLACES), value=anything)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_card_it_loads_or_is_refused(place, value, folder, copy):
    card = json.loads((folder / CARD).read_text())
    inner = card
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (copy / CARD).write_text(json.dumps(card))
    try:
        agent = load_agent(copy)
    except BadInput as refusal:
        assert "\n" not in str(refusal)
    else:
        agent.learn(3)


RUNS_NO_CODE = f"""
import json, pathlib, sys
from agents.catalog import load_agent
from envs.bad_input import BadInput
folder = pathlib.Path(sys.argv[1])
load_agent(folder)  # imports what loading needs
seen = []
sys.addaudithook(lambda event, args: seen.append((event, str(args)[:80])))
load_agent(folder)
card = json.loads((folder / {CARD!r}).read_text())
for env in ("os:evil-v0", "antigravity:Evil-v0"):
    (folder / {CARD!r}).write_text(json.dumps(card | {{"env": {{"gymnasium": env, "kwargs": {{}}}}}}))
    try:
        load_agent(folder)
        sys.exit("not refused")
    except BadInput:
        pass
names = {{event for event, _ in seen}}
assert "open" in names
runs = ("import", "exec", "compile", "pickle.", "marshal.", "subprocess.", "os.system", "os.exec", "os.spawn",
        "os.posix_spawn", "os.fork", "socket.", "ctypes.")
bad = [found for found in seen if found[0].startswith(runs)]
assert not bad, bad
assert "antigravity" not in sys.modules
"""


def test_loading_imports_nothing_and_unpickles_nothing(copy):
    done = subprocess.run(
        [sys.executable, "-c", RUNS_NO_CODE, copy], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        QLearning("gridworld:level=corridor").save(tmp_path / "file" / "agent")


def test_a_level_of_ones_own_is_kept_whole(tmp_path):
    level = tmp_path / "mine.txt"
    level.write_text("title: Mine\n\nS..\n..G\n")
    agent = QLearning(make_game(f"gridworld:level={level}")).learn(200)
    agent.save(tmp_path / "agent")
    level.unlink()
    assert load_agent(tmp_path / "agent").tables.tobytes() == agent.tables.tobytes()
