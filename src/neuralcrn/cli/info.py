"""``neuralcrn info``: what a network is, before it is simulated."""

from __future__ import annotations

import typer

from neuralcrn.cli.circuit_options import (
    CircuitOptions,
    PhaseOption,
    SourceArgument,
    source_networks,
    takes_circuit_options,
)
from neuralcrn.cli.output import FromOption, JsonOption, print_json


@takes_circuit_options
def info(
    source: SourceArgument,
    options: CircuitOptions,
    source_format: FromOption = None,
    phase: PhaseOption = None,
    json: JsonOption = False,
) -> None:
    """Describe a network: size, orders, conservation laws, complexes, deficiency, siphons.

    All of it follows from the reactions alone, in exact integer arithmetic; rate constants play no part. Of
    a large network, what would take more than seconds is left out, which is said. Of a staged circuit, every
    phase is described, or the one that --phase names.
    """
    from neuralcrn.chemistry import network_structure

    networks = source_networks(source, options, phase=phase, source_format=source_format)
    structures = {name: network_structure(network) for name, network in networks.items()}
    if not json:
        typer.echo(
            "\n\n".join(f"{f'# {name}{chr(10)}' if name else ''}{s}" for name, s in structures.items())
        )
    elif "" in structures:
        print_json({"file": str(source), **structures[""].to_json()})
    else:
        phases = {name: structure.to_json() for name, structure in structures.items()}
        print_json({"circuit": str(source), "phases": phases})
