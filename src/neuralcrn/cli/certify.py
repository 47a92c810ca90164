"""``neuralcrn certify``: the chemistry against exact mathematics."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from neuralcrn.cli.output import AutonomyOption, ClockOption, JsonOption, SeedOption, print_json


def certify(
    circuit: Annotated[str, typer.Argument(help="A circuit ('neuralcrn list').")],
    inputs: Annotated[int, typer.Option(min=1, max=100, help="Number of features.")] = 2,
    hidden: Annotated[int | None, typer.Option(min=1, max=100, help="Number of states.")] = None,
    outputs: Annotated[int, typer.Option(min=1, max=100, help="Number of outputs.")] = 1,
    gradient: Annotated[
        str | None, typer.Option(help="exact, frozen, first-order or linear-reversal.")
    ] = None,
    autonomy: AutonomyOption = "staged",
    clock: ClockOption = "",
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Check values and gradients of the chemistry against exact mathematics, with counts and orders.

    Of a pot, one cycle is checked, and that the error of each of its mechanisms (hold, shadow,
    annihilation) shrinks as its constant grows. Exit status 1 if a check fails.
    """
    from neuralcrn.analysis import certify as check
    from neuralcrn.analysis import certify_pot
    from neuralcrn.circuits import make_circuit

    chosen: dict[str, Any] = {"outputs": outputs}
    chosen |= {name: value for name, value in {"hidden": hidden, "gradient": gradient}.items() if value}
    built = make_circuit(circuit, inputs, **chosen)
    built.compile(autonomy, clock)  # refuses a level or a clock before anything is measured
    if autonomy == "staged":
        certificate = check(built, rng=seed)
    else:
        certificate = certify_pot(built, autonomy=autonomy, clock=clock, rng=seed)
    if json:
        print_json(certificate.to_json())
    else:
        typer.echo(str(certificate))
    if not certificate.passed:
        raise typer.Exit(1)
