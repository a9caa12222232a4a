"""How is a route to the flag found through a level of the platformer?

Weighted A* (Pohl, "Heuristic search viewed as path finding in a graph", Artificial Intelligence 1, 1970) over the
game's own physics: a ply is a step. All that play changes stands side by side in the record, so a node keeps these
bytes alone. Nodes that are nearly alike count as one: how nearly is the grain of the search. Coarse ones are quick and
find a route nearly always; where one does not, the next finer one is tried.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.distance_to_flag import measure, new_field, to_go
from envs.compiled import argument, compiled, inlined, wrapping
from envs.platformer.physics import FAST, LEFT, RIGHT, RUN
from envs.platformer.rules import play
from envs.platformer.world import TILE

_UNIT = 64  # parts of a tick in which costs are counted
_FLAG = 1  # reason
_NEAR = 4 * TILE  # of a foe or a lift: there the time matters
_BITS = 24  # of a node's number in the heap's keys
MOST_NODES = 2**_BITS - 1
EXACT = 0  # the grain at which only equals count as one
_GRAINS = np.array(
    [[0, 0, 0, 0], [8, 7, 7, 2], [10, 8, 8, 3], [11, 9, 9, 4]]
)  # bits lost of x and y, vx, vy, tick


class Memory(NamedTuple):
    """What a search works in, with room for so many nodes.

    kept: uint8 [nodes, bytes], what play changes. parent, action, cost: of each node; the action as its place among
    the choices. heap: keys, the cost of the whole way before the node's number. place, stamp, cheapest: a table of the
    nodes met, by place; an entry counts if its stamp is that of the search. searches: how many there were, one entry.
    field, footholds, queue: of the distances.
    """

    kept: np.ndarray
    parent: np.ndarray
    action: np.ndarray
    cost: np.ndarray
    heap: np.ndarray
    place: np.ndarray
    stamp: np.ndarray
    cheapest: np.ndarray
    searches: np.ndarray
    field: np.ndarray
    footholds: np.ndarray
    queue: np.ndarray


def new_memory(nodes: int, span: int) -> Memory:
    """Return room for so many nodes of so many bytes; the machine gives it as it is filled."""
    table = 1 << (2 * nodes - 1).bit_length()
    return Memory(
        np.empty((nodes, span), np.uint8),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int8),
        np.empty(nodes, np.int32),
        np.empty(nodes, np.int64),
        np.empty(table, np.uint64),
        np.zeros(table, np.int32),
        np.empty(table, np.int32),
        np.zeros(1, np.int32),
        *new_field(),
    )


@compiled
def search(scratch, span, choices, weight, grain, most, memory):
    """Search from the position in `scratch` on, playing in it.

    Args:
        scratch: records [1]; span: uint8 [bytes], those of it that play changes, in the same memory.
        choices: int64, the actions to try. weight: of the way to go, thousandths. grain: which of the grains.
        most: nodes to look at.

    Returns:
        The last node of a route to the flag, or the one on firm ground that is nearest to it; whether it is the flag;
        how many nodes there are.
    """
    state = scratch[0]
    actions, rewards = np.zeros(1, np.int64), np.zeros(1)
    ply = np.int64(state.frame_skip) * _UNIT
    memory.searches[0] += 1
    measure(state, memory.field, memory.footholds, memory.queue)
    nearest, least = 0, to_go(state, memory.field)
    nodes, open_nodes = 0, 0
    if least >= 0 and state.status == 0:
        keep(memory, 0, span, -1, 0, 0)
        is_new(memory, place_of(state, grain), 0)
        nodes, open_nodes = 1, push(memory.heap, 0, np.int64(MOST_NODES))
    found = False
    while open_nodes > 0 and nodes + len(choices) <= most:
        node = MOST_NODES - (memory.heap[0] & MOST_NODES)
        open_nodes = pop(memory.heap, open_nodes)
        restore(memory, node, span)
        if state.status != 0:
            nearest, found = node, True
            break
        if state.footing[0] != 0:
            far = to_go(state, memory.field)
            if far < least:
                nearest, least = node, far
        lives, cost = state.lives[0], memory.cost[node] + ply
        for k in range(len(choices)):
            choice = (memory.action[node] + k) % len(
                choices
            )  # first what was held before, so that routes are smooth
            if k > 0:
                restore(memory, node, span)
            actions[0] = choices[choice]
            play(state, actions, rewards)
            if state.lives[0] < lives or (state.status != 0 and state.reason != _FLAG):
                continue
            far = np.int64(0) if state.status != 0 else to_go(state, memory.field)
            if far >= 0 and is_new(memory, place_of(state, grain), cost):
                keep(memory, nodes, span, node, choice, cost)
                whole = cost + far * _UNIT // RUN * weight // 1000
                open_nodes = push(memory.heap, open_nodes, whole << _BITS | (MOST_NODES - nodes))
                nodes += 1
    return nearest, found, nodes


@inlined
def keep(memory, node, span, parent, action, cost):
    for i in range(len(span)):
        memory.kept[node, i] = span[i]
    memory.parent[node], memory.action[node], memory.cost[node] = parent, action, cost


@inlined
def restore(memory, node, span):
    for i in range(len(span)):
        span[i] = memory.kept[node, i]


@wrapping
def place_of(state, grain):
    """Return where the runner is and how it moves, as one number; of what else there is, what will matter."""
    place = mixed(np.uint64(state.foes), state.bricks)
    place = mixed(place, np.int64(state.x[0]) >> _GRAINS[grain, 0])
    place = mixed(place, np.int64(state.y[0]) >> _GRAINS[grain, 0])
    place = mixed(place, np.int64(state.vx[0]) >> _GRAINS[grain, 1])
    place = mixed(place, np.int64(state.vy[0]) >> _GRAINS[grain, 2])
    place = mixed(place, np.int64(state.footing[0]) * 16 + state.lift_off[0] * 4 + state.held[0] * 2)
    place = mixed(place, np.int64(state.status))
    if grain == EXACT:
        place = mixed(place, np.int64(state.coyote[0]) * 16 + state.buffer[0])
    if grain == EXACT or time_matters(state):
        place = mixed(place, np.int64(state.tick) >> _GRAINS[grain, 3])
    return place


@wrapping
def mixed(hashed, value):
    """Return a hash with one more number in it (the finaliser of SplitMix64)."""
    z = (hashed ^ np.uint64(value)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@inlined
def time_matters(state):
    """Return whether a foe or a lift comes near the runner's place."""
    x = np.int64(state.x[0])
    near = False
    for k in range(state.foe_count):
        near |= -_NEAR < x - state.foe_x[k] < state.foe_right[k] + _NEAR
    for k in range(state.lift_count):
        near |= -_NEAR < x - state.lift_x[k] < state.lift_right[k] + state.lift_width[k] + _NEAR
    return near


