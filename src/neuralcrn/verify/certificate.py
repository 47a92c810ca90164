"""Certificates: measured proof that the chemistry of a circuit computes what its mathematics says.

On error and annihilation. A signed state that is driven on both rails keeps a residue on its small
rail, of about p / (k |z|) for a driving p and an annihilation constant k. Linear terms do not see
it; |z| and powers of z are off by twice that. So forward values and gradients carry an error that
falls as 1 / k: this is a property of finite chemistry, not a fault of the wiring, and a fault of the
wiring does not fall. A certificate therefore reports the error at the circuit's own constant,
checks the bounds at `ANNIHILATION`, and checks that on the way there the error shrinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit, Program, find_rule
from neuralcrn.compiler.optimiser import update_factors
from neuralcrn.compiler.oracle import Oracle, Solution
from neuralcrn.errors import InvalidValueError, SimulationError
from neuralcrn.verify import roadrunner
from neuralcrn.verify.counts import STRUCTURES, expected_counts, has_closed_counts
from neuralcrn.verify.measurement import Measurement, PlayedPhase, Sample, draw_samples, measure

Vector = NDArray[np.float64]

ANNIHILATION = 1e5
"""Constant at which the bounds are checked, 1 / (concentration time)."""

LADDER = (10.0, 1e2, 1e3, 1e4, ANNIHILATION)
"""Constants over which the errors must shrink."""

FORWARD_BOUND = 1e-3
GRADIENT_BOUND = 1e-2
UPDATE_BOUND = 1e-6

NEGATIVE_BOUND = 1e-12
ROADRUNNER_BOUND = 1e-5
SLOPE_BOUND = -0.5
"""Errors must fall at least as the square root of the constant; where nothing vanishes, as 1 / k."""

SOLVER_FLOOR = 1e-7
"""Errors below this are the solver's and need not shrink further."""


@final
@dataclass(frozen=True, slots=True)
class Check:
    """One line of a certificate.

    Attributes
    ----------
    name : str
        What was checked.
    measured : float or None
        The number, None where nothing could be measured.
    bound : float or None
        What it must not pass; None if it is reported only.
    passed : bool
        Whether it holds.
    note : str
        What the number means.
    """

    name: str
    measured: float | None
    bound: float | None
    passed: bool
    note: str = ""


@final
@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors of the chemistry at one annihilation constant, against exact mathematics.

    Attributes
    ----------
    annihilation : float, 1 / (concentration time)
        The constant; all others are the circuit's.
    forward : float
        Largest error of an output, relative to the largest output of all samples.
    gradient : float
        Norm of the errors of all gradients of all samples, relative to the norm of the gradients.
    parameter : float
        Largest error of a single gradient, relative to the largest gradient.
    """

    annihilation: float
    forward: float
    gradient: float
    parameter: float


@final
@dataclass(frozen=True, slots=True)
class Certificate:
    """What was measured about a circuit.

    Attributes
    ----------
    circuit, gradient : str
        Name and gradient mode.
    counts : Counts
        Species and reactions of all phases together.
    annihilation : float, 1 / (concentration time)
        The circuit's own constant.
    samples : int
        Number of random test points.
    seed : int or None
        Seed of the test points; None if a generator was given.
    checks : tuple of Check
        Every check.
    convergence : tuple of Accuracy
        Errors at each constant of `LADDER`.
    """

    circuit: str
    gradient: str
    counts: Counts
    annihilation: float
    samples: int
    seed: int | None
    checks: tuple[Check, ...]
    convergence: tuple[Accuracy, ...]

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def check(self, name: str) -> Check:
        """Return the check of that name."""
        return next(check for check in self.checks if check.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return the certificate as numbers, texts, lists and dictionaries."""
        fields = (*Check.__slots__,)
        return {
            "circuit": self.circuit,
            "gradient": self.gradient,
            "species": self.counts.species,
            "reactions": self.counts.reactions,
            "annihilation": self.annihilation,
            "samples": self.samples,
            "seed": self.seed,
            "passed": self.passed,
            "checks": [{name: getattr(check, name) for name in fields} for check in self.checks],
            "convergence": [
                {name: getattr(row, name) for name in Accuracy.__slots__} for row in self.convergence
            ],
        }

    def __str__(self) -> str:
        from neuralcrn.verify.report import describe_certificate

        return describe_certificate(self)

    def _repr_html_(self) -> str:
        from neuralcrn.verify.report import certificate_html

        return certificate_html(self)


