"""Is this machine fit for the lab?"""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, NamedTuple

_NEEDED = (
    "gymnasium", "stable-baselines3", "pettingzoo", "pygame", "numba", "numpy", "torch", "safetensors",
    "msgspec", "zstandard", "scipy", "typer", "rich", "pillow",
)  # fmt: skip


class Finding(NamedTuple):
    """One thing looked at. `note` costs a feature, `wrong` breaks the lab."""

    verdict: Literal["ok", "note", "wrong"]
    what: str
    detail: str


def examine() -> list[Finding]:
    return [_python(), _packages(), _pygame(), _torch(), _cache(), _screen()]


def _python() -> Finding:
    good = (3, 11) <= sys.version_info < (3, 14)
    detail = f"{platform.python_version()}, {os.cpu_count()} processors"
    return Finding(
        "ok" if good else "wrong", "Python", detail if good else f"{detail}; gamelab needs 3.11 to 3.13"
    )


def _packages() -> Finding:
    missing = [name for name in _NEEDED if _version(name) is None]
    if missing:
        return Finding("wrong", "packages", f"missing: {', '.join(missing)}; run `make setup`")
    return Finding("ok", "packages", ", ".join(f"{name} {_version(name)}" for name in _NEEDED[:5]))


def _pygame() -> Finding:
    """pygame and pygame-ce install the same module, one over the other."""
    if _version("pygame-ce") and _version("pygame"):
        fault = "pygame and pygame-ce are both installed and overwrite each other"
        return Finding("wrong", "pygame", f"{fault}: pip uninstall pygame pygame-ce, then pip install pygame")
    if _version("pygame-ce"):
        return Finding("note", "pygame", "pygame-ce stands in for pygame; gamelab is tested with pygame")
    return Finding("ok", "pygame", _version("pygame") or "missing")


def _torch() -> Finding:
    """Told from what is installed; importing it would take seconds."""
    found = _version("torch")
    return Finding("ok" if found else "wrong", "torch", found or "missing")


def _cache() -> Finding:
    from envs.compiled import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        usable = os.access(folder, os.W_OK)
    except OSError:
        usable = False
    if usable:
        return Finding("ok", "compiled rules", f"kept in {folder.parent}")
    return Finding("note", "compiled rules", f"{folder} cannot be written: rules are compiled at every start")


def _screen() -> Finding:
    from replays.viewer import has_screen

    if has_screen():
        return Finding("ok", "screen", "windows can be opened")
    return Finding("note", "screen", "none: `gamelab watch --record out.gif` makes a picture instead")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
