"""Answers that need a process of their own for a while: with limited time and memory, a few at once."""

from __future__ import annotations

import asyncio
import json
from typing import Any, final

from neuralcrn.lab.limits import Limits, RefusedError
from neuralcrn.lab.workers import Worker

_AT_ONCE = 2
_PATIENCE = 3.0
"""Longest time, in multiples of the processor time, on a busy machine."""


@final
class Errands:
    """Processes that send one answer each.

    Parameters
    ----------
    limits : Limits
        Their limits.
    """

    def __init__(self, limits: Limits):
        self._limits = limits
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def run(self, module: str, *arguments: Any) -> bytes:
        """Return the answer of ``run`` of a module, which gets the arguments and the limits.

        Raises
        ------
        RefusedError
            If the process refuses, or reaches a limit.
        """
        async with self._places:
            answer = await self._answer(module, *arguments)
        if answer is None:
            raise RefusedError(
                400,
                f"this needs more than {self._limits.seconds} s or more memory than is allowed: choose a "
                "smaller network, fewer samples or an earlier end time",
            )
        kind, data = answer
        if kind == "refused":
            refusal = json.loads(data)
            raise RefusedError(refusal["status"], refusal["error"])
        return data

    async def _answer(self, module: str, *arguments: Any) -> tuple[str, bytes] | None:
        """Return the first message of a process, which is ended then."""
        worker = await Worker.start(module, *arguments, self._limits)
        try:
            return await asyncio.wait_for(worker.receive(), _PATIENCE * self._limits.seconds)
        except TimeoutError:
            return None
        finally:
            worker.kill("its answer is there")
            await worker.end()
