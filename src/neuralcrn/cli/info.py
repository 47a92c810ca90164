"""``neuralcrn info``: structural analysis of a network."""

from __future__ import annotations

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.cli.circuit_options import PhaseOption, SourceArgument, takes_circuit_options
from neuralcrn.cli.output import FromOption, JsonOption, print_result


@takes_circuit_options
def info(
    source: SourceArgument,
    options: CircuitOptions,
    source_format: FromOption = None,
    phase: PhaseOption = None,
    json: JsonOption = False,
) -> None:
    """Analyse the structure of a network: size, orders, conservation laws, complexes, deficiency, siphons.

    The analysis uses only the reactions, in exact integer arithmetic, and does not depend on rate constants.
    For a large network, properties that would take more than seconds are omitted, with a message. For a
    staged circuit every phase is analysed, or the one given by --phase.
    """
    from neuralcrn import app

    print_result(app.info(app.Source(str(source), source_format, phase, options)), json)
