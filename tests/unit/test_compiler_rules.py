"""Learning rules as plug-ins: what steers the compiler, and what a registry takes."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import RULES, Dose, LearningRule, PhaseRole, Read, Schedule, gradient_of
from neuralcrn.compiler.optimiser import schedule_of
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.compiler.pot.track_and_hold import turns_of
from neuralcrn.compiler.solution import Solution
from neuralcrn.compiler.stages import Compare, Evaluate, Integrate, Stage, Update
from neuralcrn.errors import CheckError, CompileError
from neuralcrn.learning import train_circuit
from neuralcrn.tasks import make_task
from neuralcrn.verify import check_rule

ERROR = (Variable("e", (0,)),)


class Rewritten(LearningRule):
    """Another rule with something done to its schedule."""

    summary = "for tests"
    reference = "the other rule"

    def __init__(self, name: str, other: str, change: Any):
        self.name, self._other, self._change = name, other, change

    def schedule(self, circuit: Circuit) -> Schedule:
        return self._change(RULES.find(self._other).schedule(circuit))

    def exact(self, oracle: Oracle, parameters: Any, features: Any, targets: Any) -> Solution:
        return RULES.find(self._other).exact(oracle, parameters, features, targets)

    def caveat(self, circuit: Circuit) -> str:
        return ""


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Add rules that are gone after the test."""
    monkeypatch.setattr(RULES, "_own", dict(RULES._own))  # type: ignore[attr-defined]
    return RULES.add


def renamed(schedule: Schedule) -> Schedule:
    """Give every stage a name that says nothing."""

    def rename(i: int, stage: Stage) -> Stage:
        return stage if isinstance(stage, Dose | Read) else dataclasses.replace(stage, name=f"s{i}")

    training = tuple(rename(i, stage) for i, stage in enumerate(schedule.training))
    found = {
        old.name: new.name
        for old, new in zip(schedule.training, training, strict=True)
        if not isinstance(old, Dose | Read) and not isinstance(new, Dose | Read)
    }
    prediction = tuple(
        stage if isinstance(stage, Dose | Read) else dataclasses.replace(stage, name=found[stage.name])
        for stage in schedule.prediction
    )
    return Schedule(training, prediction, schedule.kept)


class TestNames:
    @pytest.mark.parametrize("level", ["staged", "gated", "autonomous"])
    @pytest.mark.parametrize("update", ["accumulate", "direct"])
    def test_names_of_stages_steer_nothing(self, add: Any, level: str, update: str) -> None:
        add(Rewritten("nameless", "exact", renamed))
        task = make_task("bilinear", 0, train=3, validation=2)
        metrics = [
            train_circuit(
                make_circuit("quadratic", rule=rule, hidden=2, update=update),
                task,
                epochs=1,
                level=level,
            ).metrics
            for rule in ("exact", "nameless")
        ]
        assert metrics[0] == metrics[1]

    def test_a_certificate_needs_no_names(self, add: Any) -> None:
        add(Rewritten("nameless", "first-order", renamed))
        check_rule("nameless", make_circuit("linear", inputs=1))


class TestRoles:
    def test_phases_of_a_program_have_the_roles_of_their_stages(self) -> None:
        program = make_circuit("quadratic", inputs=1).compile()
        assert [(phase.name, phase.role) for phase in program.phases] == [
            ("feedforward", PhaseRole.INTEGRATE),
            ("readout", PhaseRole.EVALUATE),
            ("error", PhaseRole.COMPARE),
            ("backpropagate", PhaseRole.EVALUATE),
            ("feedback", PhaseRole.INTEGRATE),
            ("update", PhaseRole.UPDATE),
        ]

    def test_a_value_evaluated_before_any_integration_takes_a_turn_of_its_own(self, add: Any) -> None:
        u = Variable("u")

        def evaluate_first(schedule: Schedule) -> Schedule:
            first = Evaluate("first", {u: Polynomial.constant(1.0)})
            return dataclasses.replace(schedule, training=(first, *schedule.training))

        add(Rewritten("early", "exact", evaluate_first))
        circuit = make_circuit("linear", rule="early")
        assert circuit.compile().phases[0].name == "first"
        first = turns_of(circuit, RULES.find("early").schedule(circuit)).turns[0]
        assert (first.name, first.tracked) == ("first", {u})
        assert "first" in circuit.compile("gated").gates

    def test_a_gradient_evaluated_last_takes_a_turn_of_its_own(self) -> None:
        circuit = make_circuit("linear", inputs=1)
        theta = circuit.trained_parameters[0]
        schedule = Schedule(
            training=(
                Integrate("run", 0.5, dict(circuit.system.equations)),
                Evaluate("sum", {ERROR[0]: Polynomial.of(circuit.system.states[0])}),
                Compare("compare", ERROR),
                Read(ERROR),
                Evaluate("correct", {gradient_of(theta): Polynomial.of(ERROR[0])}),
                Update("update", (theta,)),
            ),
            prediction=(),
            kept=(theta,),
        )
        turns = turns_of(circuit, schedule)
        assert [(turn.name, turn.duration) for turn in turns.turns[:2]] == [("run", 0.5), ("correct", 1.0)]
        assert turns.turns[1].equations == {gradient_of(theta): Polynomial.of(ERROR[0])}
        assert turns.turns[2].updated == (theta,)
        assert turns.read_after == 1
        assert turns.tracked == {ERROR[0]}


