"""How does a replay look as pictures: the board, who plays, and how it stands?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pygame
from PIL import Image, ImageDraw, ImageFont

from envs.bad_input import BadInput
from replays.ghosts import Ghost
from replays.replay import Replay, simulate
from replays.viewer import theme

Replays = Replay | Sequence[Replay]
Progress = Callable[[int, int], None]  # frames done, and of how many


class Film:
    """The positions of one or several replays as pictures with captions.

    length: frames; one for each position of the longest replay, until `show_moments` says otherwise. size: (width,
    height) of each in pixels. pace, moments: of the game, plies a second and pictures a ply.
    """

    def __init__(self, replays: Replays, max_side: int, ghosts: Sequence[Ghost] = ()) -> None:
        if not 64 <= max_side <= 4096:
            raise BadInput(f"max_side={max_side} is not from 64 to 4096 pixels")
        replays = [replays] if isinstance(replays, Replay) else list(replays)
        if not replays:
            raise BadInput("there is no replay to export")
        self._panes = [Pane(replay, max_side, len(replays) > 1, ghosts) for replay in replays]
        self._plies = max(pane.last for pane in self._panes)
        games = [pane.game for pane in self._panes]
        self.pace = games[0].pace
        self.moments = games[0].moments if len({game.moments for game in games}) == 1 else 1
        self.show_moments(self.moments)
        self._corners, self.size = _arranged([pane.size for pane in self._panes])

    def show_moments(self, every: int) -> None:
        """Show every so many moments from the start on, and the end."""
        shown = [divmod(moment, self.moments) for moment in range(0, self._plies * self.moments, every)]
        self._shown = [*shown, (self._plies, 0)]
        self.length = len(self._shown)

    def frame(self, number: int) -> Image.Image:
        picture, (ply, moment) = Image.new("RGB", self.size, theme.BACKGROUND), self._shown[number]
        for pane, corner in zip(self._panes, self._corners, strict=True):
            picture.paste(pane.picture(ply, moment), corner)
        if self.length > 1:
            done = self.size[0] * number // (self.length - 1)
            picture.paste(theme.ACCENT, (0, self.size[1] - 3, done, self.size[1]))
        return picture

    def frames(self, progress: Progress | None) -> Iterator[Image.Image]:
        for number in range(self.length):
            yield self.frame(number)
            if progress:
                progress(number + 1, self.length)


class Pane:
    """The positions of one replay: the board, who plays, and below how it stands.

    Names stand over the board where several replays are compared, else under it.
    """

    def __init__(
        self, replay: Replay, max_side: int, names_above: bool, ghosts: Sequence[Ghost] = ()
    ) -> None:
        self._replay, self.game, self._states = replay, replay.make_game(), simulate(replay)
        self._ghosts, self.last = ghosts, replay.plies
        width, height = self.game.picture_size(self._states[0])
        share = max_side / max(width, height)
        self._board = max(1, round(width * share)), max(1, round(height * share))
        self._letter = min(max(self._board[0] // 30, 12), 30)  # of names, in pixels
        self._line = self._letter * 9 // 5
        rows = (self.game.seats + 1) // 2 + (len(ghosts) + 1) // 2
        heights = {"board": self._board[1], "names": self._line * rows, "status": self._line}
        self._tops, bottom = {}, 0
        for part in ("names", "board", "status") if names_above else ("board", "names", "status"):
            self._tops[part] = bottom
            bottom += heights[part] + self._letter // 3
        self.size = max(self._board[0], 12 * self._letter), bottom

    def picture(self, ply: int, moment: int = 0) -> Image.Image:
        state, board = self._seen(min(ply, self.last), moment), pygame.Surface(self._board, 0, 32)
        self.game.draw(board, state)
        if self._ghosts:
            self.game.draw_ghosts(board, state, [ghost.at(self.game, ply, moment) for ghost in self._ghosts])
        drawn = Image.frombytes("RGB", self._board, pygame.image.tobytes(board, "RGB"))
        picture = Image.new("RGB", self.size, theme.BACKGROUND)
        picture.paste(drawn, ((self.size[0] - self._board[0]) // 2, self._tops["board"]))
        pen = ImageDraw.Draw(picture)
        game, seats = self.game, self.game.seats
        for seat in range(seats):
            colour = theme.seat_colour(game, seat) if seats > 1 or self._ghosts else None
            ink = theme.MUTED if state.out[seat] else theme.TEXT
            name, score = self._replay.seats[seat].name, game.points(state, seat)
            self._write_name(pen, (seat // 2, seat % 2, min(seats, 2)), name, score, ink, colour)
        for number, ghost in enumerate(self._ghosts):
            score = game.points(ghost.at(game, ply), 0)
            place = (seats + 1) // 2 + number // 2, number % 2, min(len(self._ghosts), 2)
            colour = theme.ghost_colour(game, number)
            self._write_name(pen, place, ghost.name, score, theme.MUTED, colour)
        self._write_status(pen, min(ply, self.last), state)
        return picture

    def _seen(self, ply: int, moment: int) -> np.record:
        if moment and ply < self.last:
            return self.game.moment(self._states[ply], self._replay.actions[ply], moment)
        return self._states[ply]

    def _write_name(
        self,
        pen: ImageDraw.ImageDraw,
        place: tuple[int, int, int],
        name: str,
        score: str,
        ink: theme.Colour,
        colour: theme.Colour | None,
    ) -> None:
        """Write a name and a score in a line, in one of so many columns, with a dot of a colour."""
        line, column, columns = place
        font, bold = _font(self._letter), _font(self._letter, True)
        room = self.size[0] // columns
        left, right = column * room + self._letter // 2, (column + 1) * room - self._letter // 2
        middle = self._tops["names"] + line * self._line + self._line // 2
        pen.text((right, middle), score, theme.GOLD, bold, "rm")
        if colour:
            dot = self._letter // 3
            pen.ellipse((left, middle - dot, left + 2 * dot, middle + dot), colour, theme.MUTED)
            left += self._letter
        name = _shortened(name, right - left - bold.getlength(f"{score}  "), font)
        pen.text((left, middle), name, ink, font, "lm")

    def _write_status(self, pen: ImageDraw.ImageDraw, ply: int, state: Any) -> None:
        """Write which game this is, how far it has come and, at its end, why it ended."""
        size = self._letter * 4 // 5
        font, bold = _font(size), _font(size, True)
        left, right = self._letter // 2, self.size[0] - self._letter // 2
        middle = self._tops["status"] + self._line // 2
        if state.status:
            reason = self.game.verdict(state)
            start = right - int(bold.getlength(reason)) - size
            pen.rounded_rectangle((start, middle - size * 0.8, right, middle + size * 0.8), size, theme.LINE)
            pen.text(((start + right) / 2, middle), reason, theme.TEXT, bold, "mm")
            right = start - size // 2
        pen.text((right, middle), f"ply {ply}", theme.MUTED, font, "rm")
        room = right - left - font.getlength(f"ply {ply}  ")
        pen.text((left, middle), _shortened(self.game.spec, room, font), theme.MUTED, font, "lm")


def _arranged(sizes: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Return the corner of each pane, and the size of all: side by side, or one below another if wide."""
    gap = max(8, sizes[0][0] // 24)
    below = 2 * sizes[0][0] > 3 * sizes[0][1]
    corners, x, y = [], 0, 0
    for width, height in sizes:
        corners.append((x, y))
        x, y = (x, y + height + gap) if below else (x + width + gap, y)
    right = max(x + size[0] for (x, _), size in zip(corners, sizes, strict=True))
    bottom = max(y + size[1] for (_, y), size in zip(corners, sizes, strict=True))
    return corners, (right, bottom)


@lru_cache(maxsize=16)
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, which comes with matplotlib and so looks the same on every system."""
    from matplotlib import get_data_path

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / name), size)


@lru_cache(maxsize=256)
def _shortened(text: str, room: float, font: ImageFont.FreeTypeFont) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""
