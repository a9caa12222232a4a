"""Is every level of the sets finishable, and no two of them the same?"""

import numpy as np
import pytest

from agents.agent import BrokeDown
from agents.always_right_and_jump import AlwaysRightAndJump
from agents.certificate import CertificateAgent
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.platformer.certificates import certificates, level_digest, line_of, parse_line
from envs.platformer.level import shipped_levels
from envs.platformer.sets import DIFFICULTIES, SETS
from envs.view import View

KEPT = [(name, difficulty) for name in ("train", "test") for difficulty in DIFFICULTIES]


def all_of(name, difficulty):
    """Return the game of a set, and the records of all its levels."""
    game = make_game(f"platformer:levels={name},difficulty={difficulty}")
    first, count = SETS[name]
    states = game.blank_states(count)
    states.first_level, states.levels = first + np.arange(count), 1
    game.kernels.restart(states, np.ones(count, np.bool_), *game.buffers(count))
    return game, states


def play_routes(game, states, routes):
    for ply in range(max(map(len, routes))):
        game.step(states, np.array([[route[min(ply, len(route) - 1)]] for route in routes]))


@pytest.mark.parametrize(("name", "difficulty"), KEPT)
def test_every_level_of_a_set_has_a_route_to_its_flag(name, difficulty):
    game, states = all_of(name, difficulty)
    kept = certificates(f"{name}_{difficulty}")
    assert [level_digest(state) for state in states] == [kept[str(state.number)].digest for state in states]
    routes = [kept[str(number)].route for number in states.number]
    play_routes(game, states, routes)
    assert (states.reason == game.reasons.index("flag")).all()
    assert states.ply.tolist() == [len(route) for route in routes]


def test_every_shipped_level_has_a_route_to_its_flag():
    kept = certificates("levels")
    assert sorted(kept) == sorted(shipped_levels())
    for level in shipped_levels():
        game = make_game(f"platformer:level={level}")
        states = game.new_states([0])
        assert kept[level].digest == level_digest(states[0])
        play_routes(game, states, [kept[level].route])
        assert game.reasons[states.reason[0]] == "flag"


def test_no_two_levels_are_the_same():
    digests = [
        one.digest for name, difficulty in KEPT for one in certificates(f"{name}_{difficulty}").values()
    ]
    digests += [one.digest for one in certificates("levels").values()]
    assert len(digests) == len(set(digests)) == 3000 + len(shipped_levels())


def test_the_digest_is_of_the_level_and_not_of_its_number():
    _, states = all_of("train", "easy")
    level = states[np.flatnonzero(states.foe_count)[0]]
    one, other = level.copy(), level.copy()
    other.number, other.rng, other.coins, other.x[0] = 77, 5, 0, 9
    assert level_digest(one) == level_digest(other)
    other.tile[5] ^= 1
    assert level_digest(one) != level_digest(other)
    one.foe_phase[0] += 1
    assert level_digest(one) != level_digest(level)


@pytest.mark.parametrize(("difficulty", "at_most"), [("easy", 0.05), ("hard", 0.01)])
def test_the_script_seldom_gets_through(difficulty, at_most):
    game, states = all_of("test", difficulty)
    agent, mask = AlwaysRightAndJump(game), np.ones((len(states), 7), np.int8)
    for _ in range(800):
        game.step(states, agent.act(View(mask, mask, states.rng, states)).actions[:, None])
    assert (states.status != 0).all()
    assert 0 < (states.reason == game.reasons.index("flag")).mean() <= at_most


def test_the_agent_plays_the_route():
    game = make_game("platformer:levels=1000003,difficulty=hard")
    agent, states = CertificateAgent(game), game.new_states([0])
    route = certificates("test_hard")["1000003"].route
    for ply, action in enumerate(route):
        decision = agent.act(View(*(part[:, 0] for part in game.observe(states)), states.rng, states))
        assert decision.actions.tolist() == [action]
        assert decision.line[0].tolist() == route[ply:].tolist()
        game.step(states, decision.actions[:, None])
    assert game.reasons[states.reason[0]] == "flag"
    with pytest.raises(BrokeDown, match="come to the end of its route"):
        agent.act(View(*(part[:, 0] for part in game.observe(states)), states.rng, states))


def test_a_level_without_a_route_is_told():
    game = make_game("platformer:levels=1000003,difficulty=0.3")
    states = game.new_states([0])
    with pytest.raises(BrokeDown, match="knows no route through this level"):
        CertificateAgent(game).act(View(*(part[:, 0] for part in game.observe(states)), states.rng, states))


@pytest.mark.parametrize("setting", ["frame_skip=2", "actions=buttons"])
def test_other_settings_are_refused(setting):
    with pytest.raises(BadInput, match=r"^certificate: platformer:.*: routes are kept for frame_skip=4"):
        CertificateAgent(f"platformer:{setting}")


def test_a_line_says_what_it_said():
    line = "1000003 0123456789abcdef d12e5a1"
    certificate = parse_line(line, "here:1")
    assert certificate.route.tolist() == [3] * 12 + [4] * 5 + [0]
    assert line_of(certificate) == line


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1 2 d1",
        "1 0123456789abcdef",
        "1 0123456789abcdef h1",
        "1 0123456789abcdef d0",
        "1 0123456789abcdef d1 e1",
    ],
)
def test_a_line_that_is_none_is_told(line):
    with pytest.raises(BadInput, match=r"^here:7: not a level, its digest and a route"):
        parse_line(line, "here:7")


def test_a_route_without_end_is_told():
    with pytest.raises(BadInput, match="a route of more than 20000 plies"):
        parse_line("1 0123456789abcdef d9999e9999a9999", "here:1")
