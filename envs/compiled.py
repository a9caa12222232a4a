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
from typing import Any

import numba
import numpy as np
from numba import njit

_config: Any = numba.config  # set at run time, which type checkers do not see
_types: Any = numba.types


def _name_of_record(record: numba.types.Record) -> tuple[str, tuple[str]]:
    """Name a record in the symbols of compiled functions by what it is.

    Numba names it by the how-manieth type of the process it was, so that functions for two records, compiled in two
    processes, may bear one name; a third process that loads both from disk then runs one in place of the other.
    """
    return "Record", (hashlib.blake2b(record.name.encode(), digest_size=8).hexdigest(),)


_types.Record.mangling_args = property(_name_of_record)

_ROOMS = Path(__file__).parent.parent
_STALE = 30 * 24 * 3600  # seconds after which the folder of other sources is removed


def compiled(function: Callable) -> Callable:
    """Compile a module-level function at its first call, and keep it on disk."""
    return _cached(function)


def inlined(function: Callable) -> Callable:
    """The same, copied into its callers: for what is called once a game in the loops over many games."""
    return _cached(function, inline="always")


def unlocked(function: Callable) -> Callable:
    """The same, letting other threads of Python run meanwhile: for what takes long."""
    return _cached(function, nogil=True)


def wrapping(function: Callable) -> Callable:
    """The same for sums that are meant to wrap around: plain Python (NUMBA_DISABLE_JIT=1) would warn."""
    return np.errstate(over="ignore")(function) if _config.DISABLE_JIT else compiled(function)


def argument(states: np.recarray) -> np.ndarray:
    """Return the same records as a compiled function takes them fastest: a recarray costs 1.4 us more a call.

    In plain Python (NUMBA_DISABLE_JIT=1) the rules need the recarray, so that `state.cell` can be written.
    """
    return states if _config.DISABLE_JIT else states.view(np.ndarray)


def _cached(function: Callable, **options: Any) -> Callable:
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(cache_folder())
    try:
        return njit(cache=True, **options)(function)
    finally:
        _config.CACHE_DIR = before


@cache
def cache_folder() -> Path:
    """Return where the compiled rules are kept: under NUMBA_CACHE_DIR if that is set, else in the user's cache."""
    digest = hashlib.blake2b(digest_size=8)
    art = [*_ROOMS.glob("envs/**/art/*")]  # compiled code holds its pixels as constants
    for path in sorted([*_ROOMS.glob("envs/**/*.py"), *_ROOMS.glob("agents/**/*.py"), *art]):
        source = path.read_bytes() if path.is_file() else b""
        if b"envs.compiled import" in source or path in art:
            digest.update(source)
    digest.update(repr((numba.__version__, os.environ.get("NUMBA_BOUNDSCHECK"))).encode())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    root = Path(_config.CACHE_DIR or Path(home) / "gamelab" / "numba")
    folder = root / digest.hexdigest()
    if not folder.is_dir():
        _prune(root)
    return folder


def _prune(root: Path) -> None:
    for old in root.glob("?" * 16):
        if time.time() - old.stat().st_mtime > _STALE:
            shutil.rmtree(old, ignore_errors=True)
