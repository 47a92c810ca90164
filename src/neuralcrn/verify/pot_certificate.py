"""Certificates of pots: one cycle of the one network against exact mathematics, mechanism by mechanism.

What a pot adds to the staged program is approximate, and each approximation has a constant: values
that are handed on lag by the last 1 / h of the forward phase (*hold*), gates and products that are
carried by shadows lag by 1 / k_s (*shadow*), and rails annihilate at a finite rate (*annihilation*). The
clock adds what its phases have in common, of which a restored ring has as much as its *leak*. A
certificate lets one constant grow while the others are as large as `BASE`, so that the error that is
left is that of one mechanism, and checks that it shrinks. A fault of the wiring would not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, final

import numpy as np

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit, Program, adjoint_of
from neuralcrn.compiler.optimiser import update_factors
from neuralcrn.compiler.oracle import Oracle, Solution
from neuralcrn.compiler.pot.assembly import compile_autonomous
from neuralcrn.compiler.pot.clocks import DEFAULT_CLOCK, find_clock, restored_ring
from neuralcrn.errors import InvalidValueError
from neuralcrn.tasks import Samples
from neuralcrn.verify.certificate import GRADIENT_BOUND, Check, fitted_slope
from neuralcrn.verify.measurement import (
    Sample,
    Vector,
    draw_samples,
    play_steps,
    single_steps,
)

if TYPE_CHECKING:
    from neuralcrn.engines.native.lowering import LoweredProgram

BASE = MappingProxyType({"hold": 1e5, "shadow": 1e4, "annihilation": 1e5})
"""Constants at which the bounds are checked, and at which all but one stand in a ladder."""

LADDERS = MappingProxyType(
    {"hold": (1e2, 1e3, 1e4), "shadow": (1e0, 1e1, 1e2), "annihilation": (1e1, 1e2, 1e3)}
)
"""Values over which each constant grows."""

LEAKS = (1e-5, 1e-6, 1e-7)
"""Leaks of a restored ring over which the error of the clock itself must fall."""

VALUE_BOUND = 3e-3
SHRINK_BOUND = -0.5
"""Errors must fall at least as the square root of their constant."""
FLOOR = 1e-5
"""Errors below this are those of the other mechanisms, and of the clock, and need not shrink further."""


@final
@dataclass(frozen=True, slots=True)
class PotAccuracy:
    """Errors of one cycle at one set of constants.

    Attributes
    ----------
    mechanism : str
        Which constant was varied; ``all`` where every one is that of `BASE`, ``built`` for the circuit's.
    constant : float
        Its value; 0 where none was varied.
    states, error, adjoint : float or None
        Largest error of z(T), of yhat - y and of a(T) when the forward phase is over, relative to the
        largest state, output and adjoint. None for states and adjoints that take no species.
    gradient : float
        Norm of the errors of all gradients that the parameters followed, relative to their norm.
    """

    mechanism: str
    constant: float
    states: float | None
    error: float
    adjoint: float | None
    gradient: float

    @property
    def worst(self) -> float:
        """Largest of the errors."""
        return max(self.states or 0.0, self.error, self.adjoint or 0.0, self.gradient)


@final
@dataclass(frozen=True, slots=True)
class PotCertificate:
    """What was measured about the one-pot form of a circuit.

    Attributes
    ----------
    circuit, gradient, autonomy, clock : str
        What was compiled, and how.
    counts : Counts
        Species and reactions of the one network.
    samples : int
        Number of random test points.
    checks : tuple of Check
        Every check.
    accuracies : tuple of PotAccuracy
        As built, with all constants large, then the ladders.
    """

    circuit: str
    gradient: str
    autonomy: str
    clock: str
    counts: Counts
    samples: int
    checks: tuple[Check, ...]
    accuracies: tuple[PotAccuracy, ...]

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def check(self, name: str) -> Check:
        """Return the check of that name."""
        return next(check for check in self.checks if check.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return the certificate as numbers, texts, lists and dictionaries."""
        return {
            "circuit": self.circuit,
            "gradient": self.gradient,
            "autonomy": self.autonomy,
            "clock": self.clock or None,
            "species": self.counts.species,
            "reactions": self.counts.reactions,
            "samples": self.samples,
            "passed": self.passed,
            "checks": [{name: getattr(c, name) for name in Check.__slots__} for c in self.checks],
            "accuracies": [
                {name: getattr(row, name) for name in PotAccuracy.__slots__} for row in self.accuracies
            ],
        }

    def __str__(self) -> str:
        from neuralcrn.verify.report import describe_pot_certificate

        return describe_pot_certificate(self)

    def _repr_html_(self) -> str:
        from neuralcrn.verify.report import pot_certificate_html

        return pot_certificate_html(self)


