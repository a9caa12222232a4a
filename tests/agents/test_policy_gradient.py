"""Does the policy gradient follow the gradient, and does it learn what is known to be right?"""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.wrappers import TimeLimit

from agents.batch import Batch
from agents.catalog import load_agent
from agents.policy_gradient import PolicyGradient, advantages, objective, push
from agents.progress import Diverged
from agents.sampling import drawn, normals
from envs.bad_input import BadInput
from envs.generator import seeded
from envs.view import View
from tests.agents.toys import Modelled, chain, chain_values, loop

REINFORCE = {"baseline": False, "gae_lambda": 1.0, "clip_range": 0.0}
BASELINE = {"gae_lambda": 1.0, "clip_range": 0.0}
GAE = {"gae_lambda": 0.9, "clip_range": 0.0}
LESSONS = {"reinforce": REINFORCE, "baseline": BASELINE, "gae": GAE, "clipped": {}}


def never(*shape):
    return np.zeros(shape, bool)


# Advantages in closed form


@pytest.mark.parametrize("lam", [0.0, 0.7, 1.0])
def test_where_the_value_is_right_there_is_no_advantage(lam):
    """A reward of 1 for ever is worth 1 / (1 - gamma)."""
    value = np.full((21, 3), 10.0)
    estimate = advantages(np.ones((20, 3)), value, never(20, 3), never(20, 3), 0.9, lam)
    assert estimate == pytest.approx(0, abs=1e-12)


def test_of_a_value_of_nothing_gae_is_a_geometric_sum():
    """With V = 0 and reward 1, A_t is the sum of (gamma lambda)^k over the steps that are left."""
    estimate = advantages(np.ones((50, 1)), np.zeros((51, 1)), never(50, 1), never(50, 1), 0.9, 0.8)
    left = np.arange(50, 0, -1)[:, None]
    assert estimate == pytest.approx((1 - 0.72**left) / (1 - 0.72))


def test_lambda_one_is_the_return_and_lambda_zero_one_step():
    rng = np.random.default_rng(0)
    rewards, value = rng.normal(size=(30, 2)), rng.normal(size=(31, 2))
    returns = np.array([
        sum(0.9**k * rewards[t + k] for k in range(30 - t)) + 0.9 ** (30 - t) * value[30] for t in range(30)
    ])  # fmt: skip
    none = never(30, 2)
    assert advantages(rewards, value, none, none, 0.9, 1.0) == pytest.approx(returns - value[:-1])
    one_step = rewards + 0.9 * value[1:] - value[:-1]
    assert advantages(rewards, value, none, none, 0.9, 0.0) == pytest.approx(one_step)


def test_an_end_by_the_rules_is_worth_nothing_and_a_cut_what_the_value_says():
    rewards, value = np.array([[1.0, 1.0], [5.0, 5.0]]), np.array([[2.0, 2.0], [10.0, 10.0], [7.0, 7.0]])
    ended, terminated = np.array([[True, True], [False, False]]), np.array([[True, False], [False, False]])
    estimate = advantages(rewards, value, terminated, ended, 0.5, 1.0)
    assert estimate[0].tolist() == [1.0 - 2.0, 1.0 + 0.5 * 10.0 - 2.0]


# The gradient


def agent_with_a_batch(**settings):
    """Return an agent on a small masked problem and a batch that its policy has moved away from a little."""
    agent = PolicyGradient(Modelled(chain()), width=8, precision="float32", **settings)
    torch.manual_seed(1)
    T, B = 5, 6
    n = T * B
    mask = torch.ones(n, 2, dtype=torch.int8)
    mask[::3, 1] = 0
    actions = torch.where(mask[:, 1] == 1, torch.randint(2, (n,)), 0)
    memory, fresh = torch.zeros(B, agent.memory), torch.rand(T, B) < 0.3
    observation = torch.randint(2, (T, B))
    with torch.no_grad():
        log_prob = agent.network(observation, mask, memory, fresh).policy.gather(1, actions[:, None])[:, 0]
    counted = (torch.rand(n) < 0.8).float()
    moved = log_prob + 0.1 * torch.randn(n)
    told = (each.numpy() for each in (counted, moved, torch.randn(n), torch.randn(n)))
    batch = Batch(observation, mask, memory, fresh, actions, *told)
    return agent, batch


