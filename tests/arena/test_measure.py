"""Are agents measured over all their seeds, where they learnt and on held-out levels, and compared on the same ones?"""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from agents.agent import Learner
from agents.catalog import AGENTS, load_agent, make_agent
from arena.entrants import enter as enter_tournament
from arena.evaluate import evaluate
from arena.measure import Measured, comparable, compare, enter, measure
from arena.measure_table import comparison, sheet
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import pick_any
from envs.view import Decision, View

CORRIDOR = "gridworld:level=corridor"


class Walker(Learner):
    """Goes east with greedy, else as often as it learnt to, and otherwise west."""

    name = "walker"
    about = "for tests"

    @dataclass(frozen=True)
    class Config:
        greedy: bool = False

    east = 1.0

    def act(self, view: View) -> Decision:
        if self.config.greedy:
            return Decision(np.ones(len(view.rng), np.int64))
        ways = np.repeat([[1], [3]], [round(10 * self.east), 10 - round(10 * self.east)], axis=0).ravel()
        return Decision(ways[pick_any(np.ones((len(view.rng), 10), bool), view.rng)])

    def learn(self, steps, *, progress=False, told=None):
        return self

    def arrays(self):
        return {"east": np.array([self.east])}

    def restore(self, card, arrays):
        self.east = float(arrays["east"][0])


@pytest.fixture(autouse=True)
def walker(monkeypatch):
    monkeypatch.setitem(AGENTS, "walker", "tests.arena.test_measure:Walker")


def save(folder: Path, env: str = CORRIDOR, east: float = 1.0) -> str:
    agent = Walker(env)
    agent.east = east
    return str(agent.save(folder))


def told(part) -> str:
    console = Console(width=100, record=True, file=StringIO())
    console.print(part, soft_wrap=True)
    return console.export_text()


def test_a_folder_of_seeds_is_measured_over_all_of_them(tmp_path):
    for seed, east in ((2, 1.0), (10, 0.5), (1, 1.0)):
        save(tmp_path / f"x/seed-{seed}", east=east)
    (tmp_path / "x/notes").mkdir()
    entry = enter(str(tmp_path / "x"))
    assert [Path(spec).name for spec in entry.specs] == ["seed-1", "seed-2", "seed-10"]
    measured = measure(entry, episodes=8, seed=3)
    assert measured.runs == 3
    assert measured.own.returns.shape == measured.own.succeeded.shape == (3, 8)
    for row, spec in zip(measured.own.returns, entry.specs, strict=True):
        assert row.tolist() == evaluate(load_agent(spec), 8, seed=3).returns.tolist()
    assert measured.own.returns[0] == pytest.approx(0.95)
    assert sum(measured.own.ends.values()) == 24
    assert "3 runs of 8 episodes" in told(sheet(measured))


def test_seeds_that_learnt_in_different_places_are_not_one_run(tmp_path):
    save(tmp_path / "x/seed-1")
    save(tmp_path / "x/seed-2", "gridworld:level=cliff")
    with pytest.raises(BadInput, match=r"learnt on gridworld:level=cliff, .*name one with --env"):
        enter(str(tmp_path / "x"))
    assert len(enter(str(tmp_path / "x"), CORRIDOR).specs) == 2


def test_two_are_compared_on_the_same_level_seeds(tmp_path):
    names = [save(tmp_path / "good"), str(tmp_path / "poor")]
    for seed in (1, 2):
        save(tmp_path / f"poor/seed-{seed}", east=0.6)
    entries = [enter(name) for name in names]
    assert comparable(entries) == [CORRIDOR]
    measured = [measure(entry, episodes=30) for entry in entries]
    chance = compare(measured, CORRIDOR).improvement[names[0]][names[1]]
    lower = (measured[1].own.returns < 0.95 - 1e-9).mean()
    assert chance.value == pytest.approx(lower + (1 - lower) / 2)
    assert 0.5 < chance.low <= chance.value <= chance.high <= 1
    lines = told(comparison(measured, CORRIDOR, 100)).splitlines()
    assert lines[0] == f"{CORRIDOR}, the same 30 level seeds"
    assert lines[1].split()[:3] == ["agent", "success", "mean"]
    assert f"{100 * chance.value:.0f} % (" in "".join(lines)


