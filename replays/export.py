"""How does a replay become a picture, a film or a file for Go programs?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pygame
from PIL import Image, ImageDraw, ImageFont

from envs.bad_input import BadInput
from replays.file import write_bytes
from replays.replay import Replay, simulate
from replays.sgf.writing import save_sgf
from replays.viewer import theme

Replays = Replay | Sequence[Replay]
Progress = Callable[[int, int], None]  # frames done, and of how many

MAX_FRAMES = 5000  # of a GIF: it is put together in memory, and browsers load it whole
_SAMPLES = 12  # frames from which a GIF's colours are chosen


def export(replays: Replays, path: str | os.PathLike[str], **settings: Any) -> None:
    """Write a replay, or several side by side, as the suffix says: `.gif`, `.png`, `.mp4` or `.sgf`.

    Args:
        settings: of `save_gif`, `save_png`, `save_mp4` or `save_sgf`.

    Raises:
        BadInput: another suffix, settings out of range, a replay that cannot be played, a path that cannot be
            written.
    """
    writers: dict[str, Callable[..., None]] = {
        ".gif": save_gif,
        ".png": save_png,
        ".mp4": save_mp4,
        ".sgf": save_sgf,
    }
    suffix = Path(path).suffix.lower()
    if suffix not in writers:
        raise BadInput(f"{path}: a replay can be exported to .gif, .png or .mp4, a game of Go to .sgf too")
    writers[suffix](replays, path, **settings)


def save_png(replays: Replays, path: str | os.PathLike[str], ply: int = -1, max_side: int = 720) -> None:
    """Write one position; `ply` counts from 0, the start, or backwards from -1, the end."""
    film = Film(replays, max_side)
    if not -film.length <= ply < film.length:
        raise BadInput(f"ply={ply}: this replay has plies 0 to {film.length - 1}")
    content = BytesIO()
    film.frame(ply % film.length).save(content, "PNG", optimize=True)
    write_bytes(Path(path), content.getvalue())


def save_gif(
    replays: Replays,
    path: str | os.PathLike[str],
    fps: float = 8,
    max_side: int = 480,
    hold: float = 2.0,
    progress: Progress | None = None,
) -> None:
    """Write a GIF with one frame a position, over and over again.

    Args:
        replays: one, or several to show side by side; those that end earlier wait for the longest.
        fps: plies a second, up to 50, which is as fast as browsers go.
        max_side: the longer side of each board in pixels.
        hold: seconds for which the last frame stays.
        progress: called after each frame with how many are done, and of how many.
    """
    film = Film(replays, max_side)
    if film.length > MAX_FRAMES:
        raise BadInput(f"{path}: {film.length} frames; a GIF may have {MAX_FRAMES}, an .mp4 any number")
    palette = _palette(film)
    frames = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in film.frames(progress))
    seconds = [1 / _rate(fps)] * (film.length - 1) + [_hold(hold)]
    content = BytesIO()
    next(frames).save(
        content,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=[10 * round(100 * each) for each in seconds],
        loop=0,
        disposal=1,
    )
    write_bytes(Path(path), content.getvalue())


def save_mp4(
    replays: Replays,
    path: str | os.PathLike[str],
    fps: float = 8,
    max_side: int = 720,
    hold: float = 2.0,
    progress: Progress | None = None,
) -> None:
    """Write an H.264 video; arguments as for `save_gif`. Needs PyAV, the extra `video`."""
    try:
        import av
    except ImportError:
        raise BadInput(f"{path}: .mp4 needs PyAV, gamelab's extra `video`: pip install av") from None
    film, rate = Film(replays, max_side), _rate(fps)
    still = round(_hold(hold) * rate)
    content = BytesIO()
    with av.open(content, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "18"})
        stream.width, stream.height = (side + side % 2 for side in film.size)  # H.264 halves both
        stream.pix_fmt = "yuv420p"
        for ply, picture in enumerate(film.frames(progress)):
            even = Image.new("RGB", (stream.width, stream.height), theme.BACKGROUND)
            even.paste(picture)
            for _ in range(1 if ply < film.length - 1 else max(1, still)):
                container.mux(stream.encode(av.VideoFrame.from_image(even)))
        container.mux(stream.encode())
    write_bytes(Path(path), content.getvalue())


class Film:
    """The positions of one or several replays as pictures with captions.

    length: frames, one for each position of the longest replay. size: (width, height) of each in pixels.
    """

    def __init__(self, replays: Replays, max_side: int) -> None:
        if not 64 <= max_side <= 4096:
            raise BadInput(f"max_side={max_side} is not from 64 to 4096 pixels")
        replays = [replays] if isinstance(replays, Replay) else list(replays)
        if not replays:
            raise BadInput("there is no replay to export")
        self._panes = [Pane(replay, max_side, len(replays) > 1) for replay in replays]
        self.length = max(pane.last for pane in self._panes) + 1
        self._corners, self.size = _arranged([pane.size for pane in self._panes])

    def frame(self, ply: int) -> Image.Image:
        picture = Image.new("RGB", self.size, theme.BACKGROUND)
        for pane, corner in zip(self._panes, self._corners, strict=True):
            picture.paste(pane.picture(min(ply, pane.last)), corner)
        if self.length > 1:
            done = self.size[0] * ply // (self.length - 1)
            picture.paste(theme.ACCENT, (0, self.size[1] - 3, done, self.size[1]))
        return picture

    def frames(self, progress: Progress | None) -> Iterator[Image.Image]:
        for ply in range(self.length):
            yield self.frame(ply)
            if progress:
                progress(ply + 1, self.length)


class Pane:
    """The positions of one replay: the board, who plays, and below how it stands.

    Names stand over the board where several replays are compared, else under it.
    """

    def __init__(self, replay: Replay, max_side: int, names_above: bool) -> None:
        self._replay, self._game, self._states = replay, replay.make_game(), simulate(replay)
        self.last = replay.plies
        width, height = self._game.picture_size(self._states[0])
        share = max_side / max(width, height)
        self._board = max(1, round(width * share)), max(1, round(height * share))
        self._letter = min(max(self._board[0] // 30, 12), 30)  # of names, in pixels
        self._line = self._letter * 9 // 5
        rows = (self._game.seats + 1) // 2
        heights = {"board": self._board[1], "names": self._line * rows, "status": self._line}
        self._tops, bottom = {}, 0
        for part in ("names", "board", "status") if names_above else ("board", "names", "status"):
            self._tops[part] = bottom
            bottom += heights[part] + self._letter // 3
        self.size = max(self._board[0], 12 * self._letter), bottom

    def picture(self, ply: int) -> Image.Image:
        state, board = self._states[ply], pygame.Surface(self._board, 0, 32)
        self._game.draw(board, state)
        drawn = Image.frombytes("RGB", self._board, pygame.image.tobytes(board, "RGB"))
        picture = Image.new("RGB", self.size, theme.BACKGROUND)
        picture.paste(drawn, ((self.size[0] - self._board[0]) // 2, self._tops["board"]))
        pen = ImageDraw.Draw(picture)
        for seat in range(self._game.seats):
            self._write_name(pen, seat, state)
        self._write_status(pen, ply, state)
        return picture

    def _write_name(self, pen: ImageDraw.ImageDraw, seat: int, state: Any) -> None:
        """Write the name and the score of a seat; two seats share a line."""
        font, bold = _font(self._letter), _font(self._letter, True)
        room = self.size[0] // min(self._game.seats, 2)
        left, right = seat % 2 * room + self._letter // 2, (seat % 2 + 1) * room - self._letter // 2
        middle = self._tops["names"] + seat // 2 * self._line + self._line // 2
        score = self._game.points(state, seat)
        pen.text((right, middle), score, theme.GOLD, bold, "rm")
        if self._game.seats > 1:
            dot = self._letter // 3
            box = left, middle - dot, left + 2 * dot, middle + dot
            pen.ellipse(box, theme.seat_colour(self._game, seat), theme.MUTED)
            left += self._letter
        ink = theme.MUTED if state.out[seat] else theme.TEXT
        name = _shortened(self._replay.seats[seat].name, right - left - bold.getlength(f"{score}  "), font)
        pen.text((left, middle), name, ink, font, "lm")

    def _write_status(self, pen: ImageDraw.ImageDraw, ply: int, state: Any) -> None:
        """Write which game this is, how far it has come and, at its end, why it ended."""
        size = self._letter * 4 // 5
        font, bold = _font(size), _font(size, True)
        left, right = self._letter // 2, self.size[0] - self._letter // 2
        middle = self._tops["status"] + self._line // 2
        if state.status:
            reason = self._game.verdict(state)
            start = right - int(bold.getlength(reason)) - size
            pen.rounded_rectangle((start, middle - size * 0.8, right, middle + size * 0.8), size, theme.LINE)
            pen.text(((start + right) / 2, middle), reason, theme.TEXT, bold, "mm")
            right = start - size // 2
        pen.text((right, middle), f"ply {ply}", theme.MUTED, font, "rm")
        room = right - left - font.getlength(f"ply {ply}  ")
        pen.text((left, middle), _shortened(self._game.spec, room, font), theme.MUTED, font, "lm")


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


def _palette(film: Film) -> Image.Image:
    """Choose the colours of a whole GIF from a few of its frames, so that they do not flicker.

    255, because one more says "as in the frame before".
    """
    count = min(_SAMPLES, film.length)
    width, height = film.size
    samples = Image.new("RGB", (width, height * count))
    for k in range(count):
        samples.paste(film.frame(k * (film.length - 1) // max(1, count - 1)), (0, k * height))
    return samples.quantize(255, Image.Quantize.MAXCOVERAGE, kmeans=1)


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


def _rate(fps: float) -> Fraction:
    if not 0.1 <= fps <= 50:
        raise BadInput(f"fps={fps} is not from 0.1 to 50")
    return Fraction(fps).limit_denominator(1000)


def _hold(seconds: float) -> float:
    if not 0.02 <= seconds <= 60:
        raise BadInput(f"hold={seconds} is not from 0.02 to 60 seconds")
    return seconds
