"""Stages of schedules that neural ODEs do not use, constants of rules, and limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from neuralcrn.algebra import Polynomial, SignedSystem, Variable, elements_of
from neuralcrn.chemistry import parse_network
from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import RULES, LearningRule, Oracle, Read, Schedule, Solution, gradient_of
from neuralcrn.compiler.protocol import Withdraw
from neuralcrn.compiler.rules.base import Limit
from neuralcrn.compiler.schedule import sample_feeds
from neuralcrn.compiler.stages import Evaluate, Integrate, React, Stage
from neuralcrn.errors import CompileError, InvalidValueError
from neuralcrn.verify import certify
from neuralcrn.verify.measurement import Sample, accurate, draw_samples, measure

X, (ERROR,) = elements_of("x", 1), elements_of("e", 1)
THETA = Variable("theta", (0,))


def circuit(rule: str, **options: Any) -> Circuit:
    system = SignedSystem.parse(
        "dz = theta*x", states={"z": 1}, inputs={"x": 1}, parameters={"theta": 1}, non_negative=["x"]
    )
    return Circuit(
        name="one", system=system, features=1, starts_at_input=False, rule=rule, update="direct", **options
    )


class Given(LearningRule):
    """A rule made of stages; its gradient is e x, from e = theta x."""

    summary = "for tests"
    reference = "e x"

    def __init__(self, name: str, stages: tuple[Stage, ...], limits: tuple[Limit, ...] = ()):
        self.name, self._stages, self._limits = name, stages, limits
        self.constants: Mapping[str, float] = {"delay": 2.0}

    def schedule(self, circuit: Circuit) -> Schedule:
        x, e = Polynomial.of(X[0]), Polynomial.of(ERROR)
        read = Evaluate("read", {ERROR: Polynomial.of(THETA) * x})
        learn = Evaluate("learn", {gradient_of(THETA): e * x})
        first = (*sample_feeds(circuit), *self._stages, read, Read(circuit.errors))
        return Schedule((*first, learn), first, (THETA,))

    def exact(self, oracle: Oracle, parameters: Any, features: Any, targets: Any) -> Solution:
        output = parameters * features
        return Solution(np.zeros(1), output, output, np.zeros(1), output * features)

    def caveat(self, circuit: Circuit) -> str:
        return ""

    def limits(self, circuit: Circuit) -> tuple[Limit, ...]:
        return self._limits


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Add rules that are gone after the test."""
    monkeypatch.setattr(RULES, "_own", dict(RULES._own))  # type: ignore[attr-defined]
    return RULES.add


def measured(rule: str, theta: float, x: float) -> Any:
    executable = accurate(circuit(rule).compile())
    return measure(executable, Sample(np.array([theta]), np.array([x]), np.array([0.0])))


def test_given_reactions_are_a_phase_unchanged(add: Any) -> None:
    """``x1 -> 0`` for a time of 1 leaves x exp(-k)."""
    network = parse_network("x1 -> 0 [k = 0.5]")
    add(Given("given", (React("decay", 1.0, network),)))
    program = circuit("given").compile()
    assert [str(r) for r in program.phase("decay").network.reactions] == [str(r) for r in network.reactions]
    assert measured("given", 2.0, 3.0).outputs[0] == pytest.approx(6.0 * math.exp(-0.5), rel=1e-7)


def test_what_is_withdrawn_is_gone_and_the_rest_is_left(add: Any) -> None:
    add(Given("without-x", (Withdraw(X),)))
    add(Given("without-e", (Withdraw((ERROR,)),)))
    assert measured("without-x", 2.0, 3.0).outputs[0] == 0.0
    assert measured("without-e", 2.0, 3.0).outputs[0] == pytest.approx(6.0, rel=1e-7)


def test_a_stage_may_be_repeated_but_its_name_means_one_stage(add: Any) -> None:
    """Two halvings in one phase that runs twice."""
    halve = React("halve", 1.0, parse_network(f"x1 -> 0 [k = {math.log(2.0)!r}]"))
    add(Given("twice", (halve, halve)))
    program = circuit("twice").compile()
    assert [phase.name for phase in program.phases] == ["halve", "read", "learn"]
    assert measured("twice", 1.0, 4.0).outputs[0] == pytest.approx(1.0, rel=1e-7)
    other = React("halve", 2.0, halve.network)
    with pytest.raises(CompileError, match="two stages are called 'halve'"):
        Given("differently", (halve, other)).schedule(circuit("twice"))


