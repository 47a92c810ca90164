"""``neuralcrn simulate``: any network in a format that is read."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from neuralcrn.cli.output import JsonOption, print_json
from neuralcrn.errors import InvalidValueError, SimulationError


def simulate(
    file: Annotated[
        Path,
        typer.Argument(help="A network: reaction text such as 'A + 2B -> C [k = 3]', JSON, SBML, Antimony."),
    ],
    t_end: Annotated[float, typer.Option(help="End of the run, in the time unit of the rate constants.")],
    steps: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Rows of the table after the first.")
    ] = 100,
    rtol: Annotated[float, typer.Option(help="Relative tolerance of each step.")] = 1e-6,
    atol: Annotated[float, typer.Option(help="Absolute tolerance of each step, a concentration.")] = 1e-12,
    out: Annotated[Path | None, typer.Option(help="Write the table to this CSV file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the concentrations into this PNG file.")] = None,
    json: JsonOption = False,
) -> None:
    """Simulate a network by mass action and print its concentrations over time.

    The table begins `time,A,B,...` with all species in the order of the file. The steps of the
    method do not depend on the times that are printed.
    """
    from neuralcrn.engines import simulate as integrate
    from neuralcrn.engines.outcome import Outcome
    from neuralcrn.formats import read_network
    from neuralcrn.runs.files import write_text

    network = read_network(file)
    if not 0.0 < t_end < float("inf"):
        raise InvalidValueError(f"--t-end {t_end}: it must be positive and finite")
    result = integrate(network, t_end, np.linspace(0.0, t_end, steps + 1), rtol=rtol, atol=atol)
    stream = io.StringIO()
    result.write_csv(stream)
    if out is not None:
        write_text(out, stream.getvalue())
    if plot is not None:
        from neuralcrn.plots import save

        save(result.figure(), plot)
    if json:
        last = dict(zip(result.species, result.values[-1].tolist(), strict=True))
        print_json(
            {
                "file": str(file),
                "outcome": result.outcome.name.lower(),
                "end": result.end,
                "steps": result.steps,
                "final": last,
            }
        )
    elif out is None:
        typer.echo(stream.getvalue(), nl=False)
    if result.outcome != Outcome.SUCCESS:
        raise SimulationError(f"{file}: stopped at time {result.end:.6g}: {result.outcome.advice}")
