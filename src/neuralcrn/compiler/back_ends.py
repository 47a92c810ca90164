"""The back ends of the levels. Those of pots are loaded when they are used."""

from __future__ import annotations

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.levels import add_back_end
from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.staged import compile_staged


def _gated(circuit: Circuit, _: str) -> Program:
    from neuralcrn.compiler.pot.assembly import compile_gated

    return compile_gated(circuit)


def _autonomous(circuit: Circuit, clock: str) -> Program:
    from neuralcrn.compiler.pot.assembly import compile_autonomous

    return compile_autonomous(circuit, CLOCKS.find(clock) if clock else None)


def add_levels() -> None:
    """Add every level; called once, when the compiler is imported."""
    add_back_end("staged", lambda circuit, _: compile_staged(circuit))
    add_back_end("gated", _gated)
    add_back_end("autonomous", _autonomous)
