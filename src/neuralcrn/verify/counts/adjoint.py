"""Closed formulas for circuits given by a differential equation, with a rule based on the adjoint.

Symbols: N states, M inputs (data and padding), E entries of the input
weights (N if element-wise, N M for a matrix), r rails of an input, s species of the supply h, O outputs, P
trained parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import final

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import RULES, Circuit
from neuralcrn.compiler.rules.adjoint import AdjointRule, Reversal
from neuralcrn.errors import UnknownNameError
from neuralcrn.verify.counts.phases import CountedPhase, Updates, counts_of


@final
@dataclass(frozen=True, slots=True)
class Structure:
    """Terms of the equation of a family that determine the size of its chemistry.

    Attributes
    ----------
    dense : bool
        Whether the input weights are a matrix; otherwise they are element-wise.
    leak : int
        Degree of the leak: 0 for none, 2 for z|z|, 3 for z^3.
    gated : bool
        Whether theta x (and beta) multiply z.
    recurrent : bool
        Whether there is a matrix phi between states.
    shift : bool
        Whether there is a trained beta.
    order : int
        Largest number of reactants. Families of order 3 can be simulated, but trimolecular reactions are not
        practical.
    accumulated : bool
        Whether the output accumulates in the error, so that there are no states and no readout.
    """

    dense: bool = True
    leak: int = 2
    gated: bool = False
    recurrent: bool = False
    shift: bool = False
    order: int = 2
    accumulated: bool = False


STRUCTURES: Mapping[str, Structure] = MappingProxyType(
    {
        "linear": Structure(dense=False, leak=0),
        "minimal": Structure(dense=False, leak=0, accumulated=True),
        "quadratic": Structure(dense=False),
        "quadratic-dense": Structure(),
        "cubic": Structure(leak=3, order=3),
        "cubic-quadratic": Structure(),
        "smooth-relu": Structure(gated=True, shift=True, order=3),
        "mixing": Structure(recurrent=True, shift=True),
    }
)
"""Structure of every family of the registry."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """Arguments of the formulas.

    Attributes
    ----------
    states, inputs, outputs : int
        N, M and O.
    input_rails : int
        r: 1 for non-negative data, else 2.
    supply_rails : int
        s: 0 without a fixed supply h, 1 for a positive one, 2 for a negative one.
    trained_readout, bias : bool
        Whether readout weights are trained, and whether there is a bias.
    rule : str
        Name of a learning rule based on the adjoint.
    updates : Updates
        The optimiser.
    """

    states: int
    inputs: int
    outputs: int = 1
    input_rails: int = 1
    supply_rails: int = 0
    trained_readout: bool = False
    bias: bool = False
    rule: str = "exact"
    updates: Updates = field(default_factory=Updates)


def dimensions_of(circuit: Circuit) -> Dimensions:
    """Return the dimensions of a circuit."""
    inputs = circuit.system.inputs
    used = {variable for _, f in circuit.system.equations for variable in f.variables}
    supply = [len(_rails(p.name, circuit)) for p in circuit.fixed_parameters if p in used]
    return Dimensions(
        states=len(circuit.system.states),
        inputs=len(inputs),
        outputs=circuit.outputs,
        input_rails=len(_rails(inputs[0].name, circuit)),
        supply_rails=sum(supply),
        trained_readout=circuit.readout.trained,
        bias=circuit.readout.bias,
        rule=circuit.rule,
        updates=Updates.of(circuit),
    )


def _rails(name: str, circuit: Circuit) -> tuple[str, ...]:
    return ("",) if name in circuit.non_negative else ("_p", "_n")


def closed_counts(name: str, dimensions: Dimensions) -> dict[str, Counts]:
    """Return species and reactions of every phase, and of the whole ``program``; see `counts_of`.

    Parameters
    ----------
    name : str
        Name of a family.
    dimensions : Dimensions
        Arguments of the formulas.

    Raises
    ------
    UnknownNameError
        If there is no closed formula for the family.

    Examples
    --------
    >>> closed_counts("quadratic-dense", Dimensions(states=3, inputs=3, input_rails=2, supply_rails=2))[
    ...     "feedforward"].reactions == 4 * 3**2 + 5 * 3
    True
    """
    if name not in STRUCTURES:
        raise UnknownNameError("closed formula for circuit", name, STRUCTURES)
    structure = STRUCTURES[name]
    return counts_of(_phases(structure, dimensions), _species_of_quantities(structure, dimensions))


def _rule(d: Dimensions) -> AdjointRule:
    rule = RULES.find(d.rule)
    if not isinstance(rule, AdjointRule):
        known = (name for name, other in RULES.items() if isinstance(other, AdjointRule))
        raise UnknownNameError("closed formula for rule", d.rule, known)
    return rule


def _forward(structure: Structure, d: Dimensions, *, free_of_states: bool = False) -> int:
    """Reactions of dz/dt = f, or of the part of f without states."""
    n, r, s = d.states, d.input_rails, d.supply_rails
    entries = n * d.inputs if structure.dense else n
    factor = 2 if structure.gated else 1
    products = 2 * r * entries * factor
    shift = 2 * n * factor * structure.shift
    supply = s * (1 if structure.accumulated else n)  # equal terms of one sum are one reaction
    if free_of_states:
        return supply if structure.gated else products + shift + supply
    recurrence = 4 * n * n * structure.recurrent
    leak = 2 * n * (structure.leak > 0)
    return products + shift + supply + recurrence + leak


def _adjoint(structure: Structure, d: Dimensions) -> int:
    """Reactions of da/ds = (df/dz)^T a: 4N for the leak of any degree."""
    n = d.states
    through_inputs = 4 * d.input_rails * n * d.inputs + 4 * n if structure.gated else 0
    return through_inputs + 4 * n * n * structure.recurrent + 4 * n * (structure.leak > 0)


def _gradient(structure: Structure, d: Dimensions) -> int:
    """Reactions of dg/ds = (df/dtheta)^T a."""
    n = d.states
    entries = n * d.inputs if structure.dense else n
    factor = 2 if structure.gated else 1
    products = 2 * d.input_rails * entries * factor
    return products + 2 * n * factor * structure.shift + 4 * n * n * structure.recurrent


def _annihilated(structure: Structure, d: Dimensions) -> int:
    """Annihilation reactions of states that change: one each, if |z| or a power of z occurs."""
    return d.states * (structure.leak > 0)


def _holds_adjoint(structure: Structure, d: Dimensions) -> bool:
    """Whether a is constant: because of the mode, or because f does not depend on states."""
    return structure.leak == 0 or not _rule(d).moves_adjoint


def _skips_adjoint(structure: Structure, d: Dimensions) -> bool:
    """Whether a is a multiple of the single error and has no species."""
    return _holds_adjoint(structure, d) and not d.trained_readout and d.outputs == 1


def _reversal(structure: Structure, d: Dimensions) -> int:
    """Reactions that reverse the states in the feedback phase, with their annihilation reactions."""
    if structure.leak == 0:
        return 0
    match _rule(d).reversal:
        case Reversal.WHOLE:
            return _forward(structure, d) + _annihilated(structure, d)
        case Reversal.DRIVE:
            driven = _forward(structure, d, free_of_states=True)
            return driven + _annihilated(structure, d) if driven else 0
        case Reversal.NONE:
            return 0


def _trained(structure: Structure, d: Dimensions) -> tuple[int, int, int]:
    """Return the numbers of trained parameters of f, readout weights, and biases."""
    n = d.states
    entries = n * d.inputs if structure.dense else n
    inner = entries + n * structure.shift + n * n * structure.recurrent
    return inner, n * d.outputs * d.trained_readout, d.outputs * d.bias


def _phases(structure: Structure, d: Dimensions) -> Iterator[CountedPhase]:
    """Yield all phases."""
    n, o = d.states, d.outputs
    weights = (4 if d.trained_readout else 2) * n * o
    bias = 2 * o * d.bias
    skipped = _skips_adjoint(structure, d)
    evolution = 0 if _holds_adjoint(structure, d) else _adjoint(structure, d)
    reactions = {
        "feedforward": _forward(structure, d) + _annihilated(structure, d),
        "readout": 0 if structure.accumulated else weights + bias,
        "error": o,
        "backpropagate": (0 if skipped else weights) + 4 * n * o * d.trained_readout + bias,
        "feedback": _reversal(structure, d) + evolution + _gradient(structure, d),
    }
    quantities = _quantities(structure, d)
    for name, count in reactions.items():
        yield CountedPhase(name, count, frozenset(quantities[name]))
    yield from d.updates.errors(o)
    parameters = frozenset({"theta", "phi", "w", "b"})
    yield from d.updates.phases(sum(_trained(structure, d)), parameters, frozenset({"g_theta", "g_w", "g_b"}))


def _species_of_quantities(structure: Structure, d: Dimensions) -> dict[str, int]:
    """Number of species of each quantity: two for a signed one."""
    inner, weights, biases = (2 * count for count in _trained(structure, d))
    recurrent = 2 * d.states**2 * structure.recurrent
    direct = d.updates.kind == "direct"
    return {
        "x": d.input_rails * d.inputs,
        "z": 0 if structure.accumulated else 2 * d.states,
        "theta": inner - recurrent,
        "phi": recurrent,
        "h": d.supply_rails,
        "a": 2 * d.states,
        "w": weights,
        "b": biases,
        "g_theta": 0 if direct else inner,
        "g_w": 0 if direct else weights,
        "g_b": 0 if direct else biases,
        **d.updates.sizes(d.outputs, (inner + weights + biases) // 2),
    }


def _quantities(structure: Structure, d: Dimensions) -> dict[str, set[str]]:
    """Return the quantities in the reactions of each phase before the update."""
    skipped = _skips_adjoint(structure, d)
    error, direct = d.updates.error, d.updates.kind == "direct"
    reads_states = structure.gated or structure.recurrent
    feedback = {"x", "g_theta", error if skipped else "a"}
    if reads_states or not _holds_adjoint(structure, d):
        feedback |= {"z"}
    if not _holds_adjoint(structure, d):
        feedback |= {"phi", "theta"} if structure.gated else {"phi"}
    if _reversal(structure, d):
        whole = _rule(d).reversal is Reversal.WHOLE or not structure.gated
        feedback |= {"theta", "h"} if whole else {"h"}
    if direct:
        feedback |= {"theta", "phi"}
    back = {error, "g_b"} if skipped else {error, "a", "w", "g_w", "g_b"}
    if direct:
        back |= {"b"}
    return {
        "feedforward": {"x", "z", "theta", "phi", "h"} | ({"e"} if structure.accumulated else set()),
        "readout": {"e", "z", "w", "b"},
        "error": {"e"},
        "backpropagate": back | ({"z"} if d.trained_readout else set()),
        "feedback": feedback,
    }
