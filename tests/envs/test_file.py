"""Is a file read that anybody may have written, but never more of it than allowed, and never without end?"""

import os
from pathlib import Path

import pytest

from envs.bad_input import BadInput
from envs.file import read_bytes, read_text


def test_what_is_in_the_file(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"\x00\xff" * 512)
    assert read_bytes(file, 1024) == b"\x00\xff" * 512
    file.write_bytes("\ufeffé\r\n".encode())
    assert read_text(file, 1024) == "é\r\n"


@pytest.mark.parametrize(("cap", "size"), [(1024, "1 KiB"), (256 * 1024, "256 KiB"), (2**20, "1 MiB")])
def test_more_than_allowed(tmp_path, cap, size):
    file = tmp_path / "x"
    with file.open("wb") as content:
        content.truncate(2**40)
    with pytest.raises(BadInput, match=f"x: larger than {size}"):
        read_bytes(file, cap)


def test_what_is_no_text(tmp_path):
    (tmp_path / "x").write_bytes(b"abc\xff")
    with pytest.raises(BadInput, match="x: not UTF-8 text, at byte 3"):
        read_text(tmp_path / "x", 1024)


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    wrong = {
        tmp_path / "nothing": "nothing: No such file or directory",
        tmp_path: ": Is a directory",
        tmp_path / "pipe": "pipe: not a file",
        Path("/dev/zero"): "zero: not a file",
        tmp_path / ("x" * 300): ": File name too long",
        Path("a\0b"): "not the name of a file",
    }
    for path, fault in wrong.items():
        with pytest.raises(BadInput, match=fault):
            read_bytes(path, 1024)
