"""Does every game keep the contract that faces, agents, replays and arena rely on?"""

import json
import pickle

import numpy as np
import pytest

from envs.bad_input import BadInput
from envs.catalog import GAMES, build, make_game, settings
from envs.game import PLAYING, TERMINATED, TRUNCATED
from tests.contract.configurations import ALL, play, random_actions, short_game

HEADER = {
    "rng": "uint64",
    "ply": "int32",
    "to_move": "int8",
    "status": "int8",
    "reason": "uint8",
    "score": "int64",
    "out": "uint8",
}

pytestmark = pytest.mark.parametrize("spec", ALL)


def test_every_registered_game_is_under_contract(spec):
    assert {spec.partition(":")[0] for spec in ALL} == set(GAMES)


def test_a_record_begins_with_the_header(spec):
    game = make_game(spec)
    fields = game.template.dtype
    assert list(fields.names)[:7] == list(HEADER)
    assert {name: str(fields[name].base) for name in HEADER} == HEADER
    assert fields["score"].shape == fields["out"].shape == (game.seats,)
    assert sum(fields[name].itemsize for name in fields.names) == fields.itemsize, "bytes of no field"


def test_one_seed_one_game(spec):
    game = make_game(spec)
    first, second = game.new_states([1, 2, 3]), game.new_states([1, 2, 3])
    assert first.tobytes() == second.tobytes()
    assert np.array_equal(play(game, first, 30), play(game, second, 30))
    assert first.tobytes() == second.tobytes()
    assert len({int(state.rng) for state in game.new_states(range(200))}) == 200


def test_copying_the_bytes_copies_the_game(spec):
    game = make_game(spec)
    states = game.new_states([5, 6])
    play(game, states, 4)
    copies = np.frombuffer(bytearray(states.tobytes()), states.dtype).view(np.recarray)
    play(game, states, 20, seed=1)
    play(game, copies, 20, seed=1)
    assert states.tobytes() == copies.tobytes()


def test_a_game_does_not_depend_on_its_neighbours(spec):
    game = make_game(spec)
    rng = np.random.default_rng(0)
    together = game.new_states([7, 8, 9])
    alone = [game.new_states([seed]) for seed in (7, 8, 9)]
    for _ in range(25):
        actions = random_actions(game.observe(together)[1], rng)
        game.step(together, actions)
        for i, state in enumerate(alone):
            game.step(state, actions[i : i + 1])
    assert together.tobytes() == b"".join(state.tobytes() for state in alone)


def test_every_observation_is_in_its_space_and_a_move_is_legal(spec):
    game = make_game(spec)
    rng = np.random.default_rng(0)
    states = game.new_states(range(4))
    for _ in range(40):
        observation, mask = game.observe(states)
        assert observation.shape == (4, game.acting, *(game.observation_space.shape or ()))
        assert observation.dtype == game.observation_space.dtype
        assert mask.shape == (4, game.acting, game.action_space.n)
        assert mask.dtype == np.int8
        assert np.isin(mask, (0, 1)).all()
        for i in np.flatnonzero(states.status == PLAYING):
            assert mask[i].any(axis=-1).all()
            for seat in range(game.acting):
                assert game.observation_space.contains(observation[i, seat])
        game.step(states, random_actions(mask, rng))


def test_a_step_shows_what_observe_shows(spec):
    game = short_game(spec)
    rng = np.random.default_rng(2)
    states = game.new_states(range(4))
    seen = game.observe(states)
    for k in range(30):
        again = rng.random(4) < 0.1 * (k % 3)
        rewards, ended, cut = np.ones((4, game.seats)), np.ones(4, np.bool_), np.ones(4, np.bool_)
        seen = game.buffers(4)
        actions = random_actions(game.observe(states)[1], rng)
        game.kernels.step(states, actions, again, rewards, ended, cut, *seen)
        assert all(np.array_equal(*pair) for pair in zip(seen, game.observe(states), strict=True))
        assert np.array_equal(ended, states.status == TERMINATED)
        assert np.array_equal(cut, states.status == TRUNCATED)
        assert not rewards[again].any()
        assert not states.ply[again].any() or "opening" in game.kwargs


