"""``neuralcrn draw``: a picture of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.circuit_options import (
    CircuitOptions,
    PhaseOption,
    SourceArgument,
    source_network,
    takes_circuit_options,
)
from neuralcrn.cli.output import ForceOption, FromOption, check_outputs, give


@takes_circuit_options
def draw(
    source: SourceArgument,
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="File to write: .svg, .png or .pdf.")],
    options: CircuitOptions,
    source_format: FromOption = None,
    phase: PhaseOption = None,
    force: ForceOption = False,
) -> None:
    """Draw a network of at most 100 reactions: species as boxes, reactions as dots, catalysts dashed.

    Arrows point at what is made; rate constants stand beside dots, numbers of molecules beside lines. In
    SVG, a browser shows the reaction and its label where the mouse rests on a dot. For larger networks, and
    for other layouts, write DOT with `neuralcrn convert` and give it to Graphviz.

    **Examples:** `neuralcrn draw network.crn network.pdf`,
    `neuralcrn draw quadratic feedback.svg --phase feedback`
    """
    from neuralcrn.plots import network_figure, network_svg, save
    from neuralcrn.plots.style import checked_ending

    ending = checked_ending(picture)
    check_outputs(force, picture)
    network = source_network(source, options, phase=phase, source_format=source_format)
    if ending == "svg":
        give(network_svg(network), picture)
    else:
        save(network_figure(network), picture)
