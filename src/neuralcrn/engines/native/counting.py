"""Stochastic simulation of programs: channels, and random numbers of samples."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.kinetics import METHODS, Kinetics
from neuralcrn.engines.native.ensemble import EPSILON
from neuralcrn.engines.native.jumps import PackedJumps, join_jumps, pack_jumps
from neuralcrn.engines.native.lowering import LoweredProgram
from neuralcrn.engines.native.randomness import STATE_SIZE

EVENT_LIMIT = 100_000_000
"""Maximum number of events, or leaps, of one phase of one sample, a few seconds of work."""
_PREDICTIONS = 2**62
"""First stream for predictions; training sample k uses stream k."""
_ROWS = 2**32
"""Number of streams for the predictions after one epoch."""


class Counting:
    """The channels of a lowered program, and the random numbers of its samples.

    Parameters
    ----------
    lowered : LoweredProgram
        Program whose phases are packed if the method is stochastic.
    kinetics : Kinetics
        By default deterministic; then nothing is packed.
    seed : int
        Seed of every random event.
    """

    def __init__(self, lowered: LoweredProgram, kinetics: Kinetics | None = None, seed: int = 0):
        self.kinetics, self.seed = kinetics or Kinetics(), seed
        networks = [phase.network for phase in lowered.program.phases if self.kinetics.is_stochastic]
        systems = [pack_jumps(network, lowered.positions) for network in networks]
        self._scratch_size = max((system.scratch_size for system in systems), default=0)
        self._limit = np.zeros(1, dtype=np.int64)
        self._packed, self._starts = join_jumps(systems) if systems else _NOTHING

    def call(self, kernel: Callable[..., Any], *arguments: Any) -> Any:
        """Call compiled code with the channels of `for_training`; an interruption stops it immediately.

        Deterministic integration is fast and runs in the calling thread.
        """
        if not self.kinetics.is_stochastic:
            return kernel(*arguments)
        with self.interruptible(1) as pool:
            return pool.submit(kernel, *arguments).result()

    @contextmanager
    def interruptible(self, threads: int) -> Generator[ThreadPoolExecutor]:
        """Provide threads whose stochastic simulations end with the context."""
        self._limit[0] = EVENT_LIMIT
        pool = ThreadPoolExecutor(threads)
        try:
            yield pool
        finally:
            self._limit[0] = 0
            pool.shutdown(cancel_futures=True)

    def for_training(self) -> Any:
        """Return the argument of `execute.learn`; training sample k uses stream k."""
        return self._molecules(0)

    def for_predictions(self, epoch: int) -> Any:
        """Return the argument of one thread of `execute.predict_rows`; every row of every epoch has its own
        stream.
        """
        return self._molecules(self.stream_of_predictions(epoch))

    @staticmethod
    def stream_of_predictions(epoch: int) -> int:
        """Return the stream of the first row of the predictions after some epochs."""
        return _PREDICTIONS + epoch * _ROWS

    def _molecules(self, stream: int) -> Any:
        from neuralcrn.engines.native.execute import Molecules
        from neuralcrn.engines.native.stochastic import Noise

        method = METHODS.index(self.kinetics.method) if self.kinetics.is_stochastic else -1
        return Molecules(
            Noise(method, float(self.kinetics.volume), EPSILON, self._limit),
            self._packed.integers,
            self._packed.floats,
            self._starts,
            np.zeros(self._scratch_size),
            np.zeros(STATE_SIZE, dtype=np.uint64),
            self.seed,
            stream,
        )


_NOTHING: tuple[PackedJumps, NDArray[np.int64]] = (
    PackedJumps(np.empty(0, dtype=np.int64), np.empty(0)),
    np.empty(0, dtype=np.int64),
)
