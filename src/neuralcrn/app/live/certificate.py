"""The certificate of a program as a table: chemistry against exact mathematics."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from neuralcrn.compiler import Program
from neuralcrn.errors import SimulationError
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.verify import Check, certify, program_errors

PRESENT = 0.1
"""Largest relative error with which changed reactions still count as those of the circuit."""


def certificate_view(program: Program, on_status: OnStatus = ignore_status) -> dict[str, Any]:
    """Return the table of `neuralcrn.verify.certify` for the circuit of a program.

    If its reactions are not those of the circuit, because they have errors or were changed, there is another
    row for each quantity, with the error of the present reactions. It passes if it is at most a tenth.

    Returns
    -------
    dict
        ``passed``, and ``rows`` with name, measured value, bound, whether it passes and a note.

    Raises
    ------
    InvalidValueError, CompileError
        If the circuit cannot be certified.
    SimulationError
        If the simulation of the circuit without changes fails.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> from neuralcrn.studies.robustness import disturb
    >>> program = make_circuit("linear", inputs=1).compile()
    >>> certificate_view(program)["passed"], certificate_view(disturb(program, "rates", 0.5, rng=0))["passed"]
    (True, False)
    """
    made = certify(program.circuit, level=program.level, clock=program.clock, on_status=on_status)
    checks = [*_present(program), *made.checks]
    rows = [dataclasses.asdict(check) for check in checks]
    return {"passed": all(check.passed for check in checks), "rows": rows}


def _present(program: Program) -> list[Check]:
    """Return the errors of the present reactions, if they are not those of the circuit."""
    original = program.recompiled()
    if program == original:
        return []
    try:
        errors = program_errors(program).of
    except SimulationError as error:
        return [Check("present reactions", None, PRESENT, False, str(error))]
    note = "of the present reactions, against exact mathematics"
    return [
        Check(f"{name} at present", value, PRESENT, math.isfinite(value) and value <= PRESENT, note)
        for name, value in errors.items()
    ]
