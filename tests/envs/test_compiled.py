"""Are compiled rules the right ones, whichever processes compiled them, and after the sources changed?"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STARTS = """
import sys
from hashlib import blake2b
from envs.catalog import make_game
for level in sys.argv[1:]:
    states = make_game(f"gridworld:level={level}").new_states(range(20))
    print(level, blake2b(states.tobytes()).hexdigest())
"""

# `carve` calls `draw`, which stands in a file of its own.
MAZE = """
from envs.gridworld.game import Gridworld
from envs.gridworld import maze
tiles = Gridworld(maze=4, maze_seed=1).level.tiles
print(sum(tile << k for k, tile in enumerate(tiles)), len(maze.carve.stats.cache_hits) > 0)
"""


def run(program: str, *arguments: str, cache: Path, root: Path = ROOT, **variables: str) -> str:
    env = os.environ | {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(root)} | variables
    env.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_two_processes_compiled_for_two_records_serves_a_third(tmp_path):
    """Numba 0.68 named a record by a count within the process: the third ran rules of one on the other."""

    def starts(*levels: str) -> dict[str, str]:
        return dict(line.split() for line in run(STARTS, *levels, cache=tmp_path).splitlines())

    small, large = starts("corridor"), starts("four_rooms")
    assert starts("corridor", "four_rooms") == small | large
    assert starts("four_rooms", "corridor") == small | large


def test_the_disk_cache_is_used_and_forgets_old_rules(tmp_path):
    project, cache = tmp_path / "project", tmp_path / "cache"
    shutil.copytree(ROOT / "envs", project / "envs", ignore=shutil.ignore_patterns("__pycache__"))

    def maze(**variables: str) -> list[str]:
        return run(MAZE, cache=cache, root=project, **variables).split()

    first, cached = maze()
    assert cached == "False"
    assert maze() == [first, "True"]
    generator = project / "envs" / "generator.py"
    source = generator.read_text()
    assert "0xBF58476D1CE4E5B9" in source
    generator.write_text(source.replace("0xBF58476D1CE4E5B9", "0xBF58476D1CE4E5BB"))
    changed, cached = maze()
    assert changed != first
    assert cached == "False"
    generator.write_text(source)
    assert maze() == [first, "True"]
    assert maze(NUMBA_BOUNDSCHECK="1") == [first, "False"]
    assert len(list((cache / "gamelab" / "numba").iterdir())) == 3
