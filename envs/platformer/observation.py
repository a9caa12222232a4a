"""What does a runner observe, and how do many platformers step at once?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.platformer.features import write_features
from envs.platformer.pixels import write_pixels
from envs.platformer.rules import begin, play
from envs.platformer.tiles import PLANES, VIEW_COLS, VIEW_ROWS, write_tiles


@inlined
def _advance(state, actions, restart, rewards):
    if restart:
        begin(state)
        rewards[:] = 0.0
    else:
        play(state, actions, rewards)


@compiled
def write_frames(state, out, window):
    """Write for each runner what it sees: planes, or what else has the shape of a picture. window: scratch."""
    for seat in range(len(out)):
        if out.shape[1] == len(PLANES):
            write_tiles(state, seat, out[seat].reshape(len(PLANES), VIEW_ROWS * VIEW_COLS), window)
        else:
            write_pixels(state, seat, out[seat])


@compiled
def restart_frames(states, which, observation, mask):
    window = np.empty(VIEW_ROWS * VIEW_COLS, np.uint8)
    for i in range(len(states)):
        if which[i]:
            begin(states[i])
            write_frames(states[i], observation[i], window)
            mask[i] = 1


@compiled
def step_frames(states, actions, restart, rewards, terminated, truncated, observation, mask):
    window = np.empty(VIEW_ROWS * VIEW_COLS, np.uint8)
    for i in range(len(states)):
        _advance(states[i], actions[i], restart[i], rewards[i])
        terminated[i] = states[i].status == 1
        truncated[i] = states[i].status == 2
        write_frames(states[i], observation[i], window)
        mask[i] = 1


@compiled
def observe_frames(states, observation, mask):
    window = np.empty(VIEW_ROWS * VIEW_COLS, np.uint8)
    for i in range(len(states)):
        write_frames(states[i], observation[i], window)
        mask[i] = 1


@compiled
def restart_features(states, which, observation, mask):
    for i in range(len(states)):
        if which[i]:
            begin(states[i])
            _write_numbers(states[i], observation[i])
            mask[i] = 1


@compiled
def step_features(states, actions, restart, rewards, terminated, truncated, observation, mask):
    for i in range(len(states)):
        _advance(states[i], actions[i], restart[i], rewards[i])
        terminated[i] = states[i].status == 1
        truncated[i] = states[i].status == 2
        _write_numbers(states[i], observation[i])
        mask[i] = 1


@compiled
def observe_features(states, observation, mask):
    for i in range(len(states)):
        _write_numbers(states[i], observation[i])
        mask[i] = 1


@inlined
def _write_numbers(state, out):
    for seat in range(len(out)):
        write_features(state, seat, out[seat])
