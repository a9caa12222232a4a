"""Are ghosts of the same episode, at the right place, and is a map of where runs on one level ended?"""

import numpy as np
import pygame
import pytest
from msgspec import structs
from PIL import Image

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.platformer.game import Platformer
from replays.export import save_gif, save_map, save_png
from replays.ghosts import ghost, ghosts, others_beside
from replays.levels import chosen_level, read_all
from replays.playback import Playback
from replays.replay import Seat, record, simulate, write_replay
from replays.viewer import theme
from replays.viewer.board import draw_board
from replays.viewer.session import Session

RIGHT, STAND = 1, 0


def run(action, plies, name="Ann", spec="platformer", seed=1):
    return record(make_game(spec), seed, [Seat(name)], [[action]] * plies)


@pytest.fixture
def folder(tmp_path):
    """Keep a run, two others of its episode, and some that are not."""
    write_replay(tmp_path / "mine.replay", run(RIGHT, 30, "mine"))
    write_replay(tmp_path / "slow.replay", run(STAND, 40, "slow"))
    write_replay(tmp_path / "short.replay", run(RIGHT, 10, "short"))
    write_replay(tmp_path / "seed.replay", run(RIGHT, 10, "seed", seed=2))
    write_replay(tmp_path / "lives.replay", run(RIGHT, 10, "lives", "platformer:lives=2"))
    write_replay(tmp_path / "grid.replay", run(RIGHT, 3, "grid", "gridworld:level=cliff"))
    (tmp_path / "broken.replay").write_bytes(b"x")
    return tmp_path


def test_the_others_of_an_episode_are_found_beside_it(folder):
    mine = run(RIGHT, 30, "mine")
    others = others_beside(folder / "mine.replay", mine)
    assert [path.name for path in others] == ["short.replay", "slow.replay"]
    assert [each.name for each in ghosts(mine, others)] == ["short", "slow"]
    with pytest.raises(BadInput, match=r"seed\.replay: no other replay"):
        others_beside(folder / "seed.replay", run(RIGHT, 10, "seed", seed=2))


@pytest.mark.parametrize("name", ["seed", "lives", "grid"])
def test_another_episode_is_refused(folder, name):
    with pytest.raises(BadInput, match=rf"{name}\.replay: another game, level or seed") as error:
        ghosts(run(RIGHT, 30), [folder / f"{name}.replay"])
    assert "\n" not in str(error.value)


def test_a_game_without_a_picture_of_ghosts_says_so(folder):
    with pytest.raises(BadInput, match="gridworld: has no picture of ghosts"):
        ghosts(run(RIGHT, 4, spec="gridworld:level=cliff"), [folder / "grid.replay"])


def test_a_ghost_is_where_it_was_at_that_moment_and_stays_where_it_ended():
    short = run(RIGHT, 10)
    states, game = simulate(short), short.make_game()
    film = Playback.of(run(STAND, 30), [ghost(short)])
    assert film.haunting()[0].tobytes() == states[0].tobytes()
    film.seek(4)
    film.play()
    film.advance(50)  # three quarters of a ply
    assert film.between == 3
    assert film.haunting()[0].tobytes() == game.moment(states[4], [RIGHT], 3).tobytes()
    film.seek(25)
    assert film.haunting()[0].tobytes() == states[10].tobytes()


