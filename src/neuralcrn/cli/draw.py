"""``neuralcrn draw``: drawing of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.cli.circuit_options import PhaseOption, SourceArgument, takes_circuit_options
from neuralcrn.cli.output import ForceOption, FromOption, check_outputs, give, image_format


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

    Arrows point to products; rate constants are placed beside dots, coefficients beside lines. In SVG, a
    browser shows a tooltip with the reaction and its label for each dot. For larger networks, and for other
    layouts, write DOT with `neuralcrn convert` and use Graphviz.

    **Examples:** `neuralcrn draw network.crn network.pdf`,
    `neuralcrn draw quadratic feedback.svg --phase feedback`
    """
    from neuralcrn import app

    ending = image_format(picture)
    check_outputs(force, picture)
    give(app.draw(app.Source(str(source), source_format, phase, options), ending), picture)
