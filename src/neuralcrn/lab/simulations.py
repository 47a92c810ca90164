"""Simulation of networks from requests, each in a process of its own with limited time and memory."""

from __future__ import annotations

import asyncio
import json
from typing import Any, final

from neuralcrn.lab.limits import Limits, RefusedError
from neuralcrn.lab.workers import answer_of

_AT_ONCE = 2
_PATIENCE = 3.0
"""Longest time, in multiples of the processor time, on a busy machine."""


@final
class Simulations:
    """Simulations for requests, a few at the same time.

    Parameters
    ----------
    limits : Limits
    """

    def __init__(self, limits: Limits):
        self._limits = limits
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self, asked: dict[str, Any]) -> bytes:
        """Return species and time courses as JSON.

        Raises
        ------
        RefusedError
            If the network cannot be read or simulated, or reaches a limit.
        """
        async with self._places:
            longest = _PATIENCE * self._limits.seconds
            answer = await answer_of("neuralcrn.lab.simulating", asked, self._limits, patience=longest)
        if answer is None:
            raise RefusedError(
                400,
                f"the simulation needs more than {self._limits.seconds} s or more memory than is allowed: "
                "choose a smaller network or an earlier end time",
            )
        kind, data = answer
        if kind == "refused":
            raise RefusedError(400, json.loads(data)["error"])
        return data
