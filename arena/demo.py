"""What can one see of the lab in a minute? Agents trained, ranked and watched, on gridworlds."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.presets import preset
from agents.q_learning import QLearning
from agents.task import Task
from agents.value_iteration import ValueIteration
from arena.evaluate import evaluate
from arena.folders import free_folder
from arena.ledger import GameRow, Ledger
from arena.report import show
from arena.standings import standings
from arena.tournament import begin
from arena.tournament import run as play_out
from envs.bad_input import BadInput
from replays.export import save_gif
from replays.playback import Playback
from replays.replay import read_replay
from replays.viewer import has_screen
from replays.viewer import show as open_viewer

LEVELS = ("cliff", "keys_and_doors", "temptation", "lava_bridge")
CUP = "gridworld:level=apple_world"
PAIRS = 30
_HALF = 0.03  # of the steps: by then it finds apples for a while, and starves in the end


def run(out: Path | None = None) -> None:
    """Train, rank, record and show, into a new folder."""
    folder = free_folder("demo") if out is None else out
    if folder.exists():
        raise BadInput(f"{folder}: exists already; name a new folder")
    console, began = Console(highlight=False), time.perf_counter()
    console.print("\n[bold]1. Training[/]  Q-learning on some levels, beside the best that can be done\n")
    console.print(_train(folder))
    console.print("[bold]2. Tournament[/]  everyone on the same level seeds\n")
    ledger = tournament(folder)
    show(standings(ledger), console)
    console.print("\n[bold]3. Pictures[/]\n")
    best = trained_replay(ledger)
    gif = make_gif(ledger, folder / "tournament.gif")
    console.print(f"agents      [cyan]{folder}[/]")
    console.print(f"replays     [cyan]{ledger.path.parent / 'replays'}[/]")
    console.print(f"best match  [cyan]{best}[/]")
    console.print(f"GIF         [cyan]{gif}[/]")
    console.print(f"\n{time.perf_counter() - began:.0f} seconds. ", end="")
    if not has_screen():
        console.print("There is no screen here, so no window opens; the GIF shows the same.")
        return
    console.print("The best match opens in the viewer: ? shows its keys, Esc closes it.")
    replay = read_replay(best)
    open_viewer(Playback.of(replay), title=f"best match: {replay.seats[0].name}", start_overlays=("value",))


def _train(folder: Path) -> Table:
    table = Table(box=None, pad_edge=False)
    for column, side in (
        ("level", "left"),
        ("steps", "right"),
        ("Q-learning", "right"),
        ("optimum", "right"),
    ):
        table.add_column(column, justify=side, style="bold" if column == "Q-learning" else "")  # type: ignore[arg-type]
    for level in LEVELS:
        agent = _learner(f"gridworld:level={level}", 1.0)
        agent.save(folder / f"q-{level}")
        optimum = evaluate(ValueIteration(agent.task, gamma=agent.config.gamma), 200, seed=1)
        learnt = evaluate(agent, 200, seed=1)
        table.add_row(
            level, f"{agent.steps:,}", f"{learnt.returns.mean():.2f}", f"{optimum.returns.mean():.2f}"
        )
    return table


def _learner(env: str, share: float) -> QLearning:
    """Train with the preset of the level, or for a share of its steps."""
    task = Task(env)
    settings = preset("q_learning", task)
    steps = round(share * settings.pop("n_timesteps"))
    return QLearning(task, seed=1, **settings).learn(steps, progress=True)


def tournament(folder: Path) -> Ledger:
    """Train two agents and let them meet a random one and the optimum, all in that folder."""
    _learner(CUP, 1.0).save(folder / "q_learning")
    _learner(CUP, _HALF).save(folder / "half_trained")
    entrants = ["random", "value_iteration", str(folder / "q_learning"), str(folder / "half_trained")]
    ledger = begin(folder / "cup", CUP, entrants, PAIRS, seed=1)
    play_out(ledger, progress=True)
    return ledger


def trained_replay(ledger: Ledger) -> Path:
    """Return the replay of the trained agent's highest score."""
    rows = [row for row in ledger.games() if row.seats == ("q_learning",)]
    return _replay(ledger, max(rows, key=lambda row: row.scores))


def make_gif(ledger: Ledger, path: Path) -> Path:
    """Show three entrants side by side on the level seed that tells them apart best."""
    names = ("random", "half_trained", "q_learning")
    levels: dict[int, dict[str, GameRow]] = {}
    for row in ledger.games():
        levels.setdefault(row.pair, {})[row.seats[0]] = row
    apart = max(levels.values(), key=lambda rows: float(np.ptp([rows[name].plies for name in names])))
    save_gif([read_replay(_replay(ledger, apart[name])) for name in names], path, fps=10, max_side=240)
    return path


def _replay(ledger: Ledger, row: GameRow) -> Path:
    return ledger.path.parent / row.replay
