"""``neuralcrn simulate``: any network or circuit, by concentrations or by molecules."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from neuralcrn.cli.changes import Changes
from neuralcrn.cli.circuit_options import (
    CircuitOptions,
    PhaseOption,
    SourceArgument,
    source_models,
    takes_circuit_options,
)
from neuralcrn.cli.columns import Table
from neuralcrn.cli.output import (
    ForceOption,
    FromOption,
    JsonOption,
    MethodOption,
    SeedOption,
    VolumeOption,
    check_outputs,
    give,
    print_json,
)
from neuralcrn.cli.simulations import Job, Way, smooth, with_volume
from neuralcrn.errors import InvalidValueError, UnknownNameError, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CHANGES, _TABLE = "Other values", "Table and figure"
_LOGS = ("", "x", "y", "xy")


@takes_circuit_options
def simulate(
    source: SourceArgument,
    options: CircuitOptions,
    t_end: Annotated[float, typer.Option(help="End of the run, in the time unit of the rate constants.")],
    steps: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Rows of the table after the first.")
    ] = 100,
    source_format: FromOption = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            rich_help_panel=_CHANGES,
            show_default=False,
            help="Another value of a parameter, a compartment's size or a rate constant (reaction_2.k, "
            "LABEL.k). May be repeated.",
        ),
    ] = None,
    initial: Annotated[
        list[str] | None,
        typer.Option(
            "--init",
            metavar="NAME=VALUE",
            rich_help_panel=_CHANGES,
            show_default=False,
            help="Another initial value of a species, in the units of the file. May be repeated.",
        ),
    ] = None,
    scan: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=FROM:TO:COUNT",
            rich_help_panel=_CHANGES,
            show_default=False,
            help="A run for each value of a species or parameter; also NAME=FROM:TO:COUNT:log, NAME=A,B,C.",
        ),
    ] = None,
    phase: PhaseOption = None,
    method: MethodOption = "ode",
    volume: VolumeOption = None,
    runs: Annotated[int | None, typer.Option(help="Stochastic runs. [default: 1]")] = None,
    seed: SeedOption = 0,
    all_runs: Annotated[bool, typer.Option("--all-runs", help="Every run, not mean and deviation.")] = False,
    rtol: Annotated[float, typer.Option(help="Relative tolerance of each step of ode.")] = 1e-6,
    atol: Annotated[
        float | None,
        typer.Option(
            help="Absolute tolerance of ode, in the unit of concentration of the network. [default: follows "
            "how large each species becomes]"
        ),
    ] = None,
    species: Annotated[
        str | None, typer.Option(metavar="X,Y", rich_help_panel=_TABLE, help="Only these species.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            rich_help_panel=_TABLE,
            help="Beside species: parameters, compartments, what rules assign, rates of reactions; or all.",
        ),
    ] = None,
    units: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_TABLE,
            show_default=False,
            help="concentration, amount, or document: what the file means by each species. [default: "
            "concentration; amount where a compartment has no size, and of molecules]",
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
        str, typer.Option(metavar="x|y|xy", rich_help_panel=_TABLE, help="Axes that are logarithmic.")
    ] = "",
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Simulate a network or circuit by mass action and print its species over time.

    The table begins `time,A,B,...` with the species in the order of the file, in concentrations; a species
    in another unit has it in its heading (`A_amount`). Of a scan, the scanned value comes first. The
    stochastic methods count molecules, `--volume` per unit concentration, and print `A_mean,A_sd,...` over
    the runs. SBML and Antimony without a volume are read as laws of counts of molecules.

    **Examples:** `neuralcrn simulate am.crn --t-end 10 --plot am.svg`,
    `neuralcrn simulate am.crn --t-end 10 --scan X=0:1:21 --species X,Y`,
    `neuralcrn simulate model.xml --t-end 10 --set k1=2 --init S1=0.7 --units amount`,
    `neuralcrn simulate quadratic --phase feedforward --init x1=1 --init theta1_p=0.5 --t-end 1`
    """
    if not 0.0 < t_end < float("inf"):
        raise InvalidValueError(f"--t-end {t_end}: it must be positive and finite")
    _check_outputs(out, plot, log, force)
    _check_method(method, volume=volume, runs=runs, all_runs=all_runs)
    changes = Changes.read(parameters or (), initial or (), scan)
    counted = method != "ode"
    counts = counted and volume is None  # where a file writes its laws out
    read = partial(source_models, source, options, phase=phase, source_format=source_format, discrete=counts)
    show = partial(Table.of, species=species, columns=columns, units=units, counted=counted)
    (model,) = read(changes=changes.each[:1])
    changes.check(model)
    scale = 1.0
    if counted:
        model, scale = with_volume(source, model, volume)
    way = Way(method, scale, 1 if runs is None else runs, seed, all_runs, rtol, atol)
    tables = [show(model)]
    rows = (steps + 1) * len(changes.each) * (way.runs if all_runs else 1)
    tables[0].check_size(rows, moments=counted and not all_runs)
    for other in read(changes=changes.each[1:]) if scan else ():
        tables.append(show(with_volume(source, other, volume)[0] if counted else other))
    times = np.linspace(0.0, t_end, steps + 1)
    grid = times if plot is None else smooth(times, method, log)
    job = Job(str(source), changes.scan, way, tables, times, grid)
    if method == "ode":
        made = job.trajectories()
        table, summary = partial(job.csv_of_trajectories, made), partial(job.summary_of_trajectories, made)
        _give(out, plot, json, table, partial(job.figure_of_trajectories, made, log), summary)
        job.check_ends(made)
    else:
        many = job.ensembles()
        table, summary = partial(job.csv_of_ensembles, many), partial(job.summary_of_ensembles, many)
        _give(out, plot, json, table, partial(job.figure_of_ensembles, many, log), summary)


def _give(
    out: Path | None,
    plot: Path | None,
    json: bool,
    table: Callable[[], str],
    figure: Callable[[], Figure],
    summary: Callable[[], dict[str, Any]],
) -> None:
    """Write the table to a file or to standard output, the figure, and the summary."""
    if out is not None or not json:
        give(table(), out)
    if plot is not None:
        from neuralcrn.plots import save

        save(figure(), plot)
    if json:
        print_json(summary())


def _check_outputs(out: Path | None, plot: Path | None, log: str, force: bool) -> None:
    """Refuse, before any work, what could not be written at its end."""
    if log not in _LOGS:
        raise InvalidValueError(f"--log {printable(log)}: give x, y or xy")
    if log and plot is None:
        raise InvalidValueError(f"--log {log}: is of a figure: give --plot FILE, too")
    check_outputs(force, out, plot)
    if plot is not None:
        from neuralcrn.plots import checked_ending

        checked_ending(plot)


def _check_method(method: str, *, volume: float | None, runs: int | None, all_runs: bool) -> None:
    """Refuse an unknown method, and for ode what belongs to the stochastic ones."""
    from neuralcrn.engines.kinetics import METHODS

    if method not in ("ode", *METHODS):
        raise UnknownNameError("method", method, ("ode", *METHODS))
    given = {"--volume": volume is not None, "--runs": runs is not None, "--all-runs": all_runs}
    named = [name for name, is_given in given.items() if is_given]
    if method == "ode" and named:
        raise InvalidValueError(
            f"{', '.join(named)}: method ode has no molecules: choose --method ssa, tau or langevin"
        )
    if runs is not None and runs < 1:
        raise InvalidValueError(f"--runs {runs}: at least 1 is needed")
