"""What does a runner see, as a picture of few pixels?

The drawings of the window, each tile shrunk to 4 x 4 pixels for 64 x 64 in colour and to 6 x 6 for 84 x 84 in grey.
The runner's middle is always a third from the left. The level's bottom is at the bottom of the picture, unless the
runner's middle would come into the upper third: then the picture goes up with it. Beyond the sides is wall.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.platformer.art import sprites
from envs.platformer.moving import foe_comes, foe_heading, foe_place, lift_comes, lift_place
from envs.platformer.physics import HEIGHT, IN_AIR, WIDTH, place_in
from envs.platformer.world import (
    BRICK,
    CHECKPOINT,
    COIN,
    FLAG,
    LEDGE,
    PIXEL,
    SOLID,
    SPIKE,
    SPRING,
    TILE,
)

COLOUR_SIZE, COLOUR_TILE = 64, 4  # pixels of the picture's side, and of a tile's
GREY_SIZE, GREY_TILE = 84, 6

_HOLE, _INSIDE, _TOP, _BRICKS = range(-4, 0)  # nothing, and land: tiles without a hole
_LEDGES, _SPIKES, _COINS, _SPRINGS, _POLE, _FLAG_TOP, _LOWERED, _RAISED, _LIFT = range(9)  # things with holes
_WALKER, _FLYER = 9, 11  # facing left, then right; wings up, then down
_RUNNERS = 13  # for oneself and the others: for left and right: each of these poses
_POSES = ("stand", "run 1", "jump", "fall")
_HURT = _RUNNERS + 4 * len(_POSES)
_SKY = ((140, 198, 246), (214, 240, 250))  # above and below


def _things() -> list[np.ndarray]:
    """Return the drawings of things with holes, uint8 [16, 16, 4], in the order of their numbers."""

    def tile(*parts: tuple[str, int, int]) -> np.ndarray:
        """Return a tile with drawings laid on it at x, y, cut off where they are too large."""
        whole = np.zeros((3 * sprites.SIDE, 3 * sprites.SIDE, 4), np.uint8)
        for name, x, y in parts:
            part = sprites.sprite(name)
            np.copyto(whole[y : y + part.shape[0], x : x + part.shape[1]], part, where=part[..., 3:] > 0)
        return whole[: sprites.SIDE, : sprites.SIDE]

    pole = [("pole", 0, y) for y in range(sprites.SIDE)]
    walker = sprites.sprite("walker 0")
    names = ("ledge", "spikes", "coin 0", "spring idle")
    found = [tile((name, 0, 0)) for name in names] + [tile(*pole), tile(*pole, ("flag 0", 9, 3))]
    found += [tile((name, 0, 0)) for name in ("checkpoint down", "checkpoint raised", "lift")]
    found += [walker[:, ::-1], walker, sprites.sprite("flyer 0"), sprites.sprite("flyer 1")]
    for seat in range(2):
        poses = [sprites.runner(pose, seat) for pose in _POSES]
        found += [pose[:, ::-1] for pose in poses] + poses
    return [*found, sprites.runner("fall", 0, hurt=True)[::-1]]


def _shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    """Return the mean over areas, int64 [side, side, 4], with colours multiplied by alpha."""
    colours, alpha = pixels[..., :3].astype(np.int64), pixels[..., 3:].astype(np.int64)
    finer = np.concatenate([colours * alpha // 255, alpha], axis=2).repeat(3, axis=0).repeat(3, axis=1)
    block = len(finer) // side
    return finer.reshape(side, block, side, block, 4).sum(axis=(1, 3)) // block**2


def _sheets(size: int, side: int, colours: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sky uint8 [size * size * colours], land and things.

    Land: uint8 [3, side, n * side * colours], each tile as often beside itself as the picture is wide.
    Things: int16 [things, side, side, colours + 1]. The last entry of a pixel is how much is left of what is behind
    it, of 256.
    """

    def toned(pixels: np.ndarray) -> np.ndarray:
        return pixels[..., :3] if colours == 3 else (pixels[..., :3] @ [299, 587, 114] // 1000)[..., None]

    down = np.arange(size)[:, None, None]
    above, below = (np.array(colour) for colour in _SKY)
    sky = np.broadcast_to(toned(above + (below - above) * down // size), (size, size, colours))
    around = (False, False, False, False), (True, False, False, False)
    tiles = [*(sprites.ground(sides, 0) for sides in around), sprites.sprite("brick")]
    land = [np.tile(toned(_shrunk(tile, side)), (1, size // side + 1, 1)).reshape(side, -1) for tile in tiles]
    shrunk = [_shrunk(thing, side) for thing in _things()]
    things = [np.dstack([toned(thing), 256 - thing[..., 3:] * 256 // 255]) for thing in shrunk]
    return sky.astype(np.uint8).ravel(), np.array(land, np.uint8), np.array(things, np.int16)


_COLOUR_SKY, _COLOUR_LAND, _COLOUR_THINGS = _sheets(COLOUR_SIZE, COLOUR_TILE, 3)
_GREY_SKY, _GREY_LAND, _GREY_THINGS = _sheets(GREY_SIZE, GREY_TILE, 1)


@compiled
def write_pixels(state, seat, out):
    """Write what a runner sees into uint8 [64, 64, 3], red, green and blue, or [84, 84, 1]."""
    flat = out.reshape(-1)
    if out.shape[2] == 3:
        _paint(state, seat, flat, COLOUR_SIZE, COLOUR_TILE, 3, _COLOUR_SKY, _COLOUR_LAND, _COLOUR_THINGS)
    else:
        _paint(state, seat, flat, GREY_SIZE, GREY_TILE, 1, _GREY_SKY, _GREY_LAND, _GREY_THINGS)


@compiled
def _paint(state, seat, out, size, side, colours, sky, land, things):
    for k in range(size * size * colours):
        out[k] = sky[k]
    left = (np.int64(state.x[seat]) + WIDTH // 2) * side // TILE - size // 3
    top = (np.int64(state.y[seat]) + HEIGHT // 2) * side // TILE - size // 3
    top = min(top, np.int64(state.rows) * side - size)
    _paint_tiles(state, out, size, side, colours, land, things, left, top)
    _paint_moving(state, out, size, side, colours, things, left, top)
    for other in range(len(state.x)):
        if other != seat and state.out[other] == 0:
            _paint_runner(state, other, len(_POSES) * 2, out, size, side, colours, things, left, top)
    _paint_runner(state, seat, 0, out, size, side, colours, things, left, top)


@compiled
def _paint_tiles(state, out, size, side, colours, land, things, left, top):
    """Paint tiles row by row: runs of the same land at once, things one by one."""
    first, last = left // side, (left + size - 1) // side
    for row in range(top // side, (top + size - 1) // side + 1):
        y, begun, running = row * side - top, first, _HOLE
        for col in range(first, last + 2):
            kind = _HOLE
            if col <= last:
                kind = _kind(state, row, col)
                if kind >= 0:
                    _lay(out, size, side, colours, things, kind, col * side - left, y)
                    kind = _HOLE
            if kind != running:
                if running != _HOLE:
                    begin, end = begun * side - left, col * side - left
                    _lay_land(out, size, side, colours, land, running, begin, end, y)
                begun, running = col, kind


@compiled
def _lay_land(out, size, side, colours, land, kind, begin, end, y):
    """Lay land over the columns of pixels from `begin` to before `end`, as far as they are in the picture."""
    x = max(0, begin)
    skipped, length = (x - begin) * colours, (min(size, end) - x) * colours
    for i in range(max(0, -y), min(side, size - y)):
        at = ((y + i) * size + x) * colours
        for k in range(length):  # unsigned, so that no index may count from the end: three times as fast
            out[np.uint64(at + k)] = land[kind, i, np.uint64(skipped + k)]


@compiled
def _kind(state, row, col):
    """Return which land or which thing is seen in a cell, or a hole."""
    if col < 0 or col >= state.cols:
        return _INSIDE
    if row < 0:
        return _HOLE
    cell = row * np.int64(state.cols) + col
    tile = np.int64(state.tile[cell])
    if tile == 0:
        return _HOLE
    if tile != SOLID:
        return _thing(state, cell, tile)
    return _TOP if row > 0 and not state.tile[cell - state.cols] & SOLID else _INSIDE


@compiled
def _thing(state, cell, tile):
    """Return which thing is seen in a cell, -1 for none any more, or that it is a brick."""
    if tile & BRICK:
        place = place_in(state.brick_cell, state.brick_count, cell)
        return _BRICKS if (state.bricks >> place) & 1 else _HOLE
    if tile & COIN:
        place = place_in(state.coin_cell, state.coin_count, cell)
        return _COINS if (state.coins >> place) & 1 else _HOLE
    if tile & LEDGE:
        return _LEDGES
    if tile & SPIKE:
        return _SPIKES
    if tile & SPRING:
        return _SPRINGS
    if tile & FLAG:
        return _POLE if cell >= state.cols and state.tile[cell - state.cols] & FLAG else _FLAG_TOP
    if tile & CHECKPOINT:
        number = place_in(state.checkpoint_cell, state.checkpoint_count, cell) + 1
        for seat in range(len(state.x)):
            if state.checkpoint[seat] == number:
                return _RAISED
        return _LOWERED
    return _HOLE


@compiled
def _paint_moving(state, out, size, side, colours, things, left, top):
    """Paint lifts and foes."""
    near, far = (left - side) * TILE // side, (left + size + side) * TILE // side
    for k in range(state.lift_count):
        if lift_comes(state, k, near, far):
            x, y = lift_place(state, k, state.tick)
            for part in range(state.lift_width[k] // TILE):
                at = x * side // TILE + part * side - left
                _lay(out, size, side, colours, things, _LIFT, at, y * side // TILE - top)
    for k in range(state.foe_count):
        if foe_comes(state, k, near, far):
            x, y = foe_place(state, k, state.tick)
            thing = _WALKER + (foe_heading(state, k, state.tick) > 0)
            if state.foe_flies[k]:
                thing = _FLYER + (state.tick + k) // 8 % 2
            x, y = (x - PIXEL) * side // TILE - left, (y - 3 * PIXEL) * side // TILE - top
            _lay(out, size, side, colours, things, thing, x, y)


@compiled
def _paint_runner(state, seat, first, out, size, side, colours, things, left, top):
    pose = 0
    if state.footing[seat] == IN_AIR:
        pose = 2 if state.vy[seat] < 0 else 3
    elif state.vx[seat] != 0:
        pose = state.x[seat] // (8 * PIXEL) % 2
    thing = _RUNNERS + first + pose + (len(_POSES) if state.facing[seat] > 0 else 0)
    if state.out[seat]:
        thing = _HURT
    x, y = np.int64(state.x[seat]) - 3 * PIXEL, np.int64(state.y[seat]) - PIXEL
    _lay(out, size, side, colours, things, thing, x * side // TILE - left, y * side // TILE - top)


@compiled
def _lay(out, size, side, colours, things, thing, x, y):
    """Lay a thing over what is painted."""
    for i in range(max(0, -y), min(side, size - y)):
        for j in range(max(0, -x), min(side, size - x)):
            behind = np.int64(things[thing, i, j, colours])
            if behind < 256:
                at = ((y + i) * size + x + j) * colours
                for k in range(colours):
                    out[at + k] = things[thing, i, j, k] + (np.int64(out[at + k]) * behind >> 8)