@pytest.mark.parametrize(
    "settings",
    [
        REINFORCE,
        GAE,
        {"clip_range": 5.0, "ent_coef": 0.1},
        {"separate": True},
        {"lstm": 5},
        {"lstm": 5, **GAE},
    ],
    ids=["reinforce", "gae", "clipped", "separate", "lstm", "lstm gae"],
)
def test_the_gradient_is_that_of_finite_differences(settings):
    """The loss is that of Schulman et al. (2017), equation 9, summed over the batch."""
    agent, batch = agent_with_a_batch(**settings)
    for parameter in agent.network.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)

    def loss():
        config = agent.config
        policy, value, _ = agent.network(batch.observation, batch.mask, batch.memory, batch.fresh)
        policy, value = policy.detach().numpy().astype(float), value.detach().numpy().astype(float)
        ratio = np.exp(policy[np.arange(len(policy)), batch.actions.numpy()] - batch.log_prob)
        gained = ratio * batch.advantage
        if eps := config.clip_range:
            gained = (
                np.where(batch.advantage > 0, np.minimum(ratio, 1 + eps), np.maximum(ratio, 1 - eps))
                * batch.advantage
            )
        entropy = -(np.exp(policy) * policy).sum(axis=1)
        squares = (value - batch.target) ** 2 if config.baseline else 0
        each = -gained - config.ent_coef * entropy + config.vf_coef * squares
        return each @ batch.counted

    slope, told = agent.gradient(batch)
    assert told[0] == batch.counted.sum()
    for name, parameter in agent.network.named_parameters():
        own, slope = slope[: parameter.numel()], slope[parameter.numel() :]
        direction = torch.randn_like(parameter)
        step, by_steps = 2e-3 / float(direction.norm()), 0.0
        for sign in (1, -1):
            parameter.data += sign * step * direction
            by_steps += sign * loss() / (2 * step)
            parameter.data -= sign * step * direction
        assert own @ direction.numpy().ravel() == pytest.approx(by_steps, rel=0.02, abs=0.03), name
    assert not len(slope)


def test_what_does_not_count_changes_nothing():
    agent, batch = agent_with_a_batch()
    aside = batch.counted == 0
    assert aside.any()
    other = batch._replace(
        advantage=np.where(aside, np.float32(1e3), batch.advantage),
        target=np.where(aside, np.float32(1e3), batch.target),
    )
    for found, same in zip(agent.gradient(batch), agent.gradient(other), strict=True):
        assert np.array_equal(found, same)


def test_beyond_the_clip_range_nothing_is_gained():
    log_ratio = np.log([0.5, 1.0, 1.5, 0.5, 1.0, 1.5])
    advantage = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
    assert objective(log_ratio, advantage, 0.2) == pytest.approx([0.5, 1.0, 1.2, -0.8, -1.0, -1.5])
    assert push(log_ratio, advantage, 0.2) == pytest.approx([0.5, 1.0, 0.0, 0.0, -1.0, -1.5])
    assert push(log_ratio, advantage, 0.0) == pytest.approx([0.5, 1.0, 1.5, -0.5, -1.0, -1.5])


# What it learns


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_learns_the_best_of_the_chain(lesson):
    """By hand: in the near state b, since the far one is worth more than the prize of 1; there b, and back."""
    gamma = 0.5
    env = TimeLimit(Modelled(chain()), 30)
    agent = PolicyGradient(
        env, seed=1, gamma=gamma, n_steps=64, batch_size=64, learning_rate=0.02, width=16, **LESSONS[lesson]
    ).learn(12_000)
    decision = agent.act(View(np.array([0, 1]), np.ones((2, 2), np.int8), seeded([1, 2])))
    near, far = chain_values(gamma)
    best_near = 0 if near == 1.0 else 1
    assert decision.policy[0, best_near] > 0.9
    assert decision.policy[1, 1] > 0.9
    if lesson in ("gae", "clipped"):
        assert decision.value == pytest.approx([near, far], abs=0.4)


@pytest.mark.parametrize(("terminated", "worth"), [(False, 10.0), (True, 1.0)])
def test_a_cut_is_looked_past_and_an_end_is_not(terminated, worth):
    """A reward of 1 at each step, cut every 4 steps, is worth 1 / (1 - 0.9) all the same."""
    env = TimeLimit(Modelled(loop(terminated)), 4)
    agent = PolicyGradient(env, gamma=0.9, learning_rate=0.01, n_steps=64, batch_size=128).learn(15_000)
    value = agent.act(View(np.array([0]), np.ones((1, 1), np.int8), seeded([0]))).value
    assert value == pytest.approx([worth], rel=0.05)


