"""``neuralcrn verify-rate-independence``: whether final amounts depend on rates."""

from __future__ import annotations

from typing import Annotated

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.cli.circuit_options import PhaseOption, SourceArgument, takes_circuit_options
from neuralcrn.cli.output import FromOption, JsonOption, SeedOption, print_result, progress_bar


@takes_circuit_options
def verify_rate_independence(
    source: SourceArgument,
    options: CircuitOptions,
    vary: Annotated[
        str,
        typer.Option(
            metavar="NAME[,NAME...]",
            help="Species whose initial amounts are varied. [default: those that no reaction releases]",
        ),
    ] = "",
    trials: Annotated[
        int, typer.Option(min=1, max=1_000, help="Number of initial amounts that are tried.")
    ] = 5,
    source_format: FromOption = None,
    phase: PhaseOption = None,
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Check that the final amounts of a network do not depend on rate constants and rate laws.

    The structure of the network is a proof; completion in exact fractions, linear programmes, simulations
    with other rate constants and rate laws, and stochastic simulations confirm it, or give initial amounts
    from which different final amounts are reached. The exit status is 1 if a check fails.

    **Examples:** `neuralcrn verify-rate-independence relu.crn`,
    `neuralcrn verify-rate-independence model.xml --vary A,B --trials 20`
    """
    from neuralcrn import app

    names = tuple(name.strip() for name in vary.split(",") if name.strip())
    network = app.Source(str(source), source_format, phase, options)
    with progress_bar(lines=0) as bar:
        verdict = app.verify_rate_independence(network, inputs=names, trials=trials, seed=seed, on_status=bar)
    print_result(verdict, json)
    if not verdict.passed:
        raise typer.Exit(1)
