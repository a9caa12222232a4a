"""Which scripted players, good and bad, do the tests set against the arena?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from agents.agent import Agent
from envs.catalog import GAMES
from envs.game import Game
from envs.view import Decision, View


class Scripted(Agent):
    """An agent that does what a function says, whatever that is."""

    name = "scripted"
    about = "what a test wants"

    def __init__(self, game: Game, choose: Callable[[View], object]) -> None:
        super().__init__(game)
        self.choose = choose

    def act(self, view: View) -> Decision:
        answer = self.choose(view)
        return answer if isinstance(answer, Decision) else Decision(answer)


def always(action: int) -> Callable[[View], np.ndarray]:
    return lambda view: np.full(len(view.mask), action)


def first_legal(view: View) -> np.ndarray:
    return view.mask.argmax(axis=1)


def last_legal(view: View) -> np.ndarray:
    return view.mask.shape[1] - 1 - view.mask[:, ::-1].argmax(axis=1)


class First(Scripted):
    """An agent to be entered by name, that plays the first legal action."""

    name = "first"

    def __init__(self, game: Game, *, seed: int = 0) -> None:
        super().__init__(game, first_legal)


class Frail(Scripted):
    """An agent to be entered by name, that comes three cells far."""

    name = "frail"

    def __init__(self, game: Game, *, seed: int = 0) -> None:
        super().__init__(game, lambda view: np.where(view.observation == 3, 99, 1))


@contextmanager
def tictactoe() -> Iterator[None]:
    """Put the turn game of the tests into the catalog."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
        yield
