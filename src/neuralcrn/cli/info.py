"""``neuralcrn info``: what a network is, before it is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuralcrn.cli.output import FromOption, JsonOption, print_json


def info(
    file: Annotated[Path, typer.Argument(help="A network in a format that is read.")],
    source_format: FromOption = None,
    json: JsonOption = False,
) -> None:
    """Describe a network: size, orders, conservation laws, complexes, deficiency, siphons.

    All of it follows from the reactions alone, in exact integer arithmetic; rate constants play no part. Of
    a large network, what would take more than seconds is left out, which is said.
    """
    from neuralcrn.chemistry import network_structure
    from neuralcrn.formats import read_network

    network = read_network(file, source_format)
    structure = network_structure(network)
    if json:
        print_json({"file": str(file), **structure.to_json()})
    else:
        typer.echo(str(structure))
