"""Compiled circuit: networks, and the protocol to be carried out with them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from neuralcrn.algebra import Variable
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.describe import describe_program, program_document
from neuralcrn.compiler.optimiser import loss_rate
from neuralcrn.compiler.protocol import Dose, Flush, Phase, PhaseRole, Run, Step
from neuralcrn.compiler.rails import Rails
from neuralcrn.display import Displayed, Document
from neuralcrn.errors import CompileError, DataError


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
        Steps for one sample, for training with an update and for prediction.
    cycle : tuple of tuple of Step
        Steps for training on consecutive samples, repeated from the start after the last one; empty if every
        sample is trained with `training`.
    level, clock : str
        Level at which the circuit was compiled, and the clock of an autonomous program.
    gates : mapping of str to str
        Gate species of each phase of a pot; empty for a staged program.
    tolerances : mapping of str to float
        Absolute tolerances of species that need smaller ones than others, such as those of a clock with
        concentrations of 1e-8 at rest.
    initial : mapping of str to float, concentration
        Contents of a new pot besides parameters and the clock.
    protocols : tuple of tuple of Step
        All different protocols: those of training, and prediction.
    doses : tuple of Dose
        All different doses of all protocols.

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
    cycle: tuple[tuple[Step, ...], ...] = ()
    level: str = "staged"
    clock: str = ""
    gates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tolerances: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    initial: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    protocols: tuple[tuple[Step, ...], ...] = field(init=False, compare=False)
    doses: tuple[Dose, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        protocols = tuple(dict.fromkeys((self.training, *self.cycle, self.prediction)))
        steps = itertools.chain.from_iterable(protocols)
        object.__setattr__(self, "protocols", protocols)
        object.__setattr__(self, "doses", tuple(dict.fromkeys(s for s in steps if isinstance(s, Dose))))
        values = [(step.variable, step.factor) for step in self.doses if step.source == "constant"]
        values += [(p, self.circuit.fixed[p.name]) for p in self.circuit.fixed_parameters]
        for variable, value in values:
            try:
                self.rails.receiving(variable, value)
            except DataError as error:
                raise CompileError(f"circuit {self.circuit.name}: a dose of {error}") from error

    @property
    def has_exact_doses(self) -> bool:
        """Whether no dose has an error that is drawn anew each time."""
        return not any(dose.error for dose in self.doses)

    @property
    def species(self) -> tuple[str, ...]:
        """All species of all phases, in order of first use."""
        return tuple(dict.fromkeys(name for phase in self.phases for name in phase.network.species))

    def recompiled(self, **changes: object) -> Program:
        """Return the program of the circuit with some attributes replaced, at the same level.

        Examples
        --------
        >>> from neuralcrn.circuits import make_circuit
        >>> program = make_circuit("linear", learning_rate=0.2).compile("gated")
        >>> program.recompiled(learning_rate=0.1).circuit.learning_rate
        0.1
        """
        return self.circuit.with_(**changes).compile(self.level, self.clock)

    @property
    def remembers(self) -> bool:
        """Whether states are kept from sample to sample, so that outputs depend on earlier samples."""
        kept = {v for step in self.prediction if isinstance(step, Flush) for v in step.kept}
        return not kept.isdisjoint(self.circuit.system.states)

    @property
    def pot_species(self) -> tuple[str, ...]:
        """All species of the pot: those of the phases, and those that are only dosed."""
        circuit = self.circuit
        dosed = (*circuit.system.inputs, *circuit.integrated, *circuit.errors)
        parameters = (*circuit.trained_parameters, *circuit.fixed_parameters)
        return tuple(dict.fromkeys((*self.species, *self.rails.species((*dosed, *parameters)))))

    @property
    def is_pot(self) -> bool:
        """Whether all phases are one network."""
        return self.level != "staged"

    def protocol(self, number: int) -> tuple[Step, ...]:
        """Return what is done to learn from a sample, by its number (from 0) among all that are learned."""
        return self.cycle[number % len(self.cycle)] if self.cycle else self.training

    def with_protocols(self, change: Callable[[tuple[Step, ...]], tuple[Step, ...]]) -> Program:
        """Return the program with every protocol changed by a function.

        Examples
        --------
        >>> from neuralcrn.circuits import make_circuit
        >>> program = make_circuit("linear", batch=3).compile()
        >>> program.with_protocols(lambda steps: steps[:2]).protocol(0) == program.protocol(0)[:2]
        True
        """
        return replace(
            self,
            training=change(self.training),
            cycle=tuple(map(change, self.cycle)),
            prediction=change(self.prediction),
        )

    def with_partial_update(self, part: float) -> Program:
        """Return the program that teaches a part of each correction, from 0 to 1.

        Its update is stopped when that part of each gradient has reached its parameter.
        """
        whole = {phase.name: phase for phase in self.phases if phase.role is PhaseRole.UPDATE}

        def shortened(step: Step) -> Step:
            if not isinstance(step, Run) or step.phase not in whole:
                return step
            rate = loss_rate(self.circuit)
            duration = -math.log1p(part * math.expm1(-rate * whole[step.phase].duration)) / rate
            return replace(step, duration=duration)

        return self.with_protocols(lambda steps: tuple(map(shortened, steps)))

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
        return describe_program(self)

    def __repr__(self) -> str:
        return (
            f"<Program: circuit {self.circuit.name}, rule {self.circuit.rule}; "
            f"{len(self.species):,} species, {self.reaction_count:,} reactions>"
        )

    def document(self) -> Document:
        """Return counts, the reactions of each phase and the protocol."""
        return program_document(self)
