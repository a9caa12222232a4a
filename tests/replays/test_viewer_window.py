"""Does the viewer's window do what its keys and the mouse say? In a real window, with real keys."""

import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from functools import cached_property
from pathlib import Path

import pytest
from PIL import Image

from envs.catalog import make_game
from replays.replay import Seat, read_replay, record, write_replay
from replays.verify import verify

ROOT = Path(__file__).parents[2]

# Shows a game and prints what is shown, a line of JSON, whenever that has changed. Agents walk in a circle.
PROGRAM = """
import json, sys
import numpy as np, pygame
from envs.catalog import make_game
from arena.watching import reloading
from envs.view import Decision
from replays.live import Live
from replays.playback import Playback
from replays.replay import Seat, read_replay
from replays.viewer import show, window

def clockwise(view):
    action = int(view.states.ply[0]) % 4
    return Decision(np.array([action]), np.array([0.5]), np.eye(4)[[action]])

def passing(view):
    return Decision(np.array([view.mask.shape[1] - 1]))

def failing(view):
    raise RuntimeError("the network is gone")

def think(states, seat):
    moves = np.arange(len(states)) % 4
    return Decision(moves, np.linspace(0, 1, len(states)), np.eye(4)[moves], np.eye(4)[moves])

def jumps(vy):
    return int(((vy[1:] < -900) & (vy[:-1] >= 0)).sum())

def tell(self):
    draw(self)
    session, live = self.session, self.session.live
    shown = dict(
        position=session.playback.position, last=session.playback.last, playing=session.playback.playing,
        speed=session.playback.speed, mode=session.mode, overlays=sorted(session.insight.overlays), help=session.help,
        toast=session.toast.text, size=self.surface.get_size(), seed=live and live.seed, seat=session.seat,
        cell=int(getattr(session.playback.state, "cell", [-1])[0]), choice=session.choice,
        persons=sorted(live.persons) if live else None,
        error=live and live.error, pictures=sorted(name for name, _ in session.insight.pictures()),
        timeline=list(window.layout(self.surface.get_size()).timeline or ()),
        board=list(window.layout(self.surface.get_size()).board), verdict=session.verdict,
        x=int(getattr(session.playback.state, "x", [0])[0]), held=sorted(session.held._down),
        jumps=jumps(session.playback.states.vy[:, 0]) if kind == "run" else 0,
    )
    if shown != told:
        told.clear()
        told.update(shown)
        print(json.dumps(shown), flush=True)

told = {}
draw, window.Window._draw = window.Window._draw, tell
kind, *rest = sys.argv[1:]
more = {}
if kind == "file":
    source = Playback.of(read_replay(rest[0]))
else:
    game = make_game(rest[0])
    players = dict(watch=[clockwise], play=[None], fail=[failing], race=[None, clockwise], go=[None, passing],
                   run=[None])[kind]
    source = Live(game, 7, players, [Seat(f"agent {k}", "circle") for k in range(game.seats)])
    more = {"think": think}
if kind == "run":
    more = {"rest": 500, "reload": reloading(rest[0], game.kwargs)}
show(source, title="a test", **more)
"""


