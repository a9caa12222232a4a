"""Do the agents on Stable-Baselines3 learn, learn on, come back from a folder, and refuse what they cannot?"""

import gymnasium
import numpy as np
import pytest
import stable_baselines3
import torch
from stable_baselines3.common.callbacks import BaseCallback

from agents import DQN, PPO, MaskablePPO, RecurrentPPO, load_agent
from agents.catalog import build_agent
from agents.progress import Diverged
from agents.sb3.vec_env import TaskVecEnv
from arena.evaluate import evaluate
from envs.bad_input import BadInput
from envs.generator import seeded
from envs.view import View
from tests.agents.sb3.toys import toy

ON_POLICY = {"width": 16, "n_steps": 16, "batch_size": 64, "n_epochs": 4, "learning_rate": 0.01}
SMALL = {
    "ppo": ON_POLICY,
    "maskable_ppo": ON_POLICY,
    "recurrent_ppo": ON_POLICY | {"lstm_hidden_size": 8},
    "dqn": {"width": 16, "learning_starts": 200, "target_update_interval": 200, "learning_rate": 0.003},
}
NAMES = sorted(SMALL)
NORMALIZED = {"normalize_observation": True, "normalize_reward": True}
CORRIDOR = "gridworld:level=corridor,obs=grid"


def made(name, env="CartPole-v1", seed=1, **settings):
    return build_agent(name, env, SMALL[name] | settings, seed=seed)


def asked(agent, observation, seed=0, memory=None):
    batch = np.asarray(observation)
    mask = np.ones((len(batch), agent.task.choices), np.int8)
    return agent.act(View(batch, mask, seeded(range(seed, seed + len(batch))), memory=memory))