@inlined
def is_new(memory, place, cost):
    """Return whether no node has come to that place at that cost or below, and note that one has now."""
    mask = len(memory.place) - 1
    at = np.int64(place >> np.uint64(20)) & mask
    while memory.stamp[at] == memory.searches[0]:
        if memory.place[at] == place:
            if memory.cheapest[at] <= cost:
                return False
            memory.cheapest[at] = cost
            return True
        at = (at + 1) & mask
    memory.stamp[at], memory.place[at], memory.cheapest[at] = memory.searches[0], place, cost
    return True


@inlined
def push(heap, size, key):
    """Add a key to a binary heap, the least of which comes first. Returns its new size."""
    at = size
    while at > 0 and heap[(at - 1) // 2] > key:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = key
    return size + 1


@inlined
def pop(heap, size):
    """Take the first key off a binary heap. Returns its new size."""
    size -= 1
    key = heap[size]
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = key
    return size


class Route(NamedTuple):
    """Actions int64 [plies] from a state on, whether they lead to the flag, and how many nodes it took to find them."""

    actions: np.ndarray
    reaches_flag: bool
    nodes: int


class Try(NamedTuple):
    """A search: its grain, by how much it weighs the way to go more than asked for, and its share of the nodes."""

    grain: int
    haste: int
    share: float


# Where one has to wait for a lift, haste helps: it is drawn to where the lift is, and stays there.
TRIES = (Try(3, 1, 1 / 16), Try(3, 12, 1 / 16), Try(2, 1, 1 / 8), Try(2, 12, 1 / 4), Try(1, 1, 1 / 2))


class RouteSearch:
    """A search for routes through levels, for one runner.

    Args:
        template: a record [1] of the game. nodes: as many may be looked at for a route.
        weight: how much the way to go counts beside the way gone; more is quicker, and 0 finds a shortest route at
            the exact grain.
        tries: one after the other, until one finds a route.
    """

    def __init__(
        self, template: np.ndarray, nodes: int, weight: float, tries: tuple[Try, ...] = TRIES
    ) -> None:
        self._scratch = template.copy().view(np.recarray)
        fields = template.dtype.fields
        assert fields is not None
        kind, last = fields["foes"][:2]
        self._span = self._scratch.view(np.ndarray).view(np.uint8)[fields["ply"][1] : last + kind.itemsize]
        self._choices = useful_actions(template["buttons"][0])
        self._nodes, self._weight, self._tries = nodes, round(1000 * weight), tries
        self._memory = new_memory(int(nodes * max(a_try.share for a_try in tries)), len(self._span))

    def route(self, state: np.record) -> Route:
        """Return a route to the flag; where none is found, the one that leads nearest to it."""
        total, best = 0, np.empty(0, np.int64)
        for grain, haste, share in self._tries:
            self._scratch[0] = state
            weight, most = haste * self._weight, int(self._nodes * share)
            node, found, nodes = search(
                argument(self._scratch), self._span, self._choices, weight, grain, most, self._memory
            )
            total += nodes
            actions = self._choices[path_to(self._memory, node)] if nodes else best
            if found:
                return Route(actions, True, total)
            best = best if len(best) else actions
        return Route(best, False, total)


def useful_actions(buttons: np.ndarray) -> np.ndarray:
    """Return the actions int64 that do not what others do as well: left and right at once, or run alone."""
    found: dict[int, int] = {}
    for action, held in enumerate(buttons.tolist()):
        if not (held & LEFT and held & RIGHT) and (held & (LEFT | RIGHT) or not held & FAST):
            found.setdefault(held, action)
    return np.array(list(found.values()), np.int64)


def path_to(memory: Memory, node: int) -> np.ndarray:
    """Return the choices int64 [plies] that lead from the first node to that one."""
    path = []
    while memory.parent[node] >= 0:
        path.append(int(memory.action[node]))
        node = memory.parent[node]
    return np.array(path[::-1], np.int64)
