"""Reactions under a gate do what they did alone, times the gate, with two reactants at most.

All numbers are small integers and powers of two, so that every comparison is exact.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.compiler.pot.gating import GatedPhase, gated, shadow_reactions
from neuralcrn.errors import CompileError

NAMES = ("a", "b", "c", "d")
SHADOW_RATE = 64.0
Contents = dict[str, Fraction]


@st.composite
def reactions(draw: st.DrawFn) -> Reaction:
    """Reactions of order 0 to 4 that use up at most one molecule and make up to two, perhaps the same."""
    used = draw(st.lists(st.sampled_from(NAMES), max_size=1))
    kept = draw(st.lists(st.sampled_from(NAMES), max_size=4 - len(used)))
    made = draw(st.lists(st.sampled_from((*NAMES, "p")), min_size=0 if used or kept else 1, max_size=2))
    rate = float(draw(st.integers(1, 8)))
    return Reaction.of(Counter([*kept, *used]), Counter([*kept, *made]), rate=rate)


reaction_sets = st.lists(reactions(), min_size=1, max_size=9).map(tuple)
scales = st.sampled_from((0.25, 0.5, 1.0, 4.0))
quarters = st.integers(0, 12).map(lambda n: Fraction(n, 4))
concentrations = st.fixed_dictionaries(dict.fromkeys((*NAMES, "p"), quarters))


def under_gate(alone: tuple[Reaction, ...], scale: float = 1.0) -> tuple[Reaction, ...]:
    return gated(GatedPhase("phase", "G", scale, alone), SHADOW_RATE)


def text(*lines: str) -> tuple[Reaction, ...]:
    return parse_network("\n".join(lines)).reactions


def rates_of_change(network: Iterable[Reaction], contents: Mapping[str, Fraction]) -> Contents:
    """Mass action, written out again."""
    change: Contents = dict.fromkeys(contents, Fraction(0))
    for reaction in network:
        flux = Fraction(reaction.rate)
        flux *= math.prod(contents[name] ** power for name, power in reaction.reactants.terms)
        for name, count in reaction.net_change.items():
            change[name] += count * flux
    return change


def shadows_of(network: Iterable[Reaction], own: Iterable[str]) -> list[str]:
    """The species that gating has added, in the order in which they are made."""
    known = {*own, "G"}
    return [name for name in Network.of(network).species if name not in known]


def with_shadows(network: tuple[Reaction, ...], contents: Contents) -> Contents:
    """Add every shadow at the product of the species that make it."""
    full = dict(contents)
    for shadow in shadows_of(network, contents):
        (maker,) = (r for r in network if r.net_change == {shadow: 1})
        full[shadow] = math.prod((full[n] ** k for n, k in maker.reactants.terms), start=Fraction(1))
    return full


# reactions that share pairs of molecules, so that shadows are made of shadows
SHARING = text("a + b + c -> a + b + c + p", "b + c + d -> b + c + d + a", "2a + b -> a + b", "0 -> p")
# two ways to the same product: (G a) a and G (a a), and those in which a b alone is worth a shadow
POWERS = text("4a -> 4a + p", "a -> a + p")
THREES = text(
    "b + d -> b + d + p",
    "a + b + c -> a + b + c + p",
    "a + b + c -> a + b + c + 2p",
    "a + c + d -> a + c + d + p",
)


@given(alone=reaction_sets, scale=scales)
@example(alone=SHARING, scale=1.0)
@example(alone=POWERS, scale=1.0)
def test_no_reaction_takes_more_than_two_and_all_others_are_still_there(
    alone: tuple[Reaction, ...], scale: float
) -> None:
    network = under_gate(alone, scale)
    assert max(reaction.order for reaction in network) <= 2
    own = network[len(network) - len(alone) :]
    assert [reaction.net_change for reaction in own] == [reaction.net_change for reaction in alone]
    assert [reaction.rate for reaction in own] == [reaction.rate * scale for reaction in alone]


def assert_gated(alone: tuple[Reaction, ...], scale: float, contents: Contents, gate: Fraction) -> None:
    """With every shadow at rest, all else changes as it did alone, times scale and gate."""
    network = under_gate(alone, scale)
    full = with_shadows(network, {**contents, "G": gate})
    change = rates_of_change(network, full)
    expected = {n: Fraction(scale) * gate * rate for n, rate in rates_of_change(alone, contents).items()}
    assert {name: change[name] for name in contents} == expected
    assert {change[name] for name in full if name not in contents} <= {0}


@given(alone=reaction_sets, scale=scales, contents=concentrations, gate=quarters)
@example(alone=SHARING, scale=0.5, contents=dict.fromkeys((*NAMES, "p"), Fraction(3)), gate=Fraction(2))
@example(alone=POWERS, scale=1.0, contents=dict.fromkeys((*NAMES, "p"), Fraction(2)), gate=Fraction(0))
@example(alone=THREES, scale=1.0, contents=dict.fromkeys((*NAMES, "p"), Fraction(2)), gate=Fraction(0))
def test_at_rest_the_rates_are_those_of_the_phase_alone_times_the_gate(
    alone: tuple[Reaction, ...], scale: float, contents: Contents, gate: Fraction
) -> None:
    assert_gated(alone, scale, contents, gate)


@given(alone=reaction_sets)
@example(alone=SHARING)
@example(alone=POWERS)
@example(alone=THREES)
def test_the_integral_of_every_shadow_is_that_of_one_product(alone: tuple[Reaction, ...]) -> None:
    """One pair makes it, and it decays at the same rate."""
    network = under_gate(alone)
    shadows = shadows_of(network, (*NAMES, "p"))
    assert all(name.endswith("_phase") for name in shadows)
    for shadow in shadows:
        touching = [reaction for reaction in network if shadow in reaction.net_change]
        assert [reaction.net_change[shadow] for reaction in touching] == [1, -1]
        assert [reaction.rate for reaction in touching] == [SHADOW_RATE, SHADOW_RATE]
        assert touching[0].order == (1 if shadow == "gate_phase" else 2)
        assert touching[1].reactants.terms == ((shadow, 1),)


@given(alone=reaction_sets)
@example(alone=POWERS)
@example(alone=THREES)
def test_a_product_has_one_shadow_by_whichever_pair_it_is_made(alone: tuple[Reaction, ...]) -> None:
    network = under_gate(alone)
    factors: dict[str, Counter[str]] = {}
    for shadow in shadows_of(network, (*NAMES, "p")):
        (maker,) = (r for r in network if r.net_change == {shadow: 1})
        factors[shadow] = Counter()
        for name, count in maker.reactants.terms:
            for _ in range(count):
                factors[shadow].update(factors.get(name, Counter({name: 1})))
    products = [tuple(sorted(product.elements())) for product in factors.values()]
    assert len(set(products)) == len(products)


@given(alone=reaction_sets, contents=concentrations)
@example(alone=SHARING, contents=dict.fromkeys((*NAMES, "p"), Fraction(3)))
@example(alone=POWERS, contents=dict.fromkeys((*NAMES, "p"), Fraction(3)))
def test_without_gate_and_shadows_no_species_of_the_phase_changes(
    alone: tuple[Reaction, ...], contents: Contents
) -> None:
    network = under_gate(alone)
    empty = {"G": Fraction(0), **dict.fromkeys(shadows_of(network, contents), Fraction(0))}
    change = rates_of_change(network, {**contents, **empty})
    assert {change[name] for name in (*contents, "G")} == {0}


@given(alone=reaction_sets, scale=scales)
def test_the_same_reactions_give_the_same_text(alone: tuple[Reaction, ...], scale: float) -> None:
    copies = tuple(Reaction.of(dict(r.reactants.terms), dict(r.products.terms), rate=r.rate) for r in alone)
    assert list(map(str, under_gate(alone, scale))) == list(map(str, under_gate(copies, scale)))


def test_a_name_with_an_underscore_is_no_product() -> None:
    """The shadow of G and b_c is not that of b and c."""
    alone = text("b_c + d -> b_c + d + p", "b_c + p -> b_c + p + d", "a + b + c -> a + b + c + p")
    contents = {name: Fraction(n) for n, name in enumerate(("a", "b", "c", "d", "b_c", "p"), 2)}
    assert_gated(alone, 1.0, contents, Fraction(3))


def test_a_shadow_does_not_take_the_name_of_a_species_that_is_there() -> None:
    alone = text("a + a_phase -> a + a_phase + p", "a + b -> a + b + p", "a_phase -> 0")
    contents = {name: Fraction(n) for n, name in enumerate(("a", "b", "a_phase", "p"), 2)}
    assert_gated(alone, 2.0, contents, Fraction(3))


@pytest.mark.parametrize("reaction", ["a + b -> c", "2a -> 0", "2a + b -> b + c", "a + b -> 0"])
def test_a_reaction_that_uses_up_two_molecules_is_refused(reaction: str) -> None:
    with pytest.raises(CompileError, match="uses up 2 molecules: under a gate at most one"):
        under_gate(text(reaction))


def test_a_reaction_that_uses_up_one_of_several_is_not() -> None:
    (reaction,) = (
        r for r in under_gate(text("3a -> 2a")) if r.label != "shadow of G a" and "_" not in r.label
    )
    assert reaction.net_change == {"a": -1}


def test_a_shadow_follows_the_product_of_its_pair() -> None:
    made, lost = map(str, shadow_reactions("s", ("u", "v"), 2.5))
    assert made.startswith("u + v -> u + v + s [k = 2.5]")
    assert lost.startswith("s -> 0 [k = 2.5]")
