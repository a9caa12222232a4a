"""What do the rules of the platformer say? Written out slowly, with things as objects, to judge the fast ones.

Everything is a box; walls, foes and lifts are lists that are looked through as a whole. Foes and lifts go step by step,
where the rules know their places from the tick. Lengths are sub-pixels, 4096 to a tile, as in `envs.platformer.world`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np

TILE, PIXEL = 4096, 256
WIDE, TALL = 10 * PIXEL, 15 * PIXEL  # a runner
FOE_WIDE, FOE_TALL = 14 * PIXEL, 13 * PIXEL
KINDS = {
    1: "wall",
    2: "ledge",
    4: "spike",
    8: "coin",
    17: "spring",
    33: "brick",
    64: "flag",
    128: "checkpoint",
}
HARD = ("wall", "spring", "brick")
NEVER = -(10**9)


@dataclass(frozen=True)
class Box:
    left: int
    top: int
    width: int
    height: int
    what: str = ""

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def meets(self, other: Box) -> bool:
        """Return whether the two have a part in common; to touch is not enough."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def moved(self, right: int, down: int) -> Box:
        return Box(self.left + right, self.top + down, self.width, self.height)


class Patrol:
    """Something that goes to and fro between two ends, one step a tick."""

    def __init__(self, x: int, y: int, right: int, down: int, speed: int, phase: int) -> None:
        self.x, self.y, self.upright, self.length, self.speed = x, y, down > 0, right + down, speed
        self.at, self.way = (phase, 1) if phase < self.length else (2 * self.length - phase, -1)
        self.before = self.now

    @property
    def now(self) -> tuple[int, int]:
        return (self.x, self.y + self.at) if self.upright else (self.x + self.at, self.y)

    def step(self) -> None:
        self.before = self.now
        self.at += self.way * self.speed
        while self.length and not 0 <= self.at <= self.length:
            self.at = 2 * self.length - self.at if self.at > self.length else -self.at
            self.way = -self.way
        if self.length == 0:
            self.at = 0


class Runner:
    def __init__(self, x: int, y: int, lives: int) -> None:
        self.lives, self.score, self.coins, self.out = lives, 0, 0, False
        self.home, self.farthest = (x, y), x
        self.go_home()

    def go_home(self) -> None:
        self.box = Box(*self.home, WIDE, TALL)
        self.vx = self.vy = 0
        self.under: str | int = "air"  # or "ground", or the number of a lift
        self.left_ground = self.pressed = NEVER  # the tick in which it did; jumps use both up
        self.light: str = ""  # what lets it rise lightly: "jump" or "spring"
        self.was_held = False


