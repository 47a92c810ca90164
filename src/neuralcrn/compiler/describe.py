"""Description of a program: the protocol in sentences, and the reactions of each phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuralcrn.compiler.protocol import Dose, Flush, Phase, Read, Run, Step, Withdraw
from neuralcrn.display import Document, Fold, Heading, Paragraph, Steps, Table

if TYPE_CHECKING:
    from neuralcrn.compiler.program import Program

_LISTED = 5
"""Largest number of samples that are listed completely."""
_Group = tuple[Dose, ...] | Run | Read | Withdraw | Flush


def describe_program(program: Program) -> str:
    """Return reactions, counts and protocol of a program as text."""
    return "\n\n".join([describe_counts(program), describe_reactions(program), describe_protocol(program)])


def describe_reactions(program: Program) -> str:
    """Return the reactions of every phase, in the syntax of `parse_network`."""
    parts: list[str] = []
    for phase in program.phases:
        lines = [str(reaction) for reaction in phase.network.reactions]
        parts.append("\n".join([f"## {phase.name}, for {phase.duration:g} time units", *lines]))
    return "\n\n".join(parts)


def describe_counts(program: Program) -> str:
    """Return the number of species and reactions, in total and per phase."""
    phases = ", ".join(f"{phase.name} {len(phase.network.reactions)}" for phase in program.phases)
    circuit = program.circuit
    return (
        f"# circuit {circuit.name}, rule {circuit.rule}\n"
        f"{len(program.species)} species, {program.reaction_count} reactions ({phases}), "
        f"at most {program.max_order} reactants"
    )


def describe_protocol(program: Program) -> str:
    """Return the protocol as numbered steps."""
    parts: list[str] = []
    for title, sentences in _protocols(program).items():
        lines = [f"{i}. {sentence}" for i, sentence in enumerate(sentences, 1)]
        parts.append("\n".join([f"## {title}", *lines]))
    parts.append(_remarks(program))
    return "\n\n".join(parts)


def program_document(program: Program) -> Document:
    """Return counts, the reactions of each phase in folded sections, and the protocol of a program."""
    circuit = program.circuit
    title = (
        f"circuit {circuit.name}, rule {circuit.rule}: {len(program.species):,} species, "
        f"{program.reaction_count:,} reactions, at most {program.max_order} reactants"
    )

    def row(phase: Phase) -> tuple[str, ...]:
        species, reactions = phase.network.counts
        return phase.name, f"{phase.duration:g}", f"{species:,}", f"{reactions:,}"

    phases = Table.of(("phase", "duration", "species", "reactions"), program.phases, row, title=title)
    networks = [Fold(f"reactions of {p.name}", p.network.document().parts) for p in program.phases]
    protocols = [
        part
        for heading, sentences in _protocols(program).items()
        for part in (Heading(heading), Steps(tuple(sentences)))
    ]
    return Document.of(phases, *networks, *protocols, Paragraph(_remarks(program)))


def _protocols(program: Program) -> dict[str, list[str]]:
    """Return the sentences of each protocol by title."""
    learning = {
        f"To learn from {_numbered(steps, program.cycle)}": steps for steps in dict.fromkeys(program.cycle)
    }
    protocols = {
        **(learning or {"To learn from one sample": program.training}),
        "To predict": program.prediction,
    }
    return {
        title: [_sentence(step, program) for step in _grouped(steps)] for title, steps in protocols.items()
    }


def _numbered(steps: tuple[Step, ...], cycle: tuple[tuple[Step, ...], ...]) -> str:
    """Return the numbers of the samples of a cycle that are trained with these steps."""
    numbers = [str(i) for i, other in enumerate(cycle, 1) if other == steps]
    shown = [*numbers[:3], "...", numbers[-1]] if len(numbers) > _LISTED else numbers
    return f"sample{'s' * (len(numbers) > 1)} {', '.join(shown)} of every {len(cycle)}"


def _remarks(program: Program) -> str:
    remarks = (
        "Parameters stay in the pot from sample to sample. Every other number is a concentration made by "
        "a dose or by reactions; what is measured is reported and does not return to the pot."
    )
    if program.is_pot:
        gates = ", ".join(f"{name} by {species}" for name, species in program.gates.items())
        remarks += f" Phases are gated: {gates}. To predict, take an aliquot: it learns nothing afterwards."
    return remarks


def _grouped(steps: tuple[Step, ...]) -> list[_Group]:
    """Join consecutive doses, which are pipetted together."""
    groups: list[_Group] = []
    for step in steps:
        last = groups[-1] if groups else None
        if isinstance(step, Dose) and isinstance(last, tuple):
            groups[-1] = (*last, step)
        else:
            groups.append((step,) if isinstance(step, Dose) else step)
    return groups


def _sentence(step: _Group, program: Program) -> str:
    match step:
        case Run(name, _, until) if until:
            return f"Let the {name} run until {until.species} rises over {until.threshold:g}."
        case Run(name, duration):
            longest = program.phase(name).duration if duration is None else duration
            return f"Run {name} for {longest:g}."
        case Withdraw(variables):
            names = ", ".join(program.rails.species(variables))
            return f"Take out {names}."
        case Read(variables, reference):
            rails = "; ".join(" - ".join(s for s, _ in program.rails.of(v)) for v in variables)
            return f"Measure {rails}" + (f", and add {reference:g}." if reference else ".")
        case Flush(kept):
            names = ", ".join(dict.fromkeys(variable.name for variable in kept))
            return f"Wash out everything but {names}."
        case doses:
            return f"Dose {', '.join(_amount(dose, program) for dose in doses)}."


def _amount(dose: Dose, program: Program) -> str:
    species = " or ".join(name for name, _ in program.rails.of(dose.variable))
    value = f"{dose.factor:g}"
    if dose.source != "constant":
        times = {1.0: "", -1.0: "-"}.get(dose.factor, f"{value} ")
        value = f"{times}{dose.source} {dose.index + 1}"
    return f"{species} = {value}" + f" (with an error of {dose.error:.0%})" * (dose.error > 0.0)