def equal(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


# They learn.


@pytest.mark.parametrize(
    ("name", "network"), [*((name, "mlp") for name in NAMES), ("ppo", "cnn"), ("dqn", "cnn")]
)
def test_it_learns_which_arm_pays(name, network):
    agent = made(name, toy("Bandit"), network=network).learn(2000 if network == "mlp" else 3500)
    assert evaluate(agent, 50, seed=1).scores.mean.value > 0.9
    shown = (255 * np.eye(3, dtype=np.uint8)).reshape(3, 1, 1, 3)
    decision = asked(agent, shown)
    assert decision.policy.argmax(axis=1).tolist() == [0, 1, 2]
    assert decision.value == pytest.approx(np.ones(3), abs=0.2)


def test_a_memory_is_needed_and_is_enough_for_a_cue():
    remembers = made("recurrent_ppo", toy("Cue"), greedy=True, n_steps=64).learn(6000)
    assert evaluate(remembers, 60, seed=1).scores.mean.value == 1
    forgets = made("ppo", toy("Cue"), greedy=True).learn(1000)
    assert 0.2 < evaluate(forgets, 60, seed=1).scores.mean.value < 0.8


def test_a_memory_begins_empty_and_is_carried_in_the_view():
    agent = made("recurrent_ppo", toy("Cue")).learn(200)
    seen = np.array([[1.0], [-1.0], [1.0]], np.float32)
    memory = np.zeros((3, agent.memory), np.float32)
    first = asked(agent, seen, memory=memory)
    assert memory.any(axis=1).all()
    assert np.array_equal(first.value, asked(agent, seen).value)  # None is an empty one
    second = asked(agent, seen, memory=memory)
    assert not np.allclose(first.value, second.value)
    state = None
    for decision in (first, second):
        _, state = agent.predict(seen, state)
        assert state.shape == memory.shape
        assert decision.value.shape == (3,)
    assert state == pytest.approx(memory)


def test_a_memory_is_what_sb3_contrib_has_at_the_same_place():
    agent = made("recurrent_ppo", toy("Cue")).learn(200)
    memory, theirs = np.zeros((1, agent.memory), np.float32), None
    for k in range(4):
        seen = np.array([[0.3 * k]], np.float32)
        asked(agent, seen, memory=memory)
        _, theirs = agent.model.predict(seen, theirs, episode_start=np.array([k == 0]), deterministic=True)
        units = agent.config.lstm_hidden_size
        assert memory[0, : 2 * units] == pytest.approx(
            np.concatenate([part.ravel() for part in theirs]), abs=1e-6
        )


def test_it_learns_where_to_aim():
    agent = made("ppo", toy("Aim")).learn(5000)
    mean, _ = agent.predict(np.ones((1, 1), np.float32), deterministic=True)
    assert mean == pytest.approx(np.ones((1, 1)), abs=0.2)
    decision = asked(agent, np.ones((200, 1), np.float32))
    assert (decision.actions.shape, decision.actions.dtype) == ((200, 1), np.float32)
    assert decision.policy is None
    assert 0 < decision.actions.std() < 1
    assert np.abs(decision.actions).max() <= 2
    assert evaluate(agent, 30, seed=1).scores.mean.value > -1


def test_a_memory_goes_with_actions_in_a_box():
    agent = made("recurrent_ppo", toy("Aim")).learn(64)
    action, state = agent.predict(np.ones(1, np.float32))
    assert action.shape == (1,)
    assert state.shape == (1, agent.memory)


def test_actions_are_drawn_as_likely_as_the_policy_says_and_predict_takes_the_likeliest():
    agent = made("ppo", "gridworld:level=cliff").learn(500)
    decision = asked(agent, np.full(4000, 36))
    drawn = np.bincount(decision.actions, minlength=4) / 4000
    assert drawn == pytest.approx(decision.policy[0], abs=0.04)
    best = decision.policy[0].argmax()
    assert set(agent.predict(np.full(50, 36), deterministic=True)[0].tolist()) == {best}
    assert len(set(agent.predict(np.full(50, 36), deterministic=False)[0].tolist())) > 1
    greedy = made("ppo", "gridworld:level=cliff", greedy=True).learn(500)
    assert set(asked(greedy, np.full(50, 36)).actions.tolist()) == {best}


@pytest.mark.parametrize("name", NAMES)
def test_it_thinks_what_the_model_thinks(name):
    agent = made(name).learn(300)
    seen = agent.task.vector(5).reset(seed=1)[0]
    batch = torch.as_tensor(seen)
    decision = asked(agent, seen)
    if name == "dqn":
        assert decision.q == pytest.approx(agent.model.q_net(batch).detach().numpy(), abs=1e-5)
        assert decision.actions.tolist() == agent.model.predict(seen, deterministic=True)[0].tolist()
    elif name != "recurrent_ppo":
        theirs = agent.model.policy.get_distribution(batch).distribution.probs
        assert decision.policy == pytest.approx(theirs.detach().numpy(), abs=1e-5)
        values = agent.model.policy.predict_values(batch)
        assert decision.value == pytest.approx(values.detach().numpy()[:, 0], abs=1e-5)


# They normalise.


def test_observations_that_hardly_differ_are_told_apart_and_values_are_in_the_rewards_own_size():
    normalizes, does_not = made("ppo", toy("Remote"), **NORMALIZED), made("ppo", toy("Remote"))
    shown = 500 + np.eye(3, dtype=np.float32)
    decision = asked(normalizes.learn(2500), shown)
    assert decision.policy.argmax(axis=1).tolist() == [0, 1, 2]
    assert decision.policy.max(axis=1).min() > 0.8
    assert decision.value == pytest.approx(np.full(3, 1000), abs=200)
    assert normalizes.predict(shown)[0].tolist() == [0, 1, 2]
    assert len(set(asked(does_not.learn(2500), shown).policy.argmax(axis=1))) == 1


def watched(monkeypatch):
    """Return two lists, of what all copies of a task will show, and of their returns discounted by 1/2."""
    seen, returns, present = [], [], [0.0]
    reset, step = TaskVecEnv.reset, TaskVecEnv.step_wait

    def watched_reset(env):
        present[0] = 0.0
        seen.append(reset(env))
        return seen[-1]

    def watched_step(env):
        told = step(env)
        seen.append(told[0])
        returns.append(0.5 * present[0] + told[1])
        present[0] = returns[-1] * ~told[2]
        return told

    monkeypatch.setattr(TaskVecEnv, "reset", watched_reset)
    monkeypatch.setattr(TaskVecEnv, "step_wait", watched_step)
    return seen, returns


@pytest.mark.parametrize("name", ["ppo", "maskable_ppo", "recurrent_ppo"])
def test_it_scales_by_the_moments_of_all_that_was_seen(name, monkeypatch):
    seen, returns = watched(monkeypatch)
    agent = made(name, gamma=0.5, **NORMALIZED).learn(400)
    arrays, seen = agent.arrays(), np.concatenate(seen)
    mean, deviation, size = seen.mean(axis=0), seen.std(axis=0), np.concatenate(returns).std()
    assert arrays["observation/mean"] == pytest.approx(mean, abs=1e-3)
    assert arrays["observation/var"] == pytest.approx(deviation**2, rel=1e-3)
    assert arrays["return/var"] == pytest.approx(size**2, rel=1e-3)
    decision = asked(agent, seen[-5:])
    assert equal(arrays, agent.arrays())  # to be asked is not to learn
    if name != "recurrent_ppo":
        scaled = torch.as_tensor((seen[-5:] - mean) / deviation)
        theirs = agent.model.policy.get_distribution(scaled).distribution.probs
        assert decision.policy == pytest.approx(theirs.detach().numpy(), abs=1e-3)
        values = agent.model.policy.predict_values(scaled).detach().numpy()[:, 0]
        assert decision.value == pytest.approx(values * size, rel=1e-2)


def test_whole_numbers_are_learnt_from_as_the_fractions_they_become():
    agent = made("ppo", CORRIDOR, normalize_observation=True).learn(128)
    assert (agent.model.rollout_buffer.observations % 1 != 0).any()


def test_masks_are_kept_to_where_it_normalises():
    MaskablePPO(toy("Trap"), n_steps=16, batch_size=64, **NORMALIZED).learn(256)  # Trap asserts it


# They go on, and come back.


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_gives_one_result(name):
    one, same, other = (made(name, CORRIDOR, seed=seed).learn(240).arrays() for seed in (1, 1, 2))
    assert equal(one, same)
    assert not equal(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_it_comes_back_whole(name, tmp_path):
    agent = made(name, CORRIDOR).learn(600)
    again = load_agent(agent.save(tmp_path))
    assert type(again) is type(agent)
    assert (again.steps, again.config) == (agent.steps, agent.config)
    assert equal(again.arrays(), agent.arrays())
    seen = np.random.default_rng(0).integers(
        2, size=(40, *agent.task.observation_space.shape), dtype=np.uint8
    )
    one, other = asked(agent, seen), asked(again, seen)
    assert one.actions.tolist() == other.actions.tolist()
    assert np.array_equal(one.value, other.value)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("ppo", {}), *((name, NORMALIZED) for name in ("ppo", "maskable_ppo", "recurrent_ppo"))],
)
def test_learning_on_after_loading_is_learning_on(name, settings, tmp_path):
    agent = made(name, CORRIDOR, learning_rate_decay=True, **settings).learn(500)
    again = load_agent(agent.save(tmp_path))
    rates = []
    for one in (agent, again):
        one.learn(512, told=lambda update: rates.append(update.figures["learning_rate"]))
    assert equal(agent.arrays(), again.arrays())
    assert agent.steps == again.steps == 1024
    life = [0.01 * (1 - steps / 1024) for steps in (640, 768, 896, 1024)]
    assert rates == pytest.approx(2 * life)


