"""Does Adam step as PyTorch's does, also after it was kept?"""

import subprocess
import sys

import numpy as np
import pytest
import torch

from agents.adam import Adam
from envs.bad_input import BadInput

_PLAYS = """
import sys
from agents import PolicyGradient
from agents.catalog import load_agent
PolicyGradient("CartPole-v1").save(sys.argv[1])
load_agent(sys.argv[1])
print([name for name in sys.modules if name.startswith("torch._dynamo")])
"""


def slopes(steps=40, size=300):
    """Some are tiny, some huge, and some never are anything but 0."""
    chance = np.random.default_rng(3)
    size_of_each = 10.0 ** chance.integers(-9, 4, size) * (chance.random(size) < 0.9)
    return torch.from_numpy((chance.normal(size=(steps, size)) * size_of_each).astype(np.float32))


@pytest.mark.parametrize("eps", [1e-8, 1e-5])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_it_is_pytorchs(eps, decay):
    torch.manual_seed(0)
    mine = torch.randn(300)
    theirs = torch.nn.Parameter(mine.double())
    peer = torch.optim.AdamW([theirs], eps=eps, weight_decay=decay)
    adam = Adam(mine, eps, decay)
    for k, slope in enumerate(slopes()):
        rate = 0.01 / (1 + k)
        adam.step(slope, rate)
        peer.param_groups[0]["lr"], theirs.grad = rate, slope.double()
        peer.step()
        torch.testing.assert_close(mine.double(), theirs.detach(), rtol=1e-5, atol=1e-6)


def test_the_first_step_is_as_long_as_the_rate_says():
    weights = torch.zeros(3)
    Adam(weights).step(torch.tensor([2.0, -1e-3, 0.0]), 0.5)
    torch.testing.assert_close(weights, torch.tensor([-0.5, 0.5, 0.0]))


def test_kept_and_taken_up_it_goes_on_the_same():
    whole, first = torch.ones(300), torch.ones(300)
    adam, kept = Adam(whole), Adam(first)
    for slope in slopes()[:20]:
        adam.step(slope, 0.1)
        kept.step(slope, 0.1)
    second = Adam(first)
    second.restore(kept.arrays())
    for slope in slopes()[20:]:
        adam.step(slope, 0.1)
        second.step(slope, 0.1)
    assert torch.equal(whole, first)


def test_before_the_first_step_there_is_nothing_to_keep():
    assert Adam(torch.zeros(3)).arrays() == {}


def test_moments_of_other_weights_are_refused():
    adam = Adam(torch.zeros(3))
    adam.step(torch.ones(3), 0.1)
    with pytest.raises(BadInput, match="exp_avg"):
        Adam(torch.zeros(4)).restore(adam.arrays())


def test_what_pytorch_compiles_with_is_not_loaded_to_play(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", _PLAYS, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
