"""Is a zip of Stable-Baselines3 opened on trust only, and does it then play as the model in it does?"""

import json
import zipfile

import numpy as np
import pytest
import sb3_contrib
import stable_baselines3
from typer.testing import CliRunner

from agents.catalog import is_folder, make_agent
from agents.task import Task
from arena.cli import app
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import seeded
from envs.gymnasium_face import GameEnv
from envs.view import View
from tests.agents.sb3.toys import toy

GRID = "gridworld:level=corridor,obs=grid"
MODELS = {
    "ppo": lambda env: stable_baselines3.PPO("MlpPolicy", env, n_steps=8, batch_size=8),
    "dqn": lambda env: stable_baselines3.DQN("MlpPolicy", env, buffer_size=100),
    "maskable_ppo": lambda env: sb3_contrib.MaskablePPO("MlpPolicy", env, n_steps=8, batch_size=8),
    "recurrent_ppo": lambda env: sb3_contrib.RecurrentPPO("MlpLstmPolicy", env, n_steps=8, batch_size=8),
}


@pytest.fixture(scope="module")
def zips(tmp_path_factory):
    """Return the folder of NAME.zip, models as a stranger would save them."""
    import gymnasium

    folder = tmp_path_factory.mktemp("zips")
    for name, make in MODELS.items():
        make(gymnasium.make("CartPole-v1")).save(folder / f"{name}.zip")
    stable_baselines3.A2C("MlpPolicy", gymnasium.make("CartPole-v1")).save(folder / "a2c.zip")
    sb3_contrib.QRDQN("MlpPolicy", gymnasium.make("CartPole-v1"), buffer_size=100).save(folder / "qrdqn.zip")
    MODELS["ppo"](GameEnv(make_game(GRID))).save(folder / "grid.zip")
    return folder


def refused(path, env="CartPole-v1", trust=True):
    with pytest.raises(BadInput) as refusal:
        make_agent(str(path), Task(env), trust=trust)
    text = str(refusal.value)
    assert "\n" not in text
    assert str(path) in text
    return text


@pytest.mark.parametrize("name", sorted(MODELS))
def test_trusted_it_plays_as_its_model_does(name, zips):
    agent = make_agent(str(zips / f"{name}.zip"), Task("CartPole-v1"), trust=True)
    assert agent.name == name
    seen = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    wanted, _ = agent.model.predict(seen, deterministic=True)
    assert agent.predict(seen, deterministic=True)[0].tolist() == wanted.tolist()
    decision = agent.act(View(seen, np.ones((20, 2), np.int8), seeded(range(20))))
    assert decision.value.shape == (20,)
    with pytest.raises(BadInput, match=r"`model.save` does"):
        agent.save("nowhere")
    with pytest.raises(BadInput, match="does not learn on"):
        agent.learn(100)


def test_settings_go_with_it(zips):
    agent = make_agent(str(zips / "ppo.zip"), "CartPole-v1", {"greedy": True}, trust=True)
    assert agent.config.greedy
    with pytest.raises(BadInput, match="unknown setting 'greedi'"):
        make_agent(str(zips / "ppo.zip"), "CartPole-v1", {"greedi": True}, trust=True)
    with pytest.raises(BadInput, match=r"ppo.zip: .* keeps no moments"):
        make_agent(str(zips / "ppo.zip"), "CartPole-v1", {"normalize_reward": True}, trust=True)


def test_without_trust_it_is_not_opened(zips, monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "__init__", None)  # which would be a TypeError
    for name in (*MODELS, "a2c"):
        assert "may run code; --trust opens it" in refused(zips / f"{name}.zip", trust=False)


@pytest.mark.parametrize("name", ["a2c", "qrdqn"])
def test_another_algorithm_is_refused(name, zips):
    assert "none of ppo, maskable_ppo, recurrent_ppo and dqn" in refused(zips / f"{name}.zip")


def test_another_environment_is_refused(zips):
    assert "has observations Box(0, 1, (14, 3, 9), uint8)" in refused(zips / "grid.zip")
    assert "has observations" in refused(zips / "ppo.zip", "Acrobot-v1")
    with pytest.raises(BadInput, match="maskable_ppo keeps to masks"):
        make_agent(str(zips / "ppo.zip"), "goban:size=3", trust=True)


def test_a_broken_file_is_told_in_one_line(zips, tmp_path):
    assert "no such file" in refused(tmp_path / "none.zip")
    assert "no such file" in refused(tmp_path / "none.zip", trust=False)
    whole = (zips / "ppo.zip").read_bytes()
    broken = {
        "empty": b"",
        "text": b"not a zip at all",
        "short": whole[: len(whole) // 2],
        "torn": whole[:3000] + bytes(200) + whole[3200:],
    }
    for name, data in broken.items():
        path = tmp_path / f"{name}.zip"
        path.write_bytes(data)
        refused(path)


def rewritten(source, target, **changes):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, data in changes.items():
            if data is not None:
                new.writestr(name, data)
    return target


@pytest.mark.parametrize(
    "data", [None, b"", b"[]", b"{}", b"\xff", b"[" * 100_000, json.dumps({"clip_range": 1}).encode()]
)
def test_foreign_data_is_told_in_one_line(data, zips, tmp_path):
    refused(rewritten(zips / "ppo.zip", tmp_path / "x.zip", data=data))


@pytest.mark.parametrize("name", ["policy.pth", "policy.optimizer.pth"])
@pytest.mark.parametrize("data", [None, b"", b"x" * 100])
def test_broken_parameters_are_told_in_one_line(name, data, zips, tmp_path):
    refused(rewritten(zips / "ppo.zip", tmp_path / "x.zip", **{name: data}))


def test_a_zip_is_no_folder_unless_it_is_one(tmp_path):
    assert not is_folder("runs/x.zip")
    (tmp_path / "x.zip").mkdir()
    assert is_folder(str(tmp_path / "x.zip"))


def test_the_commands_take_it_on_trust(zips, tmp_path):
    run = CliRunner().invoke
    asked = ["evaluate", str(zips / "ppo.zip"), "--env", "CartPole-v1", "--episodes", "2", "--json"]
    done = run(app, [*asked, "--trust"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["env"] == "CartPole-v1"
    refusal = run(app, asked)
    assert isinstance(refusal.exception, BadInput)
    picture = tmp_path / "out.replay"
    watched = ["watch", str(zips / "grid.zip"), "--env", GRID, "--record", str(picture)]
    assert isinstance(run(app, watched).exception, BadInput)
    assert run(app, [*watched, "--trust"]).exit_code == 0
    assert picture.stat().st_size > 0


def test_an_agent_of_the_labs_own_can_be_saved_as_a_zip_too(tmp_path):
    from agents.ppo import PPO

    agent = PPO(toy("Bandit"), width=8, n_steps=8, batch_size=64).learn(64)
    agent.model.save(tmp_path / "own.zip")
    again = make_agent(str(tmp_path / "own.zip"), toy("Bandit"), trust=True)
    shown = (255 * np.eye(3, dtype=np.uint8)).reshape(3, 1, 1, 3)
    one, other = (
        each.act(View(shown, np.ones((3, 3), np.int8), seeded(range(3)))) for each in (agent, again)
    )
    assert np.array_equal(one.policy, other.policy)
