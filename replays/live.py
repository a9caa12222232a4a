"""How is a game played while somebody watches it, or plays it?"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from envs.bad_input import BadInput
from envs.game import Game
from envs.generator import seeded
from envs.view import Decision, Resigned, View
from replays import said
from replays.playback import Playback
from replays.thinker import Thinker

if TYPE_CHECKING:
    from replays.replay import Replay, Seat

Player = Callable[[View], Decision]


class Move(NamedTuple):
    """What an agent is asked about: its move in a position, numbered since the start of the program."""

    position: int
    seat: int


class Live:
    """A game being played: agents think in a thread, people choose when they like, and `go` plays the ply.

    Agents think about a position as soon as it is reached, once; `go` plays the ply, so that whoever watches
    sets the pace. Nothing here waits. One seed and the same players give one game, whatever the pace.

    Args:
        game: the rules.
        seed: of the first episode; each later one takes the next.
        players: one a seat, View -> Decision for one game (B = 1), or None for a person.
        seats: who they are, for the window and the replay.
        agent_seeds: one a seat, for the generator `View.rng` of its player; the next ones for later episodes.
        memories: one a seat, how many numbers its player carries from turn to turn in `View.memory`.

    Attributes:
        playback: the frames of the current episode.
        persons: seats that a person plays now.
        resigned: the seat whose agent gave the episode up, or -1.
    """

    def __init__(
        self,
        game: Game,
        seed: int,
        players: Sequence[Player | None],
        seats: Sequence[Seat],
        agent_seeds: Sequence[int] | None = None,
        memories: Sequence[int] | None = None,
    ) -> None:
        if not len(players) == len(seats) == game.seats:
            raise ValueError(
                f"{game.spec} has {game.seats} seats, not {len(players)} players and {len(seats)} seats"
            )
        self.game, self.players, self.seats = game, tuple(players), tuple(seats)
        self.persons = {seat for seat, player in enumerate(players) if player is None}
        self.thinker = Thinker()
        self._first_seed, self._episode = seed, 0
        self._agent_seeds = tuple(agent_seeds or (seed + seat for seat in range(game.seats)))
        self._memories = tuple(memories or (0 for _ in range(game.seats)))
        self._positions = count()
        self._begin()

    @property
    def seed(self) -> int:
        """Of the current episode."""
        return self._first_seed + self._episode

    @property
    def over(self) -> bool:
        """Whether the episode has ended, by the rules or because somebody resigned."""
        return self.playback.over or self.resigned >= 0

    @property
    def movers(self) -> list[int]:
        """Seats that act next, in the order of the actions."""
        if self.over:
            return []
        return list(range(self.game.seats)) if self.game.acting > 1 else [int(self._state.to_move[0])]

    @property
    def waits_for(self) -> list[int]:
        """Seats that have not chosen yet."""
        return [seat for seat in self.movers if seat not in self._choices]

    @property
    def chosen(self) -> np.ndarray | None:
        """The actions [acting] of the next ply, or None while somebody has not chosen."""
        if self.over or self.waits_for:
            return None
        return np.array([self._choices[seat] for seat in self.movers])

    @property
    def error(self) -> str:
        """Why the game cannot go on, in one line, or nothing."""
        return "; ".join(f"{self.seats[seat].name}: {fault}" for seat, fault in self._faults.items())

    @property
    def thinking(self) -> list[int]:
        """Seats whose agent has been asked and has not answered."""
        return [seat for seat in self._asked if seat not in self._thoughts]

    def new_episode(self, same_seed: bool = False) -> None:
        self._episode += 0 if same_seed else 1
        playing, speed = self.playback.playing, self.playback.speed
        self._begin()
        self.playback.playing, self.playback.speed = playing, speed

    def go_on_with(self, game: Game) -> None:
        """Begin the episode again in another game of the same seats. Raises BadInput where they cannot play it."""
        asked = [player for player in self.players if player]
        if (game.name, game.seats, game.acting) != (self.game.name, self.game.seats, self.game.acting) or (
            asked and _spaces(game) != _spaces(self.game)
        ):
            raise BadInput(f"{game.name}: it has changed so much that those who sit here cannot play it")
        self.game = game
        self.new_episode(same_seed=True)

    def _begin(self) -> None:
        self._state = self.game.new_states([self.seed])
        self._rng = [seeded([seed + self._episode]) for seed in self._agent_seeds]
        self._memory = [np.zeros((1, size), np.float32) for size in self._memories]
        self.playback = Playback(self.game, self._state, names=[seat.name for seat in self.seats])
        self._taken_over = {seat for seat in self.persons if self.players[seat]}
        self.resigned = -1
        self._reached()

    def _reached(self) -> None:
        """Start thinking about a position just reached."""
        self._position = next(self._positions)
        self._choices: dict[int, int] = {}
        self._thoughts: dict[int, Decision] = {}
        self._asked: set[int] = set()
        self._lent: set[int] = set()  # seats whose agent's thought is the choice
        self._faults: dict[int, str] = {}  # of agents that could not choose
        observation, mask = self.game.observe(self._state)
        places = {seat: 0 if self.game.acting == 1 else seat for seat in self.movers}
        self._observed = {seat: (observation[:, i], mask[:, i]) for seat, i in places.items()}
        for seat in self.movers:
            if self._state[0].out[seat]:
                self._choices[seat] = int(self._observed[seat][1].argmax())
            elif seat not in self.persons:
                self.ask_agent(seat)

    def ask_agent(self, seat: int) -> bool:
        """Let the seat's agent choose this once, even where a person plays; False where it has none."""
        player = self.players[seat]
        if player is None or seat not in self._observed:
            return False
        self._lent.add(seat)
        if seat in self._thoughts:
            self._choices[seat] = int(self._thoughts[seat].actions[0])
        elif seat not in self._asked:
            self._asked.add(seat)
            self._faults.pop(seat, None)
            observation, mask = self._observed[seat]
            states = None if self.game.hides else self._state.copy()
            memory, asked = self._memory[seat], np.array([seat])
            view = View(observation.copy(), mask.copy(), self._rng[seat], states, memory, asked)
            self.thinker.ask(Move(self._position, seat), partial(_decide, player, view))
        return True

    def take(self, about: Hashable, answer: Any) -> None:
        """Take in one answer of the thinker; what is not about the position reached is dropped."""
        if not isinstance(about, Move) or about.position != self._position:
            return
        if isinstance(answer, Resigned) and about.seat not in self.persons:
            self.resigned = about.seat
            return
        if fault := _fault(answer, self._observed[about.seat][1][0]):
            self._faults[about.seat] = fault
            self._asked.discard(about.seat)
            return
        self._thoughts[about.seat] = answer
        self.playback.note(self._merged())
        if about.seat in self._lent:
            self._choices.setdefault(about.seat, int(answer.actions[0]))

    def poll(self) -> None:
        """Take in what was thought meanwhile."""
        for about, answer in self.thinker.answers():
            self.take(about, answer)

    def act(self, action: int) -> bool:
        """Let the first person choose who has not; False where nobody is to, or it is not legal."""
        for seat in (seat for seat in self.waits_for if seat in self.persons):
            if not self._observed[seat][1][0, action]:
                return False
            self._choices[seat] = action
            return True
        return False

    def go(self) -> bool:
        """Play the ply if every seat has chosen."""
        actions = self.chosen
        if actions is None:
            return False
        self.game.step(self._state, actions[None])
        self.playback.append(self._state[0], actions)
        self._reached()
        return True

    def take_over(self, seat: int) -> None:
        """Let a person play the seat from now on."""
        self.persons.add(seat)
        self._taken_over.add(seat)
        self._lent.discard(seat)
        self._choices.pop(seat, None)
        self._faults.pop(seat, None)

    def hand_back(self, seat: int) -> bool:
        """Give the seat back to its agent; False where it has none."""
        if self.players[seat] is None:
            return False
        self.persons.discard(seat)
        self._choices.pop(seat, None)
        self.ask_agent(seat)
        return True

    def _merged(self) -> Decision:
        """Return what all acting seats think as one Decision over them."""
        rows = [self._thoughts.get(seat) for seat in self.movers]
        actions = np.array([-1 if row is None else int(row.actions[0]) for row in rows])
        return Decision(actions, **{name: _stack(name, rows) for name in said.FIELDS})

    def to_replay(self) -> Replay:
        """Return the episode so far. A seat that was taken over in it is not put down to its agent."""
        from msgspec.structs import replace

        from replays.replay import Annotations, Seat, record

        seats = [
            Seat(f"{seat.name}, taken over") if number in self._taken_over else seat
            for number, seat in enumerate(self.seats)
        ]
        thoughts = Annotations(**self.playback.thoughts())
        replay = record(self.game, self.seed, seats, self.playback.actions, thoughts)
        return replace(replay, loser=self.resigned, ending="resigned") if self.resigned >= 0 else replay

    def close(self) -> None:
        self.thinker.close()


def _decide(player: Player, view: View) -> Decision:
    """Return the player's decision in arrays of the proper shapes; raises whatever is wrong with it."""
    decision = player(view)
    action = np.asarray(decision.actions, np.int64).reshape(1)
    fields = {name: said.of_one_game(decision, name, view.mask.shape[1]) for name in said.FIELDS}
    return Decision(
        action, **{name: field if field is None else field[None] for name, field in fields.items()}
    )


def _fault(answer: Decision | Exception, mask: np.ndarray) -> str:
    """Return why that is no decision for one game with this mask [actions], or nothing."""
    if isinstance(answer, Exception):
        return " ".join(f"{type(answer).__name__}: {answer}".split())
    action = int(answer.actions[0])
    return "" if 0 <= action < len(mask) and mask[action] else f"action {action} is not legal here"


def _spaces(game: Game) -> tuple:
    return game.observation_space, game.action_space


def _stack(name: str, rows: list[Decision | None]) -> np.ndarray | None:
    """Return that field of all rows, or None where none of them has it."""
    fields = [getattr(row, name, None) for row in rows]
    known = next((field for field in fields if field is not None), None)
    if known is None:
        return None
    return np.concatenate([said.silence(name, known.shape) if field is None else field for field in fields])
