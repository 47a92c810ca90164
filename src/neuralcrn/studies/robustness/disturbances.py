"""Experimental errors as perturbations of a program, which is then used for training and prediction.

The strength of a disturbance is from 0, no change, to 1. Errors are log-normal with median 1,
``exp(s N(0, 1))`` for the strength s, so a constant is too large or too small by a factor with the same
probability.

Errors are *systematic*: they are drawn once per program and kept during training and prediction, like errors
of one set of strands, one set of stock solutions or one timer. Errors that differ between samples would
average out in a training; systematic errors do not. For the origin of leaks in strand displacement see
Thachuk, Winfree and Soloveichik 2015, doi:10.1007/978-3-319-21999-8_9.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, final

import numpy as np

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler import Program
from neuralcrn.compiler.protocol import Dose, Run, Step
from neuralcrn.errors import InvalidValueError
from neuralcrn.registry import Registry

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
    """

    name: str
    summary: str
    strengths: tuple[float, ...]
    change: Callable[[Program, float, np.random.Generator], Program]


def disturb(program: Program, name: str, strength: float, rng: int | np.random.Generator) -> Program:
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

    Raises
    ------
    UnknownNameError
        If there is no such disturbance.
    InvalidValueError
        If the strength is out of range.

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
    return disturbance.change(program, strength, np.random.default_rng(rng))


def _wrong_rates(program: Program, strength: float, rng: np.random.Generator) -> Program:
    return _with_wrong_rates(program, _reactions_of(program), strength, rng)


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

    def leaky(network: Network) -> Network:
        flux: dict[str, float] = {}
        for reaction in network.reactions:
            change = reaction.net_change
            if reaction.reactants.terms and min(change.values(), default=0) > 0:
                for name, count in change.items():
                    flux[name] = flux.get(name, 0.0) + count * reaction.rate
        errors = _errors(flux, 1.0, rng)
        inflows = [
            Reaction.of({}, {name: 1}, rate=strength * errors[name] * rate, label="leak")
            for name, rate in flux.items()
        ]
        return replace(network, reactions=(*network.reactions, *inflows))

    return _with_networks(program, leaky)


def _lost_annihilation(program: Program, strength: float, _rng: np.random.Generator) -> Program:
    kept = dict.fromkeys(filter(is_annihilation, _reactions_of(program)), 1.0 - strength)
    return _with_rates(program, kept)


def _wrong_clock(program: Program, strength: float, rng: np.random.Generator) -> Program:
    """Return a program with errors of the clock reactions or, without a clock, of the waiting times."""
    if program.tolerances:
        own = [r for r in _reactions_of(program) if set(r.species) <= set(program.tolerances)]
        return _with_wrong_rates(program, own, strength, rng)
    # The k-th waiting time of every protocol is the same setting of the timer.
    errors = _errors(range(max(map(len, program.protocols))), strength, rng)

    def timed(steps: tuple[Step, ...]) -> tuple[Step, ...]:
        waits = iter(errors.values())
        return tuple(
            replace(step, duration=next(waits) * _duration(step, program)) if isinstance(step, Run) else step
            for step in steps
        )

    return program.with_protocols(timed)


def is_annihilation(reaction: Reaction) -> bool:
    """Return whether a reaction is ``v_p + v_n -> 0``.

    Examples
    --------
    >>> [is_annihilation(Reaction.of(pair, {})) for pair in ({"z1_p": 1, "z1_n": 1}, {"z1_p": 1, "z2_n": 1})]
    [True, False]
    """
    names = [name for name, _ in reaction.reactants.terms]
    same = len({name[:-2] for name in names}) == 1
    return same and {name[-2:] for name in names} == {"_p", "_n"} and not reaction.products.terms


def _duration(step: Run, program: Program) -> float:
    return program.phase(step.phase).duration if step.duration is None else step.duration


def _errors(keys: Iterable[_Key], strength: float, rng: np.random.Generator) -> dict[_Key, float]:
    """Return a log-normal error with median 1 for every key; equal keys share one error."""
    unique = list(dict.fromkeys(keys))
    return dict(zip(unique, np.exp(strength * rng.standard_normal(len(unique))).tolist(), strict=True))


def _reactions_of(program: Program) -> list[Reaction]:
    return [reaction for phase in program.phases for reaction in phase.network.reactions]


def _with_wrong_rates(
    program: Program, reactions: Iterable[Reaction], strength: float, rng: np.random.Generator
) -> Program:
    """Return reactions with errors; a reaction that occurs in two phases has the same error in both."""
    listed = list(reactions)
    errors = _errors(((r.reactants, r.products) for r in listed), strength, rng)
    return _with_rates(program, {r: errors[r.reactants, r.products] for r in listed})


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
    Disturbance("rates", "every rate constant is multiplied by exp(s N(0, 1))", _ERRORS, _wrong_rates),
    Disturbance("doses", "every stock solution is multiplied by exp(s N(0, 1))", _ERRORS, _wrong_doses),
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
    ),
)
DISTURBANCES: Registry[Disturbance] = Registry("disturbance", "disturbances", _DISTURBANCES, Disturbance)
"""All disturbances by name."""


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
