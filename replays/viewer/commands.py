"""What happens when a key is pressed? One method for each row of the key table."""

from __future__ import annotations

from envs.bad_input import BadInput
from replays.viewer.saving import Saving
from replays.viewer.session import ANALYSE, PLAY, Session

_RECORDED = "this is a recording: nobody plays"


class Commands:
    """Each method is named in `keys.TABLE` and takes whether Shift was down.

    `quitting` is set when the window is to close; `wants_png`, "board" or "window", when it is to be kept.
    """

    def __init__(self, session: Session, saving: Saving) -> None:
        self.session, self.saving = session, saving
        self.quitting = False
        self.wants_png = ""

    # watch

    def pause(self, shift: bool = False) -> None:
        playback = self.session.playback
        if playback.playing:
            playback.pause()
            if self.session.real_time:
                self.session.say("paused: P goes on")
        else:
            if playback.over and playback.at_end:
                self.session.mode = ANALYSE
            playback.play()

    def forward(self, shift: bool = False) -> None:
        self.session.step(10 if shift else 1)

    def back(self, shift: bool = False) -> None:
        self.session.step(-10 if shift else -1)

    def home(self, shift: bool = False) -> None:
        self.seek(0)

    def end(self, shift: bool = False) -> None:
        self.seek(self.session.playback.last)

    def seek(self, frame: int) -> None:
        self.session.playback.seek(frame)
        self.session.look_back()

    def event(self, shift: bool) -> None:
        playback = self.session.playback
        if playback.previous_event() if shift else playback.next_event():
            self.session.say(f"ply {playback.position}: {playback.events[playback.position]}")
            self.session.look_back()
        else:
            self.session.say("no earlier event" if shift else "no later event")

    def faster(self, shift: bool = False) -> None:
        self.session.playback.faster()

    def slower(self, shift: bool = False) -> None:
        self.session.playback.slower()

    # see what the agent thinks

    def policy(self, shift: bool = False) -> None:
        self.session.insight.toggle("policy")

    def value(self, shift: bool = False) -> None:
        self.session.insight.toggle("value")

    def visits(self, shift: bool = False) -> None:
        self.session.insight.toggle("visits")

    def legal(self, shift: bool = False) -> None:
        self.session.insight.toggle("legal")

    def network(self, shift: bool = False) -> None:
        self.session.insight.toggle("network")

    def q(self, shift: bool = False) -> None:
        self.session.insight.toggle("q")

    def hitboxes(self, shift: bool = False) -> None:
        self.session.insight.toggle("hitboxes")

    def window(self, shift: bool = False) -> None:
        self.session.insight.toggle("window")

    def owner(self, shift: bool = False) -> None:
        self.session.insight.toggle("owner")

    # play

    def mode(self, shift: bool = False) -> None:
        session = self.session
        if session.mode == PLAY:
            session.mode = ANALYSE
        elif session.live is None:
            session.say(_RECORDED)
        elif not session.live.persons:
            session.say("the agents play: H takes over a seat")
        else:
            session.mode = PLAY
            session.playback.end()
            session.playback.playing = not session.live.over

    def take_over(self, shift: bool = False) -> None:
        session, live = self.session, self.session.live
        if live is None:
            session.say(_RECORDED)
            return
        name = session.playback.names[session.seat]
        if session.seat not in live.persons:
            live.take_over(session.seat)
            session.mode = PLAY
            session.say(f"you play {name} now; H hands back")
        elif live.hand_back(session.seat):
            session.mode = PLAY if live.persons else ANALYSE
            session.playback.play()
            session.say(f"{name} plays on")
        else:
            session.say(f"{name} has no agent to hand back to")

    def agent_move(self, shift: bool = False) -> None:
        session, live = self.session, self.session.live
        if live is None:
            session.say(_RECORDED)
        elif live.over:
            session.say("the episode is over: Backspace begins a new one")
        elif all([live.ask_agent(seat) for seat in live.waits_for]):
            session.play_ply()
        else:
            session.say("no agent sits there: it is your move")

    def new_episode(self, shift: bool) -> None:
        session = self.session
        if session.live is None:
            session.say(_RECORDED)
            return
        session.new_episode(same_seed=shift)
        if session.live.persons:
            session.mode = PLAY
        session.say(f"new episode, seed {session.live.seed}")

    def reload(self, shift: bool = False) -> None:
        self.session.reload()
        if self.session.live and self.session.live.persons:
            self.session.mode = PLAY

    # keep

    def save_replay(self, shift: bool = False) -> None:
        self._saved(self.saving.replay)

    def save_gif(self, shift: bool = False) -> None:
        self._saved(self.saving.gif)

    def _saved(self, save) -> None:
        try:
            save(self.session)
        except BadInput as error:
            self.session.say(str(error))

    def save_png(self, shift: bool) -> None:
        self.wants_png = "window" if shift else "board"

    # the window

    def help(self, shift: bool = False) -> None:
        self.session.help = not self.session.help

    def quit(self, shift: bool = False) -> None:
        self.quitting = not self.session.help
        self.session.help = False
