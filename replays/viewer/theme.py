"""How does the viewer look: its colours and its letters?"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import pygame

from envs.game import Game

Colour = tuple[int, int, int]

BACKGROUND: Colour = (24, 27, 38)
CARD: Colour = (33, 37, 51)
RAISED: Colour = (45, 50, 68)
LINE: Colour = (58, 64, 86)
TEXT: Colour = (232, 235, 243)
MUTED: Colour = (150, 158, 182)
ACCENT: Colour = (104, 170, 255)
GOLD: Colour = (245, 196, 83)
GREEN: Colour = (93, 206, 140)
RED: Colour = (250, 112, 112)

# Okabe & Ito's colours, lighter where they must be read on dark ground.
SEATS: tuple[Colour, ...] = (
    (58, 154, 220),
    (240, 156, 24),
    (24, 184, 138),
    (220, 130, 184),
    (234, 108, 58),
    (106, 196, 245),
    (236, 218, 76),
    (150, 144, 172),
)


def seat_colour(game: Game, seat: int) -> Colour:
    """Return the colour that a seat has everywhere: the game's, or one of ours."""
    return game.seat_colours[seat] if game.seat_colours else SEATS[seat % len(SEATS)]


def ghost_colour(game: Game, number: int) -> Colour:
    """Return the colour of a ghost: as of the seat after the first, and so on."""
    colours = game.seat_colours or SEATS
    return colours[(number + 1) % len(colours)]


@lru_cache
def font(size: int, bold: bool = False) -> pygame.font.Font:
    """Return DejaVu Sans, which comes with matplotlib and so looks the same on every system."""
    spec = find_spec("matplotlib")
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name if spec and spec.origin else Path()
    return pygame.font.Font(str(path) if path.is_file() else None, size)


@lru_cache(maxsize=512)
def letters(text: str, size: int = 14, colour: Colour = TEXT, bold: bool = False) -> pygame.Surface:
    return font(size, bold).render(text, True, colour)


def write(
    surface: pygame.Surface,
    text: str,
    at: tuple[int, int],
    size: int = 14,
    colour: Colour = TEXT,
    bold: bool = False,
    anchor: str = "topleft",
    width: int | None = None,
) -> pygame.Rect:
    """Write one line, shortened to a width, with that side of it at a point; return where it is."""
    shown = text if width is None else shortened(text, width, size, bold)
    picture = letters(shown, size, colour, bold)
    return surface.blit(picture, picture.get_rect(**{anchor: at}))


@lru_cache(maxsize=512)
def shortened(text: str, width: int, size: int = 14, bold: bool = False) -> str:
    measure = font(size, bold).size
    if measure(text)[0] <= width:
        return text
    while text and measure(f"{text}…")[0] > width:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""


def card(surface: pygame.Surface, rect: pygame.Rect, colour: Colour = CARD, radius: int = 10) -> None:
    pygame.draw.rect(surface, colour, rect, border_radius=radius)


def chip(
    surface: pygame.Surface,
    text: str,
    at: tuple[int, int],
    ink: Colour,
    ground: Colour,
    anchor: str = "topleft",
) -> pygame.Rect:
    """Draw a short word in a pill, and return where it stands."""
    picture = letters(text, 12, ink, True)
    rect = pygame.Rect(0, 0, picture.get_width() + 18, 22)
    setattr(rect, anchor, at)
    card(surface, rect, ground, 11)
    surface.blit(picture, picture.get_rect(center=rect.center))
    return rect


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour so far on the way from one to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def bar(surface: pygame.Surface, rect: pygame.Rect, share: float, colour: Colour) -> None:
    """Draw a bar filled up to a share from 0 to 1."""
    if rect.width < rect.height:
        return
    pygame.draw.rect(surface, BACKGROUND, rect, border_radius=rect.height // 2)
    if share > 0:
        width = max(rect.height, round(rect.width * min(share, 1.0)))
        pygame.draw.rect(surface, colour, (*rect.topleft, width, rect.height), border_radius=rect.height // 2)


def dot(surface: pygame.Surface, centre: tuple[int, int], size: int, colour: Colour) -> None:
    """Draw a disc with smooth edges that can be seen on dark ground whatever its colour."""
    fine = pygame.Surface((8 * size + 8,) * 2, pygame.SRCALPHA)
    pygame.draw.circle(fine, MUTED, fine.get_rect().center, 4 * size + 3)
    pygame.draw.circle(fine, colour, fine.get_rect().center, 4 * size)
    picture = pygame.transform.smoothscale(fine, (2 * size + 2,) * 2)
    surface.blit(picture, picture.get_rect(center=centre))


def diamond(surface: pygame.Surface, centre: tuple[int, int], size: int, colour: Colour) -> None:
    x, y = centre
    pygame.draw.polygon(surface, colour, [(x - size, y), (x, y - size), (x + size, y), (x, y + size)])
