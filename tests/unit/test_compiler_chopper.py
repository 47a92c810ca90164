"""The chopper: different constants of rails, and leaks, cancel over two samples; and what it refuses."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import Circuit, Oracle, PhaseRole, Program, Schedule, adjoint_of, gradient_of
from neuralcrn.compiler.chopper import exchanged_of
from neuralcrn.compiler.optimiser import update_factors
from neuralcrn.compiler.rails import without_rails
from neuralcrn.compiler.rules.backpropagation import activation_adjoint_of
from neuralcrn.compiler.schedule import redirected
from neuralcrn.errors import CompileError
from neuralcrn.verify import Sample, draw_samples, measure
from neuralcrn.verify.measurement import accurate, sampled_pot

Vector = NDArray[np.float64]
Change = Callable[[Reaction], Reaction]

FORWARD = {PhaseRole.RECTIFY, PhaseRole.COMPARE}
TRANSFERS = {PhaseRole.EXCHANGE, PhaseRole.COLLECT, PhaseRole.UPDATE}
CIRCUITS: list[tuple[str, dict[str, Any]]] = [
    ("perceptron", {"hidden": [3, 2]}),
    ("perceptron", {"hidden": 3, "activation": "leaky-relu", "non_negative": False}),
    ("perceptron", {"hidden": 2, "activation": "squared-relu", "outputs": 2}),
    ("mixing", {"hidden": 2}),
]


def circuit_of(name: str, optimiser: str, **options: Any) -> Circuit:
    return make_circuit(name, update="transfer", optimiser=optimiser, **options)


def sample_of(circuit: Circuit) -> Sample:
    """Return a point at which as many gradients as possible are large."""
    oracle = Oracle.of(circuit)

    def smallest(sample: Sample) -> float:
        gradient = oracle.solve(sample.parameters, sample.features, sample.targets).gradient
        return float(np.quantile(np.abs(gradient), 0.3))

    return max(draw_samples(circuit, 30, np.random.default_rng(8)), key=smallest)


def with_reactions(
    program: Program, change: Callable[[Iterable[Reaction]], list[Reaction]], roles: set[PhaseRole]
) -> Program:
    """Return a program in which the reactions of phases with some roles are changed."""
    phases = [
        dataclasses.replace(p, network=Network.of(change(p.network.reactions))) if p.role in roles else p
        for p in program.phases
    ]
    return dataclasses.replace(program, phases=tuple(phases))


def with_rates(program: Program, factor: Callable[[Reaction], float], roles: set[PhaseRole]) -> Program:
    return with_reactions(program, lambda reactions: [r.k(r.rate * factor(r)) for r in reactions], roles)


def adjoints(program: Program) -> dict[str, int]:
    """Return the rails of all errors and adjoints that the backward path reads, with their signs."""
    circuit = program.circuit
    chopping = circuit.optimiser == "chop"
    variables = [exchanged_of(e) if chopping else e for e in circuit.errors]
    variables += [of(z) for z in circuit.system.states for of in (adjoint_of, activation_adjoint_of)]
    return {name: sign for v in variables for name, sign in program.rails.of(v)}


def mismatched(program: Program, size: float, *, mean: bool = False) -> Program:
    """Give every backward reaction an error of its own, or the mean of it and its mirror image.

    A reaction reads one rail of an error or adjoint, in a pot also as a shadow; its mirror image reads the
    other one.
    """
    rails, draws, rng = adjoints(program), dict[tuple[Any, ...], float](), np.random.default_rng(5)

    def error(reaction: Reaction, rail: str, sign: int) -> float:
        read = [re.sub(rail, without_rails(rail), name) for name, _ in reaction.reactants.terms]
        key = (*read, "->", *map(without_rails, reaction.net_change), sign)
        return draws.setdefault(key, rng.uniform(-1.0, 1.0))

    def factor(reaction: Reaction) -> float:
        read = " ".join(name for name, _ in reaction.reactants.terms)
        rail = next((rail for rail in rails if re.search(rf"(^|_| ){rail}($|_| )", read)), None)
        annihilates = not reaction.products.terms and not reaction.label.startswith("shadow")
        if rail is None or annihilates:
            return 1.0
        own, other = (error(reaction, rail, sign) for sign in (rails[rail], -rails[rail]))
        return 1.0 + size * (0.5 * (own + other) if mean else own)

    backward = {PhaseRole.INTEGRATE, PhaseRole.EVALUATE, PhaseRole.SWITCH, PhaseRole.CYCLE}
    return with_rates(program, factor, backward)


def leaky(program: Program, rate: float) -> Program:
    """Let every species of the backward path be produced at a rate of its own, in all of its phases."""
    circuit = program.circuit
    gradients = program.rails.species(map(gradient_of, circuit.trained_parameters))
    backward, draws, rng = {*adjoints(program), *gradients}, dict[str, float](), np.random.default_rng(6)

    def leaking(reactions: Iterable[Reaction]) -> list[Reaction]:
        reactions = list(reactions)
        made = {n for r in reactions for n, count in r.net_change.items() if count > 0} & backward
        leaks = [
            Reaction.of({}, {n: 1}, rate=rate * draws.setdefault(n, rng.uniform(0.5, 1.5)))
            for n in sorted(made)
        ]
        return [*reactions, *leaks]

    return with_reactions(program, leaking, set(PhaseRole) - FORWARD - {PhaseRole.UPDATE, PhaseRole.COLLECT})


def learned(program: Program, sample: Sample, count: int = 2) -> Vector:
    """Return the change of the parameters by learning the same sample several times."""
    executable = accurate(program)
    state, errors = sampled_pot(executable, sample), np.zeros(program.circuit.outputs)
    before = executable.signed(state, program.circuit.trained_parameters)
    for number in range(count):
        executable.execute(program.protocol(number), state, sample.features, sample.targets, errors)
    return executable.signed(state, program.circuit.trained_parameters) - before


def residual(one: Vector, other: Vector) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


@pytest.mark.parametrize(("optimiser", "power"), [("plain", 1.0), ("chop", 2.0)])
@pytest.mark.parametrize(
    ("name", "options", "level"), [(*case, "staged") for case in CIRCUITS] + [(*CIRCUITS[0], "gated")]
)
def test_mismatch_cancels_to_first_order(
    name: str, options: dict[str, Any], level: str, optimiser: str, power: float
) -> None:
    """Two samples are learned as if both rails had the mean of their constants, except for the product of two
    errors.
    """
    circuit = circuit_of(name, optimiser, batch=2, **options)
    program, sample = circuit.compile(level), sample_of(circuit)
    sizes = np.array([0.02, 0.04, 0.08])
    residuals = [
        residual(learned(mismatched(program, s), sample), learned(mismatched(program, s, mean=True), sample))
        for s in sizes
    ]
    slope = np.polyfit(np.log(sizes), np.log(residuals), 1)[0]
    assert slope == pytest.approx(power, abs=0.1), residuals
    assert residuals[0] < (1e-3 if optimiser == "chop" else 1e-1)


@pytest.mark.parametrize(("name", "options"), CIRCUITS)
def test_leaks_cancel(name: str, options: dict[str, Any]) -> None:
    rates = np.array([0.01, 0.02, 0.04])
    for optimiser in ("plain", "chop"):
        circuit = circuit_of(name, optimiser, batch=2, **options)
        program, sample = circuit.compile(), sample_of(circuit)
        residuals = [residual(learned(leaky(program, r), sample), learned(program, sample)) for r in rates]
        if optimiser == "chop":
            assert max(residuals) < 1e-6
        else:
            assert np.polyfit(np.log(rates), np.log(residuals), 1)[0] == pytest.approx(1.0, abs=0.05)
            assert residuals[0] > 1e-3


def test_one_sample_alone_is_not_corrected() -> None:
    """The gradient of each sample has the error; only their difference has not."""
    circuit = circuit_of("perceptron", "chop", hidden=3, learning_rate=1e-3)
    program, sample = circuit.compile(), sample_of(circuit)
    one, two = (
        residual(*(learned(mismatched(program, 0.02, mean=mean), sample, count) for mean in (False, True)))
        for count in (1, 2)
    )
    assert two < 0.05 * one


@pytest.mark.parametrize(
    "options", [{"optimiser": "plain"}, {"optimiser": "chop"}, {"optimiser": "chop", "batch": 2}]
)
@pytest.mark.parametrize(("name", "sizes"), [("perceptron", {"hidden": 2}), ("linear", {})])
def test_complete_transfers_do_not_depend_on_their_rate_constants(
    name: str, sizes: dict[str, int], options: dict[str, Any]
) -> None:
    circuit = make_circuit(name, update="transfer", **sizes, **options)
    rng = np.random.default_rng(2)
    program = circuit.compile()
    disturbed = with_rates(program, lambda _: float(3.0 ** rng.uniform(-1.0, 1.0)), TRANSFERS)
    sample = sample_of(circuit)
    assert residual(learned(disturbed, sample), learned(program, sample)) < 1e-6


def test_an_accumulating_update_depends_on_its_rate_constants() -> None:
    circuit = make_circuit("perceptron", hidden=2, update="accumulate")
    rng = np.random.default_rng(2)
    program = circuit.compile()
    disturbed = with_rates(program, lambda _: float(3.0 ** rng.uniform(-1.0, 1.0)), TRANSFERS)
    sample = sample_of(circuit)
    assert residual(learned(disturbed, sample), learned(program, sample)) > 0.1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"decay": 0.05},
        {"batch": 2},
        {"batch": 4, "decay": 0.05},
        {"momentum": 0.5},
        {"momentum": 0.3, "decay": 0.05, "batch": 2},
    ],
)
def test_a_cycle_changes_parameters_as_the_optimiser_says(options: dict[str, Any]) -> None:
    """Gradients are measured at the parameters of each sample, in a circuit without the chopper."""
    circuit = circuit_of("perceptron", "chop", hidden=2, learning_rate=0.3, annihilation=1e4, **options)
    sample = sample_of(circuit)
    plain = accurate(make_circuit("perceptron", hidden=2, annihilation=1e4).compile())
    decay, step = update_factors(circuit)
    parameters, velocity = sample.parameters.copy(), np.zeros(len(sample.parameters))
    count = 2 * max(2, circuit.batch)
    for number in range(count):
        velocity += measure(plain, dataclasses.replace(sample, parameters=parameters)).gradient
        if (number + 1) % circuit.batch == 0:
            parameters = parameters * (1.0 - decay) - step * velocity
            velocity *= circuit.momentum
    assert residual(learned(circuit.compile(), sample, count), parameters - sample.parameters) < 1e-5


def test_every_second_sample_has_exchanged_rails() -> None:
    def runs(**options: Any) -> list[list[str]]:
        program = circuit_of("perceptron", "chop", hidden=1, **options).compile()
        kinds = ("exchange-", "collect-", "update")
        return [
            [step.phase for step in protocol if getattr(step, "phase", "").startswith(kinds)]
            for protocol in program.cycle
        ]

    straight, crossed = runs()
    assert straight == ["exchange-straight", "update-straight"]
    assert crossed == ["exchange-crossed", "update-crossed"]
    collected = runs(batch=4)
    assert [names[0] for names in collected] == ["exchange-straight", "exchange-crossed"] * 2
    assert [names[1] for names in collected] == ["collect-straight", "collect-crossed"] * 2
    assert [len(names) for names in collected] == [2, 2, 2, 3]


class TestRefusals:
    @pytest.mark.parametrize("batch", [3, 5])
    def test_a_sample_without_another(self, batch: int) -> None:
        with pytest.raises(CompileError, match=f"pairs of samples, and a batch of {batch} .* even number"):
            make_circuit("perceptron", optimiser="chop", batch=batch)

    @pytest.mark.parametrize("name", ["perceptron", "quadratic"])
    @pytest.mark.parametrize("update", ["direct", "accumulate"])
    def test_updates_that_depend_on_rails(self, name: str, update: str) -> None:
        with pytest.raises(CompileError, match=f"choose update = transfer, not {update}"):
            make_circuit(name, optimiser="chop", update=update)

    def test_a_rule_without_an_error(self) -> None:
        with pytest.raises(CompileError, match="but this rule compares none: choose optimiser = plain"):
            redirected(Schedule((), (), ()), (), (), {})
