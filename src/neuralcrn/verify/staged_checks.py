"""Checks of a staged program: comparison of every phase with exact mathematics.

Error due to annihilation: if both rails of a signed state are produced, a residue of about p / (k |z|)
remains on the smaller rail, for a rate of production p and an annihilation constant k. Linear terms are not
affected; |z| and powers of z have an error of twice the residue. Outputs and gradients therefore have an
error proportional to 1 / k. It is a property of the chemistry, and, unlike the error of a wrong reaction,
decreases with 1 / k. The error is reported for the constant of the circuit, bounded at `ANNIHILATION`, and
must decrease in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import RULES, Circuit, PhaseRole, Program, Run
from neuralcrn.compiler.optimiser import update_factors
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.compiler.smooth import SMOOTH
from neuralcrn.compiler.solution import Solution
from neuralcrn.errors import SimulationError
from neuralcrn.verify import roadrunner
from neuralcrn.verify.certificate import (
    GRADIENT_BOUND,
    SLOPE_BOUND,
    SOLVER_FLOOR,
    Check,
    Errors,
    fitted_slope,
)
from neuralcrn.verify.counts import STRUCTURES, expected_counts, has_closed_counts
from neuralcrn.verify.measurement import Measurement, PlayedPhase, Sample, accurate, measure

ANNIHILATION = 1e5
"""Constant for checking the bounds, 1 / (concentration time)."""

LADDER = (10.0, 1e2, 1e3, 1e4, ANNIHILATION)
"""Constants for which the errors must decrease."""

ORDER_TOLERANCE = 0.25
"""Largest difference between the measured order of a limit and its order."""
FORWARD_BOUND = 1e-3
UPDATE_BOUND = 1e-6
NEGATIVE_BOUND = 1e-12
ROADRUNNER_BOUND = 1e-5


def check_staged(
    program: Program, points: Sequence[Sample], tell: Callable[[str, float | None], None]
) -> tuple[tuple[Check, ...], tuple[Errors, ...]]:
    """Return the checks of a staged program, and its errors at each annihilation constant.

    `tell` is called before each measurement, with the mechanism and its constant.
    """
    circuit = program.circuit
    oracle = Oracle.of(circuit)
    exact = [oracle.solve(point.parameters, point.features, point.targets) for point in points]
    tell("built", None)
    measured = _measure_all(circuit, points)
    built = _errors("built", None, measured, exact)
    ladder: list[Errors] = []
    for k in LADDER:
        tell("annihilation", k)
        own = k == circuit.annihilation
        row = _errors("annihilation", k, measured, exact) if own else _errors_at(k, circuit, points, exact)
        ladder.append(row)
    checks = (
        *_accuracy_checks(circuit, built, ladder[-1]),
        *_convergence_checks(ladder),
        *_limit_checks(circuit, points),
        _update_check(circuit, measured, points),
        *_cycle_checks(program, measured, points),
        _order_check(circuit, program),
        _count_check(circuit, program),
        *_rail_checks(measured),
        _roadrunner_check(measured[0].different_phases),
    )
    return checks, (built, *ladder)


def staged_errors(program: Program, points: Sequence[Sample], exact: Sequence[Solution]) -> Errors:
    """Return the errors of the reactions of a staged program as they are."""
    executable = accurate(program)
    return _errors("built", None, [measure(executable, point) for point in points], exact)


def _measure_all(circuit: Circuit, points: Sequence[Sample]) -> list[Measurement]:
    executable = accurate(circuit.compile())
    return [measure(executable, point) for point in points]


def _errors(
    mechanism: str, constant: float | None, measured: Sequence[Measurement], exact: Sequence[Solution]
) -> Errors:
    """Compare all samples together, so that a sample with a small error or output does not dominate."""
    outputs = np.array([solution.outputs for solution in exact])
    gradients = np.array([solution.gradient for solution in exact])
    forward = np.array([measurement.outputs for measurement in measured]) - outputs
    error = np.array([measurement.gradient for measurement in measured]) - gradients
    return Errors(
        mechanism,
        constant,
        {
            "forward": _ratio(np.abs(forward).max(), np.abs(outputs).max()),
            "gradient": _ratio(np.linalg.norm(error), np.linalg.norm(gradients)),
            "worst gradient": _ratio(np.abs(error).max(), np.abs(gradients).max()),
        },
    )


def _errors_at(k: float, circuit: Circuit, points: Sequence[Sample], exact: Sequence[Solution]) -> Errors:
    """Return the errors for another constant; infinite if the simulation fails."""
    try:
        measured = _measure_all(circuit.with_(annihilation=k), points)
    except SimulationError:
        return Errors("annihilation", k, dict.fromkeys(("forward", "gradient", "worst gradient"), np.inf))
    return _errors("annihilation", k, measured, exact)


def _ratio(error: np.floating, scale: np.floating) -> float:
    return float(error / scale) if scale > 0.0 else float(error)


def _accuracy_checks(circuit: Circuit, built: Errors, last: Errors) -> list[Check]:
    """Report errors for the constant of the circuit, and check those for the largest constant."""
    rule = RULES.find(circuit.rule)
    caveat = rule.caveat(circuit)
    bounds = {
        "forward": (FORWARD_BOUND, "outputs, against an independent solution of f"),
        "gradient": (
            GRADIENT_BOUND,
            f"all parameters, against {rule.reference}" + (f"; {caveat}" if caveat else ""),
        ),
        "worst gradient": (GRADIENT_BOUND, "single parameter, of the largest gradient"),
    }
    own = f"at k = {circuit.annihilation:g}, the constant of the circuit"
    reported = [
        Check(f"{name} as built", built.of[name], None, True, f"{note}, {own}")
        for name, (_, note) in bounds.items()
    ]
    at = f"at k = {ANNIHILATION:g}"
    return reported + [
        Check(name, last.of[name], bound, last.of[name] <= bound, f"{note}, {at}")
        for name, (bound, note) in bounds.items()
    ]


def _convergence_checks(ladder: Sequence[Errors]) -> list[Check]:
    """Check that errors decrease with the constant, by the slope of their logarithms."""
    checks: list[Check] = []
    for name in ("forward", "gradient"):
        errors = [row.of[name] for row in ladder]
        slope = fitted_slope(LADDER, errors)
        if slope is None:
            done = errors[-1] <= SOLVER_FLOOR
            note = "no annihilation reactions: solver error at every constant"
            checks.append(Check(f"{name} slope", None, SLOPE_BOUND, done, note if done else "not measurable"))
        else:
            note = "d log error / d log k"
            checks.append(Check(f"{name} slope", slope, SLOPE_BOUND, slope <= SLOPE_BOUND, note))
    return checks


def _limit_checks(circuit: Circuit, points: Sequence[Sample]) -> list[Check]:
    """Check that the exact gradient of the rule approaches others in the limits that the rule states."""
    rule = RULES.find(circuit.rule)
    checks: list[Check] = []
    for limit in rule.limits(circuit):
        errors: list[float] = []
        for varied in limit.circuits.values():
            oracle = Oracle.of(varied)
            samples = [(point.parameters, point.features, point.targets) for point in points]
            own = np.array([rule.exact(oracle, *sample).gradient for sample in samples])
            wanted = np.array([limit.reference(oracle, *sample) for sample in samples])
            errors.append(_ratio(np.linalg.norm(own - wanted), np.linalg.norm(wanted)))
        slope = fitted_slope([1.0 / value for value in limit.circuits], errors)
        bound = ORDER_TOLERANCE - limit.order
        passed = errors[-1] <= SOLVER_FLOOR if slope is None else slope <= bound
        listed = ", ".join(f"{e:.2g} at {v:g}" for v, e in zip(limit.circuits, errors, strict=True))
        note = f"error of the gradient: {listed}; slope of its logarithm against -log({limit.name})"
        checks.append(Check(f"{limit.name} limit", slope, bound, passed, note))
    return checks


def _update_check(circuit: Circuit, measured: Sequence[Measurement], points: Sequence[Sample]) -> Check:
    """Check that the change of the parameters agrees with the optimiser and the measured gradient."""
    if circuit.update == "direct":
        note = "direct: the gradient above was computed from the change of the parameters"
        return Check("update", None, None, True, note)
    decay, step = update_factors(circuit)
    pairs = zip(measured, points, strict=True)
    wanted = np.array([-step * m.gradient - decay * point.parameters for m, point in pairs])
    change = np.array([measurement.change for measurement in measured])
    error = _ratio(np.abs(change - wanted).max(), np.abs(wanted).max())
    note = f"parameters change by -{step:.4g} g" + (f" - {decay:g} theta" if decay else "")
    return Check("update", error, UPDATE_BOUND, error <= UPDATE_BOUND, note)


def _cycle_checks(program: Program, measured: Sequence[Measurement], points: Sequence[Sample]) -> list[Check]:
    """Check that samples with exchanged rails change the parameters as the others do."""
    if program.circuit.optimiser == "plain":
        return []
    updating = {phase.name for phase in program.phases if phase.role is PhaseRole.UPDATE}
    crossed = next(
        steps
        for steps in reversed(program.cycle)
        if any(isinstance(step, Run) and step.phase in updating for step in steps)
    )
    executable = accurate(program)
    change = np.array([measure(executable, point, crossed).change for point in points])
    wanted = np.array([measurement.change for measurement in measured])
    error = _ratio(np.abs(change - wanted).max(), np.abs(wanted).max())
    note = "change of the parameters with exchanged rails, against that with the others"
    return [Check("exchange", error, UPDATE_BOUND, error <= UPDATE_BOUND, note)]


def _order_check(circuit: Circuit, program: Program) -> Check:
    """Check that reactions are bimolecular, except in families and activations that declare order 3."""
    used = (circuit.state_activation, circuit.readout.output_activation)
    declared = [SMOOTH[name].order for name in used if name in SMOOTH]
    if structure := STRUCTURES.get(circuit.name):
        declared.append(structure.order)
    allowed = max(declared, default=2)
    note = f"order {allowed} is declared" if allowed > 2 else "unimolecular and bimolecular"
    return Check("order", float(program.max_order), float(allowed), program.max_order <= allowed, note)


def _count_check(circuit: Circuit, program: Program) -> Check:
    """Compare species and reactions of every phase with the closed formulas."""
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
    """Check that no concentration is negative at the end of a phase, and report the residue of
    annihilation.
    """
    played = [phase for measurement in measured for phase in measurement.phases]
    largest = max(1.0, *(float(phase.after.max(initial=0.0)) for phase in played))
    smallest = min(float(phase.after.min(initial=0.0)) for phase in played)
    left = max(phase.coexistence() for phase in played)
    bound = -NEGATIVE_BOUND * largest
    return [
        Check("smallest", smallest, bound, smallest >= bound, "concentration at the end of a phase"),
        Check("both rails", left, None, True, "largest min(v+, v-) after annihilation, as built"),
    ]


def _roadrunner_check(phases: Sequence[PlayedPhase]) -> Check:
    """Compare the end of every phase with libRoadRunner, from the same initial state."""
    if not roadrunner.is_available():
        return Check("libRoadRunner", None, ROADRUNNER_BOUND, True, "skipped: libroadrunner is not installed")
    worst = 0.0
    for played in phases:
        other = roadrunner.final_concentrations(played.started, played.phase.duration)
        # at the start, because a phase may remove everything
        largest = np.maximum(np.abs(other).max(), np.abs(played.before).max())
        worst = max(worst, _ratio(np.abs(other - played.after).max(), largest))
    return Check(
        "libRoadRunner", worst, ROADRUNNER_BOUND, worst <= ROADRUNNER_BOUND, "every phase through SBML"
    )
