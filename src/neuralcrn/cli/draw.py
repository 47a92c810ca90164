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
from neuralcrn.errors import InvalidValueError, printable


@takes_circuit_options
def draw(
    source: SourceArgument,
    picture: Annotated[Path, typer.Argument(metavar="OUT.svg", help="SVG file to write.")],
    options: CircuitOptions,
    source_format: FromOption = None,
    phase: PhaseOption = None,
    force: ForceOption = False,
) -> None:
    """Draw a network of at most 100 reactions: species as boxes, reactions as dots, catalysts dashed.

    Where the mouse rests on a dot, a browser shows the reaction with its rate constant and label. For larger
    networks, and for other layouts, write DOT with `neuralcrn convert` and give it to Graphviz.
    """
    from neuralcrn.plots import network_svg

    if picture.suffix.lower() != ".svg":
        raise InvalidValueError(f"{printable(str(picture))}: only SVG is drawn: give a name ending in .svg")
    check_outputs(force, picture)
    network = source_network(source, options, phase=phase, source_format=source_format)
    give(network_svg(network), picture)
