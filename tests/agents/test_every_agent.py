"""Does every agent of the catalog keep the contract that matches, viewers and the command line rely on?"""

import sys
from dataclasses import fields
from functools import cache

import numpy as np
import pytest

from agents.agent import Learner
from agents.catalog import AGENTS, agent_class, build_agent, make_agent
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import seeded
from envs.view import Decision, View
from tests.games.tictactoe.game import TicTacToe

TABULAR = (
    "gridworld:level=cliff",
    "gridworld:level=keys_and_doors",
    "gridworld:level=frozen_lake_4x4",
    "gridworld:maze=4x7,maze_seed=3",
)
SEEN = (
    "gridworld:level=keys_and_doors,obs=grid",
    "gridworld:maze=6,obs=partial",
    "gridworld:level=orchard,obs=grid,foragers=2",
    "tictactoe",
)
GO = ("goban:size=3", "goban:size=4,rules=capture,capture=2,reward=margin", "goban:size=5,opening=4")
PLATFORMER = (
    "platformer",
    "platformer:levels=test,difficulty=hard,obs=features",
    "platformer:levels=train,actions=buttons,lives=3",
)
UNMASKED = TABULAR + SEEN[:3] + PLATFORMER
SUITS = {
    "random": TABULAR + SEEN + GO + PLATFORMER,
    "value_iteration": TABULAR,
    "q_learning": TABULAR,
    "policy_gradient": TABULAR + SEEN + GO + PLATFORMER,
    "dqn": UNMASKED + SEEN[3:] + GO,
    "ppo": UNMASKED,
    "maskable_ppo": UNMASKED + SEEN[3:] + GO,
    "recurrent_ppo": UNMASKED,
    "greedy": (*GO, "gridworld:level=orchard,obs=grid,foragers=2"),
    "solver": GO,
    "mcts": GO,
    "alphazero": (GO[0], GO[2]),
    "gtp": (),  # engines: test_gtp.py
    "planner": PLATFORMER,
    "always_right_and_jump": PLATFORMER,
    "certificate": PLATFORMER[:2],
}
ENGINES = [("gtp", GO[0]), ("gtp", GO[2])]  # suit, if they are installed
SMALL = {"width": 8, "batch_size": 256, "n_epochs": 1}
SETTINGS = {
    "policy_gradient": {"n_steps": 16, "n_epochs": 1, "width": 16},
    "solver": {"nodes": 20_000},
    "mcts": {"simulations": 40},
    "alphazero": {"simulations": 8, "games": 8, "channels": 8, "blocks": 1, "batch_size": 32},
    "dqn": {"width": 8, "train_freq": 40},
    "ppo": SMALL,
    "maskable_ppo": SMALL,
    "recurrent_ppo": SMALL | {"lstm_hidden_size": 4},
}
NAMES = sorted(AGENTS)
over_all = pytest.mark.parametrize(("name", "spec"), [(name, spec) for name in NAMES for spec in SUITS[name]])


@cache
def game_of(spec):
    return TicTacToe() if spec == "tictactoe" else make_game(spec)


@cache
def made(name, spec):
    """Make the agent, and let it learn a little."""
    agent = build_agent(name, game_of(spec), SETTINGS.get(name, {}), seed=1)
    return agent.learn(3000 if name == "q_learning" else 300) if isinstance(agent, Learner) else agent


def position(game, batch, seed=0):
    """Return views of so many games after some random moves, every one with another generator."""
    rng = np.random.default_rng(seed)
    states = game.new_states(range(seed, seed + batch))
    for _ in range(4):
        mask = game.observe(states)[1]
        before = states.copy()
        game.step(states, np.where(mask == 1, rng.random(mask.shape), -1).argmax(axis=-1))
        states[states.status != 0] = before[states.status != 0]
    observation, mask = game.observe(states)
    rngs = seeded(range(900, 900 + batch))
    seat = states.to_move.astype(np.int64)
    return View(observation[:, 0], mask[:, 0], rngs, None if game.hides else states, seat=seat)


def rows(view, which):
    states = None if view.states is None else view.states[which]
    return View(
        view.observation[which], view.mask[which], view.rng[which].copy(), states, seat=view.seat[which]
    )


