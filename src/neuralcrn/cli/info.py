"""``neuralcrn info``: what a network is, before it is simulated."""

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
    """Describe a network: size, orders, conservation laws, complexes, deficiency, siphons.

    All of it follows from the reactions alone, in exact integer arithmetic; rate constants play no part. Of
    a large network, what would take more than seconds is left out, which is said. Of a staged circuit, every
    phase is described, or the one that --phase names.
    """
    from neuralcrn import app

    print_result(app.info(app.Source(str(source), source_format, phase, options)), json)
