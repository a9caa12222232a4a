"""Does AlphaZero learn one thing from one seed, can it be kept, and does it learn at all?"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.alphazero import AlphaZero
from agents.alphazero.network import Network
from agents.alphazero.theory import Theory
from agents.catalog import load_agent
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.goban.observation import PLANES

SMALL = {"simulations": 4, "games": 8, "channels": 8, "blocks": 2, "batch_size": 64, "window": 2000}


def same(first, second):
    other = second.arrays()
    return all(np.array_equal(array, other[name]) for name, array in first.arrays().items())


def learnt(update):
    """What it told, but for how long that took."""
    figures = {
        name: figure for name, figure in update.figures.items() if not name.startswith(("speed/", "time/"))
    }
    return replace(update, figures=figures)


def test_one_seed_learns_one_thing_in_a_thread_or_a_process(monkeypatch):
    told = {}
    for where, worth in (("thread", 1000), ("process", 0), ("other", 1000)):
        monkeypatch.setattr("agents.alphazero.agent._WORTH_A_PROCESS", worth)
        updates = told[where] = []
        agent = AlphaZero("goban:size=3,komi=0.5", seed=int(where == "other"), **SMALL)
        agent.learn(1500, told=updates.append)
        updates.append(agent)
    assert [learnt(update) for update in told["thread"][:-1]] == [learnt(u) for u in told["process"][:-1]]
    assert same(told["thread"][-1], told["process"][-1])
    assert not same(told["thread"][-1], told["other"][-1])
    last = told["thread"][-2]
    assert last.steps >= 1500
    assert set(last.returns) <= {-1.0, 0.0, 1.0}
    assert {
        "loss/policy",
        "loss/score",
        "loss/owner",
        "self_play/lead",
        "self_play/distinct",
        "resignation/wrong",
    } <= last.figures.keys()


def test_kept_and_opened_it_is_the_same(tmp_path):
    agent = AlphaZero("goban:size=3", seed=1, **SMALL).learn(800)
    agent.save(tmp_path)
    opened, again = load_agent(tmp_path), load_agent(tmp_path)
    assert same(agent, opened)
    assert opened.updates == agent.updates > 0
    assert same(opened.learn(400), again.learn(400))


def test_it_learns_a_few_positions_by_heart():
    """A window of 32 positions from which it learns again and again; who knows nothing pays log 19 for the score."""
    losses = []
    more = {"channels": 32, "window": 32, "reuse": 200.0, "learning_rate": 0.003}
    agent = AlphaZero("goban:size=3,komi=0.5", **SMALL | more)
    agent.learn(400, told=lambda update: losses.append(update.figures["loss/score"]))
    assert losses[-1] < 0.5 * np.log(19)


@pytest.mark.parametrize("spec", ["gridworld:level=cliff", "goban:size=5,rules=capture"])
def test_what_is_not_go_by_area_is_refused(spec):
    with pytest.raises(BadInput, match=r"alphazero: .* is not Go by area"):
        AlphaZero(make_game(spec))


class Sure(Network):
    """Gives Black all points after the moves of a set, and White all after the others; Black 3 of an empty board."""

    def __init__(self, moves):
        super().__init__(len(PLANES), 1, 1)
        self.moves = moves

    def forward(self, seen):
        points = seen.shape[-1] ** 2
        score = torch.zeros(len(seen), 2 * points + 1)
        for row, board in enumerate(seen.flatten(2)):
            stones = board[1].nonzero().flatten().tolist()  # Black's, White being to move
            lead = 3 if not stones else -points if stones[0] in self.moves else points
            score[row, points + lead] = 50.0
        return super().forward(seen)._replace(score=score)


def test_what_the_network_says_is_compared_with_theory():
    """On 5x5 Black wins in the centre and next to it; who thinks so is right, and who thinks the opposite never is."""
    won = {(2, 2), (1, 2), (2, 1), (2, 3), (3, 2)}
    points = {5 * row + column for row, column in won}
    assert Theory(5).compared(Sure(points)) == pytest.approx(
        {"theory/empty_board": 3, "theory/first_moves": 1}
    )
    assert Theory(5).compared(Sure(set(range(25)) - points))["theory/first_moves"] == 0
    assert Theory(5).compared(Sure(set()))["theory/first_moves"] == pytest.approx(20 / 25)
    assert Theory(4).compared(Sure(set())) == pytest.approx({"theory/empty_board": 3})
