"""Are games spelled, found and refused as users expect?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.bad_input import BadInput, suggest
from envs.catalog import build, game_class, gymnasium_id, make_game, settings
from envs.gridworld.game import Gridworld
from envs.spec import format_spec, parse_spec, parse_value

words = st.text(st.characters(codec="utf-8", exclude_characters=",=:\n"), min_size=1, max_size=8)
values = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    words.filter(lambda text: parse_value(text) == text),
)


@pytest.mark.parametrize(
    ("spec", "parsed"),
    [
        ("gridworld", ("gridworld", {})),
        ("gridworld:", ("gridworld", {})),
        ("gridworld:level=cliff,slip=0.1", ("gridworld", {"level": "cliff", "slip": 0.1})),
        ("mcts:simulations=400", ("mcts", {"simulations": 400})),
        ("g:a=true,b=false,c=True", ("g", {"a": True, "b": False, "c": "True"})),
        ("g:level=a=b", ("g", {"level": "a=b"})),
        ("g:level=C:/x.txt", ("g", {"level": "C:/x.txt"})),
        ("g:x=", ("g", {"x": ""})),
        ("g:slip=2/3,n=-1e3", ("g", {"slip": "2/3", "n": -1000.0})),
    ],
)
def test_a_spec_is_split(spec, parsed):
    assert parse_spec(spec) == parsed
    assert [type(value) for value in parse_spec(spec)[1].values()] == [type(v) for v in parsed[1].values()]


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("g:cliff", "'cliff' is not of the form key=value"),
        ("g:=3", "'=3' is not of the form key=value"),
        ("g:a=1,a=2", "'a' is given twice"),
    ],
)
def test_a_broken_spec_is_refused(spec, fault):
    with pytest.raises(BadInput) as error:
        parse_spec(spec)
    assert str(error.value) == f"{spec!r}: {fault}"


@given(words, st.dictionaries(words, values, max_size=5))
def test_what_is_formatted_parses_back(name, kwargs):
    assert parse_spec(format_spec(name, kwargs)) == (name, kwargs)


def test_a_text_of_several_lines_is_named_and_never_mistaken_for_another_level():
    game = Gridworld(level="\nS.G")
    assert game.spec == "gridworld:level=<text>"
    with pytest.raises(BadInput, match="no level or file '<text>'"):
        make_game(game.spec)
    assert build("gridworld", game.kwargs).template.tobytes() == game.template.tobytes()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("gridwold", "unknown game 'gridwold'. Did you mean 'gridworld'?"),
        ("zzz", "unknown game 'zzz'. Known: goban, gridworld, platformer."),
        ("gridworld:slp=1", "gridworld: unknown key 'slp'. Did you mean 'slip'?"),
        ("gridworld:level=clif", "no level or file 'clif'. Did you mean 'cliff'?"),
    ],
)
def test_a_misspelling_is_answered_with_what_was_meant(spec, message):
    with pytest.raises(BadInput) as error:
        make_game(spec)
    assert str(error.value).startswith(message)


def test_suggestions():
    assert suggest("clif", ["cliff", "windy"]) == " Did you mean 'cliff'?"
    assert suggest("zzz", ["b", "a"]) == " Known: a, b."
    assert suggest("zzz", map(str, range(21))) == ""
    assert suggest("zzz", []) == ""


def test_ids_and_settings():
    assert gymnasium_id("gridworld") == "gamelab/Gridworld-v0"
    assert game_class("gridworld") is Gridworld
    assert settings(Gridworld)["view"] == 7
    assert list(settings(Gridworld))[:3] == ["level", "obs", "slip"]
