"""Is a cup file understood, or refused in one line that says where?"""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.cup import Cup, read_cup
from envs.bad_input import BadInput

SOUND = """# the autumn cup
env: gridworld:level=cliff,slip=0.1
agents: [random, value_iteration:gamma=0.9, "gtp:gnugo --mode gtp --level 1"]
pairs: 20
seed: 7
workers: 2
out: runs/cup
"""


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "cup.yml"


def fault(file: Path, text: str | bytes) -> str:
    """Return what is said of the file, in one line that begins with its path."""
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(BadInput) as caught:
        read_cup(file, {})
    line = str(caught.value)
    assert line.startswith(str(file))
    assert "\n" not in line
    assert len(line) < 500
    return line.removeprefix(str(file))


def test_a_sound_file_is_read(file):
    file.write_text(SOUND)
    agents = ["random", "value_iteration:gamma=0.9", "gtp:gnugo --mode gtp --level 1"]
    assert read_cup(file, {}) == Cup("gridworld:level=cliff,slip=0.1", agents, 20, 7, 2, "runs/cup")


def test_what_is_left_out_has_its_default(file):
    file.write_text("env: e\nagents:\n- a\n- b\n")
    assert read_cup(file, {}) == Cup("e", ["a", "b"], pairs=10, seed=0, workers=1, out=None)


def test_the_command_line_counts_before_the_file(file):
    file.write_text(SOUND)
    cup = read_cup(file, {"pairs": 3, "agents": ["a", "b"]})
    assert (cup.pairs, cup.agents, cup.seed) == (3, ["a", "b"], 7)


def test_the_command_line_alone_is_enough():
    assert read_cup(None, {"env": "e", "agents": ["a", "b"]}) == Cup("e", ["a", "b"])
    with pytest.raises(BadInput, match="tournament: 'agents' is missing; give --agents"):
        read_cup(None, {"env": "e"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("env: e\nagent: [a, b]", ": unknown key 'agent'. Did you mean 'agents'"),
        ("agents: [a, b]", ": 'env' is missing"),
        ("env: e", ": 'agents' is missing"),
        ("env: e\nagents: [a]", ": agents: "),
        ("env: e\nagents: a b", ": agents: "),
        ("env: e\nagents: [a, [b]]", ": agents[1]: "),
        ("env: [e]\nagents: [a, b]", ": env: "),
        ("env: e\nagents: [a, b]\npairs: many", ": pairs: "),
        ("env: e\nagents: [a, b]\npairs: 0", ": pairs: "),
        ("env: e\nagents: [a, b]\npairs: 2.5", ": pairs: "),
        ("env: e\nagents: [a, b]\npairs: 1000000000000", ": pairs: "),
        ("env: e\nagents: [a, b]\nseed: -1", ": seed: "),
        (f"env: e\nagents: [a, b]\nseed: {'9' * 9000}", ": seed: "),
        ("env: e\nagents: [a, b]\nworkers: 257", ": workers: "),
        ("env: e\nagents: [a, b]\nout: [x]", ": out: "),
        ("env: e\n  agents: [a, b]", ":2:9: "),
        ("env: [e", ":1:8: "),
        ("env: \x07", ": not YAML"),
        ("", ": a tournament is written as"),
        ("- a\n- b", ": a tournament is written as"),
        ("just words", ": a tournament is written as"),
        (b"env: \xff\xfe", ": not UTF-8 text, at byte 5"),
        ("? [a]\n: b", ":1:3: "),
        ("env: !!python/object/apply:os.system [ls]\nagents: [a, b]", ": env: "),
        ("a: &a [*a]", ":1:4: "),
    ],
)
def test_a_mistake_is_named_with_its_place(file, text, says):
    assert says in fault(file, text)


@pytest.mark.parametrize("mark", ["[", "- ", "{", "a: &a [*a,", "? ", "'", "&a ", "!!int "])
def test_deep_nesting_and_endless_lines_are_refused(file, mark):
    fault(file, mark * (200_000 // len(mark)))


def test_a_large_file_is_refused_unread(file):
    assert "larger than 256 KiB" in fault(file, b"x" * (1 << 18) + b"x")


def test_a_billion_laughs_are_not_laughed(file):
    laughs = ["&l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    laughs += [f"&l{i} [{', '.join([f'*l{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert "unknown key" in fault(file, "\n".join(f"x{i}: {laugh}" for i, laugh in enumerate(laughs)))
    agents = "\n".join(f"- {laugh}" for laugh in ["ha", *laughs])
    assert ": agents[1]: " in fault(file, f"env: e\nagents:\n{agents}")


def test_a_folder_or_a_missing_file_says_so(tmp_path):
    with pytest.raises(BadInput, match=r"no\.yml: No such file"):
        read_cup(tmp_path / "no.yml", {})
    with pytest.raises(BadInput, match="Is a directory"):
        read_cup(tmp_path, {})


# Whatever stands in a file: a cup, or one line.

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(["env", "agents", "pairs", "seed", "workers", "out", "agnets"]) | st.text(max_size=5)


def cup_or_line(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    try:
        assert isinstance(read_cup(file, {}), Cup)
    except BadInput as error:
        assert str(error).startswith(str(file))
        assert "\n" not in str(error)


@given(st.dictionaries(keys, values, max_size=7), st.booleans())
@settings(max_examples=200)
def test_any_yaml_is_a_cup_or_refused(tmp_path_factory, settings, flow):
    cup_or_line(
        tmp_path_factory.getbasetemp() / "any.yml", yaml.dump(settings, default_flow_style=flow).encode()
    )


@given(
    st.lists(
        st.tuples(st.integers(0, len(SOUND)), st.integers(0, 5), st.binary(max_size=6)),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=300)
def test_a_damaged_file_is_a_cup_or_refused(tmp_path_factory, cuts):
    data = SOUND.encode()
    for at, drop, noise in cuts:
        data = data[:at] + noise + data[at + drop :]
    cup_or_line(tmp_path_factory.getbasetemp() / "damaged.yml", data)


@given(st.text("[]{}&*!|>%@`'\"?:-,# \n\tabc0", max_size=40))
@settings(max_examples=300)
def test_any_signs_are_a_cup_or_refused(tmp_path_factory, text):
    cup_or_line(tmp_path_factory.getbasetemp() / "signs.yml", text.encode())
