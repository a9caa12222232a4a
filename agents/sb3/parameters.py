"""How does what a Stable-Baselines3 model has learnt stand as plain arrays, with its optimizer and its moments?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from agents.saved import check_array

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm


def arrays_of(model: BaseAlgorithm) -> dict[str, np.ndarray]:
    """Return what it has learnt, and what learning on needs.

    `policy/NAME` for each tensor of the policy, `optimizer/NUMBER/KEY` for each of its optimizer, and, where
    observations or rewards are normalised, `observation/PART` and `return/PART` of their running moments.
    """
    arrays = {f"policy/{name}": _array(tensor) for name, tensor in model.policy.state_dict().items()}
    for number, state in model.policy.optimizer.state_dict()["state"].items():
        arrays |= {f"optimizer/{number}/{key}": _array(tensor) for key, tensor in state.items()}
    moments = {name: np.atleast_1d(getattr(one, part)).copy() for name, one, part in _moments(model)}
    return arrays | moments


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
    moments = []
    for name, one, part in _moments(model):
        shape = np.shape(getattr(one, part))
        moments.append((one, part, check_array(arrays, name, shape or (1,), np.float64).reshape(shape)))
    groups = optimizer.state_dict()["param_groups"]
    model.policy.load_state_dict(policy)
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    for one, part, found in moments:
        setattr(one, part, found)


def _moments(model: BaseAlgorithm) -> Iterator[tuple[str, Any, str]]:
    """Yield, of the running moments by which it normalises, the name of an array, whose it is, and which part."""
    normalizer = model.get_vec_normalize_env()
    if normalizer is None:
        return
    for part in ("mean", "var", "count"):
        if normalizer.norm_obs:
            yield f"observation/{part}", normalizer.obs_rms, part
        if normalizer.norm_reward:
            yield f"return/{part}", normalizer.ret_rms, part


def _array(tensor: torch.Tensor) -> np.ndarray:
    return np.atleast_1d(tensor.detach().cpu().numpy()).copy()  # a file keeps no array without a dimension


def _checked(arrays: dict[str, np.ndarray], name: str, like: torch.Tensor) -> torch.Tensor:
    wanted = _array(like)
    return torch.from_numpy(check_array(arrays, name, wanted.shape, wanted.dtype.type)).reshape(like.shape)
