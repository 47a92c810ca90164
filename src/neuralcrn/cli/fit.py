"""``neuralcrn fit``: rate constants and initial concentrations from measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.changes import read_names
from neuralcrn.cli.output import (
    FiguresOption,
    ForceOption,
    FromOption,
    ImageFormat,
    JobsOption,
    JsonOption,
    SchedulerOption,
    SeedOption,
    check_outputs,
    give,
    kept,
    print_result,
    progress_bar,
)
from neuralcrn.errors import InvalidValueError

_PROBLEM, _SAMPLES = "Problem", "Samples of the posterior distribution"


def _several(metavar: str, text: str) -> typer.models.OptionInfo:
    return typer.Option(
        metavar=metavar, help=f"{text} Can be repeated.", rich_help_panel=_PROBLEM, show_default=False
    )


def fit(
    network: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORK|PROBLEM.yaml",
            help="A network in a readable format, or a PEtab problem with its own data and options.",
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATA.csv]",
            help="Columns time, species (or observable), value, and optionally condition and sigma; or time "
            "and one column per species, as 'neuralcrn simulate' writes them.",
            show_default=False,
        ),
    ] = None,
    free: Annotated[
        str | None,
        typer.Option(
            metavar="k1,A_0",
            rich_help_panel=_PROBLEM,
            help="Estimated parameters; A_0 is the initial value of A. [default: all rate constants]",
        ),
    ] = None,
    bounds: Annotated[
        list[str] | None, _several("NAME=LOWER:UPPER", "Bounds of an estimated parameter.")
    ] = None,
    observable: Annotated[
        list[str] | None,
        _several(
            "NAME=FORMULA", "What a column measures, such as y=scale*B+offset; new names are estimated."
        ),
    ] = None,
    experiment: Annotated[
        list[str] | None,
        _several(
            "NAME:CHANGES",
            "What differs in a condition, such as 'low: A=0.5, k1=k1_low, A+=0.5@10': initial values, "
            "parameters or their own names, doses.",
        ),
    ] = None,
    noise: Annotated[
        str, typer.Option(rich_help_panel=_PROBLEM, help="normal, log-normal or laplace.")
    ] = "normal",
    sigma: Annotated[
        str,
        typer.Option(
            metavar="VALUE|FORMULA|estimate",
            rich_help_panel=_PROBLEM,
            show_default=False,
            help="Size of the noise; needed without a column sigma. For log-normal noise it is relative.",
        ),
    ] = "",
    starts: Annotated[int, typer.Option(help="Number of starting points.")] = 10,
    seed: SeedOption = 0,
    profiles: Annotated[
        bool, typer.Option("--profiles", help="Confidence intervals by profile likelihood.")
    ] = False,
    samples: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=_SAMPLES,
            show_default=False,
            help="Draw this number of samples of the posterior distribution. [default: none]",
        ),
    ] = None,
    walkers: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=_SAMPLES,
            show_default=False,
            help="Walkers of each of four ensembles. [default: 2 for each parameter, and 2 more; at least 8]",
        ),
    ] = None,
    jobs: JobsOption = None,
    scheduler: SchedulerOption = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Folder of page, figure and starts. [default: fit/NETWORK-DATA]", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the fitted network to this file, in any format.")
    ] = None,
    petab: Annotated[
        Path | None,
        typer.Option(help="Write the problem to this folder as PEtab, version 2.", show_default=False),
    ] = None,
    figures: FiguresOption = ImageFormat.PNG,
    source_format: FromOption = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Estimate rate constants and initial concentrations of a network from measurements.

    The likelihood is maximised from several starting points, with exact derivatives of the simulated
    reactions. The result contains standard errors, 95 % confidence intervals, and the combinations of
    parameters that the data do not determine; its first line says so if a parameter ends at a bound or the
    starts do not agree. With --samples the table ``samples.csv`` and its figure show the posterior
    distribution. After Ctrl-C completed starts and samples are kept, and the same command continues with the
    rest.

    **Examples:** `neuralcrn fit decay.crn data.csv --sigma 0.02`,
    `neuralcrn fit model.xml data.csv --free k1,k2,A_0 --noise log-normal --sigma estimate --starts 30`,
    `neuralcrn fit net.crn data.csv --observable y=scale*B --bounds scale=0.1:10 --sigma 0.1 --out fit.xml`,
    `neuralcrn fit problem.yaml --starts 30 --samples 10000`
    """
    from neuralcrn import app
    from neuralcrn.fitting import FitOptions, Sampling
    from neuralcrn.formats import find_format

    options = FitOptions(
        free=read_names("--free", free), bounds=tuple(bounds or ()), observables=tuple(observable or ()),
        experiments=tuple(experiment or ()), noise=noise, sigma=sigma,
    )  # fmt: skip
    if walkers is not None and samples is None:
        raise InvalidValueError("--walkers draw samples: give their number by --samples")
    sampling = None if samples is None else Sampling(samples, walkers)
    search = app.SearchOptions(starts=starts, seed=seed, profiles=profiles, sampling=sampling)
    check_outputs(force, out)
    written = None if out is None else find_format(out).name
    other = network.resolve().parent if data is None else data
    place = folder or Path("fit") / f"{network.stem}-{other.stem}"
    source = app.Source(str(network), source_format)
    with kept(f"starts are kept in {place}"), progress_bar(lines=40) as bar:
        result = app.fit(
            source, data, place, options, search, petab=petab,
            processes=jobs, scheduler=scheduler, image=figures, on_status=bar,
        )  # fmt: skip
    if written is not None:
        give(result.network_text(written), out)
    print_result(result, json)
