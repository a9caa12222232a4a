"""Is the table of what the learners reach sound: its rows, its verdicts, what it keeps, and how it looks?"""

from importlib.util import find_spec
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from agents.agent import Learner
from agents.catalog import agent_class, build_agent, load_agent, make_agent
from agents.saved import read_agent
from agents.self_play import Pool
from agents.task import Task
from arena.bootstrap import Estimate
from arena.match import play
from arena.schedule import Fixture
from envs.bad_input import BadInput
from envs.catalog import make_game
from tests.arena.scripted import Scripted, always, first_legal, tictactoe
from tests.bench.learn import growth, plot, sooner
from tests.bench.learn.__main__ import learn, main
from tests.bench.learn.duel import Duel, points_of
from tests.bench.learn.growth import Growth, latest_lead
from tests.bench.learn.results import Measured, keep, line, read_results
from tests.bench.learn.rows import ROWS, chosen
from tests.bench.learn.table import markdown, sheet
from tests.bench.learn.training import Algorithm, Asked, Training, trained, trained_by_age

TRAININGS = {f"{row.name}: {one.algorithm.name}": (row, one) for row in ROWS for one in row.trainings}
CORRIDOR = Training("made_up", Algorithm("q_learning"), "gridworld:level=corridor", steps=500)


def made_up(rule="at least", target=0.9, value=0.95, low=0.91, high=0.97, values=(0.93, 0.97), **facts):
    facts = {"what": "success", "agent": "ppo", "note": "100 episodes", **facts}
    return line(values, Estimate(value, low, high), rule=rule, target=target, **facts)


def text_of(kept):
    console = Console(width=130, record=True, file=StringIO())
    console.print(sheet(ROWS, kept))
    return console.export_text()


def test_figures_are_kept_as_plain_numbers(tmp_path):
    one = made_up(value=np.float64(0.95), values=(np.float64(0.9), np.float32(0.5), None))
    keep(tmp_path / "learning.json", "memory", Measured(lines=[one], seeds=3))
    assert read_results(tmp_path / "learning.json")["memory"].lines[0].values == [0.9, 0.5, None]


def test_rows_have_names_of_their_own_and_so_have_the_folders_they_train_in():
    assert len({row.name for row in ROWS}) == len(ROWS)
    folders = {}
    for row in ROWS:
        for one in row.trainings:
            assert folders.setdefault((one.row, one.algorithm.name), one) == one


@pytest.mark.parametrize("name", TRAININGS)
def test_every_training_of_a_row_can_be_begun(name):
    row, training = TRAININGS[name]
    if row.needs and find_spec(row.needs) is None:
        pytest.skip(f"{row.needs} is not installed")
    wanted = training.wanted(Asked(seeds=1))
    assert wanted["steps"] >= 1000
    assert issubclass(agent_class(training.algorithm.agent), Learner)
    task = Pool(training.env, training.opponents).task if training.opponents else Task(training.env)
    build_agent(training.algorithm.agent, task, wanted["settings"])


@pytest.mark.parametrize(
    "row", [row for row in ROWS if isinstance(row, Duel | Growth)], ids=lambda row: row.name
)
def test_those_who_learn_a_game_see_in_the_arena_what_they_learnt_on(row):
    arena = make_game(row.arena)
    assert arena.observation_space == make_game(row.env).observation_space
    for rival in row.rivals if isinstance(row, Duel) else [meeting.rival for meeting in row.meetings]:
        make_agent(rival, arena).close()


def test_rows_are_chosen_by_name_and_the_nearest_is_suggested():
    assert chosen([]) == list(ROWS)
    assert [row.name for row in chosen(["memory", "cartpole"])] == ["cartpole", "memory"]
    with pytest.raises(BadInput, match=r"no row 'cartpol'\. Did you mean 'cartpole'"):
        chosen(["cartpol"])