class Recall(gymnasium.Env):
    """Show 1 or 2, then nothing for some steps; then pays for the action that was shown."""

    def __init__(self, wait=3):
        self.wait = wait
        self.observation_space, self.action_space = spaces.Discrete(4), spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.cue, self.time = int(self.np_random.integers(2)), 0
        return self.cue + 1, {}

    def step(self, action):
        self.time += 1
        over = self.time == self.wait + 1
        return 3 if self.time == self.wait else 0, float(over and action == self.cue), over, False, {}


def recent(agent, steps):
    """Return the mean return of the last 500 episodes of its learning."""
    returns = []
    agent.learn(steps, told=lambda update: returns.extend(update.returns))
    return np.mean(returns[-500:])


def test_a_memory_recalls_and_none_guesses():
    """Half of what was shown can be guessed, no more."""
    settings = {
        "n_steps": 25,
        "num_envs": 16,
        "learning_rate": 0.01,
        "width": 16,
        "batch_size": 200,
        "seed": 1,
    }
    assert 0.4 < recent(PolicyGradient(Recall(), gae_lambda=1.0, **settings), 10_000) < 0.6
    assert recent(PolicyGradient(Recall(), lstm=16, gae_lambda=1.0, **settings), 25_000) > 0.95


class Aim(gymnasium.Env):
    """Pay least where the action is (0.5, -1)."""

    observation_space = spaces.Box(-1, 1, (3,))
    action_space = spaces.Box(-2, 2, (2,))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(3, np.float32), {}

    def step(self, action):
        assert self.action_space.contains(action)
        reward = -float(np.square(action - [0.5, -1.0]).sum())
        return np.zeros(3, np.float32), reward, True, False, {}


def test_continuous_actions_find_the_mark():
    agent = PolicyGradient(
        Aim(), learning_rate=0.01, n_steps=64, batch_size=128, gae_lambda=1.0, greedy=True
    ).learn(12_000)
    action = agent.predict(np.zeros(3, np.float32))[0]
    assert action == pytest.approx([0.5, -1.0], abs=0.1)


# How it acts and is kept


def test_an_answer_does_not_depend_on_who_else_is_asked():
    agent = PolicyGradient("gridworld:level=orchard,obs=grid", network="cnn", lstm=8, n_steps=16).learn(500)
    rng = np.random.default_rng(1)
    observation = rng.integers(0, 2, (70, *agent.task.observation_space.shape)).astype(np.uint8)
    mask, memory = np.ones((70, 4), np.int8), rng.normal(size=(70, 16)).astype(np.float32)
    together = View(observation, mask, seeded(range(70)), memory=memory.copy())
    decision = agent.act(together)
    for i in (0, 1, 33, 69):
        alone = View(observation[[i]], mask[[i]], seeded([i]), memory=memory[[i]])
        single = agent.act(alone)
        assert np.array_equal(single.policy[0], decision.policy[i])
        assert single.actions[0] == decision.actions[i] and single.value[0] == decision.value[i]
        assert np.array_equal(alone.memory[0], together.memory[i])


def test_actions_are_drawn_as_the_policy_says_and_never_where_it_is_zero():
    policy = np.tile([0.0, 0.2, 0.5, 0.3, 0.0], (50_000, 1))
    counts = np.bincount(drawn(policy, seeded(range(50_000))), minlength=5)
    assert counts[[0, 4]].tolist() == [0, 0]
    assert counts[1:4] / 50_000 == pytest.approx([0.2, 0.5, 0.3], abs=0.01)
    noise = normals(seeded(range(50_000)), 2)
    assert noise.mean(axis=0) == pytest.approx([0, 0], abs=0.02)
    assert np.cov(noise.T) == pytest.approx(np.eye(2), abs=0.03)


@pytest.mark.parametrize("settings", [{}, {"lstm": 4}, {"normalize_reward": True}])
def test_one_seed_learns_one_thing_and_another_another(settings):
    first, same, other = (
        PolicyGradient("gridworld:level=corridor", seed=seed, n_steps=16, **settings).learn(600)
        for seed in (1, 1, 2)
    )
    for name, array in first.arrays().items():
        assert np.array_equal(array, same.arrays()[name]), name
    assert not np.array_equal(
        first.arrays()["network/head.logits.weight"], other.arrays()["network/head.logits.weight"]
    )


