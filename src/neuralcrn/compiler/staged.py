"""Final pass of the staged level: one network per stage of the schedule, and the protocol.

Phases exchange values only as concentrations in the pot. The experimenter doses, waits, measures and washes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.circuit import Circuit, gradient_of
from neuralcrn.compiler.optimiser import (
    COLLECT,
    TRANSFER_RATE,
    UPDATE_DURATION,
    Orientation,
    applied,
    collected_of,
    collecting_reactions,
    cycle_of,
    exchange_reactions,
    is_collected,
    outlasts,
    parameter_annihilation,
    schedule_of,
    update_duration,
    update_reactions,
)
from neuralcrn.compiler.program import Program
from neuralcrn.compiler.protocol import Flush, Phase, PhaseRole, Run, Step
from neuralcrn.compiler.rails import Rails, annihilation, joined, reactions_of, read_nonlinearly
from neuralcrn.compiler.schedule import Schedule
from neuralcrn.compiler.stages import (
    Compare,
    Equations,
    Evaluate,
    Exchange,
    Integrate,
    Passage,
    React,
    Reacting,
    Rectify,
    Stage,
    Switch,
    Update,
)

ANNIHILATION_DURATION = 1.0
"""Duration of annihilation in a phase of its own, and of switches."""
CLEAR_OUT = "clear-out"
"""Name of the phase in which a flag is cleared."""
SETTLE = "settle"
"""Name of the phase in which the rails of parameters annihilate."""


def compile_staged(circuit: Circuit) -> Program:
    """Compile a circuit to phase networks and a protocol.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("quadratic", inputs=2, hidden=3, rule="first-order").compile()
    >>> [(phase.name, len(phase.network.reactions)) for phase in program.phases]
    [('feedforward', 15), ('readout', 6), ('error', 1), ('feedback', 6), ('update', 15)]
    """
    lowering = _Lowering.of(circuit)
    schedule = lowering.schedule
    parts = {stage.name: lowering.parts(stage) for stage in schedule.reacting}
    kept = (*schedule.kept, *_outlasting(circuit, schedule))

    def training(orientation: Orientation, updating: bool) -> tuple[Step, ...]:
        return (*_steps(schedule.training, parts, orientation, updating=updating), Flush(kept))

    predicting = _steps(schedule.prediction, parts, Orientation.STRAIGHT, updating=False)
    return Program(
        circuit=circuit,
        rails=lowering.rails,
        phases=tuple(part.phase for stage_parts in parts.values() for part in stage_parts),
        training=training(Orientation.STRAIGHT, True),
        cycle=cycle_of(circuit, training),
        prediction=(*predicting, Flush(tuple(v for v in schedule.kept if v not in schedule.relaxing))),
        initial={lowering.rails.receiving(v, value): abs(value) for v, value in schedule.initial.items()},
    )


def _steps(
    stages: Iterable[Stage],
    parts: Mapping[str, tuple[_Part, ...]],
    orientation: Orientation,
    *,
    updating: bool,
) -> Iterator[Step]:
    """Yield stages that consist of reactions as runs of their phases, and all others unchanged."""
    for stage in stages:
        if not isinstance(stage, Reacting):
            yield stage
            continue
        for part in parts[stage.name]:
            if part.runs(orientation, updating=updating):
                yield Run(part.phase.name)


def _outlasting(circuit: Circuit, schedule: Schedule) -> tuple[Variable, ...]:
    """Return the gradients that are kept after training on a sample."""
    if not outlasts(circuit):
        return ()
    kept = collected_of if is_collected(circuit) else gradient_of
    return tuple(map(kept, schedule.updated))


@final
@dataclass(frozen=True, slots=True)
class _Part:
    """A phase, and the samples in which it runs."""

    phase: Phase
    orientation: Orientation | None = None
    """Orientation of the samples in which it runs; None for all."""
    updating: bool = False
    """Whether it only runs in samples after which parameters are updated."""

    def runs(self, orientation: Orientation, *, updating: bool) -> bool:
        return self.orientation in (None, orientation) and (updating or not self.updating)


@final
@dataclass(frozen=True, slots=True)
class _Lowering:
    """The phases of each stage of a schedule."""

    circuit: Circuit
    schedule: Schedule
    rails: Rails
    exclusive: frozenset[Variable]
    """Variables of which |v| or a power occurs, so that their rails must annihilate while they change."""

    @classmethod
    def of(cls, circuit: Circuit) -> _Lowering:
        schedule = schedule_of(circuit)
        equations = (f for stage in schedule.flows for f in stage.equations.values())
        parted = schedule.rectified.union(schedule.errors)  # in stages of their own
        exclusive = read_nonlinearly(equations) - parted
        return cls(circuit, schedule, Rails(circuit.non_negative | schedule.non_negative), exclusive)

    def parts(self, stage: Reacting) -> tuple[_Part, ...]:
        """Return the phases of a stage."""
        match stage:
            case Integrate(name, duration, equations, annihilated, conserved):
                network = self._network(equations, annihilated, conserved)
                return (_Part(Phase(name, network, duration, PhaseRole.INTEGRATE)),)
            case Evaluate(name, equations):
                network = self._network(equations)
                return (_Part(Phase(name, network, stage.duration, PhaseRole.EVALUATE)),)
            case React(name, duration, network):
                return (_Part(Phase(name, network, duration, PhaseRole.INTEGRATE)),)
            case Rectify(name, variables):
                return (self._annihilating(name, variables, PhaseRole.RECTIFY),)
            case Compare(name, errors):
                # Errors occur only linearly, but without annihilation output and target would both be copied
                # in full to the gradients and cancel only there.
                return (self._annihilating(name, errors, PhaseRole.COMPARE),)
            case Switch(name, passages):
                network = Network.of(switch_reactions(passages, self.circuit.annihilation, self.rails))
                return (_Part(Phase(name, network, ANNIHILATION_DURATION, PhaseRole.SWITCH)),)
            case Exchange(name, successors):
                return self._oriented(
                    name, PhaseRole.EXCHANGE, lambda o: exchange_reactions(successors, self.rails, o)
                )
            case Update(name, parameters, flag):
                return self._flagged(name, parameters, flag) if flag else self._updating(name, parameters)

    def _network(
        self,
        equations: Equations,
        annihilated: Sequence[Variable] = (),
        conserved: Sequence[tuple[Variable, Variable]] = (),
    ) -> Network:
        """Convert signed equations to reactions, with annihilation of exclusive variables and of others that
        are given, and with conversions between variables with a constant sum.
        """
        running = applied(self.circuit, equations)
        paired = {variable for pair in conserved for variable in pair}
        single = {v: f for v, f in running.items() if v not in paired}
        converted = {v: f for v, f in running.items() if v in paired}
        reactions = [*reactions_of(single, self.rails), *joined(reactions_of(converted, self.rails))]
        for variable in dict.fromkeys((*running, *annihilated)):
            if variable in self.exclusive or variable in annihilated:
                reactions.extend(annihilation(variable, self.circuit.annihilation, self.rails))
        return Network.of(reactions)

    def _annihilating(self, name: str, variables: Sequence[Variable], role: PhaseRole) -> _Part:
        pairs = (annihilation(v, self.circuit.annihilation, self.rails) for v in variables)
        network = Network.of([reaction for pair in pairs for reaction in pair])
        return _Part(Phase(name, network, ANNIHILATION_DURATION, role))

    def _oriented(
        self, name: str, role: PhaseRole, reactions: Callable[[Orientation], Sequence[Reaction]]
    ) -> tuple[_Part, ...]:
        """Return one phase for the samples of each orientation."""
        updating = role is PhaseRole.UPDATE
        return tuple(
            _Part(Phase(f"{name}-{o.value}", Network.of(reactions(o)), UPDATE_DURATION, role), o, updating)
            for o in Orientation
        )

    def _updating(self, name: str, parameters: tuple[Variable, ...]) -> tuple[_Part, ...]:
        """Return the phases of an update; the rails of parameters annihilate in a phase of their own after
        complete transfers, whose result is then exact.
        """
        circuit, rails = self.circuit, self.rails
        role, duration = PhaseRole.UPDATE, update_duration(circuit)
        correcting = update_reactions(parameters, circuit, rails)
        if circuit.update != "transfer":
            network = Network.of([*correcting, *parameter_annihilation(parameters, rails)])
            return (_Part(Phase(name, network, duration, role), updating=True),)
        parted = parameter_annihilation(parameters, rails, circuit.annihilation)
        settling = Phase(SETTLE, Network.of(parted), ANNIHILATION_DURATION, PhaseRole.SETTLE)
        settle = _Part(settling, updating=True)
        if circuit.optimiser == "chop" and not is_collected(circuit):
            oriented = self._oriented(name, role, lambda o: update_reactions(parameters, circuit, rails, o))
            return (*oriented, settle)
        update = _Part(Phase(name, Network.of(correcting), duration, role), updating=True)
        if not is_collected(circuit):
            return update, settle
        collecting = self._oriented(
            COLLECT, PhaseRole.COLLECT, lambda o: collecting_reactions(parameters, rails, o)
        )
        return (*collecting, update, settle)

    def _flagged(self, name: str, parameters: tuple[Variable, ...], flag: Variable) -> tuple[_Part, ...]:
        """Return the phases of an update that is catalysed by a flag, and the clearing of the flag and of
        what is left of the gradients.
        """
        (catalyst,) = self.rails.species((flag,))
        gradients = self.rails.species(map(gradient_of, parameters))

        def catalysed(reaction: Reaction) -> Reaction:
            if set(gradients).isdisjoint(reaction.reactants.coefficients):
                return reaction  # decay and annihilation of parameters
            sides = ({**side.coefficients, catalyst: 1} for side in (reaction.reactants, reaction.products))
            return Reaction.trusted(*sides, rate=reaction.rate, label=reaction.label)

        update, *rest = self._updating(name, parameters)
        network = Network.of(map(catalysed, update.phase.network.reactions))
        flagged = replace(update, phase=replace(update.phase, network=network))
        degraded = [
            Reaction.trusted({used: 1}, {}, rate=TRANSFER_RATE, label="clear-out")
            for used in (catalyst, *gradients)
        ]
        clear = Phase(CLEAR_OUT, Network.of(degraded), UPDATE_DURATION, PhaseRole.SETTLE)
        return (flagged, *rest, _Part(clear, updating=True))


def switch_reactions(passages: Mapping[Variable, Passage], rate: float, rails: Rails) -> tuple[Reaction, ...]:
    """Return the reactions of a `Switch`: ``A + U_p -> D + U_p``, and ``A + U_n -> U_n``.

    If both rails of the state are left, the fraction that is converted is u_p / (u_p + u_n), which is the
    derivative of u_p = (u + sqrt(u^2 + 4 r))/2 for a product r of the two rails. If the fraction `negative`
    is converted where the state is negative, there is also ``A + U_n -> D + U_n``.

    Parameters
    ----------
    passages : mapping of Variable to Passage
        By the variable that receives the adjoint.
    rate : float, 1 / (concentration time)
        Rate constant.
    rails : Rails
        Rails of all variables.

    Examples
    --------
    >>> passages = {Variable("d"): Passage(Variable("a"), Variable("z"))}
    >>> for reaction in switch_reactions(passages, 100.0, Rails(frozenset()))[:2]:
    ...     print(reaction)
    a_p + z_p -> z_p + d_p [k = 100]  # d: switch
    a_p + z_n -> z_n [k = 100]  # d: switch
    """
    reactions: list[Reaction] = []
    for target, passage in passages.items():
        positive, negative = (name for name, _ in rails.of(passage.state))
        for (old, _), (new, _) in zip(rails.of(passage.adjoint), rails.of(target), strict=True):
            ways = (
                (positive, {new: 1}, 1.0),
                (negative, {new: 1}, passage.negative),
                (negative, {}, 1.0 - passage.negative),
            )
            reactions += [
                Reaction.trusted(
                    {old: 1, rail: 1}, {rail: 1, **made}, rate=rate * part, label=f"{target}: switch"
                )
                for rail, made, part in ways
                if part > 0.0
            ]
    return tuple(reactions)
