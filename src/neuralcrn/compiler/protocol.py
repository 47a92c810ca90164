"""Phases of a program, and the steps of its protocols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Crossing, Network


class PhaseRole(StrEnum):
    """Function of a phase in the learning rule."""

    INTEGRATE = "integrate"
    EVALUATE = "evaluate"
    RECTIFY = "rectify"
    COMPARE = "compare"
    EXCHANGE = "exchange"
    SWITCH = "switch"
    COLLECT = "collect"
    UPDATE = "update"
    SETTLE = "settle"
    CYCLE = "cycle"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase as reactions.

    Attributes
    ----------
    name : str
        A label.
    network : Network
        Its reactions, without initial concentrations, which are dosed by the protocol.
    duration : float, time
        Duration before the next step of the protocol.
    role : PhaseRole
        Function of the phase; the network of a pot performs all of them.
    """

    name: str
    network: Network
    duration: float
    role: PhaseRole = PhaseRole.CYCLE


@dataclass(frozen=True, slots=True)
class Dose:
    """Add an amount to the pot.

    Attributes
    ----------
    variable : Variable
        Variable to be dosed; a positive amount is added to its positive rail, a negative amount to the other.
    source : str
        ``feature``, ``target`` or ``constant``.
    index : int
        Index of the feature or target.
    factor : float
        Factor by which the value of the sample is multiplied; for a constant, its value (concentration).
    error : float, dimensionless
        Relative error of pipetting: each time, the amount is multiplied by a new factor exp(error N(0, 1)).
    """

    variable: Variable
    source: str
    index: int = 0
    factor: float = 1.0
    error: float = 0.0

    def amount(self, features: Sequence[float], targets: Sequence[float]) -> float:
        """Return the signed amount for one sample, concentration, without its error.

        Examples
        --------
        >>> Dose(Variable("x", (1,)), "feature", index=1, factor=-2.0).amount([0.5, 0.25], [])
        -0.5
        """
        match self.source:
            case "feature":
                return self.factor * float(features[self.index])
            case "target":
                return self.factor * float(targets[self.index])
            case _:
                return self.factor


@dataclass(frozen=True, slots=True)
class Run:
    """Let the reactions of a network proceed.

    Attributes
    ----------
    phase : str
        Name of the phase.
    duration : float, time, optional
        Duration; by default that of the phase. If an event is given, the maximum waiting time.
    until : Crossing, optional
        Event that ends the run.
    """

    phase: str
    duration: float | None = None
    until: Crossing | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Remove all molecules of these quantities from the pot, for example with beads or a filter."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Measure the two rails of each variable and report their difference. The pot is not changed.

    Attributes
    ----------
    variables : tuple of Variable
        Variables to be measured.
    reference : float, concentration
        Amount that the reactions have subtracted from each of them, and that is added to the differences.
    """

    variables: tuple[Variable, ...]
    reference: float = 0.0


@dataclass(frozen=True, slots=True)
class Flush:
    """Wash out every species except those that are kept."""

    kept: tuple[Variable, ...]


Step = Dose | Run | Read | Withdraw | Flush
"""One step of a protocol."""
