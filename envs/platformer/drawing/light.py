"""Which time of day is it in a level, and which colours has that?"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from envs.platformer.art.sprites import Colour


@dataclass(frozen=True)
class Light:
    """The colours of a time of day."""

    sky: tuple[Colour, Colour, Colour]  # from above to the horizon
    disc: Colour  # the sun, or the moon
    height: float  # of the disc, as a part of the picture from above
    clouds: tuple[Colour, Colour]  # lit and shaded
    mountains: Colour
    hills: Colour
    trees: Colour
    land: Colour = (255, 255, 255)  # by which the colours of the level are multiplied
    stars: bool = False


LIGHTS = (
    Light(  # noon
        sky=((74, 156, 240), (128, 196, 248), (214, 242, 250)),
        disc=(255, 250, 214),
        height=0.2,
        clouds=((255, 255, 255), (206, 226, 248)),
        mountains=(126, 168, 220),
        hills=(112, 190, 150),
        trees=(58, 142, 110),
    ),
    Light(  # morning
        sky=((112, 158, 238), (216, 190, 232), (255, 228, 190)),
        disc=(255, 246, 208),
        height=0.42,
        clouds=((255, 246, 238), (244, 200, 204)),
        mountains=(152, 146, 208),
        hills=(150, 178, 160),
        trees=(86, 128, 124),
        land=(255, 246, 238),
    ),
    Light(  # evening
        sky=((76, 58, 142), (206, 98, 138), (255, 182, 112)),
        disc=(255, 232, 150),
        height=0.5,
        clouds=((255, 190, 150), (206, 112, 140)),
        mountains=(132, 84, 146),
        hills=(104, 72, 128),
        trees=(68, 52, 98),
        land=(255, 222, 208),
    ),
    Light(  # night
        sky=((22, 26, 70), (40, 56, 118), (84, 112, 172)),
        disc=(240, 244, 255),
        height=0.18,
        clouds=((106, 124, 184), (70, 84, 146)),
        mountains=(60, 76, 136),
        hills=(48, 74, 120),
        trees=(36, 58, 98),
        land=(192, 204, 240),
        stars=True,
    ),
)


def light_of(state: np.record) -> Light:
    """Return the time of day, which follows from the level."""
    return LIGHTS[zlib.crc32(state.tile.tobytes(), 1) % len(LIGHTS)]
