"""Which rows does the table of what is learnt have? What each trains, how it is measured, and what is to be reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from envs.bad_input import BadInput, suggest
from tests.bench.learn.duel import Duel
from tests.bench.learn.generalisation import Generalisation
from tests.bench.learn.growth import Growth, Meeting
from tests.bench.learn.pace import Pace
from tests.bench.learn.reach import Reach
from tests.bench.learn.results import Line
from tests.bench.learn.solved_go import SolvedGo
from tests.bench.learn.sooner import Sooner
from tests.bench.learn.speed import Speed
from tests.bench.learn.tabular import Tabular
from tests.bench.learn.training import OURS, THEIRS, Algorithm, Asked, Training

BOTH = (OURS, THEIRS)
SIGNPOST = "gridworld:level=signpost,obs=partial,view=3"
MAZE, TILES, RACE = (
    "gridworld:maze=5,obs=grid",
    "platformer:levels=train",
    "gridworld:level=orchard,foragers=2,obs=grid",
)
ALPHAZERO = Algorithm("alphazero")
GNU_GO = "gtp:gnugo --mode gtp --level {} --never-resign --capture-all-dead --positional-superko"
SAME = {
    "network": "cnn", "width": 128, "num_envs": 128, "n_steps": 32, "batch_size": 1024, "n_epochs": 4,
    "learning_rate": 0.001, "ent_coef": 0.01,
}  # fmt: skip


class Row(Protocol):
    """needs: a package without which the row is left out. trainings: all that it learns in run folders."""

    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def needs(self) -> str: ...
    @property
    def trainings(self) -> list[Training]: ...
    def measure(self, asked: Asked) -> Iterator[Line]: ...


ROWS: tuple[Row, ...] = (
    Tabular("tabular", "tabular Q-learning against the optimum by value iteration"),
    Reach("cartpole", "CartPole", "CartPole-v1", BOTH, 475),
    Reach("acrobot", "Acrobot", "Acrobot-v1", BOTH, -100),
    Reach("empty", "MiniGrid Empty", "MiniGrid-Empty-Random-5x5-v0", BOTH, 0.968, needs="minigrid"),
    Reach("doorkey", "MiniGrid DoorKey", "MiniGrid-DoorKey-5x5-v0", BOTH, 0.964, needs="minigrid"),
    Reach(
        "memory", "a cue at the start decides the turn at the end, with a memory", SIGNPOST,
        (Algorithm(OURS.agent, {"lstm": 64}, "policy_gradient-lstm"),), 0.99, success=True, episodes=1000,
    ),
    Reach(
        "memoryless", "the same without a memory: no better than chance", SIGNPOST, (OURS,), 0.5,
        rule="not above", success=True, episodes=1000,
    ),
    Speed("speed_platformer", "learning speed, the platformer's tiles", TILES, SAME, 2.0),
    Speed("speed_maze", "learning speed, mazes", MAZE, SAME, 2.0),
    Sooner(
        "sooner_platformer", "wall clock to the peer's return, the platformer's tiles", TILES, 20, 1 / 3,
        steps=2_300_000,
        settings={
            "batch_size": 512, "n_epochs": 2, "learning_rate": 0.0025, "gae_lambda": 0.9, "ent_coef_decay": True,
        },
    ),
    Sooner("sooner_maze", "wall clock to the peer's return, mazes", MAZE, 10, 1 / 3),
    Reach(
        "platformer", "the platformer's 1,000 test levels after 30 minutes on its 500 train levels", TILES, (OURS,),
        0.9, success=True, minutes=30, plays=("sampled", "greedy"), episodes=1000,
    ),
    Generalisation(
        "generalisation", "train and test levels, by the number of levels learnt on", TILES, (1, 10, 100, 500),
        steps=4_000_000,
    ),
    Reach(
        "pixels", "the platformer's test levels after 60 minutes from pixels", f"{TILES},obs=pixels", (OURS,), 0.6,
        success=True, minutes=60, plays=("sampled",), episodes=1000,
    ),
    Duel(
        "goban", "Go on 5x5 after 30 minutes of self-play", "goban:size=5", "goban:size=5,opening=2",
        (Algorithm("maskable_ppo"), OURS), ("greedy", "mcts:simulations=50"), "latest=0.5,past=0.3,greedy=0.2", 30,
    ),
    Duel(
        "foragers", "the foragers' race after 15 minutes of self-play", RACE, RACE, (OURS,), ("greedy",),
        "latest=0.5,past=0.3,greedy=0.2", 15,
    ),
    SolvedGo(
        "go_5x5", "solved Go on 5x5 after 10 minutes", ALPHAZERO, 10, (GNU_GO.format(10), "mcts:simulations=10000")
    ),
    Growth(
        "go_7x7", "Go on 7x7 after 30 and 90 minutes", ALPHAZERO, "goban:size=7,komi=9",
        "goban:size=7,komi=9,opening=3", 90,
        (Meeting("GNU Go, level 10", GNU_GO.format(10), (30,), 100, "at least", 0.9),),
        {"simulations": 200}, lead=9,
    ),
    Growth(
        "go_9x9", "Go on 9x9 after up to 120 minutes", ALPHAZERO, "goban:size=9,komi=7",
        "goban:size=9,komi=7,opening=2", 120,
        (
            Meeting("GNU Go, level 1", GNU_GO.format(1), (120,), 50, "above"),
            Meeting("GNU Go, level 10", GNU_GO.format(10), (30, 60, 120), 20),
            Meeting("mcts, 1,000 playouts", "mcts:simulations=1000", (15, 30, 60, 120), 20),
        ),
        {"simulations": 400},
    ),
    Pace("go_pace", "AlphaZero's thinking and its memory", "goban:size=9,komi=7", 400, 2),
)  # fmt: skip


def chosen(names: Sequence[str]) -> list[Row]:
    """Return the rows of these names in the table's order, all where none is named. BadInput for an unknown one."""
    known = [row.name for row in ROWS]
    for name in names:
        if name not in known:
            raise BadInput(f"no row {name!r}.{suggest(name, known)} There are: {', '.join(known)}")
    return [row for row in ROWS if not names or row.name in names]
