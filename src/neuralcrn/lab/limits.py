"""Limits of the server, which keep one lab from taking what the others need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.errors import NeuralCRNError


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of the server.

    Attributes
    ----------
    labs : int
        Labs with a process at the same time.
    grace : float, seconds
        Time after which a lab that nobody watches is saved and ended.
    body : int, bytes
        Size of a request.
    memory : int, bytes
        Memory that a process may reserve in addition to what it begins with.
    silence : float, seconds
        Time after which a process that does not come to the end of a training step is ended.
    waiting : int
        Commands of a lab that wait.
    streams : int
        Open connections for events, of all labs.
    requests : float, 1/second
        Requests of one client; twice as many may come at once.
    species, reactions : int
        Size of a network that is simulated.
    values : int
        Size of the table of a simulation.
    seconds : int, seconds
        Processor time of a simulation, or for a file.
    """

    labs: int = 8
    grace: float = 60.0
    body: int = 2_000_000
    memory: int = 3_000_000_000
    silence: float = 180.0
    waiting: int = 500
    streams: int = 64
    requests: float = 500.0
    species: int = 2_000
    reactions: int = 20_000
    values: int = 2_000_000
    seconds: int = 30

    @property
    def heartbeat(self) -> float:
        """Time after which a silent connection is checked, seconds."""
        return min(10.0, self.grace / 3.0)


class RefusedError(NeuralCRNError):
    """A request is refused.

    Parameters
    ----------
    status : int
        Status of the response.
    sentence : str
        The reason.
    """

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status
