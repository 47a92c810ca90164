"""A compiled circuit: networks, and the protocol that an experimenter follows with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Crossing, Network
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.rails import Rails
from neuralcrn.errors import CompileError, DataError


class Role(StrEnum):
    """What a phase does for the learning rule."""

    INTEGRATE = "integrate"
    EVALUATE = "evaluate"
    COMPARE = "compare"
    UPDATE = "update"
    CYCLE = "cycle"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase as chemistry.

    Attributes
    ----------
    name : str
        A label.
    network : Network
        Its reactions; no initial concentrations, since the protocol doses.
    duration : float, time
        How long it runs before the next step of the protocol.
    role : Role
        What it does; a pot's one network does everything.
    """

    name: str
    network: Network
    duration: float
    role: Role = Role.CYCLE


@dataclass(frozen=True, slots=True)
class Dose:
    """Pipette an amount into the pot.

    Attributes
    ----------
    variable : Variable
        What is dosed; a positive amount goes to its positive rail, a negative one to the other.
    source : str
        ``feature``, ``target`` or ``constant``.
    index : int
        Which feature or target.
    factor : float
        What the sample's number is multiplied by; for a constant, its value (concentration).
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
        Which network.
    duration : float, time, optional
        For how long; the duration of the phase if not given. Where an event is waited for, the longest
        wait.
    until : Crossing, optional
        The event that ends it.
    """

    phase: str
    duration: float | None = None
    until: Crossing | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take every molecule of these quantities out of the pot, as beads or a filter would."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Measure the two rails of each variable; their difference is reported, nothing is changed."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Flush:
    """Wash out every species but those that are kept."""

    kept: tuple[Variable, ...]


Step = Dose | Run | Read | Withdraw | Flush
"""One step of a protocol."""


@dataclass(frozen=True, slots=True, repr=False)
class Program:
    """Phase networks and protocol of one circuit.

    Attributes
    ----------
    circuit : Circuit
        What was compiled.
    rails : Rails
        Which quantities have one species and which two.
    phases : tuple of Phase
        In the order in which they run.
    training, prediction : tuple of Step
        What is done with one sample to learn from it, and to predict.
    between : tuple of Step
        What is done to learn from a sample that does not end its batch, where that differs.
    gates : mapping of str to str
        For each phase of a pot, the species that is present while it runs; empty for a staged program.
    precise : mapping of str to float
        Species that must be followed to far lower concentrations than others, with their absolute
        tolerance: a clock whose species rest at 1e-8.

    Raises
    ------
    CompileError
        If a constant that is dosed is negative and its variable has one rail.
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
        """Reactions of all phases together."""
        return sum(len(phase.network.reactions) for phase in self.phases)

    @property
    def max_order(self) -> int:
        """Largest number of reactant molecules of any reaction."""
        return max(phase.network.max_order for phase in self.phases)

    def phase(self, name: str) -> Phase:
        """Return the phase of that name."""
        return next(phase for phase in self.phases if phase.name == name)

    def rails_of(self, variables: Iterable[Variable]) -> dict[str, tuple[str, ...]]:
        """Return for each mathematical name (``theta[0,1]``) the species that carry it."""
        return {str(v): tuple(name for name, _ in self.rails.of(v)) for v in variables}

    def __str__(self) -> str:
        from neuralcrn.compiler.describe import describe_program

        return describe_program(self)

    def __repr__(self) -> str:
        return (
            f"<Program: circuit {self.circuit.name}, {self.circuit.gradient} gradient; "
            f"{len(self.species):,} species, {self.reaction_count:,} reactions>"
        )

    def _repr_html_(self) -> str:
        from neuralcrn.compiler.describe import program_html

        return program_html(self)
