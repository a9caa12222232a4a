"""Does a face show its game in every mode, in one window that closes?"""

import pickle

import numpy as np
import pygame
import pytest

from envs.bad_input import BadInput
from envs.gridworld.game import Gridworld
from envs.picture import Picture, check_mode, rgb_array


@pytest.fixture
def state():
    return Gridworld(level="corridor").new_states([0])[0]


def test_an_array_has_the_pixels_of_the_drawing_row_by_row(state):
    game = Gridworld(level="corridor")
    frame = rgb_array(game, state)
    surface = pygame.Surface(game.picture_size(state))
    game.draw(surface, state)
    assert frame.dtype == np.uint8
    assert frame.shape == (surface.get_height(), surface.get_width(), 3)
    for x, y in ((0, 0), (surface.get_width() - 1, 0), (70, 90)):
        assert tuple(frame[y, x]) == surface.get_at((x, y))[:3]


def test_one_window_follows_the_game_until_it_is_closed(state):
    picture = Picture(Gridworld(level="corridor"), "human", fps=1000)
    assert picture.render(state) is None
    window = pygame.display.get_surface()
    assert window.get_size() == Gridworld(level="corridor").picture_size(state)
    assert pygame.display.get_caption()[0] == "gamelab: gridworld:level=corridor"
    picture.render(state)
    assert pygame.display.get_surface() is window
    twin = pickle.loads(pickle.dumps(picture))
    picture.close()
    picture.close()
    assert not pygame.display.get_init()
    twin.render(state)
    assert pygame.display.get_init()
    twin.close()


def test_a_mode_is_checked_where_the_face_is_made():
    for mode in (None, "human", "rgb_array", "ansi"):
        check_mode(mode)
    with pytest.raises(BadInput, match="unknown render_mode 'rgb'; there are human, rgb_array, ansi"):
        Picture(Gridworld(), "rgb", fps=8)
