"""Does every press of a key count, for as long as it lasts, and none when the keyboard is lost?"""

from hypothesis import given
from hypothesis import strategies as st

from replays.viewer.held import Held

KEYS = {"left": ("left", "a"), "jump": ("space", "up"), "run": ("shift",)}


def test_a_held_key_counts_at_every_ply_until_it_is_let_go():
    held = Held()
    held.press("a")
    assert [held.take(KEYS) for _ in range(3)] == [{"left"}] * 3
    held.press("space")
    assert held.take(KEYS) == {"left", "jump"}
    held.release("a")
    assert held.take(KEYS) == {"jump"}


def test_a_tap_between_two_plies_counts_once():
    held = Held()
    held.press("space")
    held.release("space")
    assert [held.take(KEYS) for _ in range(3)] == [{"jump"}, set(), set()]


def test_a_key_let_go_and_pressed_again_in_between_is_seen_to_be_let_go():
    held = Held()
    held.press("space")
    assert held.take(KEYS) == {"jump"}
    held.release("space")
    held.press("space")
    assert [held.take(KEYS) for _ in range(3)] == [set(), {"jump"}, {"jump"}]


def test_losing_the_keyboard_lets_go_of_all():
    held = Held()
    for key in ("a", "space"):
        held.press(key)
    held.clear()
    assert held.take(KEYS) == set()
    held.release("a")  # comes late, or never
    assert held.take(KEYS) == set()


def test_two_keys_of_one_button_and_a_key_of_none():
    held = Held()
    for key in ("left", "a", "x"):
        held.press(key)
    held.release("a")
    assert held.take(KEYS) == {"left"}


@given(st.lists(st.sampled_from(["press", "release", "take"]), max_size=40))
def test_presses_that_count_begin_as_often_as_the_key_went_down_but_for_what_one_ply_hides(script):
    """At each ply one press can begin; more than that in one ply are one."""
    held, down, began, pressed, before = Held(), False, 0, 0, set()
    fresh = False
    for what in [*script, "take", "take", "take"]:
        if what == "press" and not down:
            held.press("space")
            down, fresh = True, True
        elif what == "release" and down:
            held.release("space")
            down = False
        elif what == "take":
            pressed += fresh
            fresh = False
            now = held.take(KEYS)
            began += bool(now - before)
            before = now
    assert began <= pressed
    assert began >= (pressed + 1) // 2
    assert ("jump" in before) == down