def certify_pot(
    circuit: Circuit,
    *,
    autonomy: str = "autonomous",
    clock: str = "",
    samples: int = 2,
    rng: int | np.random.Generator = 0,
) -> PotCertificate:
    """Check one cycle of a pot against exact mathematics.

    Parameters
    ----------
    circuit : Circuit
        What to certify; its updates must follow every sample, and its direct ones without decay.
    autonomy, clock : str
        ``gated`` or ``autonomous``, and the clock of the latter; see `Circuit.compile`.
    samples : int
        Number of random test points, at least 1.
    rng : int or numpy.random.Generator
        Source of the test points.

    Raises
    ------
    InvalidValueError
        If there is no test point, or the circuit is none of these.
    SimulationError
        If the pot does not reach the end of a cycle.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> certificate = certify_pot(make_circuit("linear", inputs=1), autonomy="gated", samples=1)
    >>> certificate.passed, certificate.check("order").measured
    (True, 2.0)
    """
    if samples < 1:
        raise InvalidValueError(f"samples = {samples}: at least one test point is needed")
    if autonomy == "staged" or circuit.batch > 1 or (circuit.decay and circuit.update == "direct"):
        raise InvalidValueError(
            "a certificate of a pot needs a gated or an autonomous program that updates after every sample, "
            "and no decay beside direct updates: it compares the change of one cycle with one gradient"
        )
    clock = find_clock(clock or DEFAULT_CLOCK).name if autonomy == "autonomous" else ""
    points = draw_samples(circuit, samples, np.random.default_rng(rng))
    program = circuit.compile(autonomy, clock)
    rows = _measured_rows(circuit, autonomy, clock, points)
    return PotCertificate(
        circuit=circuit.name,
        gradient=circuit.gradient,
        autonomy=autonomy,
        clock=clock,
        counts=Counts(len(program.species), program.reaction_count),
        samples=samples,
        checks=(*_bound_checks(rows), *_shrink_checks(rows), _order_check(program.max_order)),
        accuracies=tuple(rows),
    )


def _measured_rows(
    circuit: Circuit, autonomy: str, clock: str, points: Sequence[Sample]
) -> list[PotAccuracy]:
    """Measure the pot as built, with all constants large, and along every ladder."""
    oracle = Oracle.of(circuit)
    exact = [oracle.solve(point.parameters, point.features, point.targets) for point in points]

    def accuracy(mechanism: str, constant: float, program: Program) -> PotAccuracy:
        from neuralcrn.engines.native.lowering import lower

        lowered = lower(program)
        measured = [measure_pot(lowered, point) for point in points]
        return _accuracy(mechanism, constant, measured, exact, points)

    def varied(**constants: float) -> Program:
        return circuit.with_(**{**BASE, **constants}).compile(autonomy, clock)

    rows = [accuracy("built", 0.0, circuit.compile(autonomy, clock)), accuracy("all", 0.0, varied())]
    for mechanism, ladder in LADDERS.items():
        rows += [accuracy(mechanism, k, varied(**{mechanism: k})) for k in ladder]
    if species := _restored_species(clock):
        clocks = [(1.0 / leak, restored_ring(species, leak)) for leak in LEAKS]
        ideal = circuit.with_(**BASE)
        rows += [accuracy("1 / leak", k, compile_autonomous(ideal, ring)) for k, ring in clocks]
    return rows


def _restored_species(clock: str) -> int:
    """Return how many species a restored ring has, 0 for another clock or none."""
    return int(clock.removeprefix("restored-")) if clock.startswith("restored-") else 0


@final
@dataclass(frozen=True, slots=True, eq=False)
class PotMeasurement:
    """What a pot does in one cycle.

    Attributes
    ----------
    states, error, adjoint : ndarray
        z, e and a when the error is read; what takes no species is empty.
    gradient : ndarray, shape (trained parameters,)
        What the change of the parameters in the cycle says that they followed.
    """

    states: Vector
    error: Vector
    adjoint: Vector
    gradient: Vector


