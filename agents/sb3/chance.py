"""How do models that draw from the global generators leave them as they were, to whoever else draws there?"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def chance_apart() -> Iterator[None]:
    """Give Python's, NumPy's and PyTorch's generators back in the end as they were.

    So an agent that is made while another one learns, as a copy to play against, changes nothing about that.
    """
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
