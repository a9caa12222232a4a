"""Do exported pictures and films show the replay, whole and in order?"""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pygame
import pytest
from PIL import Image

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.gridworld.game import Gridworld
from envs.platformer.game import Platformer
from replays import export as export_module
from replays.export import export, save_gif, save_mp4, save_png
from replays.replay import Replay, Seat, record, simulate
from replays.viewer import theme

EAST = 1


def played(spec: str, actions: list, *names: str, seed: int = 1) -> Replay:
    return record(make_game(spec), seed, [Seat(name) for name in names], actions)


@pytest.fixture(scope="module")
def corridor() -> Replay:
    """Walk to the goal in six plies."""
    return played("gridworld:level=corridor", [EAST] * 6, "Ann")


@pytest.fixture(scope="module")
def slower() -> Replay:
    """Walk into the wall first, and stop half way."""
    return played("gridworld:level=corridor", [3] * 5 + [EAST] * 4, "Bob")


@pytest.fixture(scope="module")
def race() -> Replay:
    return played("gridworld:level=orchard,obs=grid,foragers=4", [[0, 1, 2, 3]] * 5, "A", "B", "C", "D")


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def frames(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        return [pixels(film) for film.frame in range(film.n_frames) if film.seek(film.frame) is None]


def board(replay: Replay, ply: int, width: int) -> np.ndarray:
    """Draw the position as the game itself does."""
    game = replay.make_game()
    state = simulate(replay)[ply]
    natural = game.picture_size(state)
    surface = pygame.Surface((width, round(width * natural[1] / natural[0])))
    game.draw(surface, state)
    return pygame.surfarray.array3d(surface).transpose(1, 0, 2).astype(int)


def test_a_gif_has_a_frame_for_each_position(corridor, tmp_path):
    save_gif(corridor, tmp_path / "a.gif", fps=8, max_side=320, hold=1.5)
    shown = frames(tmp_path / "a.gif")
    assert len(shown) == corridor.plies + 1
    for ply, frame in enumerate(shown):
        drawn = board(corridor, ply, 320)
        assert frame.shape[1] == 320
        assert np.abs(frame[: drawn.shape[0]] - drawn).mean() < 2  # of 255: what 255 colours cannot show
    for one, other in pairwise(shown):
        assert np.abs(one - other).max() > 100


def test_a_gif_keeps_time_and_never_stops(corridor, tmp_path):
    save_gif(corridor, tmp_path / "a.gif", fps=5, max_side=200, hold=1.5)
    with Image.open(tmp_path / "a.gif") as film:
        assert film.info["loop"] == 0
        durations = []
        for ply in range(film.n_frames):
            film.seek(ply)
            durations.append(film.info["duration"])
    assert durations == [200] * 6 + [1500]


def test_colours_do_not_flicker(race, tmp_path):
    save_gif(race, tmp_path / "a.gif", max_side=300)
    shown = np.array(frames(tmp_path / "a.gif"))
    exact = [board(race, ply, 300) for ply in range(len(shown))]
    still = (np.array(exact) == exact[0]).all(axis=(0, 3))
    assert still.mean() > 0.8
    height = exact[0].shape[0]
    assert (shown[:, :height][:, still] == shown[0, :height][still]).all()


def test_a_png_shows_any_position_and_the_same_bytes_each_time(corridor, tmp_path):
    for ply in (0, 3, -1):
        save_png(corridor, tmp_path / "a.png", ply=ply, max_side=400)
        save_png(corridor, tmp_path / "b.png", ply=ply, max_side=400)
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
        shown, drawn = pixels(Image.open(tmp_path / "a.png")), board(corridor, ply, 400)
        assert np.array_equal(shown[: len(drawn)], drawn)


def test_the_caption_tells_name_score_and_reason_and_leaves_the_board_alone(corridor, tmp_path):
    other_name = played("gridworld:level=corridor", [EAST] * 6, "Zoë")
    ended = shot(corridor, tmp_path)
    height = len(board(corridor, -1, 400))
    assert np.array_equal(shot(other_name, tmp_path)[:height], ended[:height])
    names, status = halves(ended[height:])
    other_names, other_status = halves(shot(other_name, tmp_path)[height:])
    assert np.array_equal(status, other_status)
    assert np.array_equal(names[:, 200:], other_names[:, 200:])
    assert not np.array_equal(names[:, :200], other_names[:, :200])
    early_names, early_status = halves(shot(corridor, tmp_path, ply=2)[height:])
    assert not np.array_equal(early_names[:, 200:], names[:, 200:])  # the score
    assert np.array_equal(early_names[:, :200], names[:, :200])
    assert not np.array_equal(early_status[:, 200:], status[:, 200:])  # the ply, the reason


def shot(replay: Replay, folder: Path, ply: int = -1) -> np.ndarray:
    save_png(replay, folder / "shot.png", ply=ply, max_side=400)
    return pixels(Image.open(folder / "shot.png"))


def halves(caption: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the upper and the lower half, without the line that shows how far the film is."""
    return caption[: len(caption) // 2], caption[len(caption) // 2 : -3]


def test_the_reason_is_told_at_the_end_and_not_before(corridor, tmp_path):
    def pill(ply: int) -> int:
        return (
            (shot(corridor, tmp_path, ply)[len(board(corridor, ply, 400)) :] == theme.LINE).all(axis=2).sum()
        )

    assert [pill(ply) > 100 for ply in range(7)] == [False] * 6 + [True]


@pytest.mark.parametrize("name", ["", "x" * 1000, "名前 🐢 İ", "Ann"])
def test_any_name_fits(name, tmp_path):
    long = played("gridworld:level=corridor", [EAST] * 6, name)
    ann = played("gridworld:level=corridor", [EAST] * 6, "Ann")
    one, other = shot(long, tmp_path), shot(ann, tmp_path)
    assert one.shape == other.shape
    assert np.array_equal(one[:, -45:], other[:, -45:])


def test_four_names_stand_below_a_race(race, corridor, tmp_path):
    caption = shot(race, tmp_path)[len(board(race, -1, 400)) :]
    assert len(caption) > len(shot(corridor, tmp_path)) - len(board(corridor, -1, 400))
    for seat in range(4):
        names = ["A", "B", "C", "D"]
        names[seat] = "Q"
        renamed = played("gridworld:level=orchard,obs=grid,foragers=4", [[0, 1, 2, 3]] * 5, *names)
        other = shot(renamed, tmp_path)[len(board(race, -1, 400)) :]
        down, across = np.nonzero((caption != other).any(axis=2))
        assert (across.mean() > 200) == (seat % 2 == 1)
        assert (down.mean() > len(caption) / 3) == (seat >= 2)


def test_a_narrow_board_leaves_room_for_words(tmp_path):
    tall = "\n".join(["", "S", *"." * 60, "G"])
    save_png(record(Gridworld(tall), 1, [Seat("Ann")], [[2]]), tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").width > 100


def test_several_replays_run_side_by_side_and_wait_for_the_last(race, tmp_path):
    longer = played("gridworld:level=orchard,obs=grid,foragers=4", [[1, 1, 1, 1]] * 9, *"ABCD")
    save_gif([race, longer], tmp_path / "a.gif", max_side=200)
    shown = frames(tmp_path / "a.gif")
    assert len(shown) == 10
    assert shown[0].shape[1] > 400
    left = [frame[:-3, :200] for frame in shown]
    assert all(np.array_equal(frame, left[5]) for frame in left[6:])
    assert not np.array_equal(left[4], left[5])
    right = [frame[:-3, -200:] for frame in shown]
    assert not any(np.array_equal(one, other) for one, other in pairwise(right))


def test_wide_boards_stand_one_below_the_other(corridor, slower, tmp_path):
    save_png([corridor, slower], tmp_path / "two.png", ply=6, max_side=300)
    shown = pixels(Image.open(tmp_path / "two.png"))
    assert shown.shape[1] == 300
    for replay in (corridor, slower):
        drawn = board(replay, 6, 300)
        places = [
            y for y in range(len(shown) - len(drawn)) if np.array_equal(shown[y : y + len(drawn)], drawn)
        ]
        assert len(places) == 1


def test_progress_is_told(corridor, tmp_path):
    told = []
    save_gif(corridor, tmp_path / "a.gif", max_side=100, progress=lambda done, of: told.append((done, of)))
    assert told == [(k, 7) for k in range(1, 8)]


def test_the_suffix_chooses(corridor, tmp_path):
    export(corridor, tmp_path / "a.GIF", max_side=100)
    export(corridor, str(tmp_path / "a.png"))
    assert [Image.open(tmp_path / name).format for name in ("a.GIF", "a.png")] == ["GIF", "PNG"]
    for name in ("a.webm", "a", "gif"):
        with pytest.raises(BadInput, match=r"\.gif, \.png or \.mp4"):
            export(corridor, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.GIF", "a.png"]


def test_without_pyav_the_fault_names_the_extra(corridor, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(BadInput, match=r"PyAV.*video"):
        export(corridor, tmp_path / "a.mp4")


def test_a_video_shows_the_same(corridor, tmp_path):
    av = pytest.importorskip("av")
    save_mp4(corridor, tmp_path / "a.mp4", fps=4, max_side=321, hold=1)
    with av.open(str(tmp_path / "a.mp4")) as film:
        shown = [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]
        assert film.streams.video[0].average_rate == 4
    assert len(shown) == corridor.plies + 4
    drawn = board(corridor, 3, 321)
    assert np.abs(shown[3][: len(drawn), :321] - drawn).mean() < 6


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"fps": 0}, "fps=0"),
        ({"fps": 51}, "fps=51"),
        ({"fps": float("nan")}, "fps=nan"),
        ({"hold": -1}, "hold=-1"),
        ({"max_side": 10}, "max_side=10"),
        ({"max_side": 10**6}, "max_side=1000000"),
    ],
)
def test_settings_out_of_range_are_named(corridor, tmp_path, settings, fault):
    with pytest.raises(BadInput, match=fault):
        save_gif(corridor, tmp_path / "a.gif", **settings)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ply", [7, -8])
def test_there_is_no_such_position(corridor, tmp_path, ply):
    with pytest.raises(BadInput, match=f"ply={ply}.* 0 to 6"):
        save_png(corridor, tmp_path / "a.png", ply=ply)


def test_nothing_to_export(tmp_path):
    with pytest.raises(BadInput, match="no replay"):
        save_gif([], tmp_path / "a.gif")


def test_a_path_that_cannot_be_written_is_named(corridor, tmp_path):
    with pytest.raises(BadInput, match=r"missing/a\.png: cannot be written"):
        save_png(corridor, tmp_path / "missing" / "a.png")


def test_a_gif_of_endless_play_is_refused(corridor, tmp_path, monkeypatch):
    monkeypatch.setattr(export_module, "MAX_FRAMES", 6)
    with pytest.raises(BadInput, match=r"7 frames.*\.mp4"):
        save_gif(corridor, tmp_path / "a.gif")


def test_a_replay_without_a_ply_is_one_frame(tmp_path):
    save_gif(played("gridworld:level=corridor", [], "Ann"), tmp_path / "a.gif", max_side=100)
    assert len(frames(tmp_path / "a.gif")) == 1


# games that are played in real time


def durations(path: Path) -> list[int]:
    with Image.open(path) as film:
        return [film.info["duration"] for film.frame in range(film.n_frames) if film.seek(film.frame) is None]


def race_in_real_time(monkeypatch, frame_skip: int) -> tuple[Replay, list[int]]:
    """Return one second of running to the right, and the ticks that are drawn meanwhile."""
    drawn: list[int] = []

    def draw(self, surface, state):
        drawn.append(int(state.tick))
        surface.fill((int(state.tick) * 4 % 256, 0, 0))

    monkeypatch.setattr(Platformer, "draw", draw)
    return played(f"platformer:frame_skip={frame_skip}", [EAST] * (60 // frame_skip), "Ann"), drawn


@pytest.mark.parametrize("frame_skip", [1, 2, 4, 15])
def test_a_gif_of_a_game_in_real_time_takes_as_long_and_shows_30_a_second(frame_skip, monkeypatch, tmp_path):
    replay, drawn = race_in_real_time(monkeypatch, frame_skip)
    save_gif(replay, tmp_path / "a.gif", max_side=64, hold=1)
    shown = durations(tmp_path / "a.gif")
    assert len(shown) == 31
    assert set(shown[:-1]) == {30, 40}
    assert sum(shown[:-1]) == 1000
    assert drawn[-31:] == list(range(0, 61, 2))


def test_plies_a_second_may_be_chosen_in_real_time_too(monkeypatch, tmp_path):
    replay, drawn = race_in_real_time(monkeypatch, 4)
    save_gif(replay, tmp_path / "a.gif", fps=5, max_side=64, hold=1)
    assert sum(durations(tmp_path / "a.gif")[:-1]) == 3000
    assert drawn[-61:] == list(range(61))


def test_a_long_gif_in_real_time_shows_plies_alone(monkeypatch, tmp_path):
    replay, drawn = race_in_real_time(monkeypatch, 4)
    monkeypatch.setattr(export_module, "MAX_FRAMES", 20)
    save_gif(replay, tmp_path / "a.gif", max_side=64, hold=1)
    shown = durations(tmp_path / "a.gif")
    assert (len(shown), sum(shown[:-1])) == (16, 1000)
    assert drawn[-16:] == list(range(0, 61, 4))
    monkeypatch.setattr(export_module, "MAX_FRAMES", 15)
    with pytest.raises(BadInput, match=r"16 frames.*\.mp4"):
        save_gif(replay, tmp_path / "a.gif")


def test_a_video_in_real_time_has_60_frames_a_second(monkeypatch, tmp_path):
    av = pytest.importorskip("av")
    replay, _ = race_in_real_time(monkeypatch, 4)
    save_mp4(replay, tmp_path / "a.mp4", max_side=64, hold=1)
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert film.streams.video[0].average_rate == 60
        assert len(list(film.decode(video=0))) == 60 + 60
