"""Strand displacement as a pass: counts, loads, orders, units, refusals."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.circuits import make_circuit
from neuralcrn.compiler import (
    DnaConditions,
    DnaNetwork,
    Dose,
    Flush,
    Run,
    compile_dna,
    dna_program,
    suggest_conditions,
)
from neuralcrn.compiler.dna import split_products
from neuralcrn.compiler.dna.conditions import largest_inflow
from neuralcrn.compiler.dna.gates import FUELS, StrandRole
from neuralcrn.compiler.dna.network import in_units
from neuralcrn.compiler.dna.order import bound_loads, order_reactants
from neuralcrn.engines import simulate
from neuralcrn.errors import CompileError, InvalidValueError

CONDITIONS = DnaConditions(unit_concentration=1e-8, unit_time=1000.0)
CONSENSUS = (
    "X + Y -> 2B [k = 2]\nB + X -> 2X [k = 1]\nB + Y -> 2Y [k = 0.5]\nX -> 0 [k = 3]\n0 -> Y\nX @initial 2"
)


def compiled(text: str, **options: bool) -> DnaNetwork:
    return compile_dna(parse_network(text), CONDITIONS, **options)


@pytest.mark.parametrize(
    ("reaction", "species", "reactions"),
    [
        ("A + B -> C", 5, 4),
        ("A + B -> A + B + 3C", 5, 4),
        ("A + B -> 2A", 5, 4),
        ("A + B -> 0", 4, 3),
        ("2A -> B", 5, 4),
        ("A -> B + 2C", 3, 2),
        ("A -> 0", 2, 1),
        ("0 -> A", 3, 2),
    ],
)
def test_each_kind_of_reaction_costs_what_the_scheme_says(
    reaction: str, species: int, reactions: int
) -> None:
    dna = compiled(reaction, buffers=False)
    formal = dna.formal.counts
    assert dna.network.counts == (formal.species + species, reactions)
    assert dna.network.max_order <= 2


def test_gates_and_buffers_hold_the_same_part_of_every_reactant() -> None:
    dna = compiled(CONSENSUS)
    held = dict.fromkeys(dna.loads, 0.0)
    for there in dna.network.reactions:
        first = there.reactants.terms[0][0]
        back = [
            r for r in dna.network.reactions if (r.reactants, r.products) == (there.products, there.reactants)
        ]
        if back and first in held:
            held[first] += there.rate / back[0].rate
    np.testing.assert_allclose(list(held.values()), dna.gamma_inverse - 1.0, rtol=1e-12)
    assert dna.gamma_inverse == pytest.approx(1.0 / (1.0 - max(dna.loads.values()) / CONDITIONS.fastest))


def test_fuels_start_at_their_capacity_signals_at_gamma_inverse_and_the_rest_at_nothing() -> None:
    dna = compiled(CONSENSUS)
    for name, role in dna.roles.items():
        value = dna.network.initial_of(name)
        if role == StrandRole.SIGNAL:
            assert value == dna.gamma_inverse * dna.formal.initial_of(name)
        else:
            assert value == (CONDITIONS.capacity if role in FUELS else 0.0)
    assert dna.network.species[: len(dna.formal.species)] == dna.formal.species


def test_a_reaction_that_never_happens_gets_no_gate() -> None:
    assert compiled("A -> B [k = 0]\nB -> A").network.counts == compiled("B -> A").network.counts


def test_names_of_gates_avoid_those_of_the_formal_network() -> None:
    dna = compiled("L1 + B1 -> O1 + T1\nH1 -> LS_B1")
    assert dna.network.species[:6] == dna.formal.species
    assert len(dna.roles) == len(set(dna.network.species)) == 6 + 5 + 3 + 3 * len(dna.buffers)


pairs = st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD"), st.floats(0.1, 9.0)), max_size=7)


@given(pairs)
def test_order_of_reactants_is_the_best_there_is(listed: list[tuple[str, str, float]]) -> None:
    reactions = [
        Reaction.of({a: 1, b: 1} if a != b else {a: 2}, {"E": 1}, rate=rate) for a, b, rate in listed
    ]
    orders = order_reactants(reactions)
    for reaction, names in zip(reactions, orders, strict=True):
        assert sorted(names) == sorted(n for n, k in reaction.reactants.terms for _ in range(k))
    found = max(bound_loads(reactions, orders).values(), default=0.0)
    every = itertools.product(*[{names, names[::-1]} for names in orders])
    best = min(max(bound_loads(reactions, order).values(), default=0.0) for order in every)
    assert found == pytest.approx(best, rel=1e-12)


def test_order_of_many_reactants_is_near_the_least_that_any_order_can_reach() -> None:
    rng = np.random.default_rng(0)
    names = [f"S{i}" for i in range(12)]
    reactions = [
        Reaction.of(dict.fromkeys(rng.choice(names, 2, replace=False).tolist(), 1), {"E": 1}, rate=float(k))
        for k in rng.uniform(0.5, 1.5, 120)
    ]
    loads = bound_loads(reactions, order_reactants(reactions))
    assert max(loads.values()) <= 1.1 * sum(loads.values()) / len(names)


def test_in_other_units_the_same_happens() -> None:
    dna = compiled("A + B -> C [k = 2]\nA @initial 1\nB @initial 0.5")
    ours = simulate(dna.network, 1.0, [1.0], rtol=1e-9, atol=1e-12)
    molar = simulate(dna.molar, 1000.0, [1000.0], rtol=1e-9, atol=1e-20)
    np.testing.assert_allclose(molar.values, 1e-8 * ours.values, rtol=1e-6, atol=1e-16)
    back = in_units(dna.molar, 1e8, 1e-3)
    np.testing.assert_allclose(
        [r.rate for r in back.reactions], [r.rate for r in dna.network.reactions], rtol=1e-12
    )


def test_suggested_conditions_reach_the_factor_with_one_digit() -> None:
    network = parse_network("A + B -> 0 [k = 3.7]\nA -> 2A [k = 11]")
    for wanted in (1.01, 1.1, 1.5, 2.0):
        conditions = suggest_conditions(network, gamma_inverse=wanted)
        assert 1.0 < compile_dna(network, conditions).gamma_inverse <= wanted * (1.0 + 1e-9)
        assert re.fullmatch(r"[1-9]0*\.0", str(conditions.unit_time))
    with pytest.raises(InvalidValueError, match="gamma_inverse = 3"):
        suggest_conditions(network, gamma_inverse=3.0)


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")  # of species in no reaction
@pytest.mark.parametrize(
    ("text", "inflow"),
    [
        ("A <-> B [kf = 1000, kr = 500]\nA @initial 1", 1000.0),
        ("A -> 2A [k = 5]", 10.0),
        ("A -> B + C [k = 2]\nC -> B [k = 3]\nA -> 0 [k = 9]", 5.0),
        ("A + B -> 2C [k = 3]\nA @initial 4", 24.0),
        ("0 -> A [k = 8]\nB @initial 2", 4.0),
        ("A -> 0 [k = 7]", 0.0),
    ],
)
def test_the_unit_of_time_follows_from_all_reactions(text: str, inflow: float) -> None:
    """Part of a signal that is on its way: what is made of it in the 0.1 s that a step of strands takes."""
    network = parse_network(text)
    assert largest_inflow(network) == inflow
    for lag in (1e-2, 1e-3):
        conditions = suggest_conditions(network, lag=lag)
        dna = compile_dna(network, conditions)
        assert dna.lag == pytest.approx(inflow * 0.1 / conditions.unit_time, rel=1e-12)
        assert dna.lag <= lag * (1.0 + 1e-9)
    assert compile_dna(network, suggest_conditions(network)).warnings == ()


def test_a_unit_of_time_too_short_for_strands_is_warned_of_with_one_that_would_do() -> None:
    network = parse_network("A <-> B [kf = 1000, kr = 500]\nA @initial 1")
    dna = compile_dna(network, DnaConditions(unit_concentration=1e-8, unit_time=200.0))
    (warning,) = dna.warnings
    assert "about 50%" in warning
    needed = float(re.search(r"unit of time (\S+) s", warning).group(1))  # type: ignore[union-attr]
    assert compile_dna(network, DnaConditions(unit_concentration=1e-8, unit_time=needed)).warnings == ()
    assert "expected error: about 50% of a signal" in str(dna)


@pytest.mark.parametrize("lag", [0.0, 1.0, -1.0, float("nan")])
def test_impossible_lags_are_refused(lag: float) -> None:
    with pytest.raises(InvalidValueError, match="lag"):
        suggest_conditions(parse_network("A -> B"), lag=lag)


def test_three_reactants_are_refused_by_name() -> None:
    with pytest.raises(CompileError, match=r"2 A \+ B -> C .* has 3 reactants"):
        compiled("2A + B -> C")


@pytest.mark.parametrize(
    "text", ["A + B -> C [k = 1]\nB + C -> A [k = 7]\n2C -> 0 [k = 9]", "A -> 2A [k = 2e5]"]
)
def test_what_strands_are_too_slow_for_is_refused_with_the_unit_of_time_that_would_do(text: str) -> None:
    with pytest.raises(CompileError, match=r"make the unit of time at least \S+ s") as refusal:
        compiled(text)
    needed = float(re.search(r"at least (\S+) s", str(refusal.value)).group(1))  # type: ignore[union-attr]
    network = parse_network(text)
    for factor, passes in ((1.001, True), (0.999, False)):
        conditions = DnaConditions(unit_concentration=1e-8, unit_time=factor * needed)
        if passes:
            assert compile_dna(network, conditions).gamma_inverse <= 2.0
        else:
            with pytest.raises(CompileError):
                compile_dna(network, conditions)


def test_the_refusal_names_the_species_that_is_bound_most() -> None:
    with pytest.raises(CompileError, match=r"species C is bound by gates with sigma = 9.*2 C -> 0"):
        compiled("A + B -> C [k = 1]\nB + C -> A [k = 7]\n2C -> 0 [k = 9]")


@pytest.mark.parametrize("name", ["unit_concentration", "unit_time", "q_max", "fuel"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_conditions_are_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidValueError, match=name):
        DnaConditions(**{"unit_concentration": 1e-8, "unit_time": 1.0, name: value})


def test_signals_that_would_eat_the_fuel_are_warned_of() -> None:
    dna = compiled("A -> B\nA @initial 60\nB @initial 40")
    assert [warning.split()[0] for warning in dna.warnings] == ["A"]
    assert "warning: A starts at 60" in str(dna)


def test_a_program_puts_gates_in_before_each_phase_and_quenches_them_after() -> None:
    formal = make_circuit("linear", inputs=2, annihilation=5.0).compile()
    actual = dna_program(formal, DnaConditions(unit_concentration=1e-8, unit_time=1e4))
    runs = [step.phase for step in actual.training if isinstance(step, Run)]
    before = [step.phase for step in formal.training if isinstance(step, Run)]
    assert runs == [name for phase in before for name in (phase, f"{phase} quench")]
    kept = {step for step in formal.training if not isinstance(step, Run)}
    assert kept <= set(actual.training)
    assert actual.max_order == 2
    assert all(not any(phase.network.initial) for phase in actual.phases)
    amounts = {s.factor for s in set(actual.training) - kept if isinstance(s, Dose)}
    assert len(amounts) == 2  # fuels, and twice as much of quenchers
    assert max(amounts) == pytest.approx(2.0 * min(amounts))


def test_a_pot_is_not_taken_as_a_program() -> None:
    pot = make_circuit("linear", inputs=1).compile("autonomous")
    with pytest.raises(CompileError, match="only staged programs"):
        dna_program(pot, CONDITIONS)


def test_a_phase_that_runs_again_before_it_is_washed_is_refused() -> None:
    formal = make_circuit("linear", inputs=1, annihilation=5.0).compile()
    conditions = DnaConditions(unit_concentration=1e-8, unit_time=1e4)
    first = next(step for step in formal.training if isinstance(step, Run))
    twice = formal.with_protocols(lambda steps: (first, *steps))
    with pytest.raises(CompileError, match=f"phase {first.phase}: it runs again before a wash"):
        dna_program(twice, conditions)
    washed = formal.with_protocols(lambda steps: (first, Flush(()), *steps))
    assert dna_program(washed, conditions).max_order == 2


def test_an_empty_network_stays_empty() -> None:
    assert compile_dna(Network.of([], {"A": 1.0}), CONDITIONS).network == Network.of([], {"A": 1.0})


class TestSplitProducts:
    text = "A -> 9 B + 2 C [k = 3]  # fan-out\nD -> 9 B [k = 2]\nB + C -> E [k = 1]\nA @initial 2"

    @pytest.mark.parametrize("largest", [2, 3, 4])
    def test_no_reaction_releases_more_and_final_amounts_are_the_same(self, largest: int) -> None:
        network = parse_network(self.text)
        split = split_products(network, largest)
        assert max(reaction.products.order for reaction in split.reactions) <= largest
        assert split.reactions[0].label == "fan-out"
        ends = [simulate(net, 1e4).final[: len(network.species)] for net in (network, split)]
        assert split.species[: len(network.species)] == network.species
        np.testing.assert_allclose(*ends, atol=1e-3)

    def test_groups_that_occur_again_are_one_species(self) -> None:
        split = split_products(parse_network(self.text), 3)
        made = [r for r in split.reactions if r.reactants.terms[0][0].startswith("F")]
        assert len({r.products for r in made}) == len(made)

    def test_short_reactions_stay_as_they_are(self) -> None:
        network = parse_network("A -> B + C [k = 1]\nA @initial 1")
        assert split_products(network, 2) == network

    def test_one_product_makes_no_tree(self) -> None:
        with pytest.raises(InvalidValueError, match="at least 2 products"):
            split_products(parse_network(self.text), 1)

    def test_many_strands_of_one_gate_are_warned_of(self) -> None:
        network = parse_network(self.text)
        conditions = suggest_conditions(network)
        assert any("one gate releases 11 strands" in w for w in compile_dna(network, conditions).warnings)
        assert not any(
            "strands, which" in w for w in compile_dna(split_products(network), conditions).warnings
        )