def test_settings_after_the_folder_replace_those_it_was_saved_with(tmp_path):
    folder = save(tmp_path / "x", east=0.0)
    for spec, reached in ((folder, 0), (f"{folder}:greedy=false", 0), (f"{folder}:greedy=true", 5)):
        assert measure(enter(spec), 5).own.ends.get("goal", 0) == reached
        assert make_agent(spec, CORRIDOR).east == 0.0
    assert measure(enter(folder), 5, settings={"greedy": True}).own.ends == {"goal": 5}
    with pytest.raises(BadInput, match=r"x: walker: unknown setting 'gredy'. Did you mean 'greedy'"):
        make_agent(f"{folder}:gredy=true", CORRIDOR)
    with pytest.raises(BadInput, match="not of the form key=value"):
        make_agent(f"{folder}:greedy=true,2", CORRIDOR)


def test_settings_go_to_all_seeds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed in (1, 2):
        save(Path(f"x/seed-{seed}"), east=0.0)
    for name in ("./x:greedy=true", "x:greedy=true", "x/:greedy=true"):
        assert measure(enter(name), 3).own.ends == {"goal": 6}


def test_a_folder_whose_name_looks_like_settings_is_that_folder(tmp_path):
    folder = save(tmp_path / "x:greedy=true", east=0.0)
    assert not load_agent(folder).config.greedy
    assert load_agent(f"{folder}:greedy=true").config.greedy


def test_greedy_and_sampled_are_two_entrants_of_a_tournament(tmp_path):
    folder = save(tmp_path / "x")
    entrants = enter_tournament([folder, f"{folder}:greedy=true"], make_game(CORRIDOR))
    assert [entrant.name for entrant in entrants] == ["x", "x:greedy=true"]
    assert entrants[0].digest != entrants[1].digest


def test_train_and_test_levels_stand_side_by_side(tmp_path):
    """The gap is the difference of two evaluations."""
    env = "platformer:levels=train,difficulty=hard,count=3,time_limit=60"
    entry = enter(save(tmp_path / "x", env))
    held_out = "platformer:levels=test,difficulty=hard,time_limit=60"
    assert [task.spec for task in entry.tasks] == [make_game(env).spec, make_game(held_out).spec]
    measured = measure(entry, episodes=6, seed=1)
    assert measured.held_out is not None
    own, other = (evaluate(make_agent(entry.name, spec), 6, seed=1) for spec in (env, held_out))
    assert measured.own.returns.tolist() == own.returns.tolist()
    assert measured.held_out.returns.tolist() == other.returns.tolist()
    gap = measured.gap["mean"]
    assert gap.value == pytest.approx(own.returns.mean() - other.returns.mean())
    assert gap.low <= gap.value <= gap.high
    assert measured.gap["success"].value == 0, "nobody walks to a flag in 60 plies"
    assert measured.gap["success"].low < 0 < measured.gap["success"].high, "and yet it is not certain"
    heads = told(sheet(measured)).splitlines()[1].split("95 %")
    assert [head.strip() for head in heads] == ["train", "test", "gap", ""]
    assert len(enter(entry.name, env).tasks) == 1


@pytest.mark.parametrize(
    "env", [CORRIDOR, "platformer:levels=test", "platformer:levels=endless", "platformer:levels=7"]
)
def test_nothing_is_held_out_where_there_is_no_other_set(env):
    assert make_game(env).held_out() is None


def test_a_figure_that_nobody_told_is_left_out(tmp_path):
    other = evaluate(make_agent("random", "FrozenLake-v1"), 4)
    assert "success" not in told(sheet(Measured("random", 1, other)))
