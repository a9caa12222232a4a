"""Do two who learn together meet with what each has brought, and does one notice when the other has gone?"""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import active_count

import numpy as np
import pytest

from agents.crew import Crew, Left, crew_of
from agents.policy_gradient import PolicyGradient
from agents.progress import Update
from envs.bad_input import BadInput


def pair(room=1000):
    """Return both ends, which share memory and pipes in this process."""
    slots = np.zeros((2, 2, room), np.uint8)
    (first_in, second_out), (second_in, first_out) = os.pipe(), os.pipe()
    return Crew(0, slots, first_in, first_out), Crew(1, slots, second_in, second_out)


def test_alone_one_has_what_one_brought():
    assert [array.tolist() for array in Crew().gathered(np.arange(3))] == [[0, 1, 2]]


def test_both_have_what_both_brought_in_one_order_at_every_meeting():
    def meets(crew):
        rng, found = np.random.default_rng(crew.rank), []
        for meeting in range(200):
            own = np.full(rng.integers(0, 100), 1000 * crew.rank + meeting, np.float64)
            found.append([sorted(set(array)) for array in crew.gathered(own) if len(array)])
        return found

    with ThreadPoolExecutor() as threads:
        first, second = threads.map(meets, pair())
    assert first == second
    assert all({value % 1000 for array in found for value in array} <= {m} for m, found in enumerate(first))


def test_who_left_is_missed():
    first, second = pair()
    second.close()
    with pytest.raises(Left):
        first.gathered(np.zeros(1))
    first.close()


def learner(monkeypatch, worth_a_process):
    monkeypatch.setattr("agents.policy_gradient._WORTH_SHARING", 0)
    monkeypatch.setattr("agents.policy_gradient._WORTH_A_PROCESS", worth_a_process)
    return PolicyGradient("gridworld:level=corridor", n_steps=16, num_envs=2, batch_size=16)


def test_a_second_process_that_fails_is_one_line(monkeypatch):
    monkeypatch.setattr("agents.crew._PROGRAM", "raise SystemExit(1)")
    with pytest.raises(BadInput, match="policy_gradient: the second process that learnt has ended"):
        learner(monkeypatch, 0).learn(200)


def test_a_second_process_that_cannot_be_started_is_one_line_and_leaves_no_file_open(monkeypatch):
    def refused(*_, **__):
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr("agents.crew.subprocess.Popen", refused)
    agent, ends = learner(monkeypatch, 0), Path("/proc/self/fd")
    before = sorted(ends.iterdir()) if ends.is_dir() else []
    with pytest.raises(BadInput, match="policy_gradient: no second process can be started: Resource"):
        agent.learn(200)
    assert (sorted(ends.iterdir()) if ends.is_dir() else []) == before


def test_who_is_stopped_leaves_nobody_behind(monkeypatch):
    class Enough(Exception):
        pass

    def told(update: Update) -> None:
        raise Enough

    before = active_count()
    with pytest.raises(Enough):
        learner(monkeypatch, 1000).learn(200, told=told)
    assert active_count() == before


def test_an_odd_number_of_games_is_learnt_from_alone(monkeypatch):
    agent = learner(monkeypatch, 0)
    assert agent._members == 2
    assert PolicyGradient(agent.task, num_envs=3)._members == 1
    assert PolicyGradient("gridworld:level=orchard,foragers=2,obs=grid", num_envs=2)._members == 1
    with crew_of(agent, 1, 1, 0, False) as crew:
        assert crew.size == 1
