"""Schedule of a learning rule: the stages of training on one sample, and of predicting one.

Between two samples all variables are cleared except those in `kept`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Polynomial, Variable, sum_of
from neuralcrn.compiler.activation import ACTIVATIONS
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.protocol import Dose, Read
from neuralcrn.compiler.stages import Compare, Evaluate, Integrate, Reacting, Rectify, Stage, Update
from neuralcrn.errors import CompileError


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """Stages of training on one sample, and of predicting one.

    Attributes
    ----------
    training, prediction : tuple of Stage
        Stages in order. A stage may occur several times.
    kept : tuple of Variable
        Variables that are kept from sample to sample: the parameters, and states with a memory.
    initial : mapping of Variable to float, concentration
        Values of kept variables, other than parameters, in a new pot; 0 if not given.
    relaxing : tuple of Variable
        Those that are kept but have no memory, because they relax to values that depend on the sample alone;
        a prediction does not keep them.
    non_negative : frozenset of str
        Names of further variables that have one rail, besides those of the circuit.

    Raises
    ------
    CompileError
        If two different stages have the same name, values depend on each other, or an updated variable is not
        kept.
    """

    training: tuple[Stage, ...]
    prediction: tuple[Stage, ...]
    kept: tuple[Variable, ...]
    initial: Mapping[Variable, float] = field(default_factory=lambda: MappingProxyType({}))
    relaxing: tuple[Variable, ...] = ()
    non_negative: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _check_labels((*self.training, *self.prediction))
        for stage in (*self.training, *self.prediction):
            if isinstance(stage, Evaluate):
                _check_independent(stage)
            if isinstance(stage, Update) and (lost := set(stage.parameters) - set(self.kept)):
                names = ", ".join(sorted(map(str, lost)))
                raise CompileError(f"schedule: {names} would be updated but not kept: add them to kept")

    @property
    def flows(self) -> tuple[Integrate | Evaluate, ...]:
        """All different stages that have equations."""
        return tuple(stage for stage in self.reacting if isinstance(stage, Integrate | Evaluate))

    @property
    def reacting(self) -> tuple[Reacting, ...]:
        """All different stages that consist of reactions, those of training first."""
        stages = {s.name: s for s in (*self.training, *self.prediction) if isinstance(s, Reacting)}
        return tuple(stages.values())

    @property
    def rectified(self) -> frozenset[Variable]:
        """Variables whose rails annihilate in a stage of their own."""
        stages = (stage for stage in self.training if isinstance(stage, Rectify))
        return frozenset(variable for stage in stages for variable in stage.variables)

    @property
    def updated(self) -> tuple[Variable, ...]:
        """Parameters that are updated."""
        stages = (stage for stage in self.training if isinstance(stage, Update))
        return tuple(parameter for stage in stages for parameter in stage.parameters)

    @property
    def errors(self) -> tuple[Variable, ...]:
        """Errors from which targets are subtracted."""
        stages = (stage for stage in self.training if isinstance(stage, Compare))
        return tuple(error for stage in stages for error in stage.errors)


def sample_feeds(circuit: Circuit) -> tuple[Dose, ...]:
    """Return the doses of the inputs, and of the states if they start at the inputs."""
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


def outputs_of(circuit: Circuit) -> dict[Variable, Polynomial]:
    """Return W h + b for every output, by error.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> for error, output in outputs_of(make_circuit("quadratic", trained_readout=True)).items():
    ...     print(error, output)
    e[0] w[0,0]*z[0] + w[0,1]*z[1] + w[0,2]*z[2]
    """
    readout, count = circuit.readout, len(circuit.read)
    activated = [ACTIVATIONS[readout.activation].of(z) for z in circuit.read]
    fixed = [Polynomial.constant(readout.weight)] * count
    outputs: dict[Variable, Polynomial] = {}
    for number, error in enumerate(circuit.errors):
        trained = [Polynomial.of(w) for w in circuit.weights[number * count : (number + 1) * count]]
        products = (w * h for w, h in zip(trained or fixed, activated, strict=True))
        bias = [Polynomial.of(circuit.biases[number])] if circuit.biases else []
        outputs[error] = sum_of([*products, *bias])
    return outputs


def target_feeds(errors: Sequence[Variable]) -> tuple[Dose, ...]:
    """Return the doses of the targets into the errors, with a negative sign."""
    return tuple(Dose(error, "target", o, factor=-1.0) for o, error in enumerate(errors))


def redirected(
    schedule: Schedule,
    feeds: Sequence[Dose],
    stages: Sequence[Stage],
    successors: Mapping[Variable, Variable],
) -> Schedule:
    """Return a schedule with doses and stages added between the measurement of the errors and the backward
    path, which then reads other variables than the errors.

    Parameters
    ----------
    schedule : Schedule
        Schedule of a learning rule.
    feeds : sequence of Dose
        Doses at the beginning of a training sample.
    stages : sequence of Stage
        Stages after the last measurement or comparison.
    successors : mapping of Variable to Variable
        The variable that is read for each error.

    Raises
    ------
    CompileError
        If the schedule has no error.
    """
    if not schedule.errors:
        raise CompileError(
            "the chopper and the hinge loss act on errors, but this rule compares none: choose optimiser = "
            "plain and loss = squared"
        )
    last = max(i for i, stage in enumerate(schedule.training) if isinstance(stage, Compare | Read))
    before, after = schedule.training[: last + 1], schedule.training[last + 1 :]
    replacements = {error: Polynomial.of(new) for error, new in successors.items()}
    backward = (_reading(stage, replacements) for stage in after)
    return replace(schedule, training=(*feeds, *before, *stages, *backward))


def _reading(stage: Stage, replacements: Mapping[Variable, Polynomial]) -> Stage:
    """Return a stage that reads other variables."""
    if isinstance(stage, Integrate | Evaluate):
        equations = {v: f.substitute(replacements) for v, f in stage.equations.items()}
        return replace(stage, equations=equations)
    return stage


def _check_labels(stages: Iterable[Stage]) -> None:
    """Reject two different stages with the same name, since they would become one phase."""
    known: dict[str, Stage] = {}
    for stage in stages:
        if isinstance(stage, Reacting) and known.setdefault(stage.name, stage) != stage:
            raise CompileError(f"schedule: two stages are called {stage.name!r}: rename one")


def _check_independent(stage: Evaluate) -> None:
    """Reject values that depend on each other, since their rates would not be constant."""
    for variable, value in stage.equations.items():
        if read := sorted(str(v) for v in value.variables if v in stage.equations):
            raise CompileError(
                f"schedule: stage {stage.name!r} evaluates {variable} from {', '.join(read)}, which it "
                "also evaluates: split the stage in two"
            )
