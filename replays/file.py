"""How does a replay stand in a file?

A line of text with the format's number, then MessagePack compressed with zstandard.
"""

from __future__ import annotations

import zstandard
from msgspec import MsgspecError, msgpack

from envs.bad_input import BadInput, one_line
from replays.contents import OtherVersion, Stored

SUFFIX = ".replay"
FORMAT = 2  # which has all that format 1 had, and `lead` and `owner`
MAX_FILE, MAX_CONTENT = 16 * 2**20, 64 * 2**20  # bytes, packed and unpacked
_MAGIC = b"gamelab replay "
_LEVEL = 5  # of zstandard: on small files as good as the best, and much faster


def pack(stored: Stored) -> bytes:
    """Return the bytes of the file; the same replay gives the same bytes."""
    try:
        content = msgpack.encode(stored)
    except (OverflowError, TypeError, UnicodeEncodeError) as error:
        raise BadInput(f"cannot stand in a replay: {one_line(error)}") from error
    packed = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(content)
    if len(content) > MAX_CONTENT or len(packed) > MAX_FILE:
        raise BadInput(f"{len(content) >> 20} MiB are more than a replay can hold")
    return b"%s%d\n%s" % (_MAGIC, FORMAT, packed)


def unpack(data: bytes) -> Stored:
    """Read the bytes of a file, which may be any bytes at all.

    Raises:
        OtherVersion: another format than ours.
        BadInput: anything else that is wrong with it.
    """
    head, _, packed = data.partition(b"\n")
    number = head.removeprefix(_MAGIC)
    if not (head.startswith(_MAGIC) and number.isdigit() and len(number) < 6):
        raise BadInput("not a gamelab replay")
    if not 1 <= int(number) <= FORMAT:
        raise OtherVersion(f"replay format {int(number)}; this gamelab reads formats 1 to {FORMAT}")
    try:
        return msgpack.decode(_decompressed(packed), type=Stored)
    except (MsgspecError, UnicodeDecodeError, RecursionError, zstandard.ZstdError) as error:
        raise BadInput(f"not a sound replay: {one_line(error)}") from error


def _decompressed(packed: bytes) -> bytes:
    size = zstandard.frame_content_size(packed)  # -1: not declared
    if not 0 <= size <= MAX_CONTENT:
        raise BadInput(f"not a sound replay: content of {size} bytes; {MAX_CONTENT} are allowed")
    return zstandard.ZstdDecompressor().decompress(packed, allow_extra_data=False)