def test_ghosts_are_drawn_over_the_board_and_named_below_it(monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(Platformer, "draw", lambda self, surface, state: surface.fill("white"))
    monkeypatch.setattr(
        Platformer,
        "draw_ghosts",
        lambda self, surface, state, ghosts: drawn.append([int(g.x[0]) for g in ghosts]),
    )
    mine, others = run(STAND, 12), [ghost(run(RIGHT, 10, "Bo")), ghost(run(STAND, 10, "Cy"))]
    x = [int(state.x[0]) for state in simulate(run(RIGHT, 10))]
    pygame.font.init()
    session = Session(Playback.of(mine, others), "a test")
    session.playback.seek(6)
    draw_board(pygame.Surface((400, 300)), session)
    assert drawn == [[x[6], x[0]]]
    session.close()
    save_png(mine, tmp_path / "with.png", ply=12, ghosts=others)
    assert drawn[-1] == [x[10], x[0]]
    save_png(mine, tmp_path / "without.png", ply=12)
    with Image.open(tmp_path / "with.png") as haunted, Image.open(tmp_path / "without.png") as alone:
        assert haunted.height > alone.height
        colours = {colour for _, colour in haunted.convert("RGB").getcolors(2**24)}
    assert {theme.ghost_colour(mine.make_game(), k) for k in range(2)} <= colours
    drawn.clear()
    save_gif(mine, tmp_path / "a.gif", max_side=64, ghosts=others)
    assert len(drawn) >= 25  # two pictures a ply
    assert sorted(row[0] for row in drawn[-25:]) == [row[0] for row in drawn[-25:]]


# levels and maps


def test_replays_are_of_one_level_if_they_begin_alike():
    drawn = "platformer:levels=train"
    on_one = [run(RIGHT, 5, seed=seed) for seed in (1, 2, 3)]
    on_drawn = [run(RIGHT, 5, spec=drawn, seed=seed) for seed in (4, 4, 5)]
    assert chosen_level([*on_drawn, *on_one], None) == (on_one, 2)
    assert chosen_level([*on_one, *on_drawn], 4) == (on_drawn[:2], 2)
    assert chosen_level(on_drawn, None) == (on_drawn[:2], 1)
    with pytest.raises(BadInput, match="--seed 9: no replay of that seed; there are 1, 2, 3, 4, 5"):
        chosen_level([*on_one, *on_drawn], 9)


def test_replays_are_read_from_files_and_folders(folder):
    (folder / "broken.replay").unlink()
    assert len(read_all([folder, folder / "mine.replay"])) == 7
    (folder / "empty").mkdir()
    with pytest.raises(BadInput, match="empty: no replays there"):
        read_all([folder / "empty"])


def test_a_map_shows_where_each_run_ended(tmp_path, monkeypatch):
    level = "\n\n........\n........\n.S.....F\n##.#####\n"
    game = Platformer(level, actions="buttons", time_limit=300)
    far = [[2]] * 40  # runs into the pit
    leap = [[2 | 8]] * 2 + [[2 | 8 | 4]] * 6 + [[2 | 8]] * 40
    runs = []
    for actions in (far, leap, [[0]] * 300):
        states = game.new_states([1])
        plies = 0
        for action in actions:
            if states[0].status == 0:
                game.step(states, np.array([action]))
                plies += 1
        runs.append(record(game, 1, [Seat("Ann")], actions[:plies]))
    told = []
    monkeypatch.setattr(Platformer, "map_size", lambda self, state: (128, 64), raising=False)
    monkeypatch.setattr(
        Platformer, "draw_map", lambda self, surface, state, ends: told.extend(ends), raising=False
    )
    assert save_map(runs, tmp_path / "map.png") == ["death", "flag", "time limit"]
    with Image.open(tmp_path / "map.png") as picture:
        assert picture.size == (128, 64)
    (fallen, below, _), (at_flag, *_), (start, ground, _) = told
    assert 2 * 4096 <= fallen < 3 * 4096
    assert below > 4 * 4096 > ground
    assert at_flag > 6 * 4096 > start
    with pytest.raises(BadInput, match="gridworld has no picture of where games ended"):
        save_map([run(RIGHT, 3, spec="gridworld:level=cliff")], tmp_path / "b.png")


def test_a_recording_that_was_never_ended_counts_as_out_of_time():
    cut = structs.replace(run(RIGHT, 5))
    assert [what for *_, what in cut.make_game().ends(simulate(cut)[-1])] == ["time limit"]
