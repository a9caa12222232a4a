"""How are rules compiled, and when are they compiled again?

Numba's own disk cache looks at the file of the function it compiles, not at the files of the functions that one
calls: after a change of the rules alone, the loops over them would go on playing by the old ones. So the cache
has one folder for each state of all the compiled sources together.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numba
from numba import njit

_ROOMS = Path(__file__).parent.parent
_STALE = 30 * 24 * 3600  # seconds after which the folder of other sources is removed


def compiled(function: Callable) -> Callable:
    """Compile a module-level function at its first call, and keep it on disk."""
    return _cached(function)


def inlined(function: Callable) -> Callable:
    """The same, copied into its callers: for what is called once a game in the loops over many games."""
    return _cached(function, inline="always")


def _cached(function: Callable, **options: str) -> Callable:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_folder())
    try:
        return njit(cache=True, **options)(function)
    finally:
        numba.config.CACHE_DIR = before


@cache
def _folder() -> Path:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted([*_ROOMS.glob("envs/**/*.py"), *_ROOMS.glob("agents/**/*.py")]):
        source = path.read_bytes()
        if b"envs.compiled import" in source:
            digest.update(source)
    digest.update(repr((numba.__version__, os.environ.get("NUMBA_BOUNDSCHECK"))).encode())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(numba.config.CACHE_DIR or Path(home) / "gamelab" / "numba")
    folder = root / digest.hexdigest()
    if not folder.is_dir():
        _prune(root)
    return folder


def _prune(root: Path) -> None:
    for old in root.glob("?" * 16):
        if time.time() - old.stat().st_mtime > _STALE:
            shutil.rmtree(old, ignore_errors=True)
