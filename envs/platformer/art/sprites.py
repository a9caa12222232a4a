"""Which pixels does each thing in a platformer have?

Everything is drawn for a tile of 16 x 16 pixels, facing right, one character of PALETTE or of a seat's colours a pixel.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

Colour = tuple[int, int, int]

SIDE = 16  # pixels of a tile
PALETTE: dict[str, Colour] = {
    "k": (38, 32, 58),  # ink
    "w": (255, 255, 255),
    "c": (255, 238, 210),  # cream
    "h": (190, 232, 92), "g": (104, 192, 62), "G": (48, 140, 66),  # grass: lit, plain, shaded
    "e": (190, 132, 86), "d": (158, 100, 66), "D": (120, 72, 56),  # earth
    "q": (240, 186, 116), "o": (202, 138, 76), "O": (140, 88, 52),  # wood, and the lit edge of bricks
    "b": (222, 122, 72), "B": (176, 82, 58),  # bricks
    "z": (255, 246, 170), "y": (255, 208, 58), "Y": (226, 148, 28),  # gold
    "i": (232, 240, 250), "t": (164, 180, 206), "T": (98, 110, 146),  # steel
    "p": (255, 158, 150), "r": (232, 62, 78), "R": (160, 32, 70),  # red
    "u": (200, 150, 240), "v": (142, 84, 204), "V": (92, 50, 150),  # violet
    "m": (178, 204, 240),  # of wings
    "j": (46, 196, 210), "J": (24, 128, 166), "a": (150, 236, 236),  # cyan
    "x": (236, 72, 120), "X": (176, 40, 100),  # the flag
}  # fmt: skip

# Fur of the seats: Okabe & Ito's palette, made for colour-blind eyes.
SEATS: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 140, 0),
    (0, 158, 115),
    (204, 110, 167),
    (213, 84, 30),
    (86, 180, 233),
    (226, 205, 60),
    (110, 104, 128),
)
SCARVES: tuple[Colour, ...] = ((255, 206, 58), (222, 44, 66), (255, 238, 210), (60, 70, 190))
LEGS = ("stand", "run 0", "run 1", "run 2", "run 3", "jump", "fall", "skid")
_FOLDER = Path(__file__).parent


@cache
def drawings() -> dict[str, list[str]]:
    """Return name -> lines of every drawing in the text files beside this one."""
    found = {}
    for file in sorted(_FOLDER.glob("*.txt")):
        for block in file.read_text(encoding="ascii").strip().split("\n\n"):
            name, *lines = block.split("\n")
            found[name] = lines
    return found


def sprite(name: str) -> np.ndarray:
    """Return one drawing, uint8 [height, width, 4]: red, green, blue, and alpha, which is 0 or 255."""
    return _painted(drawings()[name], PALETTE)


def runner(legs: str, seat: int, hurt: bool = False) -> np.ndarray:
    """Return the runner of a seat, uint8 [16, 16, 4], facing right; `legs` is one of LEGS."""
    fur, scarf = SEATS[seat % len(SEATS)], SCARVES[seat % len(SCARVES)]
    colours = {"l": mixed(fur, (255, 255, 255), 0.35), "f": fur, "F": mixed(fur, PALETTE["k"], 0.35)}
    colours |= {"s": scarf, "S": mixed(scarf, PALETTE["k"], 0.25), "n": PALETTE["k"]}
    return _painted(drawings()["head hurt" if hurt else "head"] + drawings()[legs], PALETTE | colours)


def ground(open_sides: tuple[bool, bool, bool, bool], look: int) -> np.ndarray:
    """Return a tile of ground, uint8 [16, 16, 4]; open_sides: north, east, south, west; look: 0 or 1."""
    north, east, south, west = open_sides
    tile = sprite(f"earth {look}")
    edge = sprite("edge")
    if south:
        _lay(tile[-3:], sprite("foot"))
    if west:
        _lay(tile[:, :2], edge)
    if east:
        _lay(tile[:, -2:], edge[:, ::-1])
    if north:
        grass = sprite("grass")
        _lay(tile[: len(grass)], grass)
        tile[1:4, :1][np.full((3, 1), west)] = tile[1:4, -1:][np.full((3, 1), east)] = (*PALETTE["k"], 255)
    return tile


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour with so much of the other in it, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _painted(lines: list[str], colours: dict[str, Colour]) -> np.ndarray:
    clear = (0, 0, 0, 0)
    return np.array([[(*colours[c], 255) if c != "." else clear for c in line] for line in lines], np.uint8)


def _lay(below: np.ndarray, above: np.ndarray) -> None:
    """Lay one drawing over another of the same size."""
    np.copyto(below, above, where=above[..., 3:] > 0)
