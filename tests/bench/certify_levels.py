"""Is there a route through every level of the sets, and through every shipped one? Finds them, and keeps them.

Run by `make certify`, whenever physics, rules or terrain have changed. Each route is played again from the start before
it is kept. Prints how many levels a second were drawn and certified, on one core.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from agents.route_search import RouteSearch
from envs.compiled import argument
from envs.game import TERMINATED
from envs.platformer.certificates import FOLDER, SHIPPED, Certificate, level_digest, line_of
from envs.platformer.game import Platformer
from envs.platformer.level import shipped_levels
from envs.platformer.rules import begin
from envs.platformer.sets import DIFFICULTIES, SETS

NODES, WEIGHT = 600_000, 1.5
_FLAG = 1  # reason


def certify(game: Platformer, names: list[str]) -> tuple[list[Certificate], list[str], float]:
    """Return the certificates of the levels of these names, the names of those without, and levels a second."""
    search = RouteSearch(game.template, NODES, WEIGHT)
    states = game.blank_states(1)
    begin(argument(states)[0])
    search.route(states[0])  # so that nothing is compiled while the clock runs
    kept, missed, began = [], [], time.perf_counter()
    for name in names:
        states = game.blank_states(1)
        if game.level is None:
            states.first_level, states.levels = int(name), 1
        begin(argument(states)[0])
        digest, route = level_digest(states[0]), search.route(states[0]).actions
        for action in route:
            game.step(states, np.array([[action]]))
        if states.status[0] == TERMINATED and states.reason[0] == _FLAG:
            kept.append(Certificate(name, digest, route))
        else:
            missed.append(name)
    return kept, missed, len(names) / (time.perf_counter() - began)


def numbers(name: str) -> list[str]:
    first, count = SETS[name]
    return [str(number) for number in range(first, first + count)]


def write(name: str, certificates: list[Certificate]) -> None:
    path = Path(FOLDER) / f"{name}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line_of(certificate)}\n" for certificate in certificates), encoding="utf-8")


def main() -> int:
    missed_any = False
    digests: dict[str, str] = {}
    for name in ("train", "test"):
        for difficulty in DIFFICULTIES:
            kept, missed, speed = certify(Platformer(levels=name, difficulty=difficulty), numbers(name))
            write(f"{name}_{difficulty}", kept)
            missed_any |= tell(f"{name}_{difficulty}", kept, missed, f"{speed:.0f} a second")
            for one in kept:
                if one.digest in digests:
                    print(f"{name}_{difficulty}: {one.name} is {digests[one.digest]}")
                    missed_any = True
                digests[one.digest] = f"{name}_{difficulty} {one.name}"
    by_hand, without = [], []
    for level in shipped_levels():
        kept, missed, _ = certify(Platformer(level=level), [level])
        by_hand += kept
        without += missed
    write(SHIPPED, by_hand)
    return int(tell(SHIPPED, by_hand, without, "made by hand") or missed_any)


def tell(name: str, kept: list[Certificate], missed: list[str], more: str) -> bool:
    plies = np.mean([len(one.route) for one in kept]) if kept else np.nan
    print(
        f"{name}: {len(kept)} routes of {plies:.0f} plies in the mean; {more}; without one: {missed or 'none'}"
    )
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
