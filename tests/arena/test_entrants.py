"""Is everyone told apart by name, and known again by what they are?"""

import os
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import trained
from agents.q_learning import QLearning
from arena.entrants import check_unchanged, enter
from envs.bad_input import BadInput
from envs.catalog import make_game

CORRIDOR = "gridworld:level=corridor"


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """Work in an empty folder, where relative paths are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(folder: str, steps: int = 0) -> str:
    agent = QLearning(CORRIDOR, seed=1)
    agent.learn(steps).save(folder)
    return folder


def names(*specs: str) -> list[str]:
    return [entrant.name for entrant in enter(specs, make_game(CORRIDOR))]


def test_a_spec_names_itself_and_a_folder_goes_by_its_last_part(here):
    assert names("random", "value_iteration:gamma=0.9", saved("runs/a")) == [
        "random", "value_iteration:gamma=0.9", "a",
    ]  # fmt: skip


def test_folders_of_one_name_go_by_their_whole_path(here):
    assert names(saved("x/a"), saved("y/a"), saved("y/b")) == ["x/a", "y/a", "b"]
    assert names("random", saved("runs/random")) == ["random", "runs/random"]


def test_a_name_can_be_given(here):
    entries = ["floor=random", "plan=value_iteration:gamma=0.9", f"mine={saved('runs/a')}", "q=./runs/a/../a"]
    found = enter(entries, make_game(CORRIDOR))
    assert [(entrant.name, entrant.spec) for entrant in found] == [
        ("floor", "random"), ("plan", "value_iteration:gamma=0.9"), ("mine", "runs/a"), ("q", "./runs/a/../a"),
    ]  # fmt: skip


def test_a_folder_with_such_a_name_is_a_folder(here):
    assert names(saved("./a=b"), "random") == ["a=b", "random"]


def test_no_name_is_given_twice(here):
    with pytest.raises(BadInput, match=r"^'random' names two entrants$"):
        names("random", "random=value_iteration")
    with pytest.raises(BadInput, match=r"^'random' is entered twice"):
        names("random", "also=random")


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join), st.data())
@settings(max_examples=30)
def test_names_are_unique_whatever_the_folders(tmp_path_factory, first, data):
    specs = {first, data.draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)), "b/b"}
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("specs"))
    try:
        found = names(*(saved(f"./{spec}") for spec in sorted(specs)), "random")
    finally:
        os.chdir(before)
    assert len(set(found)) == len(found)


def test_a_digest_changes_with_what_the_agent_learnt_and_with_nothing_else(here):
    game = make_game(CORRIDOR)
    specs = [saved("a", 100), saved("b", 100), saved("c", 200)]
    a, b, c = (entrant.digest for entrant in enter([f"./{spec}" for spec in specs], game))
    assert a == b != c


def test_an_agent_that_changed_is_noticed(here):
    game = make_game(CORRIDOR)
    [entrant, other] = enter([saved("runs/a"), "random"], game)
    check_unchanged(entrant, game)
    check_unchanged(other, game)
    saved("runs/a", 50)
    with pytest.raises(BadInput, match="runs/a: has changed since the tournament began"):
        check_unchanged(entrant, game)
    (here / "runs/a/agent.json").unlink()
    with pytest.raises(BadInput, match=r"agent\.json: No such file"):
        check_unchanged(entrant, game)


@pytest.mark.parametrize(
    "named", ["alphazero", "mcts:simulations=2,network=alphazero", "mcts:network=./mine"]
)
def test_an_agent_that_plays_by_a_network_is_another_when_that_has_changed(named, here, monkeypatch):
    for folder in ("kept/alphazero-goban-5", "mine"):
        copytree(trained.FOLDER / "alphazero-goban-5", folder)
    monkeypatch.setattr(trained, "FOLDER", Path("kept"))
    game = make_game("goban:size=5")
    [entrant] = enter([named], game)
    check_unchanged(entrant, game)
    for card in Path().glob("**/agent.json"):
        card.write_text(card.read_text() + " ")
    with pytest.raises(BadInput, match="has changed since the tournament began"):
        check_unchanged(entrant, game)


@pytest.mark.parametrize(
    ("specs", "env", "fault"),
    [
        (["random", "random"], CORRIDOR, "'random' is entered twice"),
        (["random", "randm"], CORRIDOR, "Did you mean 'random'"),
        (["random", "nobody/here"], CORRIDOR, "nobody/here: no such folder"),
        (["random", "q_learning"], CORRIDOR, "has to learn first"),
        (["random", "value_iteration"], f"{CORRIDOR},obs=grid", "no exact model"),
        (["random", "value_iteration:gama=1"], CORRIDOR, "Did you mean 'gamma'"),
    ],
)
def test_whoever_cannot_play_is_refused_before_play(here, specs, env, fault):
    with pytest.raises(BadInput, match=fault):
        enter(specs, make_game(env))
