"""Compiled circuit: networks, and the protocol to be carried out with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Crossing, Network
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rails import Rails
from neuralcrn.display import Displayed, Document
from neuralcrn.errors import CompileError, DataError


class Role(StrEnum):
    """Function of a phase in the learning rule."""

    INTEGRATE = "integrate"
    EVALUATE = "evaluate"
    COMPARE = "compare"
    UPDATE = "update"
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
    role : Role
        Function of the phase; the network of a pot performs all of them.
    """

    name: str
    network: Network
    duration: float
    role: Role = Role.CYCLE


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
    """

    variable: Variable
    source: str
    index: int = 0
    factor: float = 1.0


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
    """Measure the two rails of each variable and report their difference. The pot is not changed."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Flush:
    """Wash out every species except those that are kept."""

    kept: tuple[Variable, ...]


Step = Dose | Run | Read | Withdraw | Flush
"""One step of a protocol."""


@dataclass(frozen=True, slots=True, repr=False)
class Program(Displayed):
    """Networks and protocol of one circuit.

    Attributes
    ----------
    circuit : Circuit
        The compiled circuit.
    rails : Rails
        Representation of quantities by one or two species.
    phases : tuple of Phase
        In order of execution.
    training, prediction : tuple of Step
        Steps for one sample, for training and for prediction.
    between : tuple of Step
        Steps for training on a sample that is not the last of its batch, if these differ.
    gates : mapping of str to str
        Gate species of each phase of a pot; empty for a staged program.
    precise : mapping of str to float
        Absolute tolerances of species that need smaller ones than others, such as those of a clock with
        concentrations of 1e-8 at rest.

    Raises
    ------
    CompileError
        If a negative constant is dosed into a variable with one rail.
    """

    circuit: Circuit
    rails: Rails
    phases: tuple[Phase, ...]
    training: tuple[Step, ...]
    prediction: tuple[Step, ...]
    between: tuple[Step, ...] = ()
    gates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    precise: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        values = [(step.variable, step.factor) for step in self.doses if step.source == "constant"]
        values += [(p, self.circuit.fixed[p.name]) for p in self.circuit.fixed_parameters]
        for variable, value in values:
            try:
                self.rails.receiving(variable, value)
            except DataError as error:
                raise CompileError(f"circuit {self.circuit.name}: a dose of {error}") from error

    @property
    def doses(self) -> tuple[Dose, ...]:
        """All doses of all protocols."""
        steps = (*self.training, *self.between, *self.prediction)
        return tuple(dict.fromkeys(step for step in steps if isinstance(step, Dose)))

    @property
    def species(self) -> tuple[str, ...]:
        """All species of all phases, in order of first use."""
        return tuple(dict.fromkeys(name for phase in self.phases for name in phase.network.species))

    @property
    def reaction_count(self) -> int:
        """Number of reactions in all phases."""
        return sum(len(phase.network.reactions) for phase in self.phases)

    @property
    def max_order(self) -> int:
        """Largest number of reactant molecules of a reaction."""
        return max(phase.network.max_order for phase in self.phases)

    def phase(self, name: str) -> Phase:
        """Return the phase with this name."""
        return next(phase for phase in self.phases if phase.name == name)

    def rails_of(self, variables: Iterable[Variable]) -> dict[str, tuple[str, ...]]:
        """Return the species of each mathematical variable (``theta[0,1]``)."""
        return {str(v): tuple(name for name, _ in self.rails.of(v)) for v in variables}

    def __str__(self) -> str:
        from neuralcrn.compiler.describe import describe_program

        return describe_program(self)

    def __repr__(self) -> str:
        return (
            f"<Program: circuit {self.circuit.name}, {self.circuit.gradient} gradient; "
            f"{len(self.species):,} species, {self.reaction_count:,} reactions>"
        )

    def document(self) -> Document:
        """Return counts, the reactions of each phase and the protocol."""
        from neuralcrn.compiler.describe import program_document

        return program_document(self)