def test_a_direct_update_without_a_stage_of_its_own_changes_the_parameter(add: Any) -> None:
    """The change is -eta e x."""
    add(Given("direct", ()))
    assert measured("direct", 2.0, 3.0).change[0] == pytest.approx(-0.1 * 18.0, rel=1e-6)


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        ((Withdraw(X),), "variables are removed during a sample"),
        ((React("r", 1.0, parse_network("x1 -> 0 [k = 1]")),), "its reactions are given"),
        ((Integrate("w", 1.0, {X[0]: -Polynomial.of(X[0])}),) * 2, "a stage is repeated"),
    ],
)
def test_a_pot_refuses_what_it_cannot_do(add: Any, stages: tuple[Stage, ...], reason: str) -> None:
    add(Given("staged-only", stages))
    with pytest.raises(CompileError, match=f"{reason}: compile it at the staged level"):
        circuit("staged-only").compile("gated")


def test_rails_annihilate_where_a_stage_says_so(add: Any) -> None:
    quiet = {ERROR: Polynomial.of(X[0])}
    add(Given("plain", (Integrate("run", 1.0, quiet),)))
    add(Given("annihilated", (Integrate("run", 1.0, quiet, (THETA,)),)))
    counts = [
        len(circuit(rule).compile().phase("run").network.reactions) for rule in ("plain", "annihilated")
    ]
    assert counts == [1, 2]


class TestConstants:
    def test_a_circuit_changes_a_constant(self, add: Any) -> None:
        rule = Given("constants", ())
        assert rule.constant(circuit("constants"), "delay") == 2.0
        assert rule.constant(circuit("constants", rule_constants={"delay": 0.5}), "delay") == 0.5

    @pytest.mark.parametrize(
        ("constants", "message"),
        [
            ({"dealy": 1.0}, "did you mean 'delay'"),
            ({"delay": 0.0}, "delay = 0: it must be positive"),
            ({"delay": math.nan}, "delay = nan must be finite"),
        ],
    )
    def test_a_wrong_constant_is_named(self, add: Any, constants: dict[str, float], message: str) -> None:
        add(Given("constants", ()))
        with pytest.raises(InvalidValueError, match=message):
            circuit("constants", rule_constants=constants).compile()

    def test_a_rule_without_constants_takes_none(self) -> None:
        with pytest.raises(InvalidValueError, match="rule exact: unknown constant 'delay'"):
            make_circuit("linear", rule_constants={"delay": 1.0}).compile()


@pytest.mark.parametrize(("order", "passed"), [(1.0, True), (2.0, False)])
def test_the_certificate_measures_the_order_of_a_limit(add: Any, order: float, passed: bool) -> None:
    """The difference of e x from e x (1 + delay) is proportional to the delay."""

    def reference(oracle: Oracle, parameters: Any, features: Any, targets: Any) -> Any:
        delay = oracle.circuit.rule_constants["delay"]
        return parameters * features**2 * (1.0 + delay)

    delays = (0.04, 0.02, 0.01)
    circuits = {d: circuit("limited", rule_constants={"delay": d}) for d in delays}
    add(Given("limited", (), (Limit("delay", circuits, order, reference),)))
    certificate = certify(circuit("limited"), samples=2)
    check = certificate.check("delay limit")
    assert check.passed is passed
    assert check.measured == pytest.approx(-1.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "short", "enough", "message"),
    [
        ("symmetric-network", {"horizon": 9.9}, {"horizon": 10.0}, "horizon = 9.9 .*relax in 10;"),
        ("symmetric-network", {"supply": 0.1}, {"supply": 0.3}, "settling = 10 .*relax in 25;"),
        (
            "goodness-layer",
            {"rule_constants": {"settling": 4.9}},
            {"rule_constants": {"settling": 5.0}},
            "settling = 4.9 .*relax in 5;",
        ),
        (
            "sigmoid",
            {"rule_constants": {"phase": 0.9}},
            {"rule_constants": {"phase": 1.0}},
            "phase = 0.9 .*relax in 1;",
        ),
    ],
)
def test_a_phase_that_is_too_short_is_refused_with_the_time_that_it_takes(
    name: str, short: dict[str, Any], enough: dict[str, Any], message: str
) -> None:
    made = {"horizon": 30.0, **short} if name == "symmetric-network" else short
    with pytest.raises(CompileError, match=message):
        make_circuit(name, **made).compile()
    make_circuit(name, **enough).compile()


def test_parameters_with_one_rail_are_drawn_non_negative() -> None:
    made = circuit("exact")
    one_rail = made.with_(
        system=SignedSystem(
            made.system.equations, made.system.inputs, made.system.parameters, frozenset({"x", "theta"})
        )
    )
    points = draw_samples(one_rail, 20, np.random.default_rng(0))
    assert min(point.parameters.min() for point in points) >= 0.0
    with pytest.raises(CompileError, match="trained but declared non-negative"):
        one_rail.compile()
