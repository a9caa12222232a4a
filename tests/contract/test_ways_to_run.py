"""Are the rules the same compiled, compiled with checks of every index, and as plain Python?"""

import os
import subprocess
import sys
from pathlib import Path

from tests.contract.play_through import play_through

ROOT = Path(__file__).resolve().parents[2]
SHORT, LONG = 25, 400


def start(plies: int, **variables: str) -> subprocess.Popen:
    command = [sys.executable, "-W", "error::RuntimeWarning", "-m", "tests.contract.play_through"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*command, str(SHORT), str(plies)], cwd=ROOT, env=os.environ | variables, **pipes)


def told_by(process: subprocess.Popen) -> list[list[str]]:
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return [line.rsplit(" ", 3) for line in out.splitlines()]


def test_three_ways_to_run_the_rules_agree():
    checked = start(LONG, NUMBA_BOUNDSCHECK="1")
    plain = start(SHORT, NUMBA_DISABLE_JIT="1")
    compiled = play_through(SHORT, LONG)
    assert len(compiled) > 25
    assert told_by(checked) == compiled
    for (game, *hashes), (_, *expected) in zip(told_by(plain), compiled, strict=True):
        assert hashes[:2] == expected[:2], game
