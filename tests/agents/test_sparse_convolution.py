"""Is the convolution over few objects PyTorch's own, and so is its gradient?"""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from torch.nn import functional

from agents.networks import trunk
from agents.sparse_convolution import RectifiedSparseConvolution


def planes(shape, seed=0):
    """Most points are 0; one plane is so everywhere, one is full, and one is so in some samples."""
    chance = np.random.default_rng(seed)
    seen = chance.integers(0, 256, shape) * (chance.random(shape) < 0.1)
    seen[:, 0], seen[:, 1] = 0, 7
    seen[::2, 2] = 255
    return torch.from_numpy(seen.astype(np.uint8))


@pytest.mark.parametrize(
    ("board", "kernel", "stride", "padding"),
    [((13, 16), 5, 3, 1), ((11, 11), 5, 3, 1), ((7, 9), 3, 1, 1), ((8, 8), 8, 4, 0), ((10, 6), 2, 3, 0)],
)
def test_it_is_pytorchs_convolution(board, kernel, stride, padding):
    torch.manual_seed(1)
    seen = planes((9, 4, *board))
    weight = (torch.randn(6, 4, kernel, kernel) / 255).double().requires_grad_()
    bias = torch.randn(6, dtype=torch.float64, requires_grad=True)
    theirs = functional.conv2d(seen.double(), weight, bias, stride, padding).relu()
    slope = torch.randn_like(theirs)
    ours = RectifiedSparseConvolution.apply(seen, weight, bias, stride, padding)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-4)
    for mine, its in zip(
        torch.autograd.grad(ours, [weight, bias], slope),
        torch.autograd.grad(theirs, [weight, bias], slope),
        strict=True,
    ):
        torch.testing.assert_close(mine, its, rtol=1e-4, atol=1e-4 * float(its.abs().max()))


def test_a_sample_does_not_depend_on_the_batch():
    seen, weight, bias = planes((8, 4, 13, 16)), torch.randn(6, 4, 5, 5), torch.randn(6)
    whole = RectifiedSparseConvolution.apply(seen, weight, bias, 3, 1)
    assert all(
        torch.equal(whole[n : n + 1], RectifiedSparseConvolution.apply(seen[n : n + 1], weight, bias, 3, 1))
        for n in range(8)
    )


@pytest.mark.parametrize("shape", [(5, 13, 16), (3, 5, 5), (64, 64, 3)])
@pytest.mark.parametrize("name", ["cnn", "impala", "mlp"])
def test_bytes_and_the_same_numbers_as_floats_give_the_same_features(name, shape):
    bytes_of, floats_of = (
        trunk(name, spaces.Box(0, 255, shape, dtype), 16) for dtype in (np.uint8, np.int32)
    )
    floats_of.load_state_dict(bytes_of.state_dict())
    seen = torch.randint(0, 256, (4, *shape), dtype=torch.uint8) * (torch.rand(4, *shape) < 0.2)
    torch.testing.assert_close(bytes_of(seen), floats_of(seen.int()), rtol=1e-4, atol=1e-5)
