"""The passes of the compiler, one by one: signed phases, rails, update, protocol."""

from __future__ import annotations

import pytest

from neuralcrn.algebra import Polynomial, Variable
from neuralcrn.chemistry import Reaction
from neuralcrn.circuits import Circuit, make_circuit
from neuralcrn.compiler import RULES, Dose, Flush, Rails, Read, Run, gradient_of
from neuralcrn.compiler.optimiser import update_reactions
from neuralcrn.compiler.rails import annihilation, reactions_of
from neuralcrn.compiler.stages import Evaluate, Integrate

Z, X, A = (Polynomial.of(Variable(name)) for name in "zxa")


def reactions(variable: str, polynomial: Polynomial, *non_negative: str) -> set[str]:
    found = reactions_of({Variable(variable): polynomial}, Rails(frozenset(non_negative)))
    return {str(reaction).split("  #")[0] for reaction in found}


class TestRails:
    def test_production_takes_the_sign_of_the_product(self) -> None:
        assert reactions("z", 2 * A * X) == {
            "a_p + x_p -> a_p + x_p + z_p [k = 2]",
            "a_n + x_n -> a_n + x_n + z_p [k = 2]",
            "a_p + x_n -> a_p + x_n + z_n [k = 2]",
            "a_n + x_p -> a_n + x_p + z_n [k = 2]",
        }

    def test_negative_coefficient_exchanges_the_rails(self) -> None:
        assert reactions("z", -2 * X, "x") == {"x -> x + z_n [k = 2]"}

    def test_removal_in_proportion_consumes(self) -> None:
        assert reactions("a", -1 * A * abs(Z)) == {
            f"a_{r} + z_{s} -> z_{s} [k = 1]" for r in "pn" for s in "pn"
        }
        assert reactions("z", -0.5 * Z * abs(Z)) == {"2 z_p -> z_p [k = 0.5]", "2 z_n -> z_n [k = 0.5]"}
        assert reactions("z", -1 * Z**3) == {"3 z_p -> 2 z_p [k = 1]", "3 z_n -> 2 z_n [k = 1]"}

    def test_growth_in_proportion_produces(self) -> None:
        assert reactions("z", 0.5 * Z * abs(Z)) == {"2 z_p -> 3 z_p [k = 0.5]", "2 z_n -> 3 z_n [k = 0.5]"}

    def test_removal_by_a_signed_quantity_cannot_consume(self) -> None:
        # -z x makes z grow where x < 0: consumption would need a negative catalyst
        assert reactions("z", -1 * Z * X) == {
            "x_p + z_p -> x_p + z_p + z_n [k = 1]",
            "x_p + z_n -> x_p + z_n + z_p [k = 1]",
            "x_n + z_p -> x_n + 2 z_p [k = 1]",
            "x_n + z_n -> x_n + 2 z_n [k = 1]",
        }
        assert reactions("z", -1 * Z * X, "x") == {"x + z_p -> x [k = 1]", "x + z_n -> x [k = 1]"}

    def test_even_powers_have_no_mixed_rails(self) -> None:
        texts = reactions("a", -0.5 * A * Z**2)
        assert texts == {f"a_{r} + 2 z_{s} -> 2 z_{s} [k = 0.5]" for r in "pn" for s in "pn"}

    def test_annihilation_is_for_two_rails(self) -> None:
        rails = Rails(frozenset({"x"}))
        assert annihilation(Variable("x"), 100.0, rails) == ()
        (reaction,) = annihilation(Variable("z"), 100.0, rails)
        assert reaction.rate == 100.0
        assert reaction.reactants == Reaction.of({"z_p": 1, "z_n": 1}, {}).reactants
        assert not reaction.products.terms


def flows(circuit: Circuit) -> tuple[Integrate | Evaluate, ...]:
    return RULES.find(circuit.rule).schedule(circuit).flows


