"""How does TensorBoard see a training run? As event files in its folder, written without torch or TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from pathlib import Path
from time import time

from envs.bad_input import BadInput

EVENTS = "tensorboard"  # in the folder of a run
_LEFT_OUT = ("steps", "episodes")


class TensorBoard:
    """Writes what is logged to an event file of its own.

    Args:
        folder: of the run.
        steps: where it goes on; TensorBoard forgets what an earlier part of the run has logged beyond them.
    """

    def __init__(self, folder: Path, steps: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._path = folder / EVENTS
        try:
            self._writer = EventFileWriter(str(self._path), flush_secs=30)
        except OSError as error:
            raise BadInput(f"{self._path}: cannot be written: {error.strerror}") from error
        start = SessionLog(status=SessionLog.START)
        self._writer.add_event(Event(wall_time=time(), step=steps + 1, session_log=start))

    def log(self, row: Mapping[str, float]) -> None:
        self._add(row, "train/")

    def log_evaluation(self, row: Mapping[str, float]) -> None:
        self._add(row, "evaluation/")

    def _add(self, row: Mapping[str, float], group: str) -> None:
        """Write a row; a name with a group of its own, such as `loss/value`, keeps it."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [
            Summary.Value(tag=name if "/" in name else group + name, simple_value=figure)
            for name, figure in row.items()
            if name not in _LEFT_OUT and not isnan(figure)
        ]
        self._writer.add_event(Event(wall_time=time(), step=int(row["steps"]), summary=Summary(value=values)))

    def finish(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()
