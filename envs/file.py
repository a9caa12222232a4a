"""How is a file read that anybody may have written, or named?"""

from __future__ import annotations

import os
from pathlib import Path

from envs.bad_input import BadInput


def read_bytes(path: Path, cap: int) -> bytes:
    """Return what is in a file of at most `cap` bytes. Raises BadInput where that cannot be had."""
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise BadInput(f"{path}: not a file")  # a pipe would keep us waiting, a device would never end
    try:
        with path.open("rb") as file:
            data = file.read(cap + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error
    except ValueError as error:  # a zero byte, or a lone surrogate
        raise BadInput(f"{str(path)!r} is not the name of a file") from error
    if len(data) > cap:
        size = f"{cap >> 20} MiB" if cap >> 20 else f"{cap >> 10} KiB"
        raise BadInput(f"{path}: larger than {size}")
    return data


def read_text(path: Path, cap: int) -> str:
    """Return the text in a file of at most `cap` bytes in UTF-8. Raises BadInput where there is none."""
    data = read_bytes(path, cap)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text, at byte {error.start}") from error
