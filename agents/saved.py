"""How is an agent kept in a folder, so that opening one never runs code?"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from envs.bad_input import BadInput, one_line
from envs.file import read_bytes, write_bytes

CARD, ARRAYS, UNDER_WAY = "agent.json", "arrays.safetensors", "under_way.safetensors"
_MAX_CARD, _MAX_ARRAYS, _MAX_UNDER_WAY = 1 << 20, 1 << 30, 1 << 32  # bytes
_STEPS = "steps"  # in the head of the arrays
Steps = Annotated[int, msgspec.Meta(ge=0)]
Scalar = str | int | float | bool | None


def versions() -> dict[str, str]:
    """Return the versions of what decides what is learnt."""
    found = {}
    for package in ("gamelab", "numpy", "numba", "gymnasium", "torch", "stable-baselines3", "sb3-contrib"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


class Card(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `agent.json` of a saved agent: how it came to be."""

    format: int = 1
    algorithm: str
    config: dict[str, Scalar]
    env: dict[str, str | dict[str, Scalar | list[Scalar]]]
    seed: int
    steps: Steps
    results: dict[str, float] = {}
    versions: dict[str, str] = msgspec.field(default_factory=versions)


def write_agent(folder: Path, card: Card, arrays: dict[str, np.ndarray]) -> Path:
    """Write the folder; each file appears whole or not at all, and the card, which names the rest, last."""
    from safetensors.numpy import save

    try:
        folder.mkdir(parents=True, exist_ok=True)
        contiguous = {name: np.array(array, order="C") for name, array in arrays.items()}
        write_bytes(folder / ARRAYS, save(contiguous, {_STEPS: str(card.steps)}))
        write_bytes(folder / CARD, msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}") from error
    return folder


def write_under_way(folder: Path, steps: int, arrays: dict[str, np.ndarray]) -> None:
    """Write what is under way while an agent learns beside it, as it is after so many steps; nothing of nothing."""
    from safetensors.numpy import save

    if not arrays:
        return
    try:
        contiguous = {name: np.array(array, order="C") for name, array in arrays.items()}
        write_bytes(folder / UNDER_WAY, save(contiguous, {_STEPS: str(steps)}))
    except OSError as error:
        raise BadInput(f"{folder / UNDER_WAY}: cannot be written: {error.strerror}") from error


def read_under_way(folder: Path, steps: int) -> dict[str, np.ndarray]:
    """Read it again; nothing where there is none, or it is not of so many steps. Raises BadInput for a broken file."""
    path = folder / UNDER_WAY
    if not path.is_file():
        return {}
    data = read_bytes(path, _MAX_UNDER_WAY)
    arrays = _arrays(path, data)
    return arrays if _steps(data, -1) == steps else {}


def read_agent(folder: Path) -> tuple[Card, dict[str, np.ndarray]]:
    """Read a saved agent. Raises BadInput that names the file and the fault."""
    card_data = read_bytes(folder / CARD, _MAX_CARD)
    try:
        card = msgspec.json.decode(card_data, type=Card)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadInput(f"{folder / CARD}: {one_line(error)}") from error
    if card.format != 1:
        raise BadInput(f"{folder / CARD}: format {card.format} is newer than this gamelab reads (1)")
    array_data = read_bytes(folder / ARRAYS, _MAX_ARRAYS)
    arrays = _arrays(folder / ARRAYS, array_data)
    if (steps := _steps(array_data, card.steps)) != card.steps:  # a kill came between the two files
        card.steps, card.results = steps, {}
    return card, arrays


def _arrays(path: Path, data: bytes) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        _steps(data, 0)
        return load(data)
    except (SafetensorError, msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        raise BadInput(f"{path}: not a safetensors file: {one_line(error)}") from error


class _Header(msgspec.Struct):
    """What stands before the arrays, as far as it is ours."""

    metadata: dict[str, str] = msgspec.field(default_factory=dict, name="__metadata__")


def _steps(data: bytes, told: int) -> int:
    """Return the steps that stand with the arrays, if they do."""
    size = int.from_bytes(data[:8], "little")
    header = msgspec.json.decode(data[8 : 8 + size], type=_Header)
    return msgspec.convert(header.metadata.get(_STEPS, told), Steps, strict=False)


def digest(folder: Path) -> str:
    """Return 16 hex digits that change with anything the agent has learnt or was configured with."""
    whole = hashlib.blake2b(digest_size=8)
    for name, cap in ((CARD, _MAX_CARD), (ARRAYS, _MAX_ARRAYS)):
        whole.update(read_bytes(folder / name, cap))
    return whole.hexdigest()


def check_array(arrays: dict[str, np.ndarray], name: str, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Return the array; BadInput where it is missing, not finite, or of another shape or type."""
    array = arrays.get(name)
    if array is None:
        raise BadInput(f"array {name!r} is missing")
    if array.shape != shape or array.dtype != dtype:
        found, needed = f"{array.dtype}{list(array.shape)}", f"{np.dtype(dtype)}{list(shape)}"
        raise BadInput(f"array {name!r} is {found}, and this environment needs {needed}")
    if not np.isfinite(array).all():
        raise BadInput(f"array {name!r} holds what is not a number")
    return array.copy()
