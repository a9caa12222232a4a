"""Which configurations of the games does the contract run over, and how does it play them at random?"""

import numpy as np

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.game import Game
from envs.gridworld.level import shipped_levels

SOLO = [
    *(f"gridworld:level={level}" for level in shipped_levels()),
    "gridworld:level=keys_and_doors,obs=grid",
    "gridworld:level=apple_world,obs=grid",
    "gridworld:level=spiral,obs=partial,view=5",
    "gridworld:level=four_rooms,obs=partial",
    "gridworld:level=signpost,obs=partial,view=3",
    "gridworld:level=cliff,slip=0.2",
    "gridworld:level=windy,slip=1/7,time_limit=15",
    "gridworld:maze=4x7,obs=grid",
    "gridworld:maze=4x7,maze_seed=3",
    "gridworld:maze=6,obs=partial",
    "platformer",
    "platformer:levels=train",
    "platformer:levels=test,difficulty=hard,obs=features",
    "platformer:level=hollow_hill,lives=3",
    "platformer:levels=7,difficulty=1.0,frame_skip=1",
]
RACES = [
    "gridworld:level=orchard,obs=grid,foragers=2",
    "gridworld:level=orchard,obs=partial,foragers=4,view=9",
    "platformer:levels=train,runners=2",
    "platformer:levels=endless,runners=4,obs=features,difficulty=0.5,lives=2",
]
TURNS = [
    "tictactoe",
    "tictactoe:size=5,row=4,opening=3,forfeits=true",
    "goban:size=3",
    "goban:size=5,opening=4,channels=last",
    "goban:size=4,rules=capture,capture=2,reward=margin,dtype=float32",
    "goban:size=7,suicide=true,superko=situational",
    "goban:size=9",
]
ALL = [*SOLO, *RACES, *TURNS]


def short_game(spec: str) -> Game:
    """Build the game, with short episodes if their length can be limited."""
    for limit in ("time_limit", "move_limit"):
        try:
            return make_game(f"{spec}{',' if ':' in spec else ':'}{limit}=12")
        except BadInput:  # it has none, or the spec gives one
            continue
    return make_game(spec)


def random_actions(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one legal action for each mask [..., actions], or 0 where none is legal."""
    return np.where(mask == 1, rng.random(mask.shape), -1).argmax(axis=-1)


def play(game: Game, states: np.recarray, plies: int, seed: int = 0) -> np.ndarray:
    """Play that many random plies in place and return the rewards [plies, B, seats]."""
    rng = np.random.default_rng(seed)
    return np.array(
        [game.step(states, random_actions(game.observe(states)[1], rng)).rewards for _ in range(plies)]
    )
