"""Does the deep Q-learner keep to masks: in what it tries, and in the target that it learns?"""

import numpy as np
import pytest
import stable_baselines3
import torch

from agents.dqn import DQN
from agents.sb3.masked_dqn import MaskedSamples
from tests.agents.sb3.toys import toy
from tests.agents.toys import Modelled

FIRST, SECOND = np.eye(2, dtype=np.float32)


def tempted(**settings):
    """Return a learner that thinks from the start that action 1, which is not legal in the second step, is worth 10."""
    agent = DQN(toy("Trap"), width=8, learning_starts=100, train_freq=1, learning_rate=0.003, **settings)
    with torch.no_grad():
        for net in (agent.model.q_net, agent.model.q_net_target):
            net.q_net[-1].weight.zero_()
            net.q_net[-1].bias[:] = torch.tensor([0.5, 10.0])
    return agent


def learnt(agent):
    """Return Q(first step, action 0), whose true value is 0."""
    return agent.model.q_net(torch.from_numpy(FIRST)[None])[0, 0].item()


def test_what_is_not_legal_is_never_tried_and_counts_for_nothing():
    agent = tempted(exploration_fraction=1.0, target_update_interval=50)
    agent.learn(1500)  # Trap raises where an illegal action is played
    assert learnt(agent) == pytest.approx(0, abs=0.3)


def test_without_the_mask_in_the_target_the_value_would_be_wrong(monkeypatch):
    """The same training by Stable-Baselines3's own, which takes what is not legal for worth 10."""

    def unmasked(self, steps):
        with torch.no_grad():
            return steps.rewards + (1 - steps.dones) * self.gamma * self.q_net_target(
                steps.next_observations
            ).amax(dim=1, keepdim=True)

    agent = tempted(target_update_interval=50)
    monkeypatch.setattr(type(agent.model), "_target", unmasked)
    agent.learn(1500)
    assert learnt(agent) > 3


def samples(agent, masks, dones, rewards):
    batch = len(dones)
    seen = torch.from_numpy(np.repeat(SECOND[None], batch, axis=0))
    return MaskedSamples(
        seen, torch.zeros(batch, 1), seen, torch.tensor(dones)[:, None], torch.tensor(rewards)[:, None],
        torch.tensor(masks),
    )  # fmt: skip


def test_the_target_is_the_best_legal_value_and_nothing_where_the_game_is_over():
    agent = tempted(gamma=0.9)
    masks = [[True, False], [True, True], [False, True], [True, True]]
    target = agent.model._target(samples(agent, masks, [0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 2.0]))
    assert target[:, 0].tolist() == pytest.approx([1 + 0.9 * 0.5, 1 + 0.9 * 10, 0.9 * 10, 2])


def test_where_everything_is_legal_the_target_is_that_of_stable_baselines3():
    """One training step of both, from one buffer and one network, moves the parameters alike."""
    agent = DQN("CartPole-v1", width=8, learning_starts=64, train_freq=16, seed=3).learn(64)
    model = agent.model
    before = agent.arrays()
    model.train(5, 32)  # makes the optimizer's state
    model.replay_buffer.sample = _always_the_same(model)
    after = {}
    for train in (type(model).train, stable_baselines3.DQN.train):
        agent.restore(None, before)
        train(model, 1, 32)
        after[train] = agent.arrays()
    one, other = after.values()
    assert any((before[key] != one[key]).any() for key in before)
    for key in one:
        assert one[key] == pytest.approx(other[key], abs=1e-7)


def _always_the_same(model):
    found = type(model.replay_buffer).sample(model.replay_buffer, 32)

    class WithDiscounts(MaskedSamples):
        discounts = None

    return lambda batch_size, env=None: WithDiscounts(*found)


def test_the_buffer_keeps_the_mask_of_the_last_position_and_not_of_the_next_episode():
    """The mask of the end of an episode stands in its own step, even where it was cut short there."""
    agent = tempted()
    agent.learn(100)
    buffer = agent.model.replay_buffer
    last = buffer.dones[: buffer.pos].astype(bool)
    assert last.any()
    assert buffer.next_masks[: buffer.pos][~last].tolist() == [[True, False]] * int((~last).sum())
    assert buffer.next_masks[: buffer.pos][last].all()  # nothing is asked of it


def test_two_legal_actions_of_three_are_tried_equally_often():
    masks = np.array([[1, 0, 1]], np.int8)
    env = Modelled({0: {action: [(1.0, 0, 0.0, True)] for action in range(3)}}, masks)
    DQN(env, num_envs=1, learning_starts=2000).learn(600)
    tried = np.bincount([action for _, action in env.played], minlength=3)
    assert tried[1] == 0
    assert abs(tried[0] - 300) < 75
    assert tried.sum() == 600


def test_each_game_explores_for_itself():
    agent = DQN(
        toy("Bandit"), num_envs=16, learning_starts=0, exploration_initial_eps=0.5, exploration_final_eps=0.5
    )
    agent._begin(100)
    agent.model._setup_learn(100, reset_num_timesteps=False)
    shown = agent.model._last_obs
    assert agent.model.exploration_rate == 0.5
    q = agent.model.q_net(torch.as_tensor(shown)).detach().numpy()
    chosen = [agent.model._sample_action(0, n_envs=16)[0] == q.argmax(axis=1) for _ in range(50)]
    agreed = np.mean(chosen, axis=1)
    assert np.mean(chosen) == pytest.approx(0.5 + 0.5 / 3, abs=0.07)
    assert ((agreed > 0) & (agreed < 1)).mean() > 0.9  # some do and some do not, on the same step