def test_restarting_some_leaves_the_others_alone(spec):
    game = make_game(spec)
    states = game.new_states(range(4))
    play(game, states, 5)
    before = states.copy()
    which = np.array([True, False, False, True])
    seen = tuple(np.full_like(buffer, 77) for buffer in game.buffers(4))
    game.kernels.restart(states, which, *seen)
    assert states[~which].tobytes() == before[~which].tobytes()
    assert (seen[1][~which] == 77).all()
    for shown, now in zip(seen, game.observe(states), strict=True):
        assert np.array_equal(shown[which], now[which])


def test_a_finished_game_stays_as_it_is(spec):
    game = short_game(spec)
    states = game.new_states(range(16))
    play(game, states, 120)
    over = states.status != PLAYING
    assert over.any()
    before = states[over].copy()
    rewards, terminated, truncated = game.step(states, np.ones((16, game.acting), np.int64))
    assert states[over].tobytes() == before.tobytes()
    assert not rewards[over].any()
    assert np.array_equal(terminated[over], before.status == TERMINATED)
    assert np.array_equal(truncated[over], before.status == TRUNCATED)


def test_an_ended_game_has_a_reason_and_only_that(spec):
    game = short_game(spec)
    states = game.new_states(range(16))
    for k in range(40):
        assert np.array_equal(states.status != PLAYING, states.reason != 0)
        assert (states.reason < len(game.reasons)).all()
        play(game, states, 1, seed=k)
    assert game.reasons[0] == "playing"


def test_results_are_fresh_arrays(spec):
    game = make_game(spec)
    states = game.new_states(range(3))
    held = []
    for k in range(6):
        observation, mask = game.observe(states)
        step = game.step(states, random_actions(mask, np.random.default_rng(k)))
        held.append([(array, array.copy()) for array in (observation, mask, *step)])
    for results in held:
        for array, copy in results:
            assert np.array_equal(array, copy)


def test_an_action_out_of_range_is_refused(spec):
    game = make_game(spec)
    states = game.new_states([0])
    before = states.tobytes()
    for action in (-1, game.action_space.n, 2**40):
        with pytest.raises(ValueError, match="action"):
            game.step(states, np.full((1, game.acting), action))
    assert states.tobytes() == before


def test_kwargs_rebuild_the_game_also_through_json(spec):
    game = make_game(spec)
    for kwargs in (game.kwargs, json.loads(json.dumps(game.kwargs))):
        again = build(game.name, kwargs)
        assert again.kwargs == game.kwargs
        assert again.template.tobytes() == game.template.tobytes()
        assert again.observation_space == game.observation_space


def test_the_spec_parses_back(spec):
    game = make_game(spec)
    again = make_game(game.spec)
    assert (again.spec, again.kwargs) == (game.spec, game.kwargs)
    assert again.template.tobytes() == game.template.tobytes()


def test_a_pickle_is_the_configuration(spec):
    game = make_game(spec)
    again = pickle.loads(pickle.dumps(game))
    assert again.kwargs == game.kwargs
    assert again.kernels is game.kernels


def test_an_unknown_key_is_refused_with_a_suggestion(spec):
    name = spec.partition(":")[0]
    for key in settings(type(make_game(spec))):
        with pytest.raises(BadInput, match=f"^{name}: unknown key '{key}e'.*{key}") as error:
            build(name, {f"{key}e": 1})
        assert "\n" not in str(error.value)


def test_places_are_states_of_the_same_game(spec):
    game = make_game(spec)
    state = game.new_states([3])[0]
    places = game.places(state)
    assert places.dtype == game.template.dtype
    assert len(places) > 0
    assert (places.status == PLAYING).all()
    game.observe(places)


def test_the_picture_can_be_drawn_at_any_size(spec):
    import pygame

    game = make_game(spec)
    states = game.new_states([3])
    play(game, states, 3)
    before = states.tobytes()
    for size in (game.picture_size(states[0]), (97, 61), (16, 16)):
        surface = pygame.Surface(size)
        surface.fill("magenta")
        game.draw(surface, states[0])
        pixels = pygame.surfarray.array3d(surface)
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 1
    assert states.tobytes() == before


def test_the_text_shows_each_row(spec):
    game = make_game(spec)
    lines = game.text(game.new_states([3])[0]).split("\n")
    assert len({len(line) for line in lines[1:-1]}) == 1, "but for coordinates above and below"


def test_names_and_keys_fit_the_actions(spec):
    game = make_game(spec)
    assert len(game.action_names) == game.action_space.n
    assert all(game.action_space.contains(action) for action in game.keys_to_action.values())