@pytest.mark.parametrize("name", ["ppo", "dqn"])
def test_an_agent_made_while_another_learns_changes_nothing_about_that(name):
    alone, beside = made(name, toy("Bandit")), made(name, toy("Bandit"))
    alone.learn(384)
    beside.learn(384, told=lambda update: made(name, toy("Bandit"), seed=update.steps).learn(64))
    assert equal(alone.arrays(), beside.arrays())


def test_the_global_generators_stay_as_they_were():
    drawn = []
    for learns in (False, True):
        torch.manual_seed(1)
        np.random.seed(1)  # noqa: NPY002
        if learns:
            made("ppo", toy("Bandit")).learn(64)
        drawn.append((torch.rand(3).tolist(), np.random.random(3).tolist()))  # noqa: NPY002
    assert drawn[0] == drawn[1]


def test_learning_on_sees_other_episodes():
    agent = made("ppo", CORRIDOR)
    starts = []
    for _ in range(2):
        agent.learn(128)
        starts.append(agent.model.get_env().unwrapped.envs.states.rng.tolist())
    assert not set(starts[0]) & set(starts[1])


def test_a_deep_q_learner_that_was_loaded_fills_its_buffer_by_its_own_policy_first(tmp_path):
    agent = made("dqn", toy("Bandit"), exploration_final_eps=0.0).learn(3000)
    again = load_agent(agent.save(tmp_path))
    before = again.arrays()
    told = []
    again.learn(180, told=told.append)
    assert equal(again.arrays(), before)  # it has not trained yet
    assert np.mean([one for update in told for one in update.returns]) > 0.8  # by chance it would be a third
    again.learn(100)
    assert not equal(again.arrays(), before)


