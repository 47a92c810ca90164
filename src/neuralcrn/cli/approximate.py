"""``neuralcrn approximate``: reactions whose concentrations follow given differential equations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.changes import read_assignments
from neuralcrn.cli.output import (
    FiguresOption,
    ForceOption,
    ImageFormat,
    JsonOption,
    SeedOption,
    check_outputs,
    folder_of,
    give,
    print_result,
    progress_bar,
)


def approximate(
    equations: Annotated[
        str, typer.Argument(help="Such as 'dx = sin(x)'; several are separated by semicolons.")
    ],
    box: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=LOW:HIGH", help="Where the equations are approximated; one for each variable."
        ),
    ],
    nodes: Annotated[int, typer.Option(help="Number of nodes.")] = 4,
    mu: Annotated[float, typer.Option(help="Time scale of the nodes.")] = 0.01,
    beta: Annotated[float, typer.Option(help="Inflow of the variables.")] = 0.0,
    gamma: Annotated[float, typer.Option(help="Inflow of the nodes.")] = 1.0,
    init: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="Initial value. Can be repeated. [default: centre of the box]",
            show_default=False,
        ),
    ] = None,
    decimals: Annotated[
        int | None, typer.Option(help="Round weights to this number of decimals.", show_default=False)
    ] = None,
    starts: Annotated[int, typer.Option(help="Starts of the least squares.")] = 12,
    t_end: Annotated[
        float | None, typer.Option(help="Duration of the trajectories in the figure.", show_default=False)
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Folder of network, figure and weights. [default: approximate/EQUATIONS]", show_default=False
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the network to this file, in any format.")] = None,
    figures: FiguresOption = ImageFormat.PNG,
    seed: SeedOption = 0,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:  # fmt: skip
    """Train reactions in silico whose concentrations follow given differential equations.

    The network is a recurrent neural chemical reaction network (arXiv 2406.03456): nodes are species whose
    fixed points are smooth rectifiers of the variables, and every term is a reaction of at most two
    molecules. The weights are trained by least squares on the computer; nothing learns while the network
    reacts. Outside the box its dynamics are not those of the equations. If a slope is positive at
    concentration 0, --beta is needed. The figure compares the trajectories of the equations with those of
    the simulated network.

    **Examples:** `neuralcrn approximate "dx = sin(x)" --box x=1:12`,
    `neuralcrn approximate "dx = 6 + 4*j0(1.5*x) - y; dy = x - 4" --box x=1:8 --box y=2:10 --nodes 6 --beta 1
    --out oscillator.crn`
    """
    from neuralcrn import app
    from neuralcrn.formats import find_format

    check_outputs(force, out)
    written = None if out is None else find_format(out).name
    options = app.ApproximationOptions(
        nodes=nodes, mu=mu, beta=beta, gamma=gamma, start=read_assignments("--init", init or ()),
        decimals=decimals, starts=starts, seed=seed, t_end=t_end,
    )  # fmt: skip
    with progress_bar(lines=0) as bar:
        result = app.approximate(
            equations,
            box,
            folder or folder_of("approximate", equations),
            options,
            image=figures,
            on_status=bar,
        )
    if written is not None:
        give(result.network_text(written), out)
    print_result(result, json)