def test_every_agent_is_under_contract():
    assert SUITS.keys() == AGENTS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_agent_says_what_it_is(name):
    cls = agent_class(name)
    assert cls.name == name
    assert 10 < len(cls.about) < 100
    assert "\n" not in cls.about


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        (n, s)
        for n in NAMES
        for s in TABULAR + SEEN + GO + PLATFORMER
        if s not in SUITS[n] and (n, s) not in ENGINES
    ],
)
def test_a_game_that_does_not_suit_is_refused_in_one_line(name, spec):
    with pytest.raises(BadInput) as refusal:
        build_agent(name, game_of(spec), {})
    assert str(refusal.value).startswith(f"{name}: {game_of(spec).spec}")
    assert "\n" not in str(refusal.value)


@over_all
@pytest.mark.parametrize("batch", [1, 7])
def test_a_decision_has_the_right_shapes(name, spec, batch):
    game = game_of(spec)
    agent, view = made(name, spec), position(game, batch)
    actions = int(game.action_space.n)
    decision = agent.act(view)
    assert isinstance(decision, Decision)
    assert (decision.actions.shape, decision.actions.dtype) == ((batch,), np.int64)
    assert view.mask[np.arange(batch), decision.actions].all(), "an illegal action"
    for part, shape in (
        (decision.value, (batch,)),
        (decision.policy, (batch, actions)),
        (decision.q, (batch, actions)),
    ):
        if part is not None:
            assert (part.shape, part.dtype) == (shape, np.float64)
            assert not np.isinf(part).any()  # NaN where nothing is known
    if decision.policy is not None:
        assert decision.policy.sum(axis=1) == pytest.approx(np.ones(batch))
        assert (decision.policy >= 0).all()
        assert (decision.policy[view.mask == 0] == 0).all()
        assert (decision.policy[np.arange(batch), decision.actions] > 0).all()


@over_all
def test_a_decision_depends_on_its_own_game_and_generator_only(name, spec):
    agent, view = made(name, spec), position(game_of(spec), 7)
    together = rows(view, slice(None))
    decision, again = agent.act(together), agent.act(rows(view, slice(None)))
    assert decision.actions.tolist() == again.actions.tolist()
    for i in range(7):
        alone = rows(view, slice(i, i + 1))
        one = agent.act(alone)
        assert one.actions[0] == decision.actions[i]
        assert alone.rng[0] == together.rng[i]
        for part, whole in zip((one.value, one.policy, one.q), (decision.value, decision.policy, decision.q)):  # noqa: B905
            assert (part is None) == (whole is None)
            assert part is None or part[0] == pytest.approx(whole[i], rel=1e-4, abs=1e-6, nan_ok=True)


@over_all
def test_only_the_generators_of_a_view_move_on(name, spec):
    agent, view = made(name, spec), position(game_of(spec), 7)
    before = rows(view, slice(None))
    before = View(before.observation.copy(), before.mask.copy(), before.rng, before.states)
    states = None if view.states is None else view.states.tobytes()
    agent.act(view)
    assert np.array_equal(view.observation, before.observation)
    assert np.array_equal(view.mask, before.mask)
    assert view.states is None or view.states.tobytes() == states


@over_all
def test_masks_are_kept_to(name, spec):
    """Of any one action left over, or any two."""
    agent, view = made(name, spec), position(game_of(spec), 30)
    rng = np.random.default_rng(0)
    legal = np.zeros_like(view.mask)
    legal[np.arange(30), rng.integers(legal.shape[1], size=30)] = 1
    legal[np.arange(15), rng.integers(legal.shape[1], size=15)] = 1
    view.mask = legal
    assert legal[np.arange(30), agent.act(view).actions].all()


@over_all
def test_predict_is_act_for_stable_baselines3(name, spec):
    agent, view = made(name, spec), position(game_of(spec), 7)
    if name in (
        "greedy",
        "solver",
        "mcts",
        "alphazero",
        "planner",
        "always_right_and_jump",
        "certificate",
    ):  # they plan on states, which Stable-Baselines3 does not hand out
        with pytest.raises(BadInput, match=f"^{name}: needs the states"):
            agent.predict(view.observation, action_masks=view.mask)
        return
    actions, state = agent.predict(view.observation, action_masks=view.mask)
    assert (state is None) == (agent.memory == 0)
    assert actions.shape == (7,)
    one, _ = agent.predict(view.observation[0], action_masks=view.mask[0])
    assert view.mask[0, one]
    fresh = [
        build_agent(name, game_of(spec), {}, seed=1).predict(view.observation)[0].tolist() for _ in range(2)
    ]
    assert fresh[0] == fresh[1], "one seed, one result"


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented_and_has_its_type(name):
    cls = agent_class(name)
    for field in fields(cls.Config):
        assert f"{field.name}" in cls.Config.__doc__
        assert type(field.default).__name__ == field.type


