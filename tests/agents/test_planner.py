"""Does the planner find the way, a short one, and keep to it?"""

import numpy as np
import pytest

from agents.always_right_and_jump import AlwaysRightAndJump
from agents.planner import Planner
from agents.route_search import EXACT, RouteSearch, Try, useful_actions
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.platformer.level import shipped_levels
from envs.platformer.physics import FAST, LEFT, RIGHT
from envs.view import View

TINY = """title: tiny

..............
..............
..............
......#.......
.S....#...F...
##############
"""
DEAD_END = """title: the straight way ends in a pocket

...............................
...............................
...............................
.......########................
..............#................
.S............#.............F..
###############################
"""
SEALED = """title: no way

..........#.....
..........#.....
..........#.....
..........#.....
..........#.....
..........#.....
.S........#..F..
################
"""
TOWER = """title: a flag over the start, and the stairs to it far away

.........................
.........................
.F.......................
####...====..............
...........====..........
................=========
.........................
....................=====
.........................
.S.......................
#########################
"""


def view_of(game, states):
    observation, mask = game.observe(states)
    return View(observation[:, 0], mask[:, 0], states.rng.copy(), states)


def play(game, agent, states, plies=2000):
    """Play side by side until all games have ended; return the records at the end."""
    for _ in range(plies):
        if (states.status != 0).all():
            break
        game.step(states, agent.act(view_of(game, states)).actions[:, None])
    return states


def after(game, state, actions):
    states = np.array([state], state.dtype).view(np.recarray)
    for action in actions:
        game.step(states, np.array([[action]]))
    return states[0]


def finished(game, state):
    return game.reasons[state.reason] == "flag"


def fewest_plies(game):
    """Return how many plies the flag takes at least: breadth first over whole records, by the game's own step."""
    edge = game.new_states([0])
    fields = [name for name in edge.dtype.names if not name.startswith("happen")]
    met = set()
    for plies in range(1, 60):
        edge = np.repeat(edge, 7).view(np.recarray)
        game.step(edge, np.tile(np.arange(7), len(edge) // 7)[:, None])
        if (edge.reason == 1).any():
            return plies
        keys = [b"".join(row[name].tobytes() for name in fields) for row in edge.view(np.ndarray)]
        new = [i for i, key in enumerate(keys) if edge.status[i] == 0 and not (key in met or met.add(key))]
        edge = edge[new].view(np.recarray)
    return None


def test_an_exact_search_is_as_short_as_can_be():
    text = "title: t\n\n......\n......\n..#...\nS.#..F\n######\n"
    game = _game(text, progress=0, time=0, frame_skip=12)
    search = RouteSearch(game.template, 2_000_000, 1.0, (Try(EXACT, 0, 1.0),))
    route = search.route(game.new_states([0])[0])
    assert route.reaches_flag
    assert len(route.actions) == fewest_plies(game)


def _game(text, **settings):
    from envs.platformer.game import Platformer

    return Platformer(level=text, **settings)


@pytest.mark.parametrize("text", [TINY, DEAD_END, TOWER])
@pytest.mark.parametrize("actions", ["seven", "buttons"])
def test_a_route_leads_to_the_flag(text, actions):
    game = _game(text, actions=actions)
    state = game.new_states([0])[0]
    route = RouteSearch(game.template, 600_000, 1.5).route(state)
    assert route.reaches_flag
    assert route.nodes < 100_000
    assert finished(game, after(game, state, route.actions))


def test_every_shipped_level_is_finished():
    for level in shipped_levels():
        game = make_game(f"platformer:level={level}")
        assert finished(game, play(game, Planner(game), game.new_states([0]))[0]), level


def test_where_there_is_no_way_it_says_so_and_plays_on():
    game = _game(SEALED, time_limit=50)
    agent, states = Planner(game), game.new_states([0])
    assert not RouteSearch(game.template, 10_000, 1.5).route(states[0]).reaches_flag
    decision = agent.act(view_of(game, states))
    assert np.isnan(decision.value[0])
    assert game.reasons[play(game, agent, states).reason[0]] == "time limit"


def test_the_budget_is_kept_to_and_what_is_left_leads_nearer():
    game = make_game("platformer:levels=1000003,difficulty=hard")
    state = game.new_states([0])[0]
    route = RouteSearch(game.template, 1_000, 1.5).route(state)
    assert not route.reaches_flag
    assert route.nodes <= 1_000
    reached = after(game, state, route.actions)
    assert reached.status == 0
    assert reached.x[0] > state.x[0]


def test_it_searches_once_and_its_value_is_what_it_earns():
    game = make_game("platformer:levels=test,difficulty=hard,lives=2")
    agent, states = Planner(game), game.new_states(range(5))
    searched = []
    route_of = agent._search.route
    agent._search.route = lambda state: searched.append(int(state.status)) or route_of(state)
    decision = agent.act(view_of(game, states))
    end = play(game, agent, states)
    assert searched.count(0) == 5
    assert (end.reason == 1).all()
    assert decision.value.tolist() == pytest.approx((end.score[:, 0] / game.score_unit).tolist())
    assert [(line >= 0).sum() for line in decision.line] == end.ply.tolist()


def test_games_do_not_depend_on_their_neighbours():
    game = make_game("platformer:levels=train,difficulty=hard")
    together = play(game, Planner(game), game.new_states(range(4)))
    for seed in (3, 1):
        alone = play(game, Planner(game), game.new_states([seed]))
        assert alone[0].tobytes() == together[seed].tobytes()


def test_drawn_levels_are_finished_at_any_difficulty():
    for difficulty in (0, 0.2, 0.7, 1):
        game = make_game(f"platformer:levels=endless,difficulty={difficulty}")
        assert (play(game, Planner(game), game.new_states(range(20))).reason == 1).all()


def test_useful_actions_are_the_ways_with_and_without_run_and_jump():
    game = make_game("platformer:actions=buttons")
    held = game.template.buttons[0][useful_actions(game.template.buttons[0])].tolist()
    assert len(held) == len(set(held)) == 10
    assert all(bits & (LEFT | RIGHT) or not bits & FAST for bits in held)
    assert useful_actions(make_game("platformer").template.buttons[0]).tolist() == list(range(7))


@pytest.mark.parametrize("name", [Planner, AlwaysRightAndJump])
def test_races_and_other_games_are_refused(name):
    with pytest.raises(BadInput, match=rf"^{name.name}: platformer:.*runners=2.* is a race; it plays alone"):
        name("platformer:runners=2")
    with pytest.raises(BadInput, match=rf"^{name.name}: goban.* is no platformer"):
        name("goban")


def test_the_script_jumps_whenever_it_can():
    game = _game("title: flat\n\n" + "." * 60 + "\n" + ".\n" * 7 + "S" + "." * 58 + "F\n" + "#" * 60 + "\n")
    agent, states = AlwaysRightAndJump(game), game.new_states([0])
    plies_on_ground = jumps = 0
    while states.status[0] == 0:
        standing = states.footing[0, 0] != 0
        plies_on_ground += standing
        action = game.action_names[agent.act(view_of(game, states)).actions[0]]
        assert action == "right run jump" or (action == "right run" and standing)
        game.step(states, np.array([[game.action_names.index(action)]]))
        jumps += standing and states.vy[0, 0] < 0
    assert jumps >= 4
    assert plies_on_ground <= 2 * jumps + 2
    assert finished(game, states[0])
