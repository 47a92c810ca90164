"""Experimental errors as perturbations of a program, which is then used for training and prediction.

The strength of a disturbance is from 0, no change, to 1. Errors are log-normal with median 1,
``exp(s N(0, 1))`` for the strength s, so a constant is too large or too small by a factor with the same
probability.

All errors but those of pipetting are *systematic*: they are drawn once per program and kept during training
and prediction, like errors of one set of strands, one set of stock solutions or one timer. Errors that differ
between samples partly average out in a training; systematic errors do not. For one seed, the same reaction
has the same error in all circuits, and in a part that is disturbed alone. For the origin of leaks in strand
displacement see Thachuk, Winfree and Soloveichik 2015, doi:10.1007/978-3-319-21999-8_9.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, final

import numpy as np

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler import Program
from neuralcrn.compiler.protocol import Dose, Phase, Run, Step
from neuralcrn.compiler.rails import without_rails
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.registry import Registry
from neuralcrn.studies.robustness.draws import normal_of
from neuralcrn.studies.robustness.parts import PARTS, WHOLE, within
from neuralcrn.studies.robustness.rate_errors import Share, common, independent, mismatch, rate_factors

_Key = TypeVar("_Key", bound=Hashable)
_ERRORS = (0.05, 0.1, 0.2, 0.3, 0.5)


@final
@dataclass(frozen=True, slots=True)
class Disturbance:
    """A kind of experimental error.

    Attributes
    ----------
    name, summary : str
        Name in the registry, and effect at the strength s.
    strengths : tuple of float, dimensionless
        Default strengths, from mild to severe.
    change : callable
        Function of program, strength and generator that returns the perturbed program.
    of_reactions : bool
        Whether it changes reactions, so that it can be restricted to those of one part, see `within`.
    """

    name: str
    summary: str
    strengths: tuple[float, ...]
    change: Callable[[Program, float, np.random.Generator], Program]
    of_reactions: bool = True


def disturb(
    program: Program, name: str, strength: float, rng: int | np.random.Generator, part: str = WHOLE
) -> Program:
    """Return a perturbed program.

    Parameters
    ----------
    program : Program
        A program of any level.
    name : str
        Name of the disturbance, see `DISTURBANCES`.
    strength : float, dimensionless
        From 0, the unchanged program, to 1.
    rng : int or numpy.random.Generator
        Seed or random generator of the errors; the same seed gives the same program.
    part : str
        Part of the circuit whose reactions are disturbed; by default all. See `PARTS`.

    Raises
    ------
    UnknownNameError
        If there is no such disturbance, or no such part.
    InvalidValueError
        If the strength is out of range, or a part is given for a disturbance that does not act on reactions.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> program = make_circuit("linear", inputs=2).compile()
    >>> leaky = disturb(program, "leaks", 0.01, rng=0)
    >>> [str(reaction.products) for reaction in leaky.phase("feedforward").network.reactions[6:]]
    ['z1_p', 'z1_n', 'z2_p', 'z2_n']
    """
    disturbance = DISTURBANCES.find(name)
    check_strength(name, strength)
    if strength == 0.0:
        return program
    generator = np.random.default_rng(rng)
    if part == WHOLE:
        return disturbance.change(program, strength, generator)
    check_part(name, part)
    return within(program, part, lambda alone: disturbance.change(alone, strength, generator))


def check_strength(name: str, strength: float) -> None:
    """Check that a strength is in range.

    Raises
    ------
    InvalidValueError
        If it is not in [0, 1].
    """
    if not 0.0 <= strength <= 1.0:
        raise InvalidValueError(
            f"disturbance {name}: strength {strength:g} is out of range: give a fraction from 0 to 1"
        )


def check_part(name: str, part: str) -> None:
    """Check that a disturbance can be restricted to a part.

    Raises
    ------
    UnknownNameError
        If there is no such part.
    InvalidValueError
        If the disturbance does not act on reactions.
    """
    if part not in (WHOLE, *PARTS):
        raise UnknownNameError("part", part, (WHOLE, *PARTS))
    if part != WHOLE and not (name in DISTURBANCES and DISTURBANCES[name].of_reactions):
        possible = ", ".join(known for known, disturbance in DISTURBANCES.items() if disturbance.of_reactions)
        raise InvalidValueError(
            f"disturbance {name} does not act on the reactions of one part: choose {possible}, or omit part"
        )


def _wrong_rates(share: Share) -> Callable[[Program, float, np.random.Generator], Program]:
    """Return the change of all rate constants by a part of their errors."""

    def change(program: Program, strength: float, rng: np.random.Generator) -> Program:
        return _with_rates(program, rate_factors(_reactions_of(program), strength, rng, share))

    return change


def _wrong_doses(program: Program, strength: float, rng: np.random.Generator) -> Program:
    """Return a program with errors of all stock solutions: doses, fixed parameters, contents of a new pot.

    Trained parameters have no error, since it would only be another random initial value.
    """
    circuit = program.circuit
    doses = [step for protocol in program.protocols for step in protocol if isinstance(step, Dose)]
    stock = _errors(((dose.variable, dose.source) for dose in doses), strength, rng)
    fixed = _errors(circuit.fixed, strength, rng)
    held = _errors(program.species, strength, rng)

    def dosed(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(
            replace(step, factor=step.factor * stock[step.variable, step.source])
            if isinstance(step, Dose)
            else step
            for step in steps
        )

    def started(network: Network) -> Network:
        start = zip(network.species, network.initial, strict=True)
        return network.with_initial({name: value * held[name] for name, value in start})

    return replace(
        _with_networks(program, started),
        circuit=circuit.with_(fixed={name: value * fixed[name] for name, value in circuit.fixed.items()}),
    ).with_protocols(dosed)


def _leaks(program: Program, strength: float, rng: np.random.Generator) -> Program:
    """Add production without catalysts for catalytic reactions, at a fraction of their flux at unit
    concentrations.

    The fraction is drawn separately for each species, because equal leaks of two rails would annihilate each
    other.
    """
    flux = {phase.name: _catalysed(phase.network) for phase in program.phases}
    errors = _errors(((phase, name) for phase, rates in flux.items() for name in rates), 1.0, rng)

    def leaky(phase: Phase) -> Phase:
        inflows = (
            Reaction.of({}, {name: 1}, rate=strength * errors[phase.name, name] * rate, label="leak")
            for name, rate in flux[phase.name].items()
        )
        reactions = (*phase.network.reactions, *inflows)
        return replace(phase, network=replace(phase.network, reactions=reactions))

    return replace(program, phases=tuple(map(leaky, program.phases)))


def _catalysed(network: Network) -> dict[str, float]:
    """Return the rate at unit concentrations at which each species is produced by catalysis."""
    flux: dict[str, float] = {}
    for reaction in network.reactions:
        change = reaction.net_change
        if reaction.reactants.terms and min(change.values(), default=0) > 0:
            for name, count in change.items():
                flux[name] = flux.get(name, 0.0) + count * reaction.rate
    return flux


def _lost_annihilation(program: Program, strength: float, _rng: np.random.Generator) -> Program:
    kept = dict.fromkeys(filter(is_annihilation, _reactions_of(program)), 1.0 - strength)
    return _with_rates(program, kept)


def _wrong_clock(program: Program, strength: float, rng: np.random.Generator) -> Program:
    """Return a program with errors of the clock reactions or, without a clock, of the waiting times."""
    if program.tolerances:
        own = [r for r in _reactions_of(program) if set(r.species) <= set(program.tolerances)]
        return _with_rates(program, rate_factors(own, strength, rng))
    # The k-th run of a phase has the same setting of the timer in every protocol.
    errors = _errors(itertools.chain.from_iterable(map(_settings, program.protocols)), strength, rng)

    def timed(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        waits = (errors[setting] for setting in _settings(steps))
        return tuple(
            replace(step, duration=next(waits) * _duration(step, program)) if isinstance(step, Run) else step
            for step in steps
        )

    return program.with_protocols(timed)


def _pipetting(program: Program, strength: float, _rng: np.random.Generator) -> Program:
    """Return a program whose doses have errors that are drawn anew for every sample."""

    def dosed(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(replace(step, error=strength) if isinstance(step, Dose) else step for step in steps)

    return program.with_protocols(dosed)


def is_annihilation(reaction: Reaction) -> bool:
    """Return whether a reaction is ``v_p + v_n -> 0``.

    Examples
    --------
    >>> [is_annihilation(Reaction.of(pair, {})) for pair in ({"z1_p": 1, "z1_n": 1}, {"z1_p": 1, "z2_n": 1})]
    [True, False]
    """
    names = [name for name, _ in reaction.reactants.terms]
    same = len({without_rails(name) for name in names}) == 1
    return len(names) == 2 and same and not reaction.products.terms


def _settings(steps: Iterable[Step]) -> list[tuple[str, int]]:
    """Return for each run its phase and the number of its earlier runs."""
    phases = [step.phase for step in steps if isinstance(step, Run)]
    return [(phase, phases[:k].count(phase)) for k, phase in enumerate(phases)]


def _duration(step: Run, program: Program) -> float:
    return program.phase(step.phase).duration if step.duration is None else step.duration


def _errors(keys: Iterable[_Key], strength: float, rng: np.random.Generator) -> dict[_Key, float]:
    """Return a log-normal error with median 1 for every key; equal keys share one error."""
    unique = list(dict.fromkeys(keys))
    return dict(zip(unique, np.exp(strength * normal_of(unique, rng)).tolist(), strict=True))


def _reactions_of(program: Program) -> list[Reaction]:
    return [reaction for phase in program.phases for reaction in phase.network.reactions]


def _with_rates(program: Program, factors: Mapping[Reaction, float]) -> Program:
    """Return the program with some rate constants multiplied; reactions with the factor 0 are removed."""

    def changed(network: Network) -> Network:
        reactions = [reaction.k(reaction.rate * factors.get(reaction, 1.0)) for reaction in network.reactions]
        return replace(network, reactions=tuple(r for r in reactions if r.rate > 0.0))

    return _with_networks(program, changed)


def _with_networks(program: Program, change: Callable[[Network], Network]) -> Program:
    phases = (replace(phase, network=change(phase.network)) for phase in program.phases)
    return replace(program, phases=tuple(phases))


_DISTURBANCES = (
    Disturbance(
        "rates", "every rate constant is multiplied by exp(s N(0, 1))", _ERRORS, _wrong_rates(independent)
    ),
    Disturbance(
        "common",
        "the part of the errors of rates that reactions of different rails of one term share",
        _ERRORS,
        _wrong_rates(common),
    ),
    Disturbance(
        "mismatch",
        "the part of the errors of rates by which reactions of different rails of one term differ",
        _ERRORS,
        _wrong_rates(mismatch),
    ),
    Disturbance(
        "leaks",
        "catalytic products also form without catalyst, at s exp(N(0, 1)) of the rate at unit concentrations",
        (1e-4, 1e-3, 1e-2, 1e-1),
        _leaks,
    ),
    Disturbance(
        "annihilation",
        "the rate constant of annihilation is reduced by the fraction s",
        (0.9, 0.99, 0.999, 1.0),
        _lost_annihilation,
    ),
    Disturbance(
        "clock",
        "every waiting time, or clock rate constant, is multiplied by exp(s N(0, 1))",
        _ERRORS,
        _wrong_clock,
        of_reactions=False,
    ),
    Disturbance(
        "doses",
        "every stock solution is multiplied by exp(s N(0, 1))",
        _ERRORS,
        _wrong_doses,
        of_reactions=False,
    ),
    Disturbance(
        "pipetting",
        "every dose is multiplied by exp(s N(0, 1)), drawn anew for every sample",
        _ERRORS,
        _pipetting,
        of_reactions=False,
    ),
)
DISTURBANCES: Registry[Disturbance] = Registry("disturbance", "disturbances", _DISTURBANCES, Disturbance)
"""All disturbances by name."""
