"""How do the parameters of a Stable-Baselines3 model, and of its optimizer, stand as plain arrays?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from agents.saved import check_array

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm


def arrays_of(model: BaseAlgorithm) -> dict[str, np.ndarray]:
    """Return `policy/NAME` for each tensor of the policy, and `optimizer/NUMBER/KEY` for each of its optimizer."""
    arrays = {f"policy/{name}": _array(tensor) for name, tensor in model.policy.state_dict().items()}
    for number, state in model.policy.optimizer.state_dict()["state"].items():
        arrays |= {f"optimizer/{number}/{key}": _array(tensor) for key, tensor in state.items()}
    return arrays


def put_back(model: BaseAlgorithm, arrays: dict[str, np.ndarray]) -> None:
    """Set the model to what `arrays_of` gave. Raises BadInput for what does not fit, and then changes nothing."""
    policy = {
        name: _checked(arrays, f"policy/{name}", tensor) for name, tensor in model.policy.state_dict().items()
    }
    optimizer = model.policy.optimizer
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for number, parameter in enumerate(parameters):
        if f"optimizer/{number}/step" in arrays:
            wanted = {"step": torch.zeros(()), "exp_avg": parameter, "exp_avg_sq": parameter}
            state[number] = {
                key: _checked(arrays, f"optimizer/{number}/{key}", like) for key, like in wanted.items()
            }
    groups = optimizer.state_dict()["param_groups"]
    model.policy.load_state_dict(policy)
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _array(tensor: torch.Tensor) -> np.ndarray:
    return np.atleast_1d(tensor.detach().cpu().numpy()).copy()  # a file keeps no array without a dimension


def _checked(arrays: dict[str, np.ndarray], name: str, like: torch.Tensor) -> torch.Tensor:
    wanted = _array(like)
    return torch.from_numpy(check_array(arrays, name, wanted.shape, wanted.dtype.type)).reshape(like.shape)
