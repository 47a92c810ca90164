"""Certification of circuits at all levels."""

from __future__ import annotations

import numpy as np

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit, Program
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.errors import InvalidValueError
from neuralcrn.status import OnStatus, Status, ignore_status
from neuralcrn.verify.certificate import Certificate, Errors
from neuralcrn.verify.measurement import draw_samples
from neuralcrn.verify.pot_checks import check_pot, pot_errors
from neuralcrn.verify.staged_checks import check_staged, staged_errors


def certify(
    circuit: Circuit,
    *,
    level: str = "staged",
    clock: str = "",
    samples: int | None = None,
    rng: int | np.random.Generator = 0,
    on_status: OnStatus = ignore_status,
) -> Certificate:
    """Compare the chemistry of a circuit with exact mathematics.

    All values of the chemistry are read from rails after simulated reactions, with a relative tolerance of
    1e-9. For a staged program every phase is checked. For a pot one cycle is checked, and that the error of
    each of its mechanisms decreases as its constant increases.

    Parameters
    ----------
    circuit : Circuit
        Counts are checked if its name is that of a family of the registry. In a pot it must be updated after
        every sample, and direct updates must be without decay.
    level, clock : str
        ``staged``, ``gated`` or ``autonomous``, and the clock for the latter; see `Circuit.compile`.
    samples : int, optional
        Number of random test points, at least 1; by default 4 for a staged program and 2 for a pot.
    rng : int or numpy.random.Generator
        Source of the test points.
    on_status : callable
        Called with the current measurement; exceptions end the measurement.

    Raises
    ------
    InvalidValueError
        If there is no test point, or a cycle of the pot cannot be compared with one gradient.
    UnknownNameError
        If there is no such level or clock.
    CompileError
        If the circuit cannot be compiled at that level.
    SimulationError
        If the simulation of a phase or cycle fails with the constants of the circuit.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> certificate = certify(make_circuit("linear", inputs=1), samples=1)
    >>> certificate.passed, certificate.check("order").measured
    (True, 2.0)
    >>> certify(make_circuit("linear", inputs=1), level="gated", samples=1).passed
    True
    """
    if samples is None:
        samples = 4 if level == "staged" else 2
    if samples < 1:
        raise InvalidValueError(f"samples = {samples}: at least one test point is needed")
    program = circuit.compile(level, clock)
    points = draw_samples(circuit, samples, np.random.default_rng(rng))

    def tell(mechanism: str, constant: float | None) -> None:
        note = mechanism if constant is None else f"{mechanism} {constant:g}"
        on_status(Status("Comparing with exact mathematics", note=note))

    if level == "staged":
        checks, convergence = check_staged(program, points, tell)
    else:
        checks, convergence = check_pot(program, points, tell)
    return Certificate(
        circuit=circuit.name,
        rule=circuit.rule,
        level=level,
        clock=program.clock,
        counts=Counts(len(program.species), program.reaction_count),
        annihilation=circuit.annihilation,
        samples=samples,
        seed=rng if isinstance(rng, int) else None,
        checks=checks,
        convergence=convergence,
    )


def program_errors(program: Program, *, samples: int = 2, rng: int | np.random.Generator = 0) -> Errors:
    """Return the errors of the reactions of a program as they are, compared with exact mathematics.

    They are measured as for `certify`, but the reactions need not be those that the circuit is compiled to:
    they may be perturbed.

    Parameters
    ----------
    program : Program
        A program of any level.
    samples : int
        Number of random test points.
    rng : int or numpy.random.Generator
        Source of the test points.

    Raises
    ------
    SimulationError
        If a simulation fails.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear", inputs=1).compile()
    >>> program_errors(program).largest < 1e-6
    True
    """
    points = draw_samples(program.circuit, samples, np.random.default_rng(rng))
    oracle = Oracle.of(program.circuit)
    exact = [oracle.solve(point.parameters, point.features, point.targets) for point in points]
    return (pot_errors if program.is_pot else staged_errors)(program, points, exact)
