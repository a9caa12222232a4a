"""How is a convolution taken over planes in which few objects stand, at the cost of these alone?

Most points of such planes are 0. Each other one is added to where the kernel covers it, and a plane that is the same
all over, as what is known of the whole board often is, to all places at once. Every sample is summed up by itself and
in one order, so that it is the same in a batch of any size.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from envs.compiled import inlined, unlocked

NOWHERE = -1


class Places(NamedTuple):
    """Where a kernel of K points goes over a board, in P places, `rows` x `columns`.

    place: int32 [points, M], those in which a point of the board is covered, filled up by NOWHERE, and under: int32
    [points, M], by which point of the kernel. covers: float32 [P, K], 1 where that lies on the board there, or 0.
    """

    place: np.ndarray
    under: np.ndarray
    covers: np.ndarray
    rows: int
    columns: int


@lru_cache
def places(board: tuple[int, int], kernel: tuple[int, int], stride: int, padding: int) -> Places:
    height, width = board
    rows, columns = ((side + 2 * padding - k) // stride + 1 for side, k in zip(board, kernel, strict=True))
    covered: list[list[tuple[int, int]]] = [[] for _ in range(height * width)]
    covers = np.zeros((rows * columns, kernel[0] * kernel[1]), np.float32)
    for place, under in np.ndindex(covers.shape):
        y = place // columns * stride - padding + under // kernel[1]
        x = place % columns * stride - padding + under % kernel[1]
        if 0 <= y < height and 0 <= x < width:
            covered[y * width + x].append((place, under))
            covers[place, under] = 1.0
    filled = np.full((2, height * width, 1 + max(map(len, covered))), NOWHERE, np.int32)
    for point, pairs in enumerate(covered):
        filled[:, point, : len(pairs)] = np.array(pairs, np.int32).reshape(-1, 2).T
    return Places(filled[0], filled[1], covers, rows, columns)


class SparseConvolution(torch.autograd.Function):
    """As `conv2d` of uint8 [N, planes, height, width], of which there is no gradient."""

    @staticmethod
    def forward(ctx: Any, seen: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
        height, width = seen.shape[2:]
        where = places((height, width), tuple(weight.shape[2:]), stride, padding)
        points = seen.detach().flatten(2).contiguous().numpy()
        kernel = weight.detach().float().permute(1, 2, 3, 0).flatten(1, 2).contiguous().numpy()
        out = np.empty((len(seen), len(where.covers), len(bias)), np.float32)
        add_up(points, kernel, where.covers @ kernel, bias.detach().float().numpy(), *where[:2], out)
        ctx.points, ctx.where, ctx.kernel = points, where, weight
        return torch.from_numpy(out).to(weight.dtype).unflatten(1, where[3:]).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        (slope,) = slopes
        planes, size, channels = ctx.points.shape[1], ctx.where.covers.shape[1], slope.shape[1]
        by_place = slope.float().permute(0, 2, 3, 1).flatten(1, 2).contiguous()
        by_kernel = np.zeros((planes, size, channels), np.float32)
        by_whole = np.zeros((planes, by_place.shape[1], channels), np.float32)
        spread(ctx.points, by_place.numpy(), *ctx.where[:2], by_kernel, by_whole)
        by_kernel += ctx.where.covers.T @ by_whole
        by_weight = torch.from_numpy(by_kernel).unflatten(1, ctx.kernel.shape[2:]).permute(3, 0, 1, 2)
        return None, by_weight.to(ctx.kernel.dtype), by_place.sum((0, 1)).to(ctx.kernel.dtype), None, None


@unlocked
def add_up(seen, kernel, whole, bias, place, under, out):
    """Write the convolution, [N, P, channels].

    seen: uint8 [N, planes, points]. kernel: [planes, K, channels]. whole: [planes, P, channels], what a plane of ones
    adds. bias: [channels].
    """
    for n in range(len(seen)):
        out[n] = bias
        for plane in range(seen.shape[1]):
            low, high = _bounds(seen, n, plane)
            if low < high:
                for point in range(seen.shape[2]):
                    if seen[n, plane, point] > 0:
                        for j in range(place.shape[1]):
                            if place[point, j] == NOWHERE:
                                break
                            value, p, k = seen[n, plane, point], place[point, j], under[point, j]
                            _add(out, n, p, value, kernel, plane, k)
            elif high > 0:
                for p in range(out.shape[1]):
                    _add(out, n, p, high, whole, plane, p)


@unlocked
def spread(seen, slope, place, under, by_kernel, by_whole):
    """Add how a sum changes with `kernel` and `whole` of `add_up`, where it changes by `slope` with what that wrote."""
    for n in range(len(seen)):
        for plane in range(seen.shape[1]):
            low, high = _bounds(seen, n, plane)
            if low < high:
                for point in range(seen.shape[2]):
                    if seen[n, plane, point] > 0:
                        for j in range(place.shape[1]):
                            if place[point, j] == NOWHERE:
                                break
                            value, p, k = seen[n, plane, point], place[point, j], under[point, j]
                            _add(by_kernel, plane, k, value, slope, n, p)
            elif high > 0:
                for p in range(slope.shape[1]):
                    _add(by_whole, plane, p, high, slope, n, p)


@inlined
def _bounds(seen, n, plane):
    low = high = seen[n, plane, 0]
    for point in range(seen.shape[2]):
        low, high = min(low, seen[n, plane, point]), max(high, seen[n, plane, point])
    return low, high


@inlined
def _add(into, i, j, value, what, k, m):
    for channel in range(into.shape[2]):
        into[i, j, channel] += np.float32(value) * what[k, m, channel]