class TestSchedules:
    def test_exact_feedback_reverses_states_and_follows_the_adjoint(self) -> None:
        feedback = flows(make_circuit("quadratic", inputs=1, hidden=1, horizon=0.5))[-1]
        texts = {str(v): str(f) for v, f in feedback.equations.items()}
        assert texts == {
            "z[0]": "-theta[0]*x[0] + 0.5*z[0]*|z[0]|",
            "a[0]": "-a[0]*|z[0]|",
            "g_theta[0]": "a[0]*x[0]",
        }
        assert feedback.duration == 0.5

    @pytest.mark.parametrize(
        ("mode", "variables"),
        [
            ("frozen", {"a[0]", "g_theta[0]"}),
            ("first-order", {"g_theta[0]"}),
            ("linear-reversal", {"z[0]", "a[0]", "g_theta[0]"}),
        ],
    )
    def test_other_modes_move_less(self, mode: str, variables: set[str]) -> None:
        feedback = flows(make_circuit("quadratic", inputs=1, hidden=1, rule=mode))[-1]
        assert {str(v) for v in feedback.equations} == variables
        if mode == "linear-reversal":
            assert str(feedback.equations[Variable("z", (0,))]) == "-theta[0]*x[0]"

    def test_nothing_unread_is_reversed(self) -> None:
        feedback = flows(make_circuit("linear", inputs=1))[-1]
        assert {v.name for v in feedback.equations} == {"g_theta"}

    def test_trained_readout_backpropagates_by_its_weights(self) -> None:
        circuit = make_circuit("linear", inputs=1, outputs=2)
        phase = next(phase for phase in flows(circuit) if phase.name == "backpropagate")
        texts = {str(v): str(f) for v, f in phase.equations.items()}
        assert texts["a[0]"] == "e[0]*w[0,0] + e[1]*w[1,0]"
        assert texts["g_w[1,0]"] == "e[1]*z[0]"


class TestUpdate:
    def test_gradient_feeds_the_opposite_rail_and_rates_sum_to_one(self) -> None:
        circuit = make_circuit("linear", inputs=1, learning_rate=0.25)
        rails = Rails(circuit.non_negative)
        texts = {str(r).split("  #")[0] for r in update_reactions(circuit.trained_parameters, circuit, rails)}
        assert texts == {
            "g_theta1_p -> theta1_n [k = 0.25]",
            "g_theta1_n -> theta1_p [k = 0.25]",
            "g_theta1_p -> 0 [k = 0.75]",
            "g_theta1_n -> 0 [k = 0.75]",
        }

    def test_rails_of_parameters_annihilate_while_it_lasts(self) -> None:
        texts = [
            str(r).split("  #")[0]
            for r in make_circuit("linear", inputs=1).compile().phases[-1].network.reactions
        ]
        assert texts[-1] == "theta1_p + theta1_n -> 0 [k = 10]"

    def test_full_rate_discards_nothing(self) -> None:
        circuit = make_circuit("linear", inputs=1, learning_rate=1.0)
        assert len(update_reactions(circuit.trained_parameters, circuit, Rails(circuit.non_negative))) == 2


class TestProtocol:
    def test_target_is_dosed_between_feedforward_and_readout_as_its_negative(self) -> None:
        circuit = make_circuit("quadratic", inputs=1, supply=0.1)
        steps = circuit.compile().training
        ran = [step.phase for step in steps if isinstance(step, Run)]
        assert ran == ["feedforward", "readout", "error", "backpropagate", "feedback", "update"]
        (target,) = (step for step in steps if isinstance(step, Dose) and step.source == "target")
        assert target.factor == -1.0
        assert steps.index(Run("feedforward")) < steps.index(target) < steps.index(Run("readout"))
        assert isinstance(steps[-1], Flush)
        assert {v.name for v in steps[-1].kept} == {"theta", "h"}

    def test_prediction_doses_no_target_and_learns_nothing(self) -> None:
        steps = make_circuit("quadratic").compile().prediction
        assert not any(isinstance(step, Dose) and step.source == "target" for step in steps)
        assert [step.phase for step in steps if isinstance(step, Run)] == ["feedforward", "readout"]
        assert isinstance(steps[-2], Read)

    def test_padding_is_dosed_into_inputs_and_states(self) -> None:
        steps = make_circuit("quadratic", inputs=1, augmentation=0.3).compile().training
        constants = [s for s in steps if isinstance(s, Dose) and s.source == "constant"]
        assert [(str(s.variable), s.factor) for s in constants] == [("x[1]", 0.3), ("z[1]", 0.3)]

    def test_program_reads_like_a_methods_section(self) -> None:
        text = str(make_circuit("quadratic", inputs=1, rule="first-order").compile())
        assert "at most 2 reactants" in text
        assert "e1_p or e1_n = -target 1" in text
        assert "Wash out everything but theta." in text


def test_gradients_are_named_after_their_parameters() -> None:
    assert str(gradient_of(Variable("theta", (0, 1)))) == "g_theta[0,1]"
