"""How is a file read that anybody may have written, or named, and how is one written whole or not at all?"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
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


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a reader, even after a crash, finds the old content or the new."""
    draft = path.parent / f".{path.name[:100]}.{secrets.token_hex(4)}"
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the new name outlive a power cut, on systems and disks that can promise that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