@pytest.mark.parametrize(
    ("facts", "reached"),
    [
        ({"rule": "at least", "target": 0.95}, True),
        ({"rule": "at least", "target": 0.9501}, False),
        ({"rule": "at least", "target": 0.95, "values": (0.5, 1.4)}, True),
        ({"rule": "every seed", "target": 0.93}, True),
        ({"rule": "every seed", "target": 0.931}, False),
        ({"rule": "above", "target": 0.909}, True),
        ({"rule": "above", "target": 0.91}, False),
        ({"rule": "above", "target": 0.5, "low": np.nan}, False),
        ({"rule": "not above", "target": 0.91}, True),
        ({"rule": "not above", "target": 0.9}, False),
        ({"rule": "not below", "target": 0.97}, True),
        ({"rule": "not below", "target": 0.98}, False),
        ({"rule": "at most", "target": 0.95}, True),
        ({"rule": "at most", "target": 0.94}, False),
        ({"rule": "shown"}, None),
    ],
)
def test_a_target_is_reached_at_its_edge_and_missed_beyond_it(facts, reached):
    assert made_up(**facts).reached is reached


def test_who_never_came_to_it_has_missed_it():
    never = line([0.2, None], None, what="share", agent="ppo", rule="at most", target=1.0)
    assert never.reached is False
    assert never.worst is None
    assert "| never |" in markdown(ROWS, {"sooner_maze": Measured(lines=[never], seeds=2)})


def test_the_worst_seed_is_the_lowest_or_where_little_is_wanted_the_highest():
    assert made_up().worst == 0.93
    assert made_up(rule="at most").worst == 0.97


def test_what_is_kept_is_read_back_and_a_row_measured_again_takes_its_own_place(tmp_path):
    path = tmp_path / "docs" / "learning.json"
    assert read_results(path) == {}
    old, new, other = (Measured(lines=[made_up(target=target)], seeds=2) for target in (0.1, 0.2, 0.3))
    keep(path, "cartpole", old)
    keep(path, "acrobot", other)
    assert keep(path, "cartpole", new) == read_results(path) == {"cartpole": new, "acrobot": other}
    path.write_text('{"cartpole": {"lines": 3}}')
    with pytest.raises(BadInput, match=r"learning\.json: .*lines"):
        read_results(path)


def test_the_table_tells_reached_missed_and_not_measured_apart():
    kept = {
        "cartpole": Measured(lines=[made_up(), made_up(target=0.99, agent="other")], seeds=2),
        "acrobot": Measured(lines=[made_up()], seeds=2, budget=0.01),
        "memory": Measured(
            lines=[made_up(percent=True, steps=[9_000, 11_000], seconds=[60.0, 120.0])], seeds=2
        ),
    }
    assert kept["cartpole"].missed and not kept["acrobot"].missed and not kept["memory"].missed
    page = markdown(ROWS, kept)
    assert (
        "| cartpole | success | ppo | ≥ 0.9 | 0.95 | 0.91 … 0.97 | 0.93 | 2 |  | reached | 100 episodes |"
        in page
    )
    assert (
        "|  | success | other | ≥ 0.99 | 0.95 | 0.91 … 0.97 | 0.93 | 2 |  | **missed** | 100 episodes |"
        in page
    )
    assert "| does not count | budget 0.01; 100 episodes |" in page
    assert "| ≥ 90.0 % | 95.0 % | 91.0 % … 97.0 % | 93.0 % | 2 | 10 k steps, 1.5 min | reached |" in page
    assert page.count("not measured yet") == len(ROWS) - 3
    assert len({row.count("|") for row in page.split("\n\n")[2].splitlines()}) == 1
    shown = text_of(kept)
    for said in ("reached", "missed", "does not count", "not measured yet", "91.0 % … 97.0 %", "1.5 min"):
        assert said in shown


def test_the_picture_shows_the_curves_in_the_order_of_the_levels(tmp_path):
    lines = [
        made_up("shown", curve=curve, x=x, value=value, low=value - 0.05, high=value + 0.05)
        for x, train, test in ((10, 0.95, 0.4), (1, 1.0, 0.1), (500, 0.92, 0.91))
        for curve, value in (("train", train), ("test", test))
    ]
    x, y, low, _ = plot._points(lines, "test")
    assert x.tolist() == [1, 10, 500]
    assert np.allclose(y, [10, 40, 91])
    assert np.allclose(low, y - 5)
    plot.draw_generalisation(lines, tmp_path / "pictures" / "gap.png")
    plot.draw_growth(lines, "By minutes", tmp_path / "pictures" / "growth.png")
    for name in ("gap.png", "growth.png"):
        assert (tmp_path / "pictures" / name).read_bytes().startswith(b"\x89PNG")


