"""How does a replay become a picture, a film or a file for Go programs?"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import pygame
from PIL import Image

from envs.bad_input import BadInput
from envs.file import write_bytes
from replays.ghosts import Ghost
from replays.picture import Film, Progress, Replays
from replays.replay import Replay, simulate
from replays.sgf.writing import save_sgf
from replays.viewer import theme

MAX_FRAMES = 5000  # of a GIF: it is put together in memory, and browsers load it whole
_SAMPLES = 12  # frames from which a GIF's colours are chosen
_USUAL = 8  # plies a second, of a game that has no pace
_GIF_MOST, _MP4_MOST = 30, 60  # frames a second in which what is between two plies is shown


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
    if suffix == ".sgf" and "ghosts" in settings:
        raise BadInput(f"{path}: SGF has no ghosts")
    writers[suffix](replays, path, **settings)


def save_png(
    replays: Replays,
    path: str | os.PathLike[str],
    ply: int = -1,
    max_side: int = 720,
    ghosts: Sequence[Ghost] = (),
) -> None:
    """Write one position; `ply` counts from 0, the start, or backwards from -1, the end."""
    film = Film(replays, max_side, ghosts)
    if not -film.length <= ply < film.length:
        raise BadInput(f"ply={ply}: this replay has plies 0 to {film.length - 1}")
    content = BytesIO()
    film.frame(ply % film.length).save(content, "PNG", optimize=True)
    write_bytes(Path(path), content.getvalue())


def save_gif(
    replays: Replays,
    path: str | os.PathLike[str],
    fps: float | None = None,
    max_side: int = 480,
    hold: float = 2.0,
    progress: Progress | None = None,
    ghosts: Sequence[Ghost] = (),
) -> None:
    """Write a GIF with one frame a position, over and over again.

    Of a game that is played in real time it shows 30 frames a second, whatever its plies are, as far as it has them.

    Args:
        replays: one, or several to show side by side; those that end earlier wait for the longest.
        fps: plies a second, up to 50, which is as fast as browsers go. Default: the game's pace, or 8.
        max_side: the longer side of each board in pixels.
        hold: seconds for which the last frame stays.
        progress: called after each frame with how many are done, and of how many.
        ghosts: others who played the same episode, drawn faintly.
    """
    film = Film(replays, max_side, ghosts)
    rate = _set_rate(film, fps, _GIF_MOST, MAX_FRAMES)
    if film.length > MAX_FRAMES:
        raise BadInput(f"{path}: {film.length} frames; a GIF may have {MAX_FRAMES}, an .mp4 any number")
    palette = _palette(film)
    frames = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in film.frames(progress))
    content = BytesIO()
    next(frames).save(
        content,
        "GIF",
        save_all=True,
        append_images=frames,
        duration=[*_durations(film, rate), 10 * round(100 * _hold(hold))],
        loop=0,
        disposal=1,
    )
    write_bytes(Path(path), content.getvalue())


def _durations(film: Film, rate: Fraction) -> list[int]:
    """Return the milliseconds of all frames but the last; in real time they keep it, though a GIF counts in tens."""
    if not film.pace:
        return [10 * round(100 / rate)] * (film.length - 1)
    return [
        10 * (after - before) for before, after in pairwise(round(100 * k / rate) for k in range(film.length))
    ]


def save_mp4(
    replays: Replays,
    path: str | os.PathLike[str],
    fps: float | None = None,
    max_side: int = 720,
    hold: float = 2.0,
    progress: Progress | None = None,
    ghosts: Sequence[Ghost] = (),
) -> None:
    """Write an H.264 video, in real time with 60 frames a second; arguments as for `save_gif`.

    Needs PyAV, the extra `video`.
    """
    try:
        import av
    except ImportError:
        raise BadInput(f"{path}: .mp4 needs PyAV, gamelab's extra `video`: pip install av") from None
    film = Film(replays, max_side, ghosts)
    rate = _set_rate(film, fps, _MP4_MOST)
    still = round(_hold(hold) * rate)
    content = BytesIO()
    with av.open(content, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "18"})
        stream.width, stream.height = (side + side % 2 for side in film.size)  # H.264 halves both
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(film.frames(progress), 1):
            even = Image.new("RGB", (stream.width, stream.height), theme.BACKGROUND)
            even.paste(picture)
            for _ in range(1 if number < film.length else max(1, still)):
                container.mux(stream.encode(av.VideoFrame.from_image(even)))
        container.mux(stream.encode())
    write_bytes(Path(path), content.getvalue())


def save_map(replays: Sequence[Replay], path: str | os.PathLike[str]) -> list[str]:
    """Write a PNG of a whole level with the places where runs on it ended; return how each did.

    Args:
        replays: one or more, all of the same level.

    Raises:
        BadInput: the game has no map, a replay cannot be played, the path cannot be written.
    """
    game = replays[0].make_game()
    first = game.new_states([replays[0].seed])[0]
    surface, content = pygame.Surface(game.map_size(first)), BytesIO()
    ends = [end for replay in replays for end in game.ends(simulate(replay)[-1])]
    game.draw_map(surface, first, ends)
    pygame.image.save(surface, content, "map.png")
    write_bytes(Path(path), content.getvalue())
    return [what for _, _, what in ends]


def _set_rate(film: Film, fps: float | None, most: int, frames: int | None = None) -> Fraction:
    """Choose which moments a film shows, at most so many a second and frames in all; return frames a second."""
    plies = Fraction(film.pace or _USUAL) if fps is None else _rate(fps)
    every = max(1, ceil(plies * film.moments / most)) if film.pace else film.moments
    film.show_moments(every)
    if frames is not None and film.length > frames:
        every = max(every, film.moments)
        film.show_moments(every)
    return plies * film.moments / every


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


def _rate(fps: float) -> Fraction:
    if not 0.1 <= fps <= 50:
        raise BadInput(f"fps={fps} is not from 0.1 to 50")
    return Fraction(fps).limit_denominator(1000)


def _hold(seconds: float) -> float:
    if not 0.02 <= seconds <= 60:
        raise BadInput(f"hold={seconds} is not from 0.02 to 60 seconds")
    return seconds
