"""``neuralcrn convert``: a network from one format to another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuralcrn.cli.output import AutonomyOption, ClockOption, FromOption
from neuralcrn.errors import InvalidValueError, UnknownNameError, printable

if TYPE_CHECKING:
    from neuralcrn.chemistry import Network
    from neuralcrn.compiler import Program

_TO_CONSOLE = Path("-")


def convert(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="A network in a format that is read, or a circuit.")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write; - prints.")],
    source_format: FromOption = None,
    target_format: Annotated[
        str | None, typer.Option("--to", help="Format of OUT, where its ending does not say.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is there.")] = False,
    phase: Annotated[
        str | None, typer.Option(help="Of a staged circuit, the phase; every phase is a network.")
    ] = None,
    inputs: Annotated[int, typer.Option(min=1, max=10_000, help="Number of features of a circuit.")] = 2,
    gradient: Annotated[
        str | None, typer.Option(help="exact, frozen, first-order or linear-reversal.")
    ] = None,
    autonomy: AutonomyOption = "staged",
    clock: ClockOption = "",
) -> None:
    """Convert a network to another format: SBML, Antimony, Catalyst, LaTeX and others.

    The endings of the names say which formats; an unknown one lists all. IN may be a circuit ('neuralcrn
    list'): then one phase of it, or its pot, is written. What a circuit is dosed with is no part of its
    network: 'neuralcrn show CIRCUIT --pass protocol'.
    """
    from neuralcrn.circuits import FAMILIES, make_circuit
    from neuralcrn.formats import find_format, network_text, read_network
    from neuralcrn.formats.files import write_text

    written = find_format(target_format or target).name
    if target != _TO_CONSOLE:
        _check_target(target, force)
    if os.path.exists(source):
        if phase or gradient or clock or autonomy != "staged":
            raise InvalidValueError(
                f"{printable(str(source))}: is a file: "
                "give --phase, --gradient, --autonomy and --clock with a circuit only"
            )
        network = read_network(source, source_format)
    elif str(source) in FAMILIES:
        chosen: dict[str, Any] = {"gradient": gradient} if gradient else {}
        network = _network_of(make_circuit(str(source), inputs, **chosen).compile(autonomy, clock), phase)
    else:
        raise UnknownNameError("file or circuit", str(source), FAMILIES)
    text = network_text(network, written)
    if target == _TO_CONSOLE:
        typer.echo(text, nl=False)
    else:
        write_text(target, text)


def _check_target(target: Path, force: bool) -> None:
    if not os.path.exists(target):
        return
    shown = printable(str(target))
    if not target.is_file():
        raise InvalidValueError(f"{shown}: is not a regular file: give the name of a file")
    if not force:
        raise InvalidValueError(f"{shown}: is there already: give another name, or --force to replace it")


def _network_of(program: Program, phase: str | None) -> Network:
    """Return the network of a phase; a pot has one network, which needs no name."""
    networks = {step.name: step.network for step in program.phases}
    if phase is None and len(networks) == 1:
        return program.phases[0].network
    if phase is None:
        raise InvalidValueError(
            f"circuit {program.circuit.name} has the phases {', '.join(networks)}: name one with --phase, "
            "or give --autonomy autonomous for one pot"
        )
    if phase not in networks:
        raise UnknownNameError("phase", phase, networks)
    return networks[phase]