def test_the_return_while_learning_is_the_mean_of_the_last_episodes(monkeypatch):
    monkeypatch.setattr(sooner, "WINDOW", 5)
    rng = np.random.default_rng(0)
    episodes = rng.integers(0, 4, 30)
    returns = np.where(episodes > 0, rng.normal(size=30), np.nan)
    metrics = {"seconds": np.arange(30.0), "episodes": episodes.astype(float), "return": returns}
    seconds, smooth = sooner.smoothed(metrics, "a run")
    expected = {}
    for row in np.flatnonzero(episodes):
        for first in range(row, -1, -1):  # the fewest updates that have five episodes
            if (few := episodes[first : row + 1]).sum() >= 5:
                expected[row] = np.nansum(returns[first : row + 1] * few) / few.sum()
                break
    assert dict(zip(seconds, smooth, strict=True)) == pytest.approx(expected)
    assert sooner.first_at_least(seconds, smooth, smooth.max()) == seconds[smooth.argmax()]
    assert sooner.first_at_least(seconds, smooth, smooth.max() + 1) is None
    with pytest.raises(BadInput, match="a run: no episode has ended"):
        sooner.smoothed({**metrics, "episodes": np.zeros(30)}, "a run")


def test_points_of_a_pair_are_shared_by_equals_and_lost_by_who_forfeits():
    with tictactoe():
        game = make_game("tictactoe")
        twin, wrong = Scripted(game, first_legal), Scripted(game, always(99))
        alone = play(game, [Fixture(0, 1, ("a", "b"))], {"a": twin, "b": twin})[0]
        assert alone.scores[0] != alone.scores[1], "so the seats decide"
        assert points_of(game, {"learnt": twin, "rival": twin}, 3).tolist() == [0.5] * 3
        assert points_of(game, {"learnt": twin, "rival": wrong}, 3).tolist() == [1.0] * 3
        assert points_of(game, {"learnt": wrong, "rival": twin}, 3).tolist() == [0.0] * 3


def test_a_training_is_done_once_and_another_in_its_place_is_refused_unless_asked_for(tmp_path):
    asked = Asked(seeds=1, folder=tmp_path)
    card = tmp_path / "made_up" / "q_learning" / "seed-0" / "agent.json"
    (run,) = trained(CORRIDOR, asked)
    assert run.steps >= 500
    before = card.stat().st_mtime_ns
    assert trained(CORRIDOR, asked)[0].steps == run.steps
    assert card.stat().st_mtime_ns == before
    longer = Training("made_up", CORRIDOR.algorithm, CORRIDOR.env, steps=900)
    with pytest.raises(BadInput, match="seed-0: was trained with other steps; FRESH=1"):
        trained(longer, asked)
    fresh = Asked(seeds=1, folder=tmp_path, fresh=True)
    assert trained(longer, fresh)[0].steps >= 900
    before = card.stat().st_mtime_ns
    trained(longer, fresh)  # by another row, which shares the new one
    assert card.stat().st_mtime_ns == before


AGES = (0.01, 0.04)  # minutes, far enough apart for a slow machine


@pytest.fixture
def compiled(tmp_path):
    """Have nothing to compile in the minutes of a training."""
    trained(CORRIDOR, Asked(seeds=1, folder=tmp_path / "compiled"))