def measure_pot(lowered: LoweredProgram, sample: Sample) -> PotMeasurement:
    """Let a pot learn from one sample, and measure rails when the error is read and at the end."""
    from neuralcrn.engines.native.lowering import READ
    from neuralcrn.learning.doses import refuse_negative_doses
    from neuralcrn.learning.trainer import dose_parameters

    circuit = lowered.program.circuit
    trained = circuit.trained_parameters
    adjoints = [adjoint_of(z) for z in circuit.system.states]
    there = [a for a in adjoints if lowered.program.rails.of(a)[0][0] in lowered.positions]
    parameters = dict(zip(trained, sample.parameters.tolist(), strict=True))
    fixed = {parameter: circuit.fixed[parameter.name] for parameter in circuit.fixed_parameters}
    refuse_negative_doses(lowered.program, Samples([sample.features], [sample.targets]), "sample")
    state = dose_parameters(lowered, {**parameters, **fixed})
    before = lowered.signed(state, trained)
    error = np.zeros(circuit.outputs)
    states, adjoint = np.empty(0), np.empty(0)
    for step in single_steps(lowered.training):
        if step.table[0, 0] == READ:
            if not circuit.readout.accumulated:
                states = lowered.signed(state, circuit.system.states)
            adjoint = lowered.signed(state, there)
        play_steps(lowered, step, state, sample, error)
    change = lowered.signed(state, trained) - before
    decay, step = update_factors(circuit)
    return PotMeasurement(states, error, adjoint, (change + decay * before) / -step)


def _accuracy(
    mechanism: str,
    constant: float,
    measured: Sequence[PotMeasurement],
    exact: Sequence[Solution],
    points: Sequence[Sample],
) -> PotAccuracy:
    """Compare all samples at once, so that a sample of small values does not decide alone."""
    outputs = np.array([[*s.outputs, *p.targets] for s, p in zip(exact, points, strict=True)])
    gradients = np.array([solution.gradient for solution in exact])
    gradient = np.array([measurement.gradient for measurement in measured]) - gradients
    return PotAccuracy(
        mechanism,
        constant,
        _largest([(m.states, s.states) for m, s in zip(measured, exact, strict=True)]),
        float(np.abs([m.error - s.error for m, s in zip(measured, exact, strict=True)]).max())
        / float(np.abs(outputs).max()),
        _largest([(m.adjoint, s.adjoint) for m, s in zip(measured, exact, strict=True)]),
        float(np.linalg.norm(gradient) / np.linalg.norm(gradients)),
    )


def _largest(pairs: Sequence[tuple[Vector, Vector]]) -> float | None:
    """Return the largest difference over the largest value; None for what takes no species."""
    if not any(len(values) for values, _ in pairs):
        return None
    differences = [np.abs(values - wanted).max() for values, wanted in pairs]
    return float(max(differences) / max(np.abs(wanted).max() for _, wanted in pairs))


def _bound_checks(rows: Sequence[PotAccuracy]) -> list[Check]:
    """Report the errors as built, and bound those with all constants large."""
    built, base = rows[:2]
    checks: list[Check] = []
    for name in ("states", "error", "adjoint", "gradient"):
        bound = GRADIENT_BOUND if name == "gradient" else VALUE_BOUND
        value = getattr(base, name)
        if value is None:
            checks.append(Check(name, None, None, True, "takes no species, so there is nothing to measure"))
            continue
        checks.append(
            Check(f"{name} as built", getattr(built, name), None, True, "the circuit's own constants")
        )
        checks.append(Check(name, value, bound, value <= bound, "all constants large"))
    return checks


def _shrink_checks(rows: Sequence[PotAccuracy]) -> list[Check]:
    """Check that the error of each mechanism falls as its constant grows."""
    checks: list[Check] = []
    for mechanism in dict.fromkeys(row.mechanism for row in rows[2:]):
        own = [row for row in rows if row.mechanism == mechanism]
        floor = max(FLOOR, min(GRADIENT_BOUND, 2.0 * rows[1].worst))
        errors = [row.worst for row in own]
        slope = fitted_slope([row.constant for row in own], [e if e > floor else 0.0 for e in errors])
        if slope is None:
            done = errors[-1] <= floor
            note = f"not above {floor:.0e}, what the other mechanisms leave" if done else "not measurable"
            checks.append(Check(f"{mechanism} slope", None, SHRINK_BOUND, done, note))
        else:
            note = f"d log error / d log constant, {errors[0]:.1e} to {errors[-1]:.1e}"
            checks.append(Check(f"{mechanism} slope", slope, SHRINK_BOUND, slope <= SHRINK_BOUND, note))
    return checks


def _order_check(order: int) -> Check:
    return Check("order", float(order), 2.0, order <= 2, "the whole pot is uni- and bimolecular")
