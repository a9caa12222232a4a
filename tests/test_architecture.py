"""Do the rooms keep to their walls? Which room may import what, what that costs, and what stands where."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]

# A room may import itself and the rooms named here; so nothing imports arena.
ARROWS: dict[str, set[str]] = {
    "envs": set(),
    "agents": {"envs"},
    "replays": {"envs"},
    "arena": {"envs", "agents", "replays"},
}
ROOMS = tuple(ARROWS)

# Text like "envs.game:Game" in a table of what to import later: an import too, if there is such a file.
MODULE_OF_OURS = re.compile(rf"({'|'.join(ROOMS)})(\.\w+)+(:\w+)?")

# A rules.py, and each module of ours that it reaches, imports only these. envs.compiled is Numba's njit with a
# cache that sees changes; the last three but name types.
RULES_MAY_IMPORT = ("numpy", "numba", "envs.compiled", "__future__", "collections.abc", "typing")

# Drawing and viewer modules: these file names, and whatever lies in a folder `drawing` or `viewer`.
PYGAME_FILES = re.compile(r"(^|/)(drawing|picture|viewer\w*|window|export)\.py$|(^|/)(drawing|viewer)/")
TORCH = ("torch", "stable_baselines3", "sb3_contrib", "safetensors.torch")
PICKLES = ("pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve")
SAY_NOTHING = re.compile(r"^(util|helper|common|base|manager|misc)s?$")

TOP_LEVEL = {
    *ROOMS,
    "tests",
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs",
    "LICENSE",
    "Makefile",
    "README.md",
    "constraints.txt",
    "pyproject.toml",
}


class Import(NamedTuple):
    """One module that a file imports, by its full name, and whether only the type checker sees it."""

    file: str
    line: int
    name: str
    for_types: bool

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.name}"

    def is_of(self, *libraries: str) -> bool:
        return any(f"{self.name}.".startswith(f"{library}.") for library in libraries)


def find(root: Path, name: str) -> Path | None:
    """Return the file of one of our modules, or None."""
    path = root / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def read(root: Path, *folders: str) -> list[tuple[str, ast.Module]]:
    """Return the path and the syntax tree of every module in these folders."""
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    return [(path.relative_to(root).as_posix(), ast.parse(path.read_text())) for path in paths]


def imports(root: Path, file: str, tree: ast.Module) -> list[Import]:
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return [
        Import(file, getattr(node, "lineno", 0), name, id(node) in for_types)
        for node in ast.walk(tree)
        for name in names_imported(root, file, node)
    ]


def names_imported(root: Path, file: str, node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom():
            folder = file.split("/")[: -node.level] if node.level else []
            module = ".".join([*folder, *filter(None, [node.module])])
            for inner in (f"{module}.{alias.name}" for alias in node.names):
                yield inner if module.split(".")[0] not in ROOMS or find(root, inner) else module
        case ast.Call(
            args=[ast.Constant(value=str(name)), *_] | [ast.JoinedStr([ast.Constant(str(name)), *_]), *_]
        ):
            if ast.unparse(node.func).endswith("import_module"):
                yield name.rstrip(".")  # of f"agents.{name}", what is known
        case ast.Constant(value=str(name)) if MODULE_OF_OURS.fullmatch(name) and find(
            root, name.split(":")[0]
        ):
            yield name.split(":")[0]


def all_imports(root: Path) -> list[Import]:
    return [found for file, tree in read(root, *ROOMS) for found in imports(root, file, tree)]


# The rules: each takes the root of a project and returns one line for each breach.


def arrows(root: Path) -> list[str]:
    breaches = []
    for found in all_imports(root):
        importer, imported = found.file.split("/")[0], found.name.split(".")[0]
        if imported in {*ROOMS, "tests"} - {importer} - ARROWS[importer]:
            breaches.append(str(found))
    return breaches


def compiled_rules(root: Path) -> list[str]:
    breaches = []
    waiting = [path for room in ROOMS for path in (root / room).rglob("rules.py")]
    seen: set[Path] = set()
    while waiting:
        if (path := waiting.pop()) in seen:
            continue
        seen.add(path)
        for found in imports(root, path.relative_to(root).as_posix(), ast.parse(path.read_text())):
            if found.is_of(*RULES_MAY_IMPORT):
                continue
            if found.is_of("envs") and (imported := find(root, found.name)):
                waiting.append(imported)
            else:
                breaches.append(f"{found}, and rules reach it")
    return breaches


def pygame_only_where_drawn(root: Path) -> list[str]:
    real = [found for found in all_imports(root) if not found.for_types]
    return [str(found) for found in real if found.is_of("pygame") and not PYGAME_FILES.search(found.file)]


def torch_only_in_agents(root: Path) -> list[str]:
    real = [found for found in all_imports(root) if not found.for_types]
    return [str(found) for found in real if found.is_of(*TORCH) and not found.file.startswith("agents/")]


def reading_a_file_runs_no_code(root: Path) -> list[str]:
    return [str(found) for found in all_imports(root) if found.is_of(*PICKLES)] + [
        f"{file}:{node.lineno} unpickles"
        for file, tree in read(root, *ROOMS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and unpickles(node)
    ]


def unpickles(call: ast.Call) -> bool:
    allowed = [word.value for word in call.keywords if word.arg == "allow_pickle"]
    return ast.unparse(call.func) == "torch.load" or any(ast.unparse(value) != "False" for value in allowed)


def names_say_something(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}: no file or folder is named so"
        for folder in (*ROOMS, "tests")
        for path in sorted((root / folder).rglob("*"))
        if SAY_NOTHING.match(path.stem)
    ]


def modules_say_what_they_answer(root: Path) -> list[str]:
    return [
        f"{file}: the first line is no docstring"
        for file, tree in read(root, *ROOMS, "tests")
        if not ast.get_docstring(tree) or tree.body[0].lineno != 1
    ]


def top_level_is_known(root: Path) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    entries = {file.split("/")[0] for file in listed if file and (root / file).exists()}
    return [f"{entry}: not among the known entries" for entry in sorted(entries - TOP_LEVEL)]


RULES = [
    arrows,
    compiled_rules,
    pygame_only_where_drawn,
    torch_only_in_agents,
    reading_a_file_runs_no_code,
    names_say_something,
    modules_say_what_they_answer,
    top_level_is_known,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_the_rule(rule):
    if rule is top_level_is_known and not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    assert not (breaches := rule(ROOT)), "\n".join(breaches)


def loaded_by(module: str, root: Path, heavy: set[str]) -> set[str]:
    """Return which of the heavy modules a fresh Python has loaded after importing one module."""
    program = f"import sys, {module}; print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(root)}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=root, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return heavy & set(run.stdout.split())


LIGHT = [
    ("envs", {"numba", "torch", "pygame", "matplotlib", "scipy"}),
    ("arena.cli", {"numba", "torch", "pygame", "matplotlib"}),
]


@pytest.mark.parametrize(("module", "heavy"), LIGHT, ids=["envs", "arena.cli"])
def test_importing_stays_light(module, heavy):
    assert not loaded_by(module, ROOT, heavy)


# The rules themselves, each on a small project that breaks it.


@pytest.fixture
def project(tmp_path):
    """Make a project that keeps every rule, and give a function that writes one more file into it."""

    def write(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return tmp_path

    for room in ROOMS:
        write(f"{room}/__init__.py", '"""A room."""\n')
    write("envs/compiled.py", '"""A cache."""\nimport os\nfrom numba import njit\n')
    write("envs/generator.py", '"""Chance."""\nimport numpy as np\nfrom envs.compiled import compiled\n')
    write("envs/game.py", '"""A game."""\nimport typing as t\nif t.TYPE_CHECKING:\n    import pygame\n')
    write("envs/go/rules.py", '"""Go."""\nfrom envs.generator import draw\nfrom . import board\n')
    write("envs/go/board.py", '"""A board."""\nimport numpy\n')
    write("envs/go/drawing.py", '"""A picture."""\nimport pygame\n')
    write("agents/ppo.py", '"""PPO."""\nimport torch\nfrom envs import game\nfrom .ppo import loss\n')
    write("replays/viewer/panel.py", '"""A panel."""\nimport pygame.font\n')
    write("arena/cli.py", '"""The commands."""\nFACE = "envs.game:Game"\nimport agents.ppo, replays\n')
    write("runs/x/pickle.py", "import pickle\n")
    write(".gitignore", "/runs/\n__pycache__/\n")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return write


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_clean_project_breaks_no_rule(rule, project):
    assert rule(project("README.md", "")) == []


BREACHES = [
    (arrows, "envs/x.py", "import agents.ppo"),
    (arrows, "envs/x.py", "def f():\n    from replays import viewer"),
    (arrows, "envs/x.py", "FACES = {'ppo': 'agents.ppo:PPO'}"),
    (arrows, "envs/x.py", "import tests.conftest"),
    (arrows, "agents/x.py", "from replays.viewer import panel"),
    (arrows, "agents/x.py", "from importlib import import_module\nimport_module(f'arena.{name}')"),
    (torch_only_in_agents, "envs/x.py", "from importlib import import_module\nimport_module('torch')"),
    (arrows, "replays/x.py", "import agents"),
    (arrows, "replays/deep/x.py", "from agents import ppo"),
    (compiled_rules, "envs/go/rules.py", "import math"),
    (compiled_rules, "envs/go/rules.py", "from envs.go import game"),
    (compiled_rules, "envs/go/board.py", "import gymnasium"),
    (compiled_rules, "envs/generator.py", "from envs import game"),
    (pygame_only_where_drawn, "envs/go/board.py", "import pygame"),
    (pygame_only_where_drawn, "arena/x.py", "def f():\n    from pygame import display"),
    (torch_only_in_agents, "replays/x.py", "import torch.nn"),
    (torch_only_in_agents, "arena/x.py", "from stable_baselines3 import PPO"),
    (torch_only_in_agents, "arena/x.py", "from safetensors import torch"),
    (reading_a_file_runs_no_code, "arena/x.py", "import pickle"),
    (reading_a_file_runs_no_code, "agents/x.py", "from joblib import load"),
    (reading_a_file_runs_no_code, "agents/x.py", "numpy.load(file, allow_pickle=True)"),
    (reading_a_file_runs_no_code, "agents/x.py", "import torch\ntorch.load(file)"),
    (names_say_something, "agents/utils.py", ""),
    (names_say_something, "envs/common/x.py", ""),
    (names_say_something, "tests/helpers.py", ""),
    (modules_say_what_they_answer, "agents/x.py", "import numpy"),
    (modules_say_what_they_answer, "agents/x.py", "\n'''Too late.'''"),
    (modules_say_what_they_answer, "tests/envs/test_x.py", ""),
    (top_level_is_known, "notes.txt", ""),
    (top_level_is_known, "scripts/x.sh", ""),
]


@pytest.mark.parametrize(("rule", "path", "text"), BREACHES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_rule_catches_its_breach(rule, path, text, project):
    doc = "" if rule is modules_say_what_they_answer else '"""A file."""\n'
    if rule is compiled_rules:
        project("envs/go/game.py", '"""A game."""\nimport gymnasium\n')
    breaches = rule(project(path, doc + text))
    assert breaches
    assert Path(path).parts[0] in breaches[0]


def test_a_heavy_import_is_caught(project):
    project("numba.py", "")
    assert loaded_by("envs", project("envs/__init__.py", "def f():\n    import numba\n"), {"numba"}) == set()
    assert loaded_by("envs", project("envs/__init__.py", "import numba\n"), {"numba"}) == {"numba"}