@pytest.mark.usefixtures("compiled")
def test_an_agent_is_kept_as_it_was_on_the_way_and_what_was_cut_off_goes_on(tmp_path):
    asked = Asked(seeds=2, folder=tmp_path)
    training = Training("made_up", CORRIDOR.algorithm, CORRIDOR.env, 10**9, minutes=0.07)
    first = tmp_path / "made_up" / "q_learning" / "seed-0"
    started = Training("made_up", CORRIDOR.algorithm, CORRIDOR.env, 10**9, minutes=AGES[0])
    trained(started, Asked(seeds=1, folder=tmp_path))  # and then it was cut off
    by_age = trained_by_age(training, AGES, asked)
    assert list(by_age) == [*AGES, training.minutes]
    for runs in zip(*by_age.values(), strict=True):
        steps = [run.steps for run in runs]
        assert steps == sorted(set(steps))
        assert [load_agent(run.folder).steps for run in runs] == steps
    assert {run.folder.parent for runs in by_age.values() for run in runs} == {first.parent}
    again = trained_by_age(training, AGES, asked)
    assert [[run.steps for run in runs] for runs in again.values()] == [
        [run.steps for run in runs] for runs in by_age.values()
    ]
    with pytest.raises(BadInput, match="seed-0: was trained with other minutes"):
        trained(started, asked)


@pytest.mark.usefixtures("compiled")
def test_growth_has_a_line_for_every_age_and_one_for_what_self_play_comes_to(tmp_path, monkeypatch):
    def met(game, folder, rival, plays, pairs):
        return np.full(pairs, min(1.0, read_agent(folder)[0].steps / 1e9))

    monkeypatch.setattr(growth, "meet", met)
    monkeypatch.setattr(growth, "latest_lead", lambda metrics: 7.0)
    meetings = (
        growth.Meeting("r", "random", (0.01, 0.04), 4),
        growth.Meeting("g", "greedy", (0.04,), 4, "above"),
    )
    row = Growth("made_up", "", CORRIDOR.algorithm, CORRIDOR.env, CORRIDOR.env, 0.04, meetings, {}, lead=9)
    lines = list(row.measure(Asked(seeds=2, folder=tmp_path)))
    assert [(one.curve, one.x) for one in lines[:-1]] == [
        ("r", 0.01),
        ("r", 0.04),
        ("g", 0.04),
    ]
    assert lines[0].value < lines[1].value == lines[2].value
    assert lines[0].reached is None and lines[2].reached is False
    assert lines[-1].values == [2.0, 2.0] and lines[-1].reached is False


def test_the_lead_is_that_of_the_last_minutes_where_it_is_known():
    seconds = np.arange(0.0, 1500.0, 100.0)
    leads = np.where(seconds > 800, 9.5, 25.0)
    leads[[10, 12]] = np.nan
    assert latest_lead({"seconds": seconds, "self_play/lead": leads}) == pytest.approx(9.5)


class MadeUpRow:
    """A row that is measured at once."""

    about, needs, trainings = "made up", "", ()

    def __init__(self, name, *lines, needs=""):
        self.name, self.lines, self.needs = name, lines, needs

    def measure(self, asked):
        for one in self.lines:
            if isinstance(one, Exception):
                raise one
            yield one


@pytest.mark.parametrize(
    ("rows", "budget", "status"),
    [
        ([("cartpole", made_up())], 1, 0),
        ([("cartpole", made_up(), made_up(target=0.99))], 1, 1),
        ([("cartpole", made_up(target=0.99))], 0.1, 0),
        ([("cartpole", BadInput("it diverged")), ("acrobot", made_up())], 1, 2),
        ([("acrobot", made_up(), BadInput("it diverged"))], 1, 2),
    ],
)
def test_the_exit_status_tells_misses_and_failures_and_the_other_rows_are_kept(
    tmp_path, rows, budget, status
):
    asked = Asked(seeds=2, budget=budget, folder=tmp_path)
    assert learn([MadeUpRow(*row) for row in rows], asked, tmp_path) == status
    whole = [name for name, *lines in rows if not any(isinstance(one, BadInput) for one in lines)]
    assert list(read_results(tmp_path / "learning.json")) == whole
    assert (tmp_path / "learning.md").is_file()


def test_a_row_whose_package_is_missing_is_left_out(tmp_path):
    row = MadeUpRow("empty", made_up(), needs="no_such_package")
    assert learn([row], Asked(folder=tmp_path), tmp_path) == 0
    assert read_results(tmp_path / "learning.json") == {}


def test_a_wrong_name_ends_with_one_line_and_status_two(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["learn", "cartpol"])
    assert main() == 2
    assert capsys.readouterr().err.count("\n") == 1
