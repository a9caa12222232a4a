"""Is it the network's own time, and the memory of all processes, that AlphaZero's pace is measured by?"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from agents.alphazero.network import Network
from tests.bench.learn.pace import Timed, family, resident

CHILD = "import time; x = bytearray(80_000_000); time.sleep(60)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"


class Slow(Network):
    def forward(self, seen):
        time.sleep(0.05)
        return super().forward(seen)


def test_a_network_is_timed_and_answers_as_it_would():
    slow = Slow(3, 4, 1)
    timed = Timed(slow)
    seen = torch.ones(2, 3, 5, 5, dtype=torch.uint8)
    assert torch.equal(timed(seen).policy, slow(seen).policy)
    assert 0.05 <= timed.seconds < 1


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="read from Linux's /proc")
def test_the_memory_of_a_family_is_that_of_all_in_it():
    assert resident(os.getpid()) > 10**7
    parent = subprocess.Popen([sys.executable, "-c", PARENT])
    try:
        for _ in range(200):
            time.sleep(0.05)
            members = family(parent.pid)
            if len(members) == 2 and resident(members[1]) > 80_000_000:
                break
        assert len(members) == 2
        assert sum(map(resident, members)) > 80_000_000 > resident(parent.pid)
    finally:
        for member in reversed(family(parent.pid)):
            os.kill(member, 9)
        parent.wait()
    assert family(parent.pid) == []
    assert resident(parent.pid) == 0