class TestTurnsOfAClock:
    def test_a_clock_with_too_few_turns_names_those_with_enough(self, add: Any) -> None:
        def wait_twice(schedule: Schedule) -> Schedule:
            waits = [Integrate(n, 1.0, {Variable("u"): Polynomial.constant(1.0)}) for n in ("wait", "again")]
            *learning, update = schedule.training
            return dataclasses.replace(schedule, training=(*learning, *waits, update))

        add(Rewritten("slow", "exact", wait_twice))
        circuit = make_circuit("linear", rule="slow")
        with pytest.raises(CompileError, match=r"needs 5 turns .* restored-5 has 3 .* choose restored-7"):
            circuit.compile("autonomous", "restored-5")
        program = circuit.compile("autonomous", "restored-7")
        assert list(program.gates.values()) == ["C1", "C3", "C4", "C5", "C6", "C_clear"]

    def test_turns_follow_one_another_and_clearing_ends_the_cycle(self) -> None:
        for name, clock in CLOCKS.items():
            assert len(clock.turns) >= 3, name
            place = clock.network.species.index
            order = [place(gate.species[0]) for gate in clock.turns]
            assert order == sorted(order), name
            assert max(map(place, clock.clearing.species)) >= order[-1], name

    def test_a_turn_never_lies_beside_the_first(self) -> None:
        for name in ("restored-5", "restored-7", "restored-9", "crn++"):
            assert "C2" not in {gate.species[0] for gate in CLOCKS.find(name).turns}


class TestSchedule:
    def test_refuses_two_stages_of_one_name(self) -> None:
        twice = (Integrate("run", 1.0, {}), Integrate("run", 2.0, {}))
        with pytest.raises(CompileError, match="two stages are called 'run'"):
            Schedule(twice, (), ())

    def test_refuses_values_that_depend_on_one_another(self) -> None:
        a, b = Variable("a"), Variable("b")
        stage = Evaluate("both", {a: Polynomial.constant(1.0), b: Polynomial.of(a)})
        with pytest.raises(CompileError, match="'both' evaluates b from a"):
            Schedule((stage,), (), ())

    def test_every_stage_is_described(self) -> None:
        options = {"hidden": 1, "activation": "leaky-relu", "optimiser": "chop"}
        text = "\n".join(map(str, schedule_of(make_circuit("perceptron", 1, **options)).reacting))
        for line in (
            "rectify\n  the rails of z[0] annihilate",
            "error\n  the rails of e[0] annihilate",
            "exchange\n  e[0] -> e_x[0], or -e_x[0] in every second sample",
            "switch\n  a[0] <- ah[0] where z[0] > 0, 0.1 of it elsewhere",
            "gradients (duration 1)\n  dg_theta[0,0]/dt = a[0]*x[0]",
            "update\n  theta[0,0] is corrected by g_theta[0,0]",
        ):
            assert line in text

    def test_refuses_to_update_what_is_washed_out(self) -> None:
        with pytest.raises(CompileError, match="theta would be updated but not kept"):
            Schedule((Update("update", (Variable("theta"),)),), (), ())


class TestCheckRule:
    @pytest.mark.parametrize("name", ["exact", "frozen", "first-order", "linear-reversal"])
    def test_own_rules_pass(self, name: str) -> None:
        check_rule(name, make_circuit("linear", inputs=1), levels=["staged"])

    def test_a_wrong_gradient_fails_its_certificate(self, add: Any) -> None:
        """What is claimed to be exact is compared with the first order."""

        def first_order(schedule: Schedule) -> Schedule:
            del schedule
            return RULES.find("first-order").schedule(make_circuit("quadratic", inputs=1))

        add(Rewritten("wrong", "exact", first_order))
        with pytest.raises(CheckError, match="rule wrong, staged: the certificate fails"):
            check_rule("wrong", make_circuit("quadratic", inputs=1), levels=["staged"])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: dataclasses.replace(s, training=s.training[:-1]), "nothing is updated"),
            (lambda s: dataclasses.replace(s, prediction=s.training), "nothing is known of targets"),
            (lambda s: dataclasses.replace(s, prediction=s.prediction[:-1]), "does not measure the errors"),
        ],
    )
    def test_a_schedule_that_keeps_no_promise_is_named(self, add: Any, change: Any, message: str) -> None:
        add(Rewritten("bad", "exact", change))
        with pytest.raises(CheckError, match=message):
            check_rule("bad", make_circuit("linear", inputs=1))

    def test_an_exact_result_of_the_wrong_shape_is_named(self, add: Any) -> None:
        rule = Rewritten("short", "exact", lambda schedule: schedule)
        whole = rule.exact
        rule.exact = lambda *a: dataclasses.replace(whole(*a), gradient=np.zeros(1))  # type: ignore[method-assign]
        add(rule)
        with pytest.raises(CheckError, match=r"exact gives a gradient of shape \(1,\)"):
            check_rule("short", make_circuit("linear", inputs=2))