@pytest.mark.parametrize(
    "settings", [{"network": "cnn"}, {"lstm": 4, "normalize_reward": True, "normalize_observation": True}]
)
def test_two_learn_one_thing_whether_in_a_process_or_a_thread(settings, monkeypatch):
    monkeypatch.setattr("agents.policy_gradient._WORTH_SHARING", 0)
    apart, beside = [], []
    for told, worth in ((apart, 0), (beside, 1000)):
        monkeypatch.setattr("agents.policy_gradient._WORTH_A_PROCESS", worth)
        agent = PolicyGradient(
            "gridworld:level=four_rooms,obs=grid,time_limit=20", seed=1, n_steps=16, **settings
        )
        agent.learn(600, told=told.append)
        told.append(agent.arrays())
    assert apart[:-1] == beside[:-1]
    assert sum(len(update.returns) for update in apart[:-1]) >= 16
    for name, array in apart[-1].items():
        assert np.array_equal(array, beside[-1][name]), name


def test_the_gradients_of_two_halves_are_that_of_the_whole():
    agent, batch = agent_with_a_batch(lstm=5)
    halves = []
    for games in (slice(0, 2), slice(2, 6)):
        rows = torch.arange(30).view(5, 6)[:, games].flatten()
        halves.append(agent.gradient(Batch(
            batch.observation[:, games], batch.mask[rows], batch.memory[games], batch.fresh[:, games],
            batch.actions[rows], *(each[rows.numpy()] for each in batch[5:]),
        )))  # fmt: skip
    for whole, first, second in zip(agent.gradient(batch), *halves, strict=True):
        assert first + second == pytest.approx(whole, abs=1e-5)


def test_pictures_are_learnt_from():
    """Their gradients come in another order of memory than the weights stand in."""
    agent = PolicyGradient(
        "platformer:obs=pixels", network="cnn", width=8, num_envs=2, n_steps=4, batch_size=8
    )
    before = agent.arrays()
    agent.learn(8)
    name = "network/trunk.body.0.0.weight"
    assert not np.array_equal(before[name], agent.arrays()[name])


def test_kept_and_opened_it_learns_on_just_as_it_would_have(tmp_path):
    settings = {"n_steps": 16, "lstm": 4, "learning_rate_decay": True, "normalize_reward": True}
    agent = PolicyGradient("gridworld:level=corridor", seed=1, **settings).learn(400)
    agent.save(tmp_path)
    opened = load_agent(tmp_path)
    agent.learn(400)
    opened.learn(400)
    for name, array in agent.arrays().items():
        assert np.array_equal(array, opened.arrays()[name]), name


@pytest.mark.parametrize("decays", [False, True])
def test_the_weight_of_entropy_falls_in_a_straight_line_if_it_is_to(decays):
    weights = []
    learner = PolicyGradient(
        "gridworld:level=corridor", num_envs=2, n_steps=8, batch_size=16, ent_coef=0.5, ent_coef_decay=decays
    )
    learner.learn(80, told=lambda update: weights.append(learner._ent_coef))
    assert weights[:5] == pytest.approx([0.5, 0.4, 0.3, 0.2, 0.1] if decays else [0.5] * 5)


def test_a_masked_action_is_never_played():
    masks = np.array([[1, 0], [1, 1]], np.int8)  # Modelled asserts it
    PolicyGradient(TimeLimit(Modelled(chain(), masks), 20), n_steps=32).learn(2000)


class Broken(Aim):
    def __init__(self, what):
        self.what = what

    def step(self, action):
        broken = (
            np.array([np.nan, 0, 0], np.float32) if self.what == "observation" else np.zeros(3, np.float32)
        )
        return broken, np.inf if self.what == "reward" else 0.0, False, True, {}


@pytest.mark.parametrize("what", ["observation", "reward"])
def test_what_is_no_number_stops_the_learning_with_its_cause(what):
    with pytest.raises(
        Diverged, match=f"after [0-9,]+ steps the environment gave an? {what} that is no number"
    ):
        PolicyGradient(Broken(what), n_steps=16).learn(1000)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"clip_range": -1.0}, "clip_range=-1.0 is not between"),
        ({"network": "impla"}, "network='impla' is not one of mlp, cnn, impala. Did you mean 'impala'"),
        ({"network": "cnn"}, "network=cnn needs planes or pictures"),
        ({"baseline": False}, "baseline=false goes with"),
        ({"normalize_observation": True}, "normalize_observation=true needs observations in a Box"),
        ({"learning_rat": 0.1}, "unknown setting 'learning_rat'. Did you mean 'learning_rate"),
    ],
)
def test_a_setting_that_does_not_go_is_refused_in_one_line(settings, words):
    with pytest.raises(BadInput, match=words) as error:
        PolicyGradient("gridworld:level=corridor", **settings)
    assert "\n" not in str(error.value)
