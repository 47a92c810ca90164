"""Pass: convert every phase network of a staged program to strand displacement.

All phases share one pot. A phase begins when its gates are added and ends when *quenchers* are added: each
binds one kind of gate irreversibly, as the first reactant would, but without further reaction. Signals
sequestered by that gate are released by the strands in excess, ``L + Q -> B``, then ``H + B -> A + L``, so
that nothing is lost. Quenched gates are inert and are omitted from the networks of later phases. Washing
removes them at the end of the sample, so that each sample begins with fresh gates and fuels.

All phases have the same gamma, and concentrations are in units of gamma^-1: a dose or parameter of 1 is
gamma^-1 formal units of strands, of which 1 is free while gates sequester the rest. Doses, readings (after
quenching) and parameters are therefore equal to those of the formal program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.dna.conditions import DnaConditions
from neuralcrn.compiler.dna.gates import FUELS, namer
from neuralcrn.compiler.dna.network import DnaNetwork, compile_dna, in_units
from neuralcrn.compiler.dna.order import largest_load
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Dose, Flush, Phase, Run, Step
from neuralcrn.compiler.rails import Rails
from neuralcrn.errors import CompileError

QUENCHER_EXCESS = 2.0
"""Number of quenchers per gate."""
_QUENCH_TIMES = 20.0
"""Duration of the quenching in units of 1 / (q_max C_max); exp(-20) of the sequestered amount is left."""


def dna_phases(program: Program, conditions: DnaConditions, *, buffers: bool = True) -> dict[str, DnaNetwork]:
    """Return the strand displacement of each phase of a staged program, with a common gamma.

    Raises
    ------
    CompileError
        If the program is a pot, or a phase cannot be compiled (see `compile_dna`).
    """
    if program.is_pot:
        raise CompileError(
            f"circuit {program.circuit.name}: only staged programs can be converted; compile the network "
            "of a pot with compile_dna"
        )
    sigmas = {phase.name: largest_load(phase.network.reactions) for phase in program.phases}
    # the largest load first, so that an error names the worst species
    heaviest = sorted(program.phases, key=lambda phase: -sigmas[phase.name])
    compiled = {
        phase.name: compile_dna(
            phase.network,
            conditions,
            buffers=buffers,
            sigma=max(sigmas.values()),
            prefix=f"{phase.name.replace('-', '_')}_",
        )
        for phase in heaviest
    }
    return {phase.name: compiled[phase.name] for phase in program.phases}


def dna_program(program: Program, conditions: DnaConditions, *, buffers: bool = True) -> Program:
    """Return a staged program implemented by strand displacement.

    Parameters
    ----------
    program : Program
        Staged program; reactions have at most two reactants.
    conditions : DnaConditions
        Units and limits for all phases.
    buffers : bool
        Whether buffers are added; see `compile_dna`.

    Raises
    ------
    CompileError
        See `dna_phases`, and if a phase runs again before it is washed.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> formal = make_circuit("linear", inputs=1, annihilation=5.0).compile()
    >>> actual = dna_program(formal, DnaConditions(unit_concentration=1e-8, unit_time=1e4))
    >>> len(formal.species), len(actual.species), actual.reaction_count, actual.max_order
    (10, 126, 151, 2)
    """
    networks = dna_phases(program, conditions, buffers=buffers)
    for steps in program.protocols:
        _check_fresh(program, steps)
    parts = {phase.name: _DnaPhase.of(phase, networks[phase.name]) for phase in program.phases}
    dosed = {name for part in parts.values() for name in (*part.fuels, *part.quenchers)}
    formal = replace(
        program,
        rails=Rails(program.rails.non_negative | dosed),
        phases=tuple(phase for part in parts.values() for phase in (part.running, part.quenching)),
    )
    return formal.with_protocols(lambda steps: tuple(_played(steps, parts)))


@dataclass(frozen=True, slots=True)
class _DnaPhase:
    """One phase while it runs and while its gates are quenched, with the amounts added before each."""

    running: Phase
    quenching: Phase
    fuels: Mapping[str, float]
    quenchers: Mapping[str, float]

    @classmethod
    def of(cls, phase: Phase, dna: DnaNetwork) -> _DnaPhase:
        network = in_units(dna.network, 1.0 / dna.gamma_inverse)
        fuels = {
            name: value
            for name, value in zip(network.species, network.initial, strict=True)
            if dna.roles[name] in FUELS
        }
        free_name = namer(network.species, "")
        fastest = dna.conditions.fastest * dna.gamma_inverse
        capacity = dna.conditions.capacity / dna.gamma_inverse
        quenchers: dict[str, float] = {}
        reactions = list(network.reactions)
        for part in (*dna.gates, *dna.buffers):
            quencher = free_name(f"{part.gate}_Q")
            quenchers[quencher] = QUENCHER_EXCESS * capacity
            freed = {part.strand: 1} if part.strand else {}
            label = f"quencher of {part.gate}"
            reactions.append(Reaction.trusted({quencher: 1, part.gate: 1}, freed, rate=fastest, label=label))
        duration = _QUENCH_TIMES / (fastest * capacity)
        return cls(
            Phase(phase.name, Network.of(network.reactions, species=network.species), phase.duration),
            Phase(f"{phase.name} quench", Network.of(reactions), duration),
            fuels,
            quenchers,
        )


def _check_fresh(program: Program, steps: tuple[Step, ...]) -> None:
    """Check that no phase meets the excess of quenchers of its last run, which would bind its fresh gates."""
    quenched: set[str] = set()
    for step in steps:
        if isinstance(step, Flush):
            quenched.clear()
        elif isinstance(step, Run):
            if step.phase in quenched:
                raise CompileError(
                    f"circuit {program.circuit.name}, phase {step.phase}: it runs again before a wash, and "
                    "its fresh gates would be bound by the quenchers of the last run: only circuits whose "
                    "phases run once for each sample can be trained by strand displacement"
                )
            quenched.add(step.phase)


def _played(steps: tuple[Step, ...], parts: Mapping[str, _DnaPhase]) -> Iterator[Step]:
    """Yield the steps, with gates added before each run and quenched after it."""
    for step in steps:
        if isinstance(step, Run):
            part = parts[step.phase]
            yield from _doses(part.fuels)
            yield step
            yield from _doses(part.quenchers)
            yield Run(part.quenching.name)
        else:
            yield step


def _doses(amounts: Mapping[str, float]) -> Iterator[Dose]:
    for name, amount in amounts.items():
        yield Dose(Variable(name), "constant", factor=amount)
