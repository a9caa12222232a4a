"""How is a convolution taken over planes in which few objects stand, at the cost of these alone?

Most points of such planes are 0. Each other one is added to where the kernel covers it, and a plane that is the same
all over, as what is known of the whole board often is, to all places at once. Every sample is summed up by itself and
in one order, so that it is the same in a batch of any size. What comes out is rectified at once, and lies as the next
layer reads it: the gradient of a ReLU apart took more than half as long as that of the convolution.
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


class RectifiedSparseConvolution(torch.autograd.Function):
    """As `relu(conv2d(...))` of uint8 [N, planes, height, width], of which there is no gradient."""

    @staticmethod
    def forward(ctx: Any, seen: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
        height, width = seen.shape[2:]
        where = places((height, width), tuple(weight.shape[2:]), stride, padding)
        points = seen.detach().flatten(2).contiguous().numpy()
        kernel = weight.detach().float().permute(1, 2, 3, 0).flatten(1, 2).contiguous().numpy()
        out = np.empty((len(seen), len(bias), len(where.covers)), np.float32)
        add_up(points, kernel, where.covers @ kernel, bias.detach().float().numpy(), *where[:2], out)
        ctx.points, ctx.where, ctx.weight, ctx.out = points, where, weight, out
        return torch.from_numpy(out).to(weight.dtype).unflatten(2, where[3:])

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        slope, covers = slopes[0].float().flatten(2).contiguous().numpy(), ctx.where.covers
        planes, channels, dtype = ctx.points.shape[1], ctx.out.shape[1], ctx.weight.dtype
        by_kernel = np.zeros((planes, covers.shape[1], channels), np.float32)
        by_whole = np.zeros((planes, covers.shape[0], channels), np.float32)
        by_bias = np.zeros(channels, np.float32)
        spread(ctx.points, slope, ctx.out, *ctx.where[:2], by_kernel, by_whole, by_bias)
        by_kernel += covers.T @ by_whole
        by_weight = torch.from_numpy(by_kernel).unflatten(1, ctx.weight.shape[2:]).permute(3, 0, 1, 2)
        return None, by_weight.to(dtype), torch.from_numpy(by_bias).to(dtype), None, None


@unlocked
def add_up(seen, kernel, whole, bias, place, under, out):
    """Write the rectified convolution, [N, channels, P].

    seen: uint8 [N, planes, points]. kernel: [planes, K, channels]. whole: [planes, P, channels], what a plane of ones
    adds. bias: [channels].
    """
    sums = np.empty((out.shape[2], out.shape[1]), np.float32)
    for n in range(len(seen)):
        sums[:] = bias
        for plane in range(seen.shape[1]):
            low, high = _bounds(seen, n, plane)
            if low < high:
                for point in range(seen.shape[2]):
                    if seen[n, plane, point] > 0:
                        _add_point(sums, seen[n, plane, point], kernel, plane, place, under, point)
            elif high > 0:
                for p in range(len(sums)):
                    for channel in range(len(bias)):
                        sums[p, channel] += np.float32(high) * whole[plane, p, channel]
        for channel in range(len(bias)):
            for p in range(len(sums)):
                out[n, channel, p] = max(sums[p, channel], np.float32(0.0))


@unlocked
def spread(seen, slope, out, place, under, by_kernel, by_whole, by_bias):
    """Add how a sum changes with `kernel`, `whole` and `bias` of `add_up`, where it changes by `slope` with `out`."""
    slopes = np.empty((out.shape[2], out.shape[1]), np.float32)
    for n in range(len(seen)):
        for channel in range(len(by_bias)):
            for p in range(len(slopes)):
                slopes[p, channel] = slope[n, channel, p] * np.float32(out[n, channel, p] > 0)
                by_bias[channel] += slopes[p, channel]
        for plane in range(seen.shape[1]):
            low, high = _bounds(seen, n, plane)
            if low < high:
                for point in range(seen.shape[2]):
                    if seen[n, plane, point] > 0:
                        _spread_point(slopes, seen[n, plane, point], by_kernel, plane, place, under, point)
            elif high > 0:
                for p in range(len(slopes)):
                    for channel in range(len(by_bias)):
                        by_whole[plane, p, channel] += np.float32(high) * slopes[p, channel]


@inlined
def _bounds(seen, n, plane):
    low = high = seen[n, plane, 0]
    for point in range(seen.shape[2]):
        low, high = min(low, seen[n, plane, point]), max(high, seen[n, plane, point])
    return low, high


@inlined
def _add_point(sums, value, kernel, plane, place, under, point):
    for j in range(place.shape[1]):
        p, k = place[point, j], under[point, j]
        if p == NOWHERE:
            break
        for channel in range(sums.shape[1]):
            sums[p, channel] += np.float32(value) * kernel[plane, k, channel]


@inlined
def _spread_point(slopes, value, by_kernel, plane, place, under, point):
    for j in range(place.shape[1]):
        p, k = place[point, j], under[point, j]
        if p == NOWHERE:
            break
        for channel in range(slopes.shape[1]):
            by_kernel[plane, k, channel] += np.float32(value) * slopes[p, channel]
