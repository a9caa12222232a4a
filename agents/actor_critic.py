"""Which policy and which value does a network give, feed-forward or with a memory?"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from agents.networks import orthogonal, trunk
from agents.running import RunningMoments
from envs.bad_input import BadInput

_IMPOSSIBLE = -1e9  # a logit; not -inf, which would make 0 * -inf of an entropy


class Choices(nn.Module):
    """A policy over a whole number of actions: logits [N, actions], those of illegal actions out of reach."""

    def __init__(self, features: int, space: spaces.Discrete) -> None:
        super().__init__()
        self.start, self.shape = int(space.start), ()
        self.logits = orthogonal(nn.Linear(features, int(space.n)), 0.01)

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the logarithms of the probabilities [N, actions]."""
        logits = self.logits(features)
        if mask is not None:
            logits = logits.masked_fill(mask == 0, _IMPOSSIBLE)
        return torch.log_softmax(logits, dim=1)

    def sample(self, log_policy: Tensor, generator: torch.Generator) -> Tensor:
        """Return actions int64 [N], counted from 0, by the Gumbel trick as a race of exponential clocks."""
        clocks = torch.empty_like(log_policy).exponential_(generator=generator)
        return (log_policy - clocks.log()).argmax(dim=1)

    def log_prob(self, log_policy: Tensor, actions: Tensor) -> Tensor:
        return log_policy.gather(1, actions[:, None])[:, 0]

    def entropy(self, log_policy: Tensor) -> Tensor:
        return -(log_policy.exp() * log_policy).sum(dim=1)

    def played(self, actions: np.ndarray) -> np.ndarray:
        """Return the actions as the environment takes them."""
        return actions + self.start


class Gaussian(nn.Module):
    """A policy over vectors: independent normal distributions, whose widths do not depend on the observation."""

    def __init__(self, features: int, space: spaces.Box) -> None:
        super().__init__()
        self.low, self.high, self.shape = space.low, space.high, space.shape
        dimensions = int(np.prod(space.shape))
        self.mean = orthogonal(nn.Linear(features, dimensions), 0.01)
        self.log_std = nn.Parameter(torch.zeros(dimensions))

    def forward(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """Return the means [N, dimensions]."""
        return self.mean(features)

    def sample(self, mean: Tensor, generator: torch.Generator) -> Tensor:
        """Return actions float32 [N, dimensions], which may lie beyond the bounds."""
        return mean + self.log_std.exp() * torch.empty_like(mean).normal_(generator=generator)

    def log_prob(self, mean: Tensor, actions: Tensor) -> Tensor:
        z = (actions - mean) * (-self.log_std).exp()
        return -(z.square() / 2 + self.log_std + math.log(2 * math.pi) / 2).sum(dim=1)

    def entropy(self, mean: Tensor) -> Tensor:
        return (self.log_std + (1 + math.log(2 * math.pi)) / 2).sum().expand(len(mean))

    def played(self, actions: np.ndarray) -> np.ndarray:
        return np.clip(actions.reshape(len(actions), *self.shape), self.low, self.high)


class LSTM(nn.Module):
    """Long short-term memory (Hochreiter & Schmidhuber 1997), whose state is zeroed where an episode begins.

    The state of a game is one row [2 * units]: what it gives out, and its cells.
    """

    def __init__(self, features: int, units: int) -> None:
        super().__init__()
        self.units = units
        self.of_input = orthogonal(nn.Linear(features, 4 * units), 1.0)
        self.of_state = nn.Linear(units, 4 * units, bias=False)
        nn.init.orthogonal_(self.of_state.weight)

    def forward(self, features: Tensor, memory: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor]:
        """Return what it gives out [T, B, units] and the memory [B, 2 * units] after that.

        features: [T, B, features]. memory: [B, 2 * units] before. fresh: bool [T, B], where an episode begins.
        """
        of_input = self.of_input(features)
        keep = (~fresh).to(features.dtype)[:, :, None]
        out, cells = memory[:, : self.units], memory[:, self.units :]
        told = []
        for t in range(len(features)):
            out, cells = out * keep[t], cells * keep[t]
            gates = of_input[t] + self.of_state(out)
            let_in, forget, let_out = torch.sigmoid(gates[:, : 3 * self.units]).chunk(3, dim=1)
            cells = forget * cells + let_in * torch.tanh(gates[:, 3 * self.units :])
            out = let_out * torch.tanh(cells)
            told.append(out)
        return torch.stack(told), torch.cat([out, cells], dim=1)


class Opinion(NamedTuple):
    """policy: what the head gives, [N, ...]. value: [N]. memory: [B, 2 * units] after the last of the steps."""

    policy: Tensor
    value: Tensor
    memory: Tensor


class ActorCritic(nn.Module):
    """A policy and a value over one trunk, or over one each where they are `separate`.

    lstm: units of a memory between trunk and heads; 0: none. normalised: observations are brought to mean 0 and
    deviation 1 by `moments`.
    """

    def __init__(
        self,
        seen: spaces.Space,
        done: Any,
        network: str,
        width: int,
        lstm: int,
        separate: bool,
        normalised: bool,
    ) -> None:
        super().__init__()
        if normalised and not isinstance(seen, spaces.Box):
            raise BadInput(f"normalize_observation=true needs observations in a Box, and they are {seen}")
        self.moments = RunningMoments(seen.shape or ()) if normalised else None
        if normalised:
            seen = spaces.Box(-np.inf, np.inf, seen.shape, np.float32)
        self.trunk = trunk(network, seen, width)
        self.critic_trunk = trunk(network, seen, width) if separate else None
        self.lstm = LSTM(width, lstm) if lstm else None
        features = lstm or width
        self.head: Choices | Gaussian
        if isinstance(done, spaces.Discrete):
            self.head = Choices(features, done)
        elif isinstance(done, spaces.Box):
            self.head = Gaussian(features, done)
        else:
            raise BadInput(f"actions are {done}; they must be Discrete or a Box")
        self.value = orthogonal(nn.Linear(width if separate else features, 1), 1.0)

    def forward(self, observation: Tensor, mask: Tensor | None, memory: Tensor, fresh: Tensor) -> Opinion:
        """Judge observations [T, B, ...] of B games in the order of time.

        mask: int8 [T * B, actions], or None where all is legal. memory: [B, 2 * lstm] before. fresh: bool [T, B], where
        an episode begins.
        """
        flat = observation.flatten(0, 1)
        if self.moments is not None:
            flat = self.moments(flat)
        features = self.trunk(flat)
        critic = features if self.critic_trunk is None else self.critic_trunk(flat)
        if self.lstm is not None:
            told, memory = self.lstm(features.unflatten(0, fresh.shape), memory, fresh)
            features = told.flatten(0, 1)
            critic = features if self.critic_trunk is None else critic
        return Opinion(self.head(features, mask), self.value(critic)[:, 0], memory)

    def in_bfloat16(self) -> ActorCritic:
        """Return a copy whose trunks multiply in bfloat16, to learn with (Micikevicius et al. 2018).

        It has its own weights, and the same `moments`.
        """
        copy = deepcopy(self)
        copy.moments = self.moments
        copy.trunk.bfloat16()
        if copy.critic_trunk is not None:
            copy.critic_trunk.bfloat16()
        return copy
