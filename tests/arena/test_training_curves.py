"""Do the curves of runs show what their tables say, and does a watched agent become the newest one?"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agents.q_learning import QLearning
from arena.cli import main
from arena.training import plot
from arena.training.asked import write_asked
from arena.training.curves import draw_run
from arena.training.table import Table, read_table
from arena.watching import live, renewing
from envs.bad_input import BadInput
from envs.catalog import make_game
from tests.arena.learners import ASKED, CORRIDOR


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(folder: str, points: dict[int, float], metrics: dict[int, float] | None = None) -> Path:
    """Make a run with these mean returns, by steps, ten seconds for a step."""
    path = Path(folder)
    path.mkdir(parents=True)
    write_asked(path, ASKED)
    evaluations, table = Table(path / "evaluations.csv", 0), Table(path / "metrics.csv", 0)
    for steps, mean in points.items():
        evaluations.add(
            {"steps": steps, "seconds": 10 * steps, "mean": mean, "low": mean - 1, "high": mean + 1}
        )
    for steps, value in (metrics or {}).items():
        table.add(
            {"steps": steps, "seconds": 10 * steps, "return": value, "length": np.nan, "loss/value": value}
        )
    return path


def test_the_mean_over_seeds_has_the_interval_of_student_where_all_of_them_have_been():
    run("a/seed-1", {10: 1.0, 20: 2.0, 30: 9.0})
    run("a/seed-2", {10: 3.0, 20: 4.0})
    run("a/seed-10", {5: 0.0, 15: 10.0, 25: 10.0})
    [curve] = plot(["a"], "a.png")
    assert curve.x.tolist() == [10, 15, 20] and curve.seeds == 3
    assert curve.y == pytest.approx([(1 + 3 + 5) / 3, (1.5 + 3.5 + 10) / 3, (2 + 4 + 10) / 3])
    half = 4.302653 * 2 / np.sqrt(3)  # t of two degrees of freedom from a table; 1, 3, 5 deviate by 2
    assert (curve.low[0], curve.high[0]) == pytest.approx((3 - half, 3 + half))


def test_over_seconds_a_seed_that_ended_sooner_stays_where_it_was():
    run("a/seed-1", {1: 1.0, 2: 2.0})
    run("a/seed-2", {3: 4.0, 4: 6.0})
    [curve] = plot(["a"], "a.png", by="seconds")
    assert (curve.x.tolist(), curve.y.tolist()) == ([30, 40], [3, 4])


def test_runs_are_drawn_in_colours_of_their_own_over_steps_or_seconds():
    run("a", {10: 1.0, 20: 2.0})
    run("b", {10: 3.0, 20: 4.0}, {5: 0.5, 10: 0.25})
    one, two = plot(["a", "b"], "steps.png")
    assert (one.name, one.y.tolist(), two.y.tolist()) == ("a", [1, 2], [3, 4])
    seen = {colour for _, colour in Image.open("steps.png").convert("RGB").getcolors(1 << 20)}
    assert {(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)} <= seen
    assert plot(["a"], "a.png", by="seconds")[0].x.tolist() == [100, 200]
    assert plot(["b"], "b.png", figure="loss/value")[0].y.tolist() == [0.5, 0.25]


@pytest.mark.parametrize("points", [0, 1, 1000])
def test_the_curves_of_a_run_are_drawn_however_much_there_is_of_them(points):
    values = {step: 1.0 for step in range(1, points + 1)}
    folder = run("a", values, values)
    draw_run(folder)
    assert Image.open(folder / "curves.png").size[0] > 800


BROKEN = [
    ("evaluations.csv", b"steps,mean\n1,x\n", "a/evaluations.csv: line 2 holds what is not a number"),
    ("evaluations.csv", b"steps,mean\n1,2\n1\n", "a/evaluations.csv: line 3 has 1 cells, not 2"),
    ("evaluations.csv", b"time,mean\n1,2\n", "a/evaluations.csv: not a table of a training run"),
    ("evaluations.csv", b"steps,mean\n\xff\n", "a/evaluations.csv: not UTF-8 text"),
    ("evaluations.csv", b"", "a/evaluations.csv: nothing has been measured yet"),
    ("evaluations.csv", b"steps,mean\n", "a/evaluations.csv: its column 'mean' is empty"),
    ("evaluations.csv", None, "a/evaluations.csv: No such file"),
    ("run.json", b"[", "a/run.json: "),
    ("run.json", None, "a: no training run here"),
]


@pytest.mark.parametrize(("name", "content", "says"), BROKEN)
def test_a_broken_file_is_named_in_one_line(name, content, says, capsys):
    run("a", {1: 1.0})
    Path("a", name).unlink() if content is None else Path("a", name).write_bytes(content)
    with pytest.raises(SystemExit, match="2"):
        main(["plot", "a", "--out", "x.png"])
    err = capsys.readouterr().err
    assert err.startswith(f"gamelab: {says}") and err.count("\n") == 1
    assert not Path("x.png").exists()


def test_what_cannot_be_drawn_is_said():
    run("a", {1: 1.0})
    run("b/seed-1", {1: 1.0})
    run("b/seed-2", {2: 1.0})
    for arguments, says in (
        ({"folders": ["a"], "by": "hours"}, "by='hours' is not one of steps, seconds"),
        ({"folders": ["a"], "figure": "meen"}, "Did you mean 'mean'"),
        ({"folders": ["a"], "out": "x.pdf"}, "x.pdf: curves are drawn as .png"),
        ({"folders": ["b"]}, "b: its seeds have no steps in common"),
    ):
        with pytest.raises(BadInput, match=says):
            plot(**{"out": "x.png", **arguments})


def test_a_table_goes_on_after_what_counts_and_takes_new_columns():
    table = Table(Path("t.csv"), 0)
    table.add({"steps": 1, "a": 0.1})
    table.add({"steps": 2, "b": 1e-9})
    table.close()
    with Path("t.csv").open("ab") as file:
        file.write(b"3,1,1\n4,1\0\0\n5,1,1")
    table = Table(Path("t.csv"), 3)
    assert table.last["steps"] == 3
    table.add({"steps": 4, "b": 2.0})
    columns = read_table(Path("t.csv"))
    assert columns["steps"].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(columns["a"], [0.1, np.nan, 1, np.nan])
    np.testing.assert_array_equal(columns["b"], [np.nan, 1e-9, 1, 2])


def test_who_is_followed_is_opened_anew_for_an_episode_once_it_has_changed():
    learner = QLearning(CORRIDOR, seed=1)
    learner.save("a")
    with live(make_game(CORRIDOR), ["./a"], 0) as (session, agents):
        session.before_episode = renewing("./a", session, agents)
        first, seat = agents[0], session.seats[0]
        session.new_episode()
        assert agents[0] is first
        learner.learn(500).save("a")
        assert agents[0] is first
        session.new_episode()
        assert agents[0].steps == learner.steps and session.players[0].__self__ is agents[0]
        assert session.seats[0].digest != seat.digest and session.seats[0].name == seat.name
        Path("a/agent.json").write_bytes(b"{")
        session.new_episode()
        assert agents[0].steps == learner.steps
        session.close()
    with pytest.raises(BadInput):
        renewing("nobody", session, [])