class Referee:
    """One game from the state at its start. `play` takes one action for each runner."""

    def __init__(self, state: np.record) -> None:
        self.tick, self.plies, self.reason = 0, 0, "playing"
        self.rows, self.cols, self.skip = int(state.rows), int(state.cols), int(state.frame_skip)
        self.progress, self.by_coin, self.by_flag, self.by_death, self.by_time = state.reward.tolist()
        self.buttons = [
            {name for bit, name in enumerate(("left", "right", "jump", "run")) if bits >> bit & 1}
            for bits in state.buttons.tolist()
        ]
        self.tiles: dict[tuple[int, int], Box] = {}
        for cell, bits in enumerate(state.tile[: self.rows * self.cols].tolist()):
            if bits:
                row, col = divmod(cell, self.cols)
                self.tiles[row, col] = Box(col * TILE, row * TILE, TILE, TILE, KINDS[bits])
        self.foes = self._patrols(state, "foe")
        self.up = [True] * len(self.foes)
        self.lifts = self._patrols(state, "lift")
        self.lift_widths = state.lift_width[: len(self.lifts)].tolist()
        self.runners = [
            Runner(int(state.start_x), int(state.start_y), int(state.lives_given))
            for _ in range(len(state.x))
        ]
        if state.time_limit:
            self.limit = int(state.time_limit)
        else:
            ticks = int(state.time_given) or max(1200, 24 * self.cols)
            self.limit = -(-ticks // self.skip)

    @staticmethod
    def _patrols(state: np.record, what: str) -> list[Patrol]:
        fields = [state[f"{what}_{key}"].tolist() for key in ("x", "y", "right", "down", "speed", "phase")]
        return [Patrol(*values) for values in list(zip(*fields, strict=True))[: state[f"{what}_count"]]]

    # Where things are

    def near(self, box: Box) -> list[Box]:
        """Return the tiles that share a part with the box."""
        rows = range(box.top // TILE - 1, box.bottom // TILE + 2)
        cols = range(box.left // TILE - 1, box.right // TILE + 2)
        found = (self.tiles.get((row, col)) for row in rows for col in cols)
        return [tile for tile in found if tile and tile.meets(box)]

    def walls(self, box: Box) -> list[Box]:
        """Return what is hard in the box. Beyond the sides of the level all is."""
        found = [tile for tile in self.near(box) if tile.what in HARD]
        for side in (Box(-TILE, box.top, TILE, box.height), Box(self.cols * TILE, box.top, TILE, box.height)):
            if side.meets(box):
                found.append(side)
        return found

    # One ply, one tick

    def play(self, actions: list[int]) -> None:
        if self.reason != "playing":
            return
        self.plies += 1
        for runner in self.runners:
            if not runner.out:
                before, after = (
                    floor(Fraction(self.by_time * self.skip * n, 4)) for n in (self.plies - 1, self.plies)
                )
                runner.score += after - before
        for _ in range(self.skip):
            if self.reason == "playing":
                self.pass_tick(actions)
        if self.reason == "playing" and self.plies >= self.limit:
            self.reason = "time limit"

    def pass_tick(self, actions: list[int]) -> None:
        self.tick += 1
        for thing in self.foes + self.lifts:
            thing.step()
        for k in range(len(self.runners)):
            seat = (self.tick + k) % len(self.runners)
            if not self.runners[seat].out:
                self.run(self.runners[seat], self.buttons[actions[seat]])

    def run(self, runner: Runner, held: set[str]) -> None:
        feet_before = runner.box.bottom
        if isinstance(runner.under, int):
            self.ride(runner)
        self.steer(runner, held)
        self.jump_or_fall(runner, "jump" in held)
        self.sideways(runner, runner.vx)
        stood = runner.under != "air"
        runner.under = "air"
        if runner.vy < 0:
            self.rise(runner)
        else:
            self.sink(runner)
        if stood and runner.under == "air":
            runner.left_ground = self.tick
        if runner.vy < 0:  # jumped or thrown: no second jump
            runner.left_ground = NEVER
        self.touch(runner, held, feet_before)

    def ride(self, runner: Runner) -> None:
        lift = self.lifts[runner.under]
        speed = runner.vx
        self.sideways(runner, lift.now[0] - lift.before[0])
        runner.vx = speed
        there = runner.box.moved(0, lift.now[1] - runner.box.bottom)
        if not self.walls(there):
            runner.box = there

    def steer(self, runner: Runner, held: set[str]) -> None:
        ground = runner.under != "air"
        way = ("right" in held) - ("left" in held)
        top = 656 if "run" in held else 384
        speed = runner.vx * (way or 1)
        if way == 0:
            drag = 20 if ground else 4
            runner.vx = 0 if abs(speed) <= drag else speed + (drag if speed < 0 else -drag)
            return
        if speed < 0:
            speed += 48 if ground else 32
        elif speed < top:
            speed = min(top, speed + ((24 if "run" in held else 20) if ground else 20))
        elif ground:
            speed = max(top, speed - 20)
        runner.vx = speed * way

    def jump_or_fall(self, runner: Runner, held: bool) -> None:
        """A press counts 6 ticks longer, and so does ground that was left."""
        if held and not runner.was_held:
            runner.pressed = self.tick
        runner.was_held = held
        stands = runner.under != "air" or self.tick - runner.left_ground <= 6
        if stands and self.tick - runner.pressed <= 6:
            runner.vy = -(1060 + abs(runner.vx) // 4)
            runner.light, runner.pressed, runner.left_ground, runner.under = "jump", NEVER, NEVER, "air"
        if runner.light == "jump" and not held:
            runner.light = ""
        runner.vy = min(1152, runner.vy + (40 if runner.vy < 0 and runner.light else 104))

    def sideways(self, runner: Runner, by: int) -> None:
        there = runner.box.moved(by, 0)
        if by and (walls := self.walls(there)):
            to = min(wall.left for wall in walls) - WIDE if by > 0 else max(wall.right for wall in walls)
            there = Box(to, there.top, WIDE, TALL)
            runner.vx = 0
        runner.box = there

    def rise(self, runner: Runner) -> None:
        box = runner.box
        there = box.moved(0, runner.vy)
        walls = self.walls(there)
        if walls and len({wall.left for wall in walls}) == 1:
            wall = walls[0]
            past = wall.right - box.left if wall.left <= box.left else wall.left - box.right
            aside = box.moved(past, 0)
            if abs(past) <= 4 * PIXEL and not self.walls(aside):
                there, walls = aside.moved(0, runner.vy), self.walls(aside.moved(0, runner.vy))
        if not walls:
            runner.box = there
            return
        runner.box = Box(box.left, max(wall.bottom for wall in walls), WIDE, TALL)
        runner.vy, runner.light = 0, ""
        bricks = [wall for wall in walls if wall.what == "brick"]
        middle = box.left + WIDE // 2
        if bricks:  # the one with the middle of the head under it, if there is a choice
            self.break_brick(
                next((brick for brick in bricks if brick.left <= middle < brick.right), bricks[0])
            )

    def break_brick(self, brick: Box) -> None:
        del self.tiles[brick.top // TILE, brick.left // TILE]
        above = Box(brick.left, brick.top - TILE, TILE, TILE)
        for k, foe in enumerate(self.foes):
            x, y = foe.now
            if above.left < x + FOE_WIDE and x < above.right and above.top <= y < above.bottom:
                self.up[k] = False

    def sink(self, runner: Runner) -> None:
        box = runner.box
        there = box.moved(0, runner.vy)
        reach = Box(box.left, box.top, WIDE, TALL + runner.vy + 1)  # down to touching
        floors = [
            tile
            for tile in self.near(reach)
            if tile.what in (*HARD, "ledge") and box.bottom <= tile.top <= there.bottom
        ]
        if any(tile.what == "spring" for tile in floors):
            runner.box = box.moved(0, floors[0].top - box.bottom)
            runner.vy, runner.light = -1720, "spring"
            return
        if floors:
            self.stand(runner, floors[0].top, "ground")
        else:
            runner.box = there
        for k, lift in enumerate(self.lifts):
            (x, top), (_, top_before) = lift.now, lift.before
            over = box.left < x + self.lift_widths[k] and x < box.right
            crossed = box.bottom <= max(top, top_before) and there.bottom >= top
            best = runner.under == "air" or top < runner.box.bottom
            if over and crossed and best and not self.walls(box.moved(0, top - box.bottom)):
                self.stand(runner, top, k)
                return

    @staticmethod
    def stand(runner: Runner, top: int, under: str | int) -> None:
        runner.box = Box(runner.box.left, top - TALL, WIDE, TALL)
        runner.vy, runner.light, runner.under = 0, "", under

    # What it touches

    def touch(self, runner: Runner, held: set[str], feet_before: int) -> None:
        box = runner.box
        if box.left > runner.farthest:
            runner.score += box.left * self.progress // TILE - runner.farthest * self.progress // TILE
            runner.farthest = box.left
        at_flag = dead = False
        for tile in self.near(box):
            if tile.what == "coin":
                del self.tiles[tile.top // TILE, tile.left // TILE]
                runner.coins += 1
                runner.score += self.by_coin
            elif tile.what == "checkpoint":
                runner.home = (tile.left + 3 * PIXEL, tile.bottom - TALL)
            elif tile.what == "flag":
                at_flag = True
            elif tile.what == "spike":
                points = Box(tile.left + 3 * PIXEL, tile.top + 6 * PIXEL, TILE - 6 * PIXEL, TILE - 6 * PIXEL)
                dead = dead or points.meets(box)
        dead = self.meet_foes(runner, held, feet_before) or dead or box.top > self.rows * TILE
        if at_flag:
            runner.score += self.by_flag
            self.reason = "flag"
        elif dead:
            self.die(runner)

    def meet_foes(self, runner: Runner, held: set[str], feet_before: int) -> bool:
        """Stomp, or return True where a foe gets the runner: it is met 2 pixels within its sides and bottom."""
        comes_down = runner.vy >= 0
        for k, foe in enumerate(self.foes):
            x, y = foe.now
            body = Box(x + 2 * PIXEL, y, FOE_WIDE - 4 * PIXEL, FOE_TALL - 2 * PIXEL)
            if self.up[k] and body.meets(runner.box):
                if not comes_down or feet_before > foe.before[1] + FOE_TALL // 2:
                    return True
                self.up[k] = False
                runner.vy, runner.under, runner.left_ground = -900, "air", NEVER
                runner.light = "jump" if "jump" in held else ""
        return False

    def die(self, runner: Runner) -> None:
        runner.score += self.by_death
        runner.lives -= 1
        if runner.lives:
            runner.go_home()
            return
        runner.out = True
        if all(other.out for other in self.runners) and self.reason == "playing":
            self.reason = "death"