def certify(circuit: Circuit, *, samples: int = 4, rng: int | np.random.Generator = 0) -> Certificate:
    """Check the chemistry of a circuit against exact mathematics.

    Every number on the side of the chemistry is read from rails after simulated reactions, at a
    relative tolerance of 1e-9. See the module's text on what finite annihilation does to accuracy.

    Parameters
    ----------
    circuit : Circuit
        What to certify. Its counts are checked if its name is that of a family of the registry.
    samples : int
        Number of random test points, at least 1.
    rng : int or numpy.random.Generator
        Source of the test points.

    Raises
    ------
    InvalidValueError
        If there is no test point.
    SimulationError
        If the chemistry does not reach the end of a phase at the circuit's own constant.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> certificate = certify(make_circuit("linear"), samples=1)
    >>> certificate.passed, certificate.check("order").measured
    (True, 2.0)
    """
    if samples < 1:
        raise InvalidValueError(f"samples = {samples}: at least one test point is needed")
    points = draw_samples(circuit, samples, np.random.default_rng(rng))
    oracle = Oracle.of(circuit)
    exact = [oracle.solve(point.parameters, point.features, point.targets) for point in points]
    program = circuit.compile()
    measured = _measure_all(circuit, points)
    own = _accuracy(circuit.annihilation, measured, exact)
    convergence = tuple(
        own if k == circuit.annihilation else _accuracy_at(k, circuit, points, exact) for k in LADDER
    )
    checks = (
        *_accuracy_checks(circuit, own, convergence),
        *_convergence_checks(convergence),
        _update_check(circuit, measured, points),
        _order_check(circuit, program),
        _count_check(circuit, program),
        *_rail_checks(measured),
        _roadrunner_check(measured[0].phases),
    )
    return Certificate(
        circuit=circuit.name,
        gradient=circuit.gradient,
        counts=Counts(len(program.species), program.reaction_count),
        annihilation=circuit.annihilation,
        samples=samples,
        seed=rng if isinstance(rng, int) else None,
        checks=checks,
        convergence=convergence,
    )


def _measure_all(circuit: Circuit, points: Sequence[Sample]) -> list[Measurement]:
    from neuralcrn.engines.native.lowering import lower

    lowered = lower(circuit.compile())
    return [measure(lowered, point) for point in points]


def _accuracy(k: float, measured: Sequence[Measurement], exact: Sequence[Solution]) -> Accuracy:
    """Compare all samples at once, so that a sample of small error or output does not decide alone."""
    outputs = np.array([solution.outputs for solution in exact])
    gradients = np.array([solution.gradient for solution in exact])
    forward = np.array([measurement.outputs for measurement in measured]) - outputs
    error = np.array([measurement.gradient for measurement in measured]) - gradients
    return Accuracy(
        k,
        _ratio(np.abs(forward).max(), np.abs(outputs).max()),
        _ratio(np.linalg.norm(error), np.linalg.norm(gradients)),
        _ratio(np.abs(error).max(), np.abs(gradients).max()),
    )


def _accuracy_at(k: float, circuit: Circuit, points: Sequence[Sample], exact: Sequence[Solution]) -> Accuracy:
    """Return the errors at another constant; infinite where the chemistry does not reach its end."""
    try:
        measured = _measure_all(circuit.with_(annihilation=k), points)
    except SimulationError:
        return Accuracy(k, np.inf, np.inf, np.inf)
    return _accuracy(k, measured, exact)


def _ratio(error: np.floating, scale: np.floating) -> float:
    return float(error / scale) if scale > 0.0 else float(error)


def _accuracy_checks(circuit: Circuit, own: Accuracy, convergence: Sequence[Accuracy]) -> list[Check]:
    """Report errors at the circuit's own constant, and bound those at the end of the ladder."""
    last = convergence[-1]
    rule = find_rule(circuit.gradient)
    caveat = rule.caveat(circuit)
    note = f"all parameters, against {rule.reference}" + (f"; {caveat}" if caveat else "")
    checks: list[Check] = []
    for row, strict in ((own, False), (last, True)):
        place = f"at k = {row.annihilation:g}" + ("" if strict else ", the circuit's own")
        for name, value, bound, text in (
            ("forward", row.forward, FORWARD_BOUND, "outputs, against DOP853 of f"),
            ("gradient", row.gradient, GRADIENT_BOUND, note),
            ("worst gradient", row.parameter, GRADIENT_BOUND, "single parameter, of the largest gradient"),
        ):
            label = name if strict else f"{name} as built"
            limit = bound if strict else None
            checks.append(Check(label, value, limit, not strict or value <= bound, f"{text}, {place}"))
    return checks