def suitable(name):
    return game_of(next(iter(SUITS[name]), "goban:size=3"))


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_setting_is_told_in_one_line(name):
    known = [field.name for field in fields(agent_class(name).Config)]
    wrong = f"{known[0]}x" if known else "gamma"
    with pytest.raises(BadInput) as refusal:
        build_agent(name, suitable(name), {wrong: 1})
    wanted = f"{name}: unknown setting {wrong!r}."
    assert str(refusal.value).startswith(wanted)
    assert not known or f"Did you mean {known[0]!r}" in str(refusal.value)
    for key in ("seed", "self", "env", "name", "config"):
        with pytest.raises(BadInput, match=f"^{name}: unknown setting '{key}'"):
            build_agent(name, suitable(name), {key: 1})


@pytest.mark.parametrize(
    ("name", "key"), [(name, field.name) for name in NAMES for field in fields(agent_class(name).Config)]
)
def test_a_setting_of_the_wrong_type_is_told_in_one_line(name, key):
    game, default = suitable(name), getattr(agent_class(name).Config(), key)
    wrong = [None, [1], {"a": 1}, *(["yes"] if not isinstance(default, str) else [7])]
    if not isinstance(default, bool):
        wrong.append(True)
    if isinstance(default, int):
        wrong.append(1.5)
    if isinstance(default, float):
        wrong += [float("nan"), float("inf"), 10**400]
    for value in wrong:
        with pytest.raises(BadInput) as refusal:
            build_agent(name, game, {key: value})
        assert str(refusal.value).startswith(f"{name}: {key}=")
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("value_iteration", "gamma", 1.01),
        ("value_iteration", "gamma", -0.01),
        ("value_iteration", "tolerance", -1.0),
        ("value_iteration", "max_sweeps", 0),
        ("q_learning", "gamma", 2),
        ("q_learning", "learning_rate", -0.5),
        ("q_learning", "learning_rate_power", 1.5),
        ("q_learning", "learning_rate_final", 2.0),
        ("q_learning", "exploration_initial_eps", 1.1),
        ("q_learning", "exploration_final_eps", -0.1),
        ("q_learning", "exploration_fraction", 1.1),
        ("q_learning", "n_step", 0),
        ("q_learning", "num_envs", 0),
    ],
)
def test_a_setting_out_of_range_is_told_in_one_line(name, key, value):
    with pytest.raises(BadInput, match=rf"^{name}: {key}={value}.* is not between") as refusal:
        build_agent(name, suitable(name), {key: value})
    assert "\n" not in str(refusal.value)


def test_a_choice_is_suggested():
    with pytest.raises(
        BadInput, match=r"^q_learning: target='sarsar' is not one of .* Did you mean .*'sarsa'"
    ):
        build_agent("q_learning", "gridworld:level=cliff", {"target": "sarsar"})


def test_whole_numbers_will_do_for_decimals():
    one, other = (build_agent("value_iteration", "gridworld:level=corridor", {"gamma": g}) for g in (1, 1.0))
    assert one.config == other.config
    assert type(one.config.gamma) is float


@pytest.mark.parametrize("name", NAMES)
def test_as_a_spec(name):
    game = suitable(name)
    if issubclass(agent_class(name), Learner):
        with pytest.raises(
            BadInput, match=f"^{name} has to learn first: `gamelab train {name} ENV --out FOLDER`"
        ):
            make_agent(name, game)
    else:
        spec = f"gtp:{sys.executable}" if name == "gtp" else name
        assert make_agent(spec, game).name == name


def test_a_spec_sets(tmp_path, monkeypatch):
    game = make_game("gridworld:level=cliff")
    assert make_agent("value_iteration:gamma=0.5,tolerance=1e-6", game).config.gamma == 0.5
    with pytest.raises(BadInput, match=r"^unknown agent 'randem'. Did you mean 'random'\?"):
        make_agent("randem", game)
    for spec in ("runs/nothing", "a/" * 5000):
        with pytest.raises(BadInput, match="no such folder of a saved agent"):
            make_agent(spec, game)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "random").mkdir()
    assert make_agent("random", game).name == "random"  # the folder is ./random
    with pytest.raises(BadInput, match=r"agent\.json"):
        make_agent("./random", game)
