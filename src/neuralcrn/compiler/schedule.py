"""What a learning rule asks for: the stages of learning from one sample, each with its role.

A schedule is mathematics, before any chemistry. The back ends know the roles and nothing else: which
stages there are, how they are called and in which order they come is up to the rule.

========= ===================================================================================
fed       `Dose`: a number of the sample is added to a variable
integrate `Integrate`: equations run for a duration
evaluate  `Evaluate`: variables receive values that do not change meanwhile
compare   `Compare`: errors, from which the targets are subtracted
measured  `Read`: variables are reported
update    `Update`: gradients correct their parameters
========= ===================================================================================

Between two samples everything is cleared but what is `kept`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.program import Dose, Read
from neuralcrn.errors import CompileError

Equations = Mapping[Variable, Polynomial]
"""What changes, and how fast."""


@final
@dataclass(frozen=True, slots=True)
class Integrate:
    """Equations that run for a duration; what is not listed is held.

    Attributes
    ----------
    name : str
        A label.
    duration : float, time
        How long they run.
    equations : mapping of Variable to Polynomial
        Rates of change.
    """

    name: str
    duration: float
    equations: Equations

    def __str__(self) -> str:
        return _described(self.name, self.duration, self.equations)


@final
@dataclass(frozen=True, slots=True)
class Evaluate:
    """Values that are added to variables; no value depends on a variable that receives one.

    Right-hand sides that are constant integrate exactly in unit time, so a staged program needs no steady
    state for them. In a pot they are followed while what they depend on is made.

    Attributes
    ----------
    name : str
        A label.
    equations : mapping of Variable to Polynomial
        Values.
    """

    name: str
    equations: Equations

    @property
    def duration(self) -> float:
        """The unit of time."""
        return 1.0

    def __str__(self) -> str:
        return _described(self.name, self.duration, self.equations)


@final
@dataclass(frozen=True, slots=True)
class Compare:
    """Errors: outputs from which what was fed as a target is subtracted.

    Attributes
    ----------
    name : str
        A label.
    errors : tuple of Variable
        One an output; the target of output o is fed into error o, as its negative.
    """

    name: str
    errors: tuple[Variable, ...]


@final
@dataclass(frozen=True, slots=True)
class Update:
    """Gradients correct their parameters, as the circuit's optimiser says.

    Attributes
    ----------
    name : str
        A label.
    parameters : tuple of Variable
        What is corrected, each by what its `gradient_of` has collected.
    """

    name: str
    parameters: tuple[Variable, ...]


Stage = Dose | Integrate | Evaluate | Compare | Read | Update
"""One stage of a schedule."""


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """How one sample is learned from, and how one is predicted.

    Attributes
    ----------
    training, prediction : tuple of Stage
        What is done, in order.
    kept : tuple of Variable
        What stays from sample to sample: the parameters.

    Raises
    ------
    CompileError
        If two stages have the same name, values depend on one another, or what is updated is not kept.
    """

    training: tuple[Stage, ...]
    prediction: tuple[Stage, ...]
    kept: tuple[Variable, ...]

    def __post_init__(self) -> None:
        _check_labels(self.training)
        for stage in self.training:
            if isinstance(stage, Evaluate):
                _check_independent(stage)
            if isinstance(stage, Update) and (lost := set(stage.parameters) - set(self.kept)):
                names = ", ".join(sorted(map(str, lost)))
                raise CompileError(f"schedule: {names} would be updated but not kept: add them to kept")

    @property
    def flows(self) -> tuple[Integrate | Evaluate, ...]:
        """The stages of training that have equations."""
        return tuple(stage for stage in self.training if isinstance(stage, Integrate | Evaluate))

    @property
    def updated(self) -> tuple[Variable, ...]:
        """The parameters that are corrected."""
        stages = (stage for stage in self.training if isinstance(stage, Update))
        return tuple(parameter for stage in stages for parameter in stage.parameters)

    @property
    def errors(self) -> tuple[Variable, ...]:
        """The errors from which targets are subtracted."""
        stages = (stage for stage in self.training if isinstance(stage, Compare))
        return tuple(error for stage in stages for error in stage.errors)


def sample_feeds(circuit: Circuit) -> tuple[Dose, ...]:
    """Feed the inputs, and the states where they start at the inputs."""
    targets = [(variable, 1.0) for variable in circuit.system.inputs]
    if circuit.starts_at_input and circuit.readout.accumulated:
        targets += [(circuit.errors[0], circuit.readout.weight)] * len(circuit.system.inputs)
    elif circuit.starts_at_input:
        targets += [(state, 1.0) for state in circuit.system.states]
    feeds: list[Dose] = []
    for j, (variable, factor) in enumerate(targets):
        feature = j % len(circuit.system.inputs)
        if feature < circuit.features:
            feeds.append(Dose(variable, "feature", feature, factor))
        elif circuit.augmentation:
            feeds.append(Dose(variable, "constant", factor=circuit.augmentation * factor))
    return tuple(feeds)


def target_feeds(errors: Sequence[Variable]) -> tuple[Dose, ...]:
    """Feed the targets into the errors, as minus themselves."""
    return tuple(Dose(error, "target", o, factor=-1.0) for o, error in enumerate(errors))


def _described(name: str, duration: float, equations: Equations) -> str:
    lines = [f"{name} (duration {duration:g})"]
    return "\n  ".join([*lines, *(f"d{variable}/dt = {f}" for variable, f in equations.items())])


def _check_labels(stages: Iterable[Stage]) -> None:
    """Refuse two stages of one name: they would be the same phase."""
    names = [stage.name for stage in stages if not isinstance(stage, Dose | Read)]
    for name in names:
        if names.count(name) > 1:
            raise CompileError(f"schedule: two stages are called {name!r}: rename one")


def _check_independent(stage: Evaluate) -> None:
    """Refuse values that depend on one another: their rates would not be constant."""
    for variable, value in stage.equations.items():
        if read := sorted(str(v) for v in value.variables if v in stage.equations):
            raise CompileError(
                f"schedule: stage {stage.name!r} evaluates {variable} from {', '.join(read)}, which it "
                "evaluates too: make two stages of it"
            )
