"""How many steps a second does gym-super-mario-bros make? A script for a Python that has it; prints the number.

mario.py SECONDS plays random actions of SIMPLE_MOVEMENT, which are as many as those of our platformer.
"""

import random
import sys
import time
import warnings

warnings.simplefilter("ignore")

import gym_super_mario_bros  # type: ignore[import-not-found]  # noqa: E402
from gym_super_mario_bros.actions import SIMPLE_MOVEMENT  # type: ignore[import-not-found]  # noqa: E402
from nes_py.wrappers import JoypadSpace  # type: ignore[import-not-found]  # noqa: E402

env = JoypadSpace(gym_super_mario_bros.make("SuperMarioBros-v0").unwrapped, SIMPLE_MOVEMENT)
env.reset()
chance = random.Random(0)
steps, began = 0, time.perf_counter()
while time.perf_counter() - began < float(sys.argv[1]):
    if env.step(chance.randrange(len(SIMPLE_MOVEMENT)))[2]:
        env.reset()
    steps += 1
print(steps / (time.perf_counter() - began))
