"""``neuralcrn dna``: compilation to DNA strand displacement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.cli.circuit_options import SourceArgument, takes_circuit_options
from neuralcrn.cli.output import (
    FiguresOption,
    FromOption,
    ImageFormat,
    JsonOption,
    SeedOption,
    check_new,
    give_folder,
    print_result,
    progress_bar,
)


@takes_circuit_options
def dna(
    source: SourceArgument,
    options: CircuitOptions,
    source_format: FromOption = None,
    unit_concentration: Annotated[float, typer.Option(help="Concentration of one formal unit, in M.")] = 1e-8,
    unit_time: Annotated[
        float | None,
        typer.Option(
            help="Duration of one formal unit of time, in s. [default: sufficient for all reactions]"
        ),
    ] = None,
    fuel: Annotated[float, typer.Option(help="Concentration of every fuel, in M.")] = 1e-5,
    q_max: Annotated[
        float, typer.Option(help="Rate constant of the fastest strand displacement, in 1 / (M s).")
    ] = 1e6,
    buffers: Annotated[
        bool, typer.Option(help="Add buffers, so that all signals are slowed down equally.")
    ] = True,
    t_end: Annotated[
        float | None,
        typer.Option(help="Simulate both levels to this formal time and report errors and fuels."),
    ] = None,
    verify: Annotated[
        float | None,
        typer.Option(
            help="Verify the equivalence of both levels with crnverifier, with this time limit in seconds."
        ),
    ] = None,
    products: Annotated[
        int | None,
        typer.Option(
            help="Largest number of strands that a gate releases; more are released by several gates."
        ),
    ] = None,
    annihilation: Annotated[
        float | None,
        typer.Option(
            help="Annihilation constant of a circuit; large values increase the unit of time. [default: 5]",
            rich_help_panel="Circuit",
        ),
    ] = None,
    seed: SeedOption = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write networks, strands and a figure to this folder.")
    ] = None,
    figures: FiguresOption = ImageFormat.PNG,
    json: JsonOption = False,
) -> None:
    """Compile a network to DNA strand displacement with the four-domain scheme.

    Reports numbers of species and reactions, the unit of time, the sequestered fraction of each signal, and
    the consumption of fuels. With --t-end both levels are simulated and compared. For a staged circuit every
    phase is compiled, and fuels are those of one training step. For a pot its single network is compiled
    (--level gated or autonomous). The folder contains the DNA-level network (in formal units, and in M and
    s), its strands for Peppercorn (.pil), and the formal network for Nuskell.
    """
    from neuralcrn import app

    check_new(out)
    asked = app.DnaOptions(
        unit_concentration=unit_concentration, unit_time=unit_time, fuel=fuel, q_max=q_max, buffers=buffers,
        t_end=t_end, verify=verify, products=products, annihilation=annihilation, seed=seed,
    )  # fmt: skip
    with progress_bar() as bar:
        report = app.dna(app.Source(str(source), source_format, options=options), asked, on_status=bar)
    if out is not None:
        give_folder(report.files(figures), out)
    print_result(report, json)
    report.check_verdicts()
