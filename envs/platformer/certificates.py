"""How is each level known to be finishable?

By a route that was found through it: played from its start, it leads to the flag. The routes of a set stand in a file
of `certificates/`, one level a line: its number, or its name; the digest of the level; and the route, a letter for each
action held, before the plies for which it is held, such as `d12e5`. They hold at FRAME_SKIP, with the seven actions.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs.bad_input import BadInput
from envs.file import read_text
from envs.platformer.sets import DIFFICULTIES, SETS, difficulty_of

FOLDER = Path(__file__).parent / "certificates"
SHIPPED = "levels"  # the file of the levels made by hand
FRAME_SKIP = 4
_ACTIONS = "abcdefg"
_MOST_BYTES, _MOST_PLIES = 2**21, 20_000
_LINE = re.compile(r"(\w{1,60}) ([0-9a-f]{16}) ((?:[a-g][1-9]\d{0,3}){1,5000})")
_OF_THE_LEVEL = ("rows", "cols", "start_x", "start_y", "flag_col")
_OF_FOES = ("foe_flies", "foe_x", "foe_y", "foe_right", "foe_down", "foe_speed", "foe_phase")
_OF_LIFTS = ("lift_x", "lift_y", "lift_right", "lift_down", "lift_speed", "lift_phase", "lift_width")


class Certificate(NamedTuple):
    """The number or name of a level, its digest, and a route int64 [plies] from its start to the flag."""

    name: str
    digest: str
    route: np.ndarray


def level_digest(state: np.record) -> str:
    """Return a digest of the level itself: the same for two levels if they are the same to play."""
    digest = blake2b(digest_size=8)
    parts = [state[field] for field in _OF_THE_LEVEL]
    parts += [state[field][: state.foe_count] for field in _OF_FOES]
    parts += [state[field][: state.lift_count] for field in _OF_LIFTS]
    for part in parts:
        digest.update(np.asarray(part, "<i8").tobytes())
    digest.update(state.tile[: state.rows * state.cols].tobytes())
    return digest.hexdigest()


def set_of(state: np.record) -> str:
    """Return the name of the set that the level of a state is in, such as `test_hard`; or nothing."""
    if state.levels == 0:
        return SHIPPED
    for name, (first, count) in SETS.items():
        for difficulty in DIFFICULTIES:
            if first <= state.number < first + count and state.difficulty == difficulty_of(difficulty):
                return f"{name}_{difficulty}"
    return ""


def certificate_of(state: np.record) -> Certificate | None:
    """Return the certificate of the level of a state, or None where there is none, or only one of another level."""
    digest, kept = level_digest(state), certificates(set_of(state))
    if state.levels > 0:
        found = kept.get(str(state.number))
        return found if found and found.digest == digest else None
    return next((one for one in kept.values() if one.digest == digest), None)


@cache
def certificates(name: str) -> dict[str, Certificate]:
    """Return the certificates of a set, such as `test_hard`, by the numbers or names of its levels.

    Raises:
        BadInput: the file is not as it should be, with its name and the line.
    """
    path = FOLDER / f"{name}.txt"
    if not name or not path.is_file():
        return {}
    found = [parse_line(line, f"{path.name}:{k}") for k, line in enumerate(_lines(path), 1)]
    return {certificate.name: certificate for certificate in found}


def _lines(path: Path) -> list[str]:
    return read_text(path, _MOST_BYTES).splitlines()


def parse_line(line: str, source: str) -> Certificate:
    """Parse one line; raises BadInput `source: fault`."""
    match = _LINE.fullmatch(line)
    if not match:
        raise BadInput(f"{source}: not a level, its digest and a route: {line[:80]!r}")
    held = [(_ACTIONS.index(action), int(plies)) for action, plies in re.findall(r"([a-g])(\d+)", match[3])]
    actions, plies = np.array(held).T
    if plies.sum() > _MOST_PLIES:
        raise BadInput(f"{source}: a route of more than {_MOST_PLIES} plies")
    return Certificate(match[1], match[2], np.repeat(actions, plies))


def line_of(certificate: Certificate) -> str:
    """Return the line of a certificate."""
    runs = [(action, len(list(plies))) for action, plies in groupby(certificate.route.tolist())]
    route = "".join(f"{_ACTIONS[action]}{plies}" for action, plies in runs)
    return f"{certificate.name} {certificate.digest} {route}"
