"""``neuralcrn certify``: comparison of the chemistry with exact mathematics."""

from __future__ import annotations

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.cli.circuit_options import CircuitArgument, takes_circuit_options
from neuralcrn.cli.output import JsonOption, SeedOption, print_result, progress_bar


@takes_circuit_options
def certify(
    circuit: CircuitArgument,
    options: CircuitOptions,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Compare outputs and gradients of the chemistry with exact mathematics, and check counts and orders.

    For a pot one cycle is checked, and that the error of each of its mechanisms (hold, shadow, annihilation)
    decreases as its constant increases. The exit status is 1 if a check fails.
    """
    from neuralcrn import app

    with progress_bar() as bar:
        certificate = app.certify(circuit, options, seed=seed, on_status=bar)
    print_result(certificate, json)
    if not certificate.passed:
        raise typer.Exit(1)