@pytest.mark.parametrize("name", NAMES)
def test_it_tells_of_every_step_and_episode(name):
    told = []
    agent = made(name, toy("Bandit")).learn(1024, told=told.append)
    assert told[-1].steps == agent.steps == 1024
    assert sum(len(update.returns) for update in told) == 1024  # each step is an episode
    assert {length for update in told for length in update.lengths} == {1}
    assert np.isfinite([figure for update in told for figure in update.figures.values()]).all()
    wanted = {"loss", "learning_rate"} | ({"epsilon"} if name == "dqn" else {"loss/value", "policy/entropy"})
    assert wanted <= told[-1].figures.keys()
    if name != "dqn":
        assert len(told) == 8  # rollouts of 16 steps of 8 games


def test_what_told_raises_ends_the_learning_and_the_agent_stands():
    agent = made("ppo", toy("Bandit"))

    def stop(update):
        agent.predict(np.zeros((1, 1, 3), np.uint8))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        agent.learn(5000, told=stop)
    assert agent.steps == 128
    assert agent.learn(128).steps == 256


def test_callbacks_of_stable_baselines3_are_called_and_may_stop_it():
    class Stop(BaseCallback):
        def _on_step(self):
            return self.num_timesteps < 400

    calls = []
    agent = made("ppo", toy("Bandit"))
    agent.learn(5000, callback=[Stop(), lambda *_: calls.append(1) or True])
    assert agent.steps == 400
    assert len(calls) == 50
    assert isinstance(agent.model, stable_baselines3.PPO)
    assert agent.model.num_timesteps == 400


def test_a_training_shorter_than_a_rollout_is_one_of_whole_batches():
    for name in ("ppo", "recurrent_ppo"):
        agent = made(name, toy("Bandit"), n_steps=1024)
        assert agent.learn(10).steps == 64
        assert agent.learn(100).steps == 64 + 128


def test_the_models_own_settings_are_those_of_the_agent():
    agent = made("ppo", toy("Bandit"), gamma=0.9, clip_range=0.3, clip_range_decay=True, target_kl=0.5)
    model = agent.model
    assert (model.gamma, model.target_kl, model.clip_range_vf) == (0.9, 0.5, None)
    assert [model.clip_range(left) for left in (1.0, 0.5, 0.0)] == pytest.approx([0.3, 0.15, 0.0])
    assert made("ppo", toy("Bandit"), separate=True).model.policy.share_features_extractor is False


# What they cannot do is told in one line.


