"""Can every preset be used, and is it the most particular one that is?"""

from importlib.util import find_spec
from pathlib import Path

import gymnasium
import pytest
import yaml
from gymnasium.wrappers import TransformReward

import agents
from agents import presets
from agents.agent import Learner
from agents.catalog import AGENTS, agent_class, build_agent
from agents.presets import preset
from agents.task import Task
from envs.catalog import make_game

FILES = sorted((Path(agents.__file__).parent / "presets").glob("*.yml"))
ENTRIES = [(file.stem, spec) for file in FILES for spec in yaml.safe_load(file.read_text(encoding="utf-8"))]


def test_presets_are_of_learners():
    assert {name for name, _ in ENTRIES} <= {
        name for name in AGENTS if issubclass(agent_class(name), Learner)
    }


@pytest.mark.parametrize(("algorithm", "spec"), ENTRIES)
def test_every_entry_is_found_by_its_own_name_and_can_be_trained_with(algorithm, spec):
    entry = yaml.safe_load((FILES[0].parent / f"{algorithm}.yml").read_text(encoding="utf-8"))[spec]
    if spec.startswith("MiniGrid") and find_spec("minigrid") is None:
        pytest.skip("minigrid is not installed")
    task = Task(spec)
    found = preset(algorithm, task)
    assert found == entry
    steps = found.pop("n_timesteps")
    assert type(steps) is int
    assert steps >= 1000
    agent = build_agent(algorithm, task, found)
    assert agent.learn(10).steps >= 10


@pytest.mark.parametrize(
    ("task", "entry"),
    [
        ("gridworld:level=temptation", "gridworld:level=temptation"),
        ("gridworld:level=temptation,slip=0.1", "gridworld:level=temptation"),
        ("gridworld:level=cliff", "gridworld"),
        ("gridworld:maze=5,maze_seed=1", "gridworld"),
        ("gamelab/Gridworld-v0:level=temptation", "gridworld:level=temptation"),
        ("FrozenLake-v1", "FrozenLake-v1"),
        pytest.param(gymnasium.make("FrozenLake-v1", max_episode_steps=500), "FrozenLake-v1", id="an env"),
        pytest.param(make_game("gridworld:level=picnic"), "gridworld:level=picnic", id="a game"),
        ("Acrobot-v1", None),
        pytest.param(TransformReward(gymnasium.make("FrozenLake-v1"), float), None, id="wrapped"),
    ],
)
def test_the_most_particular_entry_that_fits_counts(task, entry):
    entries = yaml.safe_load((FILES[0].parent / "q_learning.yml").read_text(encoding="utf-8"))
    assert preset("q_learning", Task(task)) == (entries[entry] if entry else {})


def test_order_in_the_file_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.setattr(presets, "_FOLDER", tmp_path)
    lines = ["gridworld: {a: 1}", "'gridworld:level=cliff,slip=1/5': {a: 3}", "gridworld:level=cliff: {a: 2}"]
    for order in (lines, lines[::-1]):
        (tmp_path / "some.yml").write_text("\n".join(order))
        assert preset("some", Task("gridworld:level=cliff,slip=0.2,time_limit=9")) == {"a": 3}
        assert preset("some", Task("gridworld:level=cliff")) == {"a": 2}
        assert preset("some", Task("gridworld:level=spiral")) == {"a": 1}
    assert preset("another", Task("gridworld:level=cliff")) == {}
