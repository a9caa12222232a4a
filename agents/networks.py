"""Which networks turn observations into features? Multilayer perceptron, small CNN, and the residual CNN of IMPALA."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from agents.sparse_convolution import RectifiedSparseConvolution
from envs.bad_input import BadInput, suggest

_BOARD = 9  # up to this side there is little to leave out
_PICTURE = 32  # from this side on planes are taken for a picture, whose neighbouring pixels are alike


class Trunk(nn.Module):
    """Observations as the environment gives them, [B, *space.shape] of any dtype, to float32 [B, features].

    What has bounds is scaled to 0..1 by them, whole numbers become one-hot vectors, pictures that come as
    [rows, columns, channels] are turned. It multiplies in the dtype of its weights.
    """

    def __init__(self, read: nn.Module, body: nn.Module, features: int) -> None:
        super().__init__()
        self.read, self.body, self.features = read, body, features

    def forward(self, observation: Tensor) -> Tensor:
        dtype = next(self.body.parameters()).dtype
        return self.body(self.read(observation, dtype)).float()


def trunk(name: str, space: spaces.Space, width: int) -> Trunk:
    """Build a network by name for an observation space; its features number `width`.

    Raises BadInput for an unknown name, and for observations that the network cannot take.
    """
    if name not in NETWORKS:
        raise BadInput(f"network={name!r} is not one of {', '.join(NETWORKS)}.{suggest(name, NETWORKS)}")
    read, shape, scale = _reader(space)
    if name != "mlp" and len(shape) != 3:
        raise BadInput(
            f"network={name} needs planes or pictures, and observations are {space}; network=mlp does"
        )
    return Trunk(read, NETWORKS[name](shape, width, scale), width)


def mlp(shape: tuple[int, ...], width: int, scale: float) -> nn.Module:
    """Two layers of tanh, as in Schulman et al. (2017)."""
    return nn.Sequential(
        nn.Flatten(),
        orthogonal(_ScaledLinear(int(np.prod(shape)), width, scale)),
        nn.Tanh(),
        orthogonal(nn.Linear(width, width)),
        nn.Tanh(),
    )


def cnn(shape: tuple[int, ...], width: int, scale: float) -> nn.Module:
    """Convolutions and a layer: of small boards and of pictures two, of larger planes one with a wide stride.

    Those of pictures are Mnih's of 2013: with his three of 2015 the first 400,000 steps of the platformer taught no
    more and took more than twice as long. On planes of objects one was measured to learn it as fast a step as two.
    """
    planes, *sides = shape
    if min(sides) >= _PICTURE:
        layers = [*_rectified(planes, 16, 8, 4, 0, scale), *_rectified(16, 32, 4, 2, 0)]
    elif max(sides) > _BOARD:
        layers = [orthogonal(_RectifiedObjectsConv(planes, 32, 5, 3, 1, scale))]
    else:
        layers = [*_rectified(planes, 16, 3, 1, 1, scale), *_rectified(16, 32, 3, 1, 1)]
    return _closed(layers, shape, width)


def impala(shape: tuple[int, ...], width: int, scale: float) -> nn.Module:
    """Three stages of convolution, pooling and two residual blocks (Espeholt et al. 2018, figure 3).

    Small planes are not pooled.
    """
    planes, *sides = shape
    layers: list[nn.Module] = []
    for channels in (16, 32, 32):
        layers.append(_ScaledConv(planes, channels, 3, 1, 1, 1.0 if layers else scale))
        if max(sides) > _BOARD:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
            sides = [(side + 1) // 2 for side in sides]
        layers += [_Residual(channels), _Residual(channels)]
        planes = channels
    return _closed([*layers, nn.ReLU()], shape, width)


NETWORKS: dict[str, Callable[[tuple[int, ...], int, float], nn.Module]] = {
    "mlp": mlp,
    "cnn": cnn,
    "impala": impala,
}


def bfloat16_pays() -> bool:
    """Return whether the processor multiplies bfloat16 itself, about twice as fast as float32."""
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())


@torch.no_grad()
def copy_into(network: nn.Module, weights: Tensor) -> None:
    """Give a network its weights from one vector."""
    weights = weights.to(next(network.parameters()).device)
    at = 0
    for parameter in network.parameters():
        parameter.copy_(weights[at : at + parameter.numel()].view_as(parameter))
        at += parameter.numel()


def orthogonal(layer: nn.Module, gain: float = float(np.sqrt(2))) -> nn.Module:
    """Return the layer with orthogonal weights (Saxe et al. 2014) of that gain, and biases of zero."""
    nn.init.orthogonal_(layer.weight, gain)  # type: ignore[arg-type]
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


class _ScaledLinear(nn.Linear):
    """A layer on inputs that are yet to be scaled: its weights are, which are fewer."""

    def __init__(self, inputs: int, outputs: int, scale: float) -> None:
        super().__init__(inputs, outputs)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x.to(self.weight.dtype), _times(self.weight, self.scale), self.bias)


class _ScaledConv(nn.Conv2d):
    """The same for a convolution."""

    def __init__(
        self, planes: int, channels: int, kernel: int, stride: int, padding: int, scale: float
    ) -> None:
        super().__init__(planes, channels, kernel, stride, padding)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        weight = _times(self.weight, self.scale)
        return nn.functional.conv2d(x.to(weight.dtype), weight, self.bias, self.stride, self.padding)


class _RectifiedObjectsConv(_ScaledConv):
    """The same and a ReLU, over planes in which few objects stand, at the cost of these where they come as uint8."""

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != torch.uint8 or x.device.type != "cpu":
            return torch.relu(super().forward(x))
        weight = _times(self.weight, self.scale)
        return RectifiedSparseConvolution.apply(x, weight, self.bias, self.stride[0], self.padding[0])


def _rectified(
    planes: int, channels: int, kernel: int, stride: int, padding: int, scale: float = 1.0
) -> list[nn.Module]:
    return [orthogonal(_ScaledConv(planes, channels, kernel, stride, padding, scale)), nn.ReLU()]


def _times(weight: Tensor, scale: float) -> Tensor:
    return weight if scale == 1.0 else weight * scale


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(torch.relu(self.first(torch.relu(x))))


def _closed(layers: list[nn.Module], shape: tuple[int, ...], width: int) -> nn.Module:
    """Return the convolutions, and a layer over all that they give."""
    convolutions = nn.Sequential(*layers, nn.Flatten())
    with torch.no_grad():
        flat = convolutions(torch.zeros(1, *shape)).shape[1]
    return nn.Sequential(convolutions, orthogonal(nn.Linear(flat, width)), nn.ReLU())


def _reader(space: spaces.Space) -> tuple[nn.Module, tuple[int, ...], float]:
    """Return what makes floats of an observation, their shape, and the factor that is still to be multiplied in."""
    if isinstance(space, spaces.Discrete):
        return _OneHot([int(space.n)], int(space.start)), (int(space.n),), 1.0
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return _OneHot(space.nvec.tolist(), 0), (int(space.nvec.sum()),), 1.0
    if isinstance(space, spaces.MultiBinary):
        return _Floats(0.0, turn=False), space.shape, 1.0
    if isinstance(space, spaces.Box):
        turn = len(space.shape) == 3 and space.shape[2] in (1, 3, 4) and space.shape[0] >= _PICTURE
        shape = (space.shape[2], *space.shape[:2]) if turn else space.shape
        whole = np.issubdtype(space.dtype, np.integer)
        low, high = (float(space.low.min()), float(space.high.max())) if whole else (0.0, 1.0)
        return _Floats(low, turn), shape, 1.0 / (high - low)
    raise BadInput(
        f"observations are {space}, of which no network here can make features; flatten them first"
    )


class _Floats(nn.Module):
    """Numbers of a Box from `low` on; what is fractional stays as it is, for normalisation to scale.

    Bytes are left to the first layer as they are.
    """

    def __init__(self, low: float, turn: bool) -> None:
        super().__init__()
        self.low, self.turn = low, turn

    def forward(self, observation: Tensor, dtype: torch.dtype) -> Tensor:
        x = observation
        if self.low or x.dtype != torch.uint8:
            x = x.to(torch.float32 if self.low else dtype)
        if self.turn:
            x = x.movedim(-1, -3)
        return (x - self.low).to(dtype) if self.low else x


class _OneHot(nn.Module):
    def __init__(self, sizes: list[int], start: int) -> None:
        super().__init__()
        self.sizes, self.start = sizes, start

    def forward(self, observation: Tensor, dtype: torch.dtype) -> Tensor:
        columns = observation.reshape(len(observation), len(self.sizes)).long() - self.start
        hot = [nn.functional.one_hot(columns[:, i], size) for i, size in enumerate(self.sizes)]
        return torch.cat(hot, dim=1).to(dtype)