@pytest.mark.parametrize(
    ("name", "env", "words"),
    [
        ("ppo", "goban:size=3", "not always legal; maskable_ppo keeps to masks"),
        ("recurrent_ppo", "goban:size=3", "not always legal; maskable_ppo keeps to masks"),
        ("ppo", "Taxi-v4", "not always legal; maskable_ppo keeps to masks"),
        ("ppo", gymnasium.wrappers.TimeLimit(gymnasium.make("gamelab/Goban-v0", size=3), 5), "maskable_ppo"),
        ("dqn", "MountainCarContinuous-v0", "has actions Box"),
        ("maskable_ppo", "MountainCarContinuous-v0", "needs Discrete ones"),
    ],
)
def test_what_does_not_suit_is_refused_in_one_line(name, env, words):
    with pytest.raises(BadInput, match=words) as refusal:
        build_agent(name, env, {})
    assert str(refusal.value).startswith(f"{name}: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "setting", "words"),
    [
        ("ppo", {"batch_size": 100}, "batch_size=100 does not divide n_steps .* num_envs, 128"),
        ("ppo", {"network": "cnm"}, "network='cnm' .* Did you mean 'cnn'"),
        ("ppo", {"network": "cnn"}, "CartPole-v1: network=cnn needs planes"),
        ("ppo", {"env": "gridworld", "normalize_observation": True}, "needs observations in a Box"),
        ("ppo", {"gamma": 1.5}, "gamma=1.5 is not between 0 and 1"),
        ("dqn", {"buffer_size": 0}, "buffer_size=0 is not between"),
        ("dqn", {"device": "gpu"}, "device='gpu' is not one of cpu, cuda, auto"),
        ("recurrent_ppo", {"lstm_hidden_size": 0}, "lstm_hidden_size=0 is not between"),
    ],
)
def test_a_setting_that_cannot_be_is_told_in_one_line(name, setting, words):
    with pytest.raises(BadInput, match=f"^{name}: .*{words}") as refusal:
        made(name, **setting)
    assert "\n" not in str(refusal.value)


def test_policies_of_ones_own_play_and_learn_but_no_folder_keeps_them(tmp_path):
    for arguments in ({"policy_kwargs": {"net_arch": [7]}}, {"policy": "MlpPolicy"}):
        agent = PPO(toy("Bandit"), n_steps=8, batch_size=64, **arguments).learn(64)
        assert agent.predict(np.zeros((1, 1, 3), np.uint8))[0] in (0, 1, 2)
        with pytest.raises(BadInput, match=r"`model.save` does"):
            agent.save(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("cls", "settings"), [*((cls, {}) for cls in (DQN, PPO, MaskablePPO, RecurrentPPO)), (PPO, NORMALIZED)]
)
def test_a_reward_that_is_no_number_ends_the_learning(cls, settings):
    agent = cls(toy("Broken"), num_envs=1, batch_size=64, **settings)
    words = f"{agent.name}: after 20 steps the environment gave a reward that is no number"
    with pytest.raises(Diverged, match=words):
        agent.learn(1000)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_that_holds_no_numbers_ends_the_learning(name):
    agent = made(name, toy("Bandit")).learn(256)
    with torch.no_grad():
        next(agent.model.policy.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged, match=rf"^{name}: .*after [\d,]+ steps"):
        agent.learn(2000)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda arrays: arrays.pop("policy/action_net.weight"), "'policy/action_net.weight' is missing"),
        (lambda arrays: arrays.update({"policy/action_net.bias": np.zeros(9, np.float32)}), r"float32\[9\]"),
        (lambda arrays: arrays["policy/action_net.bias"].fill(np.nan), "not a number"),
        (lambda arrays: arrays.pop("optimizer/0/exp_avg"), "'optimizer/0/exp_avg' is missing"),
        (lambda arrays: arrays.pop("observation/mean"), "'observation/mean' is missing"),
        (lambda arrays: arrays["return/var"].fill(np.inf), "'return/var' holds what is not a number"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_and_change_nothing(change, words):
    agent = made("ppo", toy("Bandit"), **NORMALIZED).learn(128)
    before, arrays = agent.arrays(), agent.arrays()
    change(arrays)
    with pytest.raises(BadInput, match=words):
        agent.restore(None, arrays)
    assert equal(agent.arrays(), before)
