"""``neuralcrn certify``: the chemistry against exact mathematics."""

from __future__ import annotations

import typer

from neuralcrn.cli.circuit_options import CircuitArgument, CircuitOptions, takes_circuit_options
from neuralcrn.cli.output import JsonOption, SeedOption, doing, print_json
from neuralcrn.errors import InvalidValueError

_LARGEST = 100


@takes_circuit_options
def certify(
    circuit: CircuitArgument,
    options: CircuitOptions,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Check values and gradients of the chemistry against exact mathematics, with counts and orders.

    Of a pot, one cycle is checked, and that the error of each of its mechanisms (hold, shadow,
    annihilation) shrinks as its constant grows. Exit status 1 if a check fails.
    """
    from neuralcrn.verify import certify as check

    _check_size(options)
    built = options.make(circuit)
    built.compile(options.autonomy, options.clock)  # refuses a level or a clock before anything is measured
    with doing("Measuring the chemistry beside exact mathematics"):
        certificate = check(built, level=options.autonomy, clock=options.clock, rng=seed)
    if json:
        print_json(certificate.to_json())
    else:
        typer.echo(str(certificate))
    if not certificate.passed:
        raise typer.Exit(1)


def _check_size(options: CircuitOptions) -> None:
    """Refuse sizes of which the exact mathematics would take hours."""
    for name in ("inputs", "hidden", "outputs"):
        if (getattr(options, name) or 0) > _LARGEST:
            raise InvalidValueError(
                f"--{name} {getattr(options, name)}: at most {_LARGEST} are certified; the reactions of a "
                "larger circuit are made by the same rules"
            )
