"""Does the pane of the network's input show what the network gets, by the scale of its space?"""

import numpy as np
import pygame
import pytest

from envs.catalog import make_game
from replays.playback import Playback
from replays.viewer import network, theme
from replays.viewer.session import Session


def light(plane: np.ndarray, most: float) -> np.ndarray:
    """Return how far from dark to light each cell is drawn, float [rows, cols] from 0 to 1."""
    drawn = pygame.surfarray.array3d(network._picture(plane, most)).transpose(1, 0, 2).astype(float)
    dark, bright = np.array(theme.BACKGROUND[:3], float), np.array(theme.ACCENT[:3], float)
    return ((drawn - dark) @ (bright - dark)) / ((bright - dark) @ (bright - dark))


@pytest.mark.parametrize("most", [1, 255])
def test_a_plane_that_is_the_same_everywhere_is_as_light_as_it_is_large(most):
    for share in (0, 0.25, 0.5, 1):
        drawn = light(np.full((3, 4), share * most), most)
        assert drawn.shape == (3, 4)
        assert drawn == pytest.approx(share, abs=0.02)


def test_whoever_stands_still_shows_half_a_speed(monkeypatch):
    game = make_game("platformer")
    session = Session(Playback(game, game.new_states([1])), "a test")
    drawn = []
    monkeypatch.setattr(
        network, "_picture", lambda plane, most: drawn.append((plane, most)) or pygame.Surface((1, 1))
    )
    pygame.font.init()
    network.draw_network(pygame.Surface((900, 600)), pygame.Rect(0, 0, 900, 600), session)
    speed, most = drawn[game.plane_names.index("speed")]
    assert (most, set(speed.ravel().tolist())) == (255, {128})
    session.close()


@pytest.mark.parametrize(
    ("obs", "shape"), [("pixels", (3, 64, 64)), ("grey", (1, 84, 84)), ("tiles", (14, 13, 16))]
)
def test_pictures_come_as_planes_with_a_name_each(obs, shape):
    game = make_game(f"platformer:obs={obs}")
    session = Session(Playback(game, game.new_states([1])), "a test")
    assert session.observation.shape == shape
    assert len(game.plane_names) == shape[0]
    if obs == "pixels":
        red, green, blue = session.observation[:, 2, 40].tolist()
        assert red < green < blue, "the sky"
    session.close()