class Viewer:
    """A viewer in another process: press keys, and expect what it then shows."""

    def __init__(self, environment, folder, *arguments):
        self._environment = environment
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, arguments)],
            env=environment | {"PYTHONPATH": str(ROOT)},
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines, self.errors = [], []
        self._changed = threading.Condition()
        for stream, take in ((self.process.stdout, self._take), (self.process.stderr, self.errors.append)):
            threading.Thread(target=self._read, args=(stream, take), daemon=True).start()

    def _read(self, stream, take):
        for line in stream:
            take(line)
        with self._changed:
            self._changed.notify_all()

    def _take(self, line):
        with self._changed:
            self.lines.append(json.loads(line))
            self._changed.notify_all()

    def expect(self, seconds=20, **shown):
        """Wait until all of this is shown; a value may be a function that has to hold."""

        def holds():
            return self.lines and all(
                want(self.lines[-1][name]) if callable(want) else self.lines[-1][name] == want
                for name, want in shown.items()
            )

        with self._changed:
            self._changed.wait_for(lambda: holds() or self.process.poll() is not None, seconds)
        assert holds(), f"expected {shown}\nshown    {self.lines[-1:]}\n{''.join(self.errors)}"
        return self.lines[-1]

    def xdo(self, *arguments):
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(command, env=self._environment, timeout=20, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @cached_property
    def window(self):
        """The number of the window, which xdotool finds by its process."""
        return self.xdo("search", "--pid", self.process.pid).split()[0]

    def press(self, *keys):
        self.xdo("key", "--delay", 30, *keys)

    def point(self, x, y):
        """Move the mouse to a point of the window."""
        self.xdo("mousemove", "--window", self.window, x, y)

    def press_close_button(self):
        """Send what a window manager sends then, which xdotool cannot.

        A client message of format 32 in the layout of Xlib's XClientMessageEvent; 33 is ClientMessage.
        """
        x = ctypes.CDLL("libX11.so.6")
        x.XOpenDisplay.restype, x.XInternAtom.restype = ctypes.c_void_p, ctypes.c_ulong
        display = ctypes.c_void_p(x.XOpenDisplay(self._environment["DISPLAY"].encode()))
        protocols, delete = (
            x.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW")
        )
        window = int(self.window)
        event = (ctypes.c_long * 24)(33, 0, 1, 0, window, protocols, 32, delete, 0)
        assert x.XSendEvent(display, ctypes.c_ulong(window), 0, 0, event)
        x.XCloseDisplay(display)

    def end(self):
        """Wait for the end and return the exit status."""
        return self.process.wait(timeout=20)


@pytest.fixture
def view(window, tmp_path):
    """Give a function that opens a viewer and waits until it shows something."""
    opened = []

    def start(*arguments):
        viewer = Viewer(window, tmp_path, *arguments)
        opened.append(viewer)
        viewer.expect(60)
        viewer.point(200, 100)
        return viewer

    yield start
    for viewer in opened:
        viewer.process.kill()
        viewer.process.wait(timeout=20)


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """Record a walk along the cliff, 60 plies, that falls down at plies 20 and 41."""
    path = tmp_path_factory.mktemp("replay") / "walk.replay"
    actions = [0, 2] * 9 + [3] + [1] + [0, 2] * 10 + [1] + [0, 2] * 9 + [3]
    write_replay(
        path, record(make_game("gridworld:level=cliff"), 1, [Seat("walker")], [[a] for a in actions])
    )
    return path


def test_a_recording_is_watched(view, walk, tmp_path):
    viewer = view("file", walk)
    shown = viewer.expect(position=lambda p: p > 2, playing=True)  # it runs by itself
    assert (shown["mode"], shown["last"], shown["speed"]) == ("analyse", 60, 8)

    viewer.press("space")
    here = viewer.expect(playing=False)["position"]
    viewer.press("Right")
    viewer.expect(position=here + 1)
    viewer.press("Left", "Left")
    viewer.expect(position=here - 1)
    viewer.press("End")
    viewer.expect(position=60)
    viewer.press("shift+Left")
    viewer.expect(position=50)
    viewer.press("Home")
    viewer.expect(position=0)
    viewer.press("shift+Right")
    viewer.expect(position=10)
    viewer.xdo("click", 4)  # the wheel, away from oneself
    viewer.expect(position=9)
    viewer.xdo("click", 5)
    viewer.expect(position=10)

    viewer.press("plus")
    viewer.expect(speed=15)
    viewer.press("minus", "minus")
    viewer.expect(speed=4)
    viewer.press("Prior", "Prior", "Next")
    viewer.expect(speed=8)

    viewer.press("n")
    viewer.expect(position=20, toast="ply 20: -100")
    viewer.press("n")
    viewer.expect(position=41)
    viewer.press("n")
    viewer.expect(position=41, toast="no later event")
    viewer.press("shift+n")
    viewer.expect(position=20)

    viewer.press("question")
    viewer.expect(help=True)
    viewer.press("Escape")
    viewer.expect(help=False)
    viewer.press("F1", "F1")
    viewer.press("3")
    viewer.expect(help=False, overlays=["visits"], pictures=["visits"])
    viewer.press("2")
    viewer.expect(toast="nobody's value is in this recording", overlays=["visits"])
    viewer.press("4", "5")
    viewer.expect(overlays=["legal", "network", "visits"])
    viewer.press("h")
    viewer.expect(toast="this is a recording: nobody plays")

    viewer.press("F12", "s")
    viewer.expect(toast="saved to gridworld-seed1.replay")
    assert (tmp_path / "gridworld-seed1.replay").read_bytes() == walk.read_bytes()
    with Image.open(tmp_path / "gridworld-seed1-ply20.png") as picture:
        assert picture.size == make_game("gridworld:level=cliff").picture_size(
            make_game("gridworld:level=cliff").template[0]
        )
    viewer.press("g")  # and out before it is written
    viewer.press("Escape")
    assert viewer.end() == 0
    with Image.open(tmp_path / "gridworld-seed1.gif") as film:
        assert film.n_frames == 61
    assert not viewer.errors


def test_the_mouse_moves_along_the_timeline(view, walk):
    viewer = view("file", walk)
    left, top, width, height = viewer.lines[-1]["timeline"]
    viewer.press("space")
    viewer.expect(playing=False)
    viewer.point(left + width - 3, top + height // 2)
    viewer.xdo("click", 1)
    viewer.expect(position=60)
    viewer.xdo("mousedown", 1)
    viewer.point(left + width // 2, top + height // 2)
    viewer.expect(position=lambda p: 25 <= p <= 32)
    viewer.point(left + 3, top - 200)  # dragged off it
    viewer.expect(position=0)
    viewer.xdo("mouseup", 1)
    viewer.point(left + width // 2, top + height // 2)
    viewer.press("Right")
    viewer.expect(position=1)
    x, y, width, height = viewer.lines[-1]["board"]
    viewer.point(x + width // 2, y + height // 2)
    viewer.xdo("click", 1)
    viewer.expect(playing=True)


def test_the_close_button_closes_even_while_it_plays(view):
    viewer = view("watch", "gridworld:level=cliff")
    viewer.expect(playing=True)
    viewer.press_close_button()
    assert viewer.end() == 0
    assert not viewer.errors


def test_an_agent_is_watched_and_taken_over(view, tmp_path):
    (tmp_path / "runs").mkdir()
    viewer = view("watch", "gridworld:level=open_field")
    viewer.expect(last=lambda n: n >= 3, mode="analyse")
    viewer.press("1", "2")
    viewer.expect(overlays=["policy", "value"], pictures=["policy", "value"])
    viewer.press("6")  # in place of the policy
    viewer.expect(overlays=["q", "value"], pictures=["q", "value"])

    viewer.press("space")
    at = viewer.expect(playing=False)["last"]
    viewer.press("Right")  # at the end: one more ply is played
    viewer.expect(position=at + 1, last=at + 1)
    viewer.press("Return")
    viewer.expect(position=at + 2, last=at + 2)
    viewer.press("Left", "Left")
    viewer.expect(position=at, last=at + 2)

    viewer.press("h")
    viewer.expect(persons=[0], mode="play", position=at + 2)
    viewer.press("Return")  # the agent moves once for the person
    viewer.expect(last=at + 3, persons=[0])
    viewer.press("Tab")
    viewer.expect(mode="analyse")
    viewer.press("Left", "Tab")
    viewer.expect(mode="play", position=at + 3)
    viewer.press("ctrl+s")
    viewer.expect(toast="saved to runs/gridworld-seed7.replay")
    replay = read_replay(tmp_path / "runs" / "gridworld-seed7.replay")
    assert verify(replay).ok
    assert replay.plies == at + 3
    viewer.press("h")
    viewer.expect(persons=[], mode="analyse", last=lambda n: n > at + 4)


def test_a_person_plays_with_arrows_and_letters(view):
    viewer = view("play", "gridworld:level=open_field")
    start = viewer.expect(mode="play", position=0, persons=[0])["cell"]
    cols = int(make_game("gridworld:level=open_field").template[0].cols)
    viewer.press("Right")
    viewer.expect(cell=start + 1, position=1)
    viewer.press("Down")
    viewer.expect(cell=start + 1 + cols)
    viewer.press("a", "w")
    viewer.expect(cell=start, position=4)
    viewer.press("s")  # south, not save
    viewer.expect(cell=start + cols, position=5)
    viewer.press("d", "d", "d")
    viewer.expect(position=8)
    viewer.press("p")
    viewer.expect(playing=False)
    viewer.press("Return")
    viewer.expect(toast="no agent sits there: it is your move")
    viewer.press("BackSpace")
    viewer.expect(position=0, last=0, seed=8)
    viewer.press("d")
    viewer.expect(position=1)
    viewer.press("shift+BackSpace")
    viewer.expect(position=0, seed=8)


def test_a_person_races_an_agent(view):
    viewer = view("race", "gridworld:level=orchard,obs=grid,foragers=2")
    for ply in range(1, 4):
        viewer.press("d")
        viewer.expect(position=lambda p, ply=ply: p >= ply)
    time.sleep(1)  # a key that was held down for long on a busy machine has come up
    at = viewer.lines[-1]["position"]
    time.sleep(0.4)
    viewer.expect(position=at)  # nobody moves without the person


def test_go_is_played_with_the_mouse(view):
    game = make_game("goban:size=5,komi=0")
    viewer = view("go", game.spec)
    left, top, width, height = viewer.expect(mode="play", position=0)["board"]
    wide, high = game.picture_size(game.template[0])
    share = min(width / wide, height / high)
    size = int(wide * share), int(high * share)
    corner = left + (width - size[0]) // 2, top + (height - size[1]) // 2

    def point(vertex):
        """Move the mouse to where a search of the whole board finds that point."""
        wanted = game.action_names.index(vertex)
        at = next(
            (x, y)
            for x in range(0, size[0], 9)
            for y in range(0, size[1], 9)
            if game.action_at(game.template[0], size, (x + 5, y + 5)) == wanted
        )
        viewer.point(corner[0] + at[0] + 5, corner[1] + at[1] + 5)
        return wanted

    viewer.expect(choice=point("C3"))
    viewer.xdo("click", 1)
    viewer.expect(position=2, toast="", choice=None)  # answered at once, with a pass
    viewer.xdo("click", 1)
    viewer.expect(position=2, toast="C3 is taken by a black stone")
    viewer.expect(choice=point("A1"))
    viewer.point(corner[0] + 3, corner[1] + 3)
    viewer.expect(choice=None)
    viewer.xdo("click", 1)
    viewer.press("p")
    viewer.expect(position=3, verdict="Black wins by 25")
    viewer.press("n")
    viewer.press("shift+n")
    viewer.expect(position=2, toast="ply 2: White passes", mode="analyse")


def test_a_platformer_is_played_in_real_time_with_keys_held_down(view, tmp_path):
    level = "\n\n" + "." * 60 + "\n.S" + "." * 56 + "F.\n" + "#" * 60 + "\n"
    (tmp_path / "my.txt").write_text(level)
    viewer = view("run", "platformer:level=my.txt,actions=buttons,frame_skip=1")
    viewer.expect(mode="play", position=lambda p: p > 5, speed=60)
    viewer.xdo("keydown", "Right")
    began = viewer.expect(held=["right"])["position"], time.monotonic()
    time.sleep(1.5)
    viewer.xdo("keyup", "Right")
    ended = viewer.expect(held=[])["position"], time.monotonic()
    rate = (ended[0] - began[0]) / (ended[1] - began[1])
    assert 40 < rate < 66, f"{rate} plies a second"
    assert viewer.lines[-1]["x"] > 60 * 384  # a second at the speed of a walk, in sub-pixels a tick
    for jumps in (1, 2, 3):
        viewer.xdo("key", "--delay", 1, "space")  # shorter than a ply
        viewer.expect(jumps=jumps)
        time.sleep(0.8)
    viewer.press("p")
    at = viewer.expect(playing=False)["position"]
    time.sleep(0.3)
    viewer.expect(position=at)
    viewer.press("7", "8")
    viewer.expect(pictures=["hitboxes", "window"])
    viewer.press("2")
    viewer.expect(toast="platformer has no picture of value")
    viewer.press("p")
    viewer.expect(playing=True)
    (tmp_path / "my.txt").write_text(level.replace("F", "?"))
    viewer.press("r")
    viewer.expect(toast=lambda said: said.startswith("my.txt:4:59: "), position=lambda p: p > at)
    (tmp_path / "my.txt").write_text(level.replace("#" * 60, "##" + "." * 58))
    viewer.press("r")
    viewer.expect(toast="the level's file was read again", position=lambda p: p < at, seed=7)
    viewer.xdo("keydown", "d")
    viewer.expect(verdict="death")
    viewer.expect(verdict="", position=lambda p: p < 30, seed=7)  # the same again, by itself
    viewer.xdo("keyup", "d")
    viewer.press("Escape")
    assert viewer.end() == 0
    assert not viewer.errors


def test_keys_are_let_go_when_the_window_loses_the_keyboard(view):
    viewer = view("run", "platformer:actions=buttons,frame_skip=1")
    viewer.expect(position=lambda p: p > 5)
    viewer.xdo("keydown", "Right")
    viewer.expect(held=["right"])
    viewer.xdo("windowunmap", viewer.window)
    viewer.expect(held=[])
    viewer.xdo("keyup", "Right")
    viewer.xdo("windowmap", "--sync", viewer.window)
    viewer.press_close_button()
    assert viewer.end() == 0


def test_a_failing_agent_is_said_so_in_the_window(view):
    viewer = view("fail", "gridworld:level=cliff")
    viewer.expect(error="agent 0: RuntimeError: the network is gone")
    viewer.press("h", "w")
    viewer.expect(error="", position=1)
    viewer.press("Escape")
    assert viewer.end() == 0


def test_the_window_can_be_made_tiny_and_large_again(view, walk):
    viewer = view("file", walk)
    for size in ((300, 200), (20, 20), (2, 2), (640, 400), (1270, 950), (1000, 60), (60, 900)):
        viewer.xdo("windowsize", viewer.window, *size)
        viewer.expect(size=list(size))
        viewer.press("question")
        viewer.expect(help=True)
        viewer.press("question", "5")
        viewer.expect(help=False)
    viewer.press("Escape")
    assert viewer.end() == 0
    assert not viewer.errors


@pytest.mark.skipif(os.name != "posix", reason="elsewhere there is a screen")
@pytest.mark.parametrize("display", [{}, {"DISPLAY": ":4711"}], ids=["no display", "a dead display"])
def test_without_a_screen_it_says_so(walk, display):
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    program = PROGRAM.replace("show(source", "from envs.bad_input import BadInput\ntry: show(source").rstrip()
    program += "\nexcept BadInput as error: print(error)\n"
    run = subprocess.run(
        [sys.executable, "-c", program, "file", str(walk)],
        env=environment | display | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "no screen to open a window on: use --record out.gif" in run.stdout, run.stderr
