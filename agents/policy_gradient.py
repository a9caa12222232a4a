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

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from agents.actor_critic import ActorCritic, Choices
from agents.adam import Adam
from agents.agent import Learner
from agents.batch import Batch, Batches
from agents.blocks import BLOCK, blocks, filled
from agents.config import check_choice, check_range
from agents.crew import Crew, crew_of
from agents.networks import NETWORKS, bfloat16_pays, copy_into
from agents.progress import Diverged, Progress, Told
from agents.rollout import Rollout, Rollouts
from agents.running import RunningMoments
from agents.sampling import drawn, normals
from agents.saved import Card, check_array
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.view import Decision, View

FIGURES = ("loss/policy", "loss/value", "policy/entropy", "policy/kl", "policy/clipped")
_WORTH_SHARING = 10_000_000  # steps in a batch times weights, from which on two learn together
_WORTH_A_PROCESS = 20  # rollouts


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
        ent_coef_decay: whether that falls in a straight line to nothing, so that in the end it tries no more.
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
        ent_coef_decay: bool = False
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
                    config.separate, config.normalize_observation,
                )  # fmt: skip
            except BadInput as error:
                raise BadInput(f"{self.name}: {task.spec}: {error}") from None
        self._weights = parameters_to_vector(self.network.parameters()).detach()
        vector_to_parameters(self._weights, self.network.parameters())  # which are views of it from now on
        self._adam = Adam(self._weights, eps=1e-5)
        self._ent_coef = config.ent_coef
        self._learning = self.network.in_bfloat16() if _in_bfloat16(config.precision) else self.network
        self._returns = RunningMoments(())  # of the discounted returns, by which rewards are scaled
        self.memory = 2 * config.lstm

    # How it plays

    def act(self, view: View) -> Decision:
        return self.choose(view, deterministic=False)

    @torch.no_grad()
    def choose(self, view: View, deterministic: bool) -> Decision:
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
        apart = steps > _WORTH_A_PROCESS * self.config.num_envs * self.config.n_steps
        with (
            Progress(self, steps, shown=progress, told=told) as done,
            crew_of(self, steps, self._members, self._room, apart) as crew,
        ):
            self.go_on(done, crew)
        return self

    @property
    def _members(self) -> int:
        """How many learn together: what their network costs tells, so that one seed learns one thing on any machine."""
        work = self.config.batch_size * self._weights.numel()
        return 2 if work > _WORTH_SHARING and self.config.num_envs % 2 == 0 and self.task.alone else 1

    @property
    def _room(self) -> int:
        """How many bytes the longest vector takes that they bring together."""
        games_steps, seen = (
            self.config.num_envs * self.config.n_steps,
            self.task.observation_space.shape or (),
        )
        return 64 + 8 * max(self._weights.numel(), games_steps, 2 * int(np.prod(seen)))

    def go_on(self, done: Progress, crew: Crew) -> None:
        """Learn from a crew member's share of the games until all steps are done; alone, from all of them."""
        config, games = self.config, self.config.num_envs // crew.size
        chance = self.chance((games + 1) * crew.size, self.steps) >> np.uint64(33)
        chance = chance[crew.rank * (games + 1) :][: games + 1]
        self._chance = torch.Generator().manual_seed(int(chance[0]))
        self._discounted = np.zeros(games)  # each game's return so far, discounted
        copy_into(self._learning, self._weights)
        rollouts = Rollouts(self.task, self._learning, config.n_steps, chance[1:].tolist(), self._chance)
        while not done.over:
            rate = config.learning_rate * (1 - done.share if config.learning_rate_decay else 1)
            self._rate = rate
            self._ent_coef = config.ent_coef * (1 - done.share if config.ent_coef_decay else 1)
            rollout = rollouts.next()
            self._check(rollout, crew)
            figures = self._improve(rollout, crew)
            done.advance(
                int(np.sum(crew.gathered(rollout.real.ravel()))),
                np.concatenate(crew.gathered(np.array(rollout.returns))).tolist(),
                np.concatenate(crew.gathered(np.array(rollout.lengths, np.int64))).tolist(),
            )
            done.tell({**figures, "learning_rate": rate})

    def _improve(self, rollout: Rollout, crew: Crew) -> dict[str, float]:
        """Take the steps of gradient that a rollout is good for."""
        config = self.config
        rewards = self._scaled(rollout, crew) if config.normalize_reward else rollout.rewards
        value, counted = rollout.value, rollout.real
        if not config.baseline:
            value, counted = np.zeros_like(value), counted & _complete(rollout.ended)
        advantage = advantages(
            rewards, value, rollout.terminated, rollout.ended, config.gamma, config.gae_lambda
        )
        target = advantage + value[:-1]
        every = np.concatenate(crew.gathered(advantage[counted]))
        if config.normalize_advantage and len(every) > 1:
            advantage = (advantage - every.mean()) / (every.std() + 1e-8)
        batches = Batches(rollout, advantage, target, counted)
        size = config.batch_size // crew.size if config.clip_range else counted.size
        told: list[np.ndarray] = []
        for _ in range(config.n_epochs if config.clip_range else 1):
            told += [self._step(batch, crew) for batch in batches.deal(size, self._chance)]
        if self.network.moments is not None:
            seen = rollout.observation.flatten(0, 1)[torch.from_numpy(rollout.real.ravel())]
            self.network.moments.see(seen, crew)
        steps, *sums = np.sum(told, axis=0, dtype=float)
        return (
            {name: float(figure / steps) for name, figure in zip(FIGURES, sums, strict=True)} if steps else {}
        )

    def _step(self, batch: Batch, crew: Crew) -> np.ndarray:
        """Take one step of gradient, along its mean over a batch, of which every member of the crew has a part.

        Returns the number of steps that were learnt from, and the sums of the FIGURES over them.
        """
        slope, told = self.gradient(batch)
        total = sum(crew.gathered(np.concatenate([told, slope])))
        told, slope = np.split(total, [len(told)])
        if steps := told[0]:
            length = float(np.linalg.norm(slope)) / steps
            if not np.isfinite(length):
                raise self._diverged("the loss is no number; a smaller learning_rate may help")
            slope *= min(1.0, self.config.max_grad_norm / (length + 1e-6)) / steps
            self._adam.step(torch.from_numpy(slope), self._rate)
            copy_into(self._learning, self._weights)
        return told

    def gradient(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Return the slope of the loss for every weight, summed over the steps of a batch, and what is told of them.

        The loss of a step is `vf_coef` times the value's squared error, less the objective, less `ent_coef` (or what
        is left of it) times the entropy. We say how it changes with log pi(a|s), the entropy and V, and PyTorch follows
        that to the weights.
        """
        config, head = self.config, self._learning.head
        policy, value, _ = self._learning(batch.observation, batch.mask, batch.memory, batch.fresh)
        log_prob, entropy = head.log_prob(policy, batch.actions), head.entropy(policy)
        log_ratio = log_prob.detach().numpy() - batch.log_prob
        error = value.detach().numpy() - batch.target
        slopes = [
            -batch.counted * push(log_ratio, batch.advantage, config.clip_range),
            -batch.counted * np.float32(self._ent_coef),
            batch.counted * np.float32(2 * config.vf_coef * config.baseline) * error,
        ]
        by_weight = torch.autograd.grad(
            [log_prob, entropy, value],
            list(self._learning.parameters()),
            [torch.from_numpy(each) for each in slopes],
        )
        moved = np.expm1(log_ratio)
        told = [
            np.ones_like(error),
            -objective(log_ratio, batch.advantage, config.clip_range),
            error**2,
            entropy.detach().numpy(),
            moved - log_ratio,  # Schulman, "Approximating KL divergence", 2020
            np.abs(moved) > config.clip_range,
        ]
        return torch.cat([slope.flatten().float() for slope in by_weight]).numpy(), np.array(
            told, np.float32
        ) @ batch.counted

    def _scaled(self, rollout: Rollout, crew: Crew) -> np.ndarray:
        """Return the rewards divided by the deviation of the discounted returns, as of all steps so far."""
        seen = np.empty_like(rollout.rewards)
        for t in range(len(seen)):
            self._discounted = self._discounted * self.config.gamma + rollout.rewards[t]
            seen[t] = self._discounted
            self._discounted[rollout.ended[t]] = 0.0
        self._returns.see(torch.from_numpy(seen[rollout.real]), crew)
        return np.clip(rollout.rewards / float(self._returns.deviation), -10, 10)

    def _check(self, rollout: Rollout, crew: Crew) -> None:
        seen = rollout.observation
        fine = [
            np.isfinite(rollout.rewards).all(),
            not seen.is_floating_point() or bool(seen.isfinite().all()),
        ]
        for what, good in zip(
            ("a reward", "an observation"), np.all(crew.gathered(np.array(fine)), axis=0), strict=True
        ):
            if not good:
                raise self._diverged(f"the environment gave {what} that is no number")

    def _diverged(self, cause: str) -> Diverged:
        return Diverged(f"{self.name}: after {self.steps:,} steps {cause}")

    # How it is kept

    def arrays(self) -> dict[str, np.ndarray]:
        kept = {f"network/{name}": tensor for name, tensor in self.network.state_dict().items()}
        kept |= {f"returns/{name}": tensor for name, tensor in self._returns.state_dict().items()}
        copied = {name: tensor.detach().numpy().copy() for name, tensor in kept.items()}
        return copied | self._adam.arrays()

    def restore(self, card: Card, arrays: dict[str, np.ndarray]) -> None:
        for part, module in (("network", self.network), ("returns", self._returns)):
            for name, tensor in module.state_dict().items():
                found = check_array(arrays, f"{part}/{name}", tuple(tensor.shape), tensor.numpy().dtype.type)
                tensor.copy_(torch.from_numpy(found))
        self._adam.restore(arrays)


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


def objective(log_ratio: np.ndarray, advantage: np.ndarray, clip_range: float) -> np.ndarray:
    """Return the clipped surrogate objective [N] (Schulman et al. 2017, equation 7), of log rho and A."""
    ratio, eps = np.exp(log_ratio), clip_range or np.inf
    return np.minimum(ratio * advantage, np.clip(ratio, 1 - eps, 1 + eps) * advantage)


def push(log_ratio: np.ndarray, advantage: np.ndarray, clip_range: float) -> np.ndarray:
    """Return the slope of the objective by log pi(a|s), [N]: rho A, but 0 where rho has gone as far as it may for A."""
    ratio, eps = np.exp(log_ratio), clip_range or np.inf
    spent = np.where(advantage > 0, ratio > 1 + eps, ratio < 1 - eps)
    return ratio * advantage * ~spent


def _in_bfloat16(precision: str) -> bool:
    return precision == "bfloat16" or (precision == "auto" and bfloat16_pays())


def _complete(ended: np.ndarray) -> np.ndarray:
    """Return whether the episode of each step [T, B] ends within the rollout."""
    return np.logical_or.accumulate(ended[::-1])[::-1]
