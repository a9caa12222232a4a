"""How does an agent learn by following the gradient of its return? From REINFORCE to PPO, step by step, in one file.

The expected return of a policy pi rises along the policy gradient (Sutton et al. 2000)

    E[ A(s, a) grad log pi(a|s) ]

and the methods from the oldest to today's differ in what A is, and in how far they go along it:

1. REINFORCE (Williams 1992): A_t is the return from there on, R_t = r_t + gamma r_{t+1} + ... to the episode's end.
   `baseline=false, gae_lambda=1, clip_range=0`
2. With a baseline (Sutton & Barton 2018, section 13.4): A_t = R_t - V(s_t), where V is learned. Taking away what does
   not depend on the action leaves the gradient's mean as it is, and its noise becomes smaller.
   `gae_lambda=1, clip_range=0`
3. Generalised advantage estimation (Schulman et al. 2016): A_t = sum over k of (gamma lambda)^k delta_{t+k}, with
   delta_t = r_t + gamma V(s_{t+1}) - V(s_t). The smaller lambda, the more V is trusted instead of what happened.
   `clip_range=0`
4. The clipped objective (PPO, Schulman et al. 2017): several passes over the same steps. With rho = pi(a|s) /
   pi_old(a|s), min(rho A, clip(rho, 1 - eps, 1 + eps) A) is raised: nothing is gained by moving far from pi_old.
   The default, with `clip_range` for eps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from agents.actor_critic import ActorCritic, Choices
from agents.agent import Learner
from agents.batch import Batch, Batches
from agents.blocks import BLOCK, blocks, filled
from agents.config import check_choice, check_range
from agents.networks import NETWORKS
from agents.progress import Diverged, Progress, Told
from agents.rollout import Rollout, Rollouts
from agents.running import RunningMoments
from agents.sampling import drawn, normals
from agents.saved import Card, check_array
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.view import Decision, View

_WORTH_A_THREAD = 10_000_000  # steps times weights, from which on two threads share a batch


class PolicyGradient(Learner):
    """A network that gives a policy and a value, and follows the gradient of the return.

    For any Gymnasium environment with Discrete actions, masked or not, or with actions in a Box, whose policy is then
    a normal distribution. Where an episode is cut short by a limit of time it is not over: the value of its last
    observation stands for what would have come. `act` draws from the policy, or with `greedy` takes the likeliest.
    """

    name = "policy_gradient"
    about = "a policy gradient written as a lesson: REINFORCE, baseline, GAE, clipped objective"

    @dataclass(frozen=True)
    class Config:
        """
        baseline: whether a value V is learned and taken away from the return; without it, only episodes that end
            within a rollout are learnt from.
        gamma: discount, 0 to 1.
        gae_lambda: 1: what happened counts alone; 0: only the next reward, and V of what follows.
        clip_range: eps of the clipped objective; 0: the plain gradient, one step of it a rollout.
        n_epochs: passes over the steps of a rollout, where the objective is clipped.
        batch_size: steps a step of gradient, likewise.
        num_envs: games played side by side.
        n_steps: steps of each of them in a rollout.
        learning_rate: of Adam (Kingma & Ba 2015).
        learning_rate_decay: whether it falls in a straight line to nothing over the training.
        ent_coef: weight of the policy's entropy, which keeps it trying.
        vf_coef: weight of the value's squared error.
        max_grad_norm: longest gradient taken as it is.
        normalize_advantage: whether advantages have mean 0 and deviation 1 in each rollout.
        normalize_observation: whether observations are brought to mean 0 and deviation 1 by what was seen so far.
        normalize_reward: whether rewards are divided by the deviation of the discounted returns so far.
        network: mlp, cnn or impala.
        width: features that it gives.
        separate: whether the value has a network of its own.
        lstm: units of a memory behind the network, trained through the steps of a rollout; 0: none.
        greedy: whether the likeliest action is played, when not learning.
        precision: of the network's products while learning: float32, bfloat16, or auto, the latter where the processor
            multiplies in it.
        """

        baseline: bool = True
        gamma: float = 0.99
        gae_lambda: float = 0.95
        clip_range: float = 0.2
        n_epochs: int = 4
        batch_size: int = 256
        num_envs: int = 8
        n_steps: int = 128
        learning_rate: float = 3e-4
        learning_rate_decay: bool = False
        ent_coef: float = 0.0
        vf_coef: float = 0.5
        max_grad_norm: float = 0.5
        normalize_advantage: bool = True
        normalize_observation: bool = False
        normalize_reward: bool = False
        network: str = "mlp"
        width: int = 64
        separate: bool = False
        lstm: int = 0
        greedy: bool = False
        precision: str = "auto"

        def __post_init__(self) -> None:
            for key in ("gamma", "gae_lambda", "learning_rate"):
                check_range(key, getattr(self, key), 0, 1)
            for key in ("n_epochs", "batch_size", "num_envs", "n_steps", "width"):
                check_range(key, getattr(self, key), 1, 1 << 20)
            for key in ("ent_coef", "vf_coef", "max_grad_norm", "clip_range"):
                check_range(key, getattr(self, key), 0, 1000)
            check_range("lstm", self.lstm, 0, 1 << 12)
            check_choice("network", self.network, tuple(NETWORKS))
            check_choice("precision", self.precision, ("auto", "float32", "bfloat16"))
            if not self.baseline and (self.gae_lambda != 1 or self.clip_range):
                raise BadInput("baseline=false goes with gae_lambda=1 and clip_range=0: it is REINFORCE")

    config: Config

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        config, task = self.config, self.task
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.chance(2)[1] >> np.uint64(1)))
            try:
                self.network = ActorCritic(
                    task.observation_space, task.action_space, config.network, config.width, config.lstm,
                    config.separate, config.normalize_observation, _in_bfloat16(config.precision),
                )  # fmt: skip
            except BadInput as error:
                raise BadInput(f"{self.name}: {task.spec}: {error}") from None
        self._weights = nn.Parameter(parameters_to_vector(self.network.parameters()).detach())
        vector_to_parameters(self._weights, self.network.parameters())  # which are views of it from now on
        self._adam = torch.optim.Adam([self._weights], config.learning_rate, eps=1e-5, fused=True)
        self._returns = RunningMoments(())  # of the discounted returns, by which rewards are scaled
        self.memory = 2 * config.lstm
        work = config.batch_size * sum(parameter.numel() for parameter in self.network.parameters())
        self._parts = 2 if config.num_envs > 1 and work > _WORTH_A_THREAD else 1

    # How it plays

    def act(self, view: View) -> Decision:
        return self.choose(view, deterministic=False)

    @torch.no_grad()
    def choose(self, view: View, deterministic: bool) -> Decision:
        self.network.eval()
        games = len(view.observation)
        memory = np.zeros((games, self.memory), np.float32) if view.memory is None else view.memory
        policy, value = [], np.empty(games)
        for block in blocks(games):
            mask = filled(view.mask[block]) if view.mask.shape[1] else None
            fresh = torch.zeros(1, BLOCK, dtype=torch.bool)
            opinion = self.network(filled(view.observation[block])[None], mask, filled(memory[block]), fresh)
            asked = len(value[block])
            memory[block] = opinion.memory[:asked].numpy()
            value[block] = opinion.value[:asked].numpy()
            policy.append(opinion.policy[:asked].double().numpy())
        if self.config.normalize_reward:
            value *= float(self._returns.deviation)
        return self._chosen(np.concatenate(policy), value, view.rng, deterministic or self.config.greedy)

    def _chosen(self, given: np.ndarray, value: np.ndarray, rng: np.ndarray, likeliest: bool) -> Decision:
        """Return actions for what the head gives, [B, ...]: drawn with a generator a game, or the likeliest."""
        head = self.network.head
        if isinstance(head, Choices):
            policy = np.exp(given)
            policy /= policy.sum(axis=1, keepdims=True)
            actions = policy.argmax(axis=1) if likeliest else drawn(policy, rng)
            return Decision(head.played(actions), value, policy)
        deviation = head.log_std.exp().double().numpy()
        noise = 0.0 if likeliest else deviation * normals(rng, given.shape[1])
        return Decision(head.played((given + noise).astype(np.float32)), value)

    # How it learns

    def learn(self, steps: int, *, progress: bool = False, told: Told | None = None) -> Self:
        config = self.config
        chance = self.chance(config.num_envs + 1, self.steps) >> np.uint64(33)
        self._chance = torch.Generator().manual_seed(int(chance[0]))
        self._discounted = np.zeros(config.num_envs)  # each game's return so far, discounted
        rollouts = Rollouts(self.task, self.network, config.n_steps, chance[1:].tolist(), self._chance)
        with Progress(self, steps, shown=progress, told=told) as done, self._crew() as self._threads:
            while not done.over:
                rate = config.learning_rate * (1 - done.share if config.learning_rate_decay else 1)
                self._adam.param_groups[0]["lr"] = rate
                self.network.train()
                rollout = rollouts.next()
                figures = self._improve(rollout)
                done.advance(int(rollout.real.sum()), rollout.returns, rollout.lengths)
                done.tell({**figures, "learning_rate": rate})
        return self

    @contextmanager
    def _crew(self) -> Iterator[ThreadPoolExecutor]:
        """Give the threads that work on the parts of a batch; PyTorch's own would stand in their way."""
        own = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(self._parts, initializer=torch.set_num_threads, initargs=(1,)) as crew:
                yield crew
        finally:
            torch.set_num_threads(own)

    def _improve(self, rollout: Rollout) -> dict[str, float]:
        """Take the steps of gradient that a rollout is good for."""
        self._check(rollout)
        config = self.config
        rewards = self._scaled(rollout) if config.normalize_reward else rollout.rewards
        value, counted = rollout.value, rollout.real
        if not config.baseline:
            value, counted = np.zeros_like(value), counted & _complete(rollout.ended)
        advantage = advantages(
            rewards, value, rollout.terminated, rollout.ended, config.gamma, config.gae_lambda
        )
        target = advantage + value[:-1]
        if config.normalize_advantage and counted.sum() > 1:
            advantage = (advantage - advantage[counted].mean()) / (advantage[counted].std() + 1e-8)
        batches = Batches(rollout, advantage, target, counted)
        size = config.batch_size if config.clip_range else counted.size
        told: list[dict[str, float]] = []
        for _ in range(config.n_epochs if config.clip_range else 1):
            for parts in batches.deal(size, self._parts, self._chance):
                told.append(self._step(parts))
        if self.network.moments is not None:
            self.network.moments.see(
                rollout.observation.flatten(0, 1)[torch.from_numpy(rollout.real.ravel())]
            )
        return {name: float(np.mean([one[name] for one in told])) for name in (told[0] if told else {})}

    def _step(self, parts: Sequence[Callable[[], Batch]]) -> dict[str, float]:
        """Take one step of gradient, which is the mean of those of the parts, each worked out in a thread."""
        work = self._threads.map if len(parts) > 1 else map
        worked = list(work(self._gradient, parts))
        shares = np.array([steps for steps, _, _ in worked]) / sum(steps for steps, _, _ in worked)
        self._weights.grad = (
            torch.stack([slope for _, slope, _ in worked]).T @ torch.from_numpy(shares).float()
        )
        nn.utils.clip_grad_norm_(self._weights, self.config.max_grad_norm)
        self._adam.step()
        return {name: float(shares @ [told[name] for _, _, told in worked]) for name in worked[0][2]}

    def _gradient(self, part: Callable[[], Batch]) -> tuple[int, Tensor, dict[str, float]]:
        """Return how many steps a part has, the slope of its loss for every weight, and its figures."""
        batch = part()
        loss, figures = self.loss(batch)
        if not torch.isfinite(loss):
            raise self._diverged("the loss is no number; a smaller learning_rate may help")
        slopes = torch.autograd.grad(loss, list(self.network.parameters()), materialize_grads=True)
        told = {name: figure.item() for name, figure in figures.items()}
        return int(batch.counted.sum()), parameters_to_vector(slopes), told

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what a step of gradient lowers, and the figures that are told of it: means over what is counted."""
        config, head = self.config, self.network.head
        policy, value, _ = self.network(batch.observation, batch.mask, batch.memory, batch.fresh)
        weight = batch.counted / batch.counted.sum()
        log_prob = head.log_prob(policy, batch.actions)
        log_ratio = log_prob - batch.log_prob
        if config.clip_range:
            objective = clipped(log_ratio.exp(), batch.advantage, config.clip_range) @ weight
        else:
            objective = (batch.advantage * log_prob) @ weight
        entropy = head.entropy(policy) @ weight
        value_loss = (batch.target - value).square() @ weight
        loss = -objective - config.ent_coef * entropy
        if config.baseline:
            loss = loss + config.vf_coef * value_loss
        with torch.no_grad():
            moved = log_ratio.exp() - 1
            figures = {
                "loss/policy": -objective,
                "loss/value": value_loss,
                "policy/entropy": entropy,
                "policy/kl": (moved - log_ratio) @ weight,  # Schulman, "Approximating KL divergence", 2020
                "policy/clipped": (moved.abs() > config.clip_range).float() @ weight,
            }
        return loss, figures

    def _scaled(self, rollout: Rollout) -> np.ndarray:
        """Return the rewards divided by the deviation of the discounted returns, as of all steps so far."""
        seen = np.empty_like(rollout.rewards)
        for t in range(len(seen)):
            self._discounted = self._discounted * self.config.gamma + rollout.rewards[t]
            seen[t] = self._discounted
            self._discounted[rollout.ended[t]] = 0.0
        self._returns.see(torch.from_numpy(seen[rollout.real]))
        return np.clip(rollout.rewards / float(self._returns.deviation), -10, 10)

    def _check(self, rollout: Rollout) -> None:
        if not np.isfinite(rollout.rewards).all():
            raise self._diverged("the environment gave a reward that is no number")
        if rollout.observation.is_floating_point() and not rollout.observation.isfinite().all():
            raise self._diverged("the environment gave an observation that is no number")

    def _diverged(self, cause: str) -> Diverged:
        return Diverged(f"{self.name}: after {self.steps:,} steps {cause}")

    # How it is kept

    def arrays(self) -> dict[str, np.ndarray]:
        kept = {f"network/{name}": tensor for name, tensor in self.network.state_dict().items()}
        kept |= {f"returns/{name}": tensor for name, tensor in self._returns.state_dict().items()}
        kept |= {f"adam/{part}": tensor for part, tensor in self._adam.state[self._weights].items()}
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in kept.items()}

    def restore(self, card: Card, arrays: dict[str, np.ndarray]) -> None:
        for part, module in (("network", self.network), ("returns", self._returns)):
            for name, tensor in module.state_dict().items():
                found = check_array(arrays, f"{part}/{name}", tuple(tensor.shape), tensor.numpy().dtype.type)
                tensor.copy_(torch.from_numpy(found))
        if "adam/step" in arrays:
            shapes = {"step": (), "exp_avg": self._weights.shape, "exp_avg_sq": self._weights.shape}
            for part, shape in shapes.items():
                moment = check_array(arrays, f"adam/{part}", tuple(shape), np.float32)
                self._adam.state[self._weights][part] = torch.from_numpy(moment)


def advantages(
    rewards: np.ndarray,
    value: np.ndarray,
    terminated: np.ndarray,
    ended: np.ndarray,
    gamma: float,
    lam: float,
) -> np.ndarray:
    """Return the generalised advantage estimates float32 [T, B] (Schulman et al. 2016, equation 16).

    rewards, terminated, ended: [T, B]. value: [T + 1, B]. An episode that ended without being terminated goes on in
    value[t + 1], but nothing after it counts.
    """
    estimate = np.zeros_like(value)
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * value[t + 1] * ~terminated[t] - value[t]
        estimate[t] = delta + gamma * lam * estimate[t + 1] * ~ended[t]
    return estimate[:-1]


def clipped(ratio: Tensor, advantage: Tensor, clip_range: float) -> Tensor:
    """Return the clipped surrogate objective [N] (Schulman et al. 2017, equation 7)."""
    return torch.minimum(ratio * advantage, ratio.clamp(1 - clip_range, 1 + clip_range) * advantage)


def _in_bfloat16(precision: str) -> bool:
    able = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return precision == "bfloat16" or (precision == "auto" and able)


def _complete(ended: np.ndarray) -> np.ndarray:
    """Return whether the episode of each step [T, B] ends within the rollout."""
    return np.logical_or.accumulate(ended[::-1])[::-1]
