"""Where does a model of Stable-Baselines3 find the lab's networks?"""

from __future__ import annotations

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.preprocessing import get_flattened_obs_dim
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor

from agents.networks import trunk


class Features(BaseFeaturesExtractor):
    """A network of `agents.networks` as the features extractor of a policy.

    It is given floats: what a Box holds, not scaled, and one-hot vectors for numbers.
    """

    def __init__(self, observation_space: spaces.Space, network: str, width: int) -> None:
        space = observation_space
        if not isinstance(space, spaces.Box):
            space = spaces.Box(0.0, 1.0, (get_flattened_obs_dim(space),), np.float32)
        built = trunk(network, space, width)
        super().__init__(observation_space, built.features)
        self.trunk = built

    def forward(self, observation: Tensor) -> Tensor:
        return self.trunk(observation)


def policy_arguments(network: str, width: int) -> dict:
    """Return the `policy_kwargs` that put the network where the policy's own would be, with linear heads on it."""
    return {
        "features_extractor_class": Features,
        "features_extractor_kwargs": {"network": network, "width": width},
        "net_arch": [],
        "normalize_images": False,  # the network scales by the bounds of the space
    }
