"""``neuralcrn convert``: conversion between file formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.cli.circuit_options import PhaseOption, SourceArgument, takes_circuit_options
from neuralcrn.cli.output import ForceOption, FromOption, check_outputs, give
from neuralcrn.errors import InvalidValueError, printable


@takes_circuit_options
def convert(
    source: SourceArgument,
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write; - is standard output.")],
    options: CircuitOptions,
    source_format: FromOption = None,
    target_format: Annotated[
        str | None, typer.Option("--to", help="Format of OUT. [default: by file extension]")
    ] = None,
    force: ForceOption = False,
    phase: PhaseOption = None,
) -> None:
    """Convert a network to another format: SBML, Antimony, Catalyst, LaTeX and others.

    Formats are determined by file extensions; an unknown one lists all formats. IN may be a circuit
    ('neuralcrn list'); then one of its phases, or its pot, is written. The network does not include the doses
    of a circuit; see 'neuralcrn show CIRCUIT --pass protocol'.
    """
    from neuralcrn import app
    from neuralcrn.formats import find_format

    written = find_format(_ending(target) if target_format is None else target_format).name
    check_outputs(force, target)
    give(app.convert(app.Source(str(source), source_format, phase, options), written), target)


def _ending(target: Path) -> Path:
    """Return a name whose extension determines the format, after checking that it is not misleading."""
    if target.suffix.lower() == ".csv":
        raise InvalidValueError(
            f"{printable(str(target))}: 'neuralcrn simulate' writes the table of species over time; "
            "--to stoichiometry writes a table of what each reaction changes"
        )
    return target