def _convergence_checks(convergence: Sequence[Accuracy]) -> list[Check]:
    """Check that errors fall with the constant, by the slope of their logarithms."""
    checks: list[Check] = []
    for name in ("forward", "gradient"):
        errors = [getattr(row, name) for row in convergence]
        slope = fitted_slope([row.annihilation for row in convergence], errors)
        if slope is None:
            done = errors[-1] <= SOLVER_FLOOR
            note = "no annihilation enters: the solver's own error at every constant"
            checks.append(Check(f"{name} slope", None, SLOPE_BOUND, done, note if done else "not measurable"))
        else:
            note = "d log error / d log k"
            checks.append(Check(f"{name} slope", slope, SLOPE_BOUND, slope <= SLOPE_BOUND, note))
    return checks


def fitted_slope(constants: Sequence[float], errors: Sequence[float]) -> float | None:
    """Return the slope of log error against log constant, above the solver's own error.

    None if fewer than two errors are finite and above `SOLVER_FLOOR`.

    Examples
    --------
    >>> round(fitted_slope([10.0, 100.0, 1000.0], [1e-2, 1e-3, 1e-9]), 6)
    -1.0
    >>> fitted_slope([10.0, 100.0], [1e-12, 1e-13]) is None
    True
    """
    kept = [(k, e) for k, e in zip(constants, errors, strict=True) if SOLVER_FLOOR < e < np.inf]
    if len(kept) < 2:
        return None
    x, y = np.log10(np.array(kept)).T
    return float(np.polyfit(x, y, 1)[0])


def _update_check(circuit: Circuit, measured: Sequence[Measurement], points: Sequence[Sample]) -> Check:
    """Check that the parameters change by what the circuit's optimiser says of the measured gradient."""
    if circuit.update == "direct":
        note = "direct: the gradient above was read from the change of the parameters itself"
        return Check("update", None, None, True, note)
    decay, step = update_factors(circuit)
    pairs = zip(measured, points, strict=True)
    wanted = np.array([-step * m.gradient - decay * point.parameters for m, point in pairs])
    change = np.array([measurement.change for measurement in measured])
    error = _ratio(np.abs(change - wanted).max(), np.abs(wanted).max())
    note = f"parameters change by -{step:.4g} g" + (f" - {decay:g} theta" if decay else "")
    return Check("update", error, UPDATE_BOUND, error <= UPDATE_BOUND, note)


def _order_check(circuit: Circuit, program: Program) -> Check:
    """Check that reactions are bimolecular, except in families declared as studies."""
    structure = STRUCTURES.get(circuit.name)
    allowed = structure.order if structure else 2
    note = f"order {allowed}: a study" if allowed > 2 else "uni- and bimolecular"
    return Check("order", float(program.max_order), float(allowed), program.max_order <= allowed, note)


def _count_check(circuit: Circuit, program: Program) -> Check:
    """Compare species and reactions, phase by phase, with the closed formulas."""
    if not has_closed_counts(circuit):
        note = f"no closed formula for {circuit.name}"
        return Check("counts", None, None, True, note)
    counted = {phase.name: phase.network.counts for phase in program.phases}
    counted["program"] = Counts(len(program.species), program.reaction_count)
    expected = expected_counts(circuit)
    wrong = sorted(name for name in {*counted, *expected} if counted.get(name) != expected.get(name))
    total = counted["program"]
    note = f"{total.species} species, {total.reactions} reactions"
    note += f"; not those of the formula: {', '.join(wrong)}" if wrong else ", as the closed formula"
    return Check("counts", float(len(wrong)), 0.0, not wrong, note)


def _rail_checks(measured: Sequence[Measurement]) -> list[Check]:
    """Check that nothing is negative at the end of a phase, and report what annihilation leaves."""
    played = [phase for measurement in measured for phase in measurement.phases]
    largest = max(1.0, *(float(phase.after.max(initial=0.0)) for phase in played))
    smallest = min(float(phase.after.min(initial=0.0)) for phase in played)
    left = max(phase.coexistence() for phase in played)
    bound = -NEGATIVE_BOUND * largest
    return [
        Check("smallest", smallest, bound, smallest >= bound, "concentration at the end of a phase"),
        Check("both rails", left, None, True, "largest min(v+, v-) that annihilation leaves, as built"),
    ]


def _roadrunner_check(phases: Sequence[PlayedPhase]) -> Check:
    """Compare the end of every phase with libRoadRunner's, from the same start."""
    if not roadrunner.is_available():
        return Check("libRoadRunner", None, ROADRUNNER_BOUND, True, "skipped: libroadrunner is not installed")
    worst = 0.0
    for played in phases:
        other = roadrunner.final_concentrations(played.started, played.phase.duration)
        worst = max(worst, _ratio(np.abs(other - played.after).max(), np.abs(other).max()))
    return Check(
        "libRoadRunner", worst, ROADRUNNER_BOUND, worst <= ROADRUNNER_BOUND, "every phase through SBML"
    )
