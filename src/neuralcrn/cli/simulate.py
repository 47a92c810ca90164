"""``neuralcrn simulate``: deterministic or stochastic simulation of networks and circuits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.cli.changes import read_changes, read_names
from neuralcrn.cli.circuit_options import PhaseOption, SourceArgument, takes_circuit_options
from neuralcrn.cli.output import (
    ForceOption,
    FromOption,
    JsonOption,
    MethodOption,
    SeedOption,
    VolumeOption,
    check_outputs,
    give,
    image_format,
    print_json,
    progress_bar,
)

_CHANGES, _TABLE = "Parameters and initial values", "Table and figure"


@takes_circuit_options
def simulate(
    source: SourceArgument,
    options: CircuitOptions,
    t_end: Annotated[float, typer.Option(help="End time, in the time unit of the rate constants.")],
    steps: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Number of time steps in the table.")
    ] = 100,
    source_format: FromOption = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            rich_help_panel=_CHANGES,
            show_default=False,
            help="Value of a parameter, a compartment size or a rate constant (reaction_2.k, "
            "LABEL.k). Can be repeated.",
        ),
    ] = None,
    initial: Annotated[
        list[str] | None,
        typer.Option(
            "--init",
            metavar="NAME=VALUE",
            rich_help_panel=_CHANGES,
            show_default=False,
            help="Initial value of a species, in the units of the file. Can be repeated.",
        ),
    ] = None,
    scan: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=FROM:TO:COUNT",
            rich_help_panel=_CHANGES,
            show_default=False,
            help="One run per value of a species or parameter; also NAME=FROM:TO:COUNT:log, NAME=A,B,C.",
        ),
    ] = None,
    phase: PhaseOption = None,
    method: MethodOption = "ode",
    volume: VolumeOption = None,
    runs: Annotated[int, typer.Option(help="Stochastic runs.")] = 1,
    seed: SeedOption = 0,
    all_runs: Annotated[
        bool, typer.Option("--all-runs", help="Output all runs instead of mean and deviation.")
    ] = False,
    rtol: Annotated[float, typer.Option(help="Relative tolerance of each step of ode.")] = 1e-6,
    atol: Annotated[
        float | None,
        typer.Option(
            help="Absolute tolerance of ode, in the unit of concentration of the network. "
            "[default: according to the largest amount of each species]"
        ),
    ] = None,
    species: Annotated[
        str | None, typer.Option(metavar="X,Y", rich_help_panel=_TABLE, help="Species to output.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            rich_help_panel=_TABLE,
            help="Additional columns: parameters, compartments, assigned variables, reaction rates; or all.",
        ),
    ] = None,
    sensitivity: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            rich_help_panel=_TABLE,
            help="Additional columns d[A]/d[k1]: derivatives of the species by parameters of the file, or "
            "by rate constants k1, k2, ... and initial values A_0 of a file without parameters.",
        ),
    ] = None,
    units: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_TABLE,
            show_default=False,
            help="concentration, amount, or document (meaning of each species in the file). [default: "
            "concentration; amount if a compartment has no size, and for molecules]",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(rich_help_panel=_TABLE, help="Write the table to this CSV file."),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(rich_help_panel=_TABLE, help="Draw into this PNG, SVG or PDF file.")
    ] = None,
    log: Annotated[
        str, typer.Option(metavar="x|y|xy", rich_help_panel=_TABLE, help="Logarithmic axes.")
    ] = "",
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Simulate a network or circuit with mass-action kinetics and print its species as a function of time.

    The columns of the table are `time,A,B,...` with the species in the order of the file, in concentrations;
    for other units the heading contains the unit (`A_amount`). For a scan, the first column is the scanned
    value. Stochastic methods use `--volume` molecules per unit concentration, and print `A_mean,A_sd,...`
    over the runs. Without a volume, laws of SBML and Antimony are read as propensities in numbers of
    molecules.

    **Examples:** `neuralcrn simulate am.crn --t-end 10 --plot am.svg`,
    `neuralcrn simulate am.crn --t-end 10 --scan X=0:1:21 --species X,Y`,
    `neuralcrn simulate am.crn --t-end 10 --sensitivity k1,X_0`,
    `neuralcrn simulate model.xml --t-end 10 --set k1=2 --init S1=0.7 --units amount`,
    `neuralcrn simulate quadratic --phase feedforward --init x1=1 --init theta1_p=0.5 --t-end 1`
    """
    from neuralcrn import app

    asked = app.SimulationOptions(
        t_end=t_end, steps=steps, method=method, volume=volume, runs=runs, seed=seed, all_runs=all_runs,
        rtol=rtol, atol=atol, species=read_names("--species", species),
        columns=read_names("--columns", columns) or (), units=units,
        sensitivities=read_names("--sensitivity", sensitivity) or (), draw=plot is not None, log=log,
    )  # fmt: skip
    check_outputs(force, out, plot)
    image = None if plot is None else image_format(plot)
    changes = read_changes(parameters or (), initial or (), scan)
    with progress_bar(lines=0) as bar:
        made = app.simulate(
            app.Source(str(source), source_format, phase, options), asked, changes, on_status=bar
        )
    if out is not None or not json:
        give(made.csv(), out)
    if image is not None:
        give(made.picture(image), plot)
    if json:
        print_json(made.to_json())
    made.check_end()
