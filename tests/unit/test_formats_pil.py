"""Strands for Peppercorn and formal networks for Nuskell."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import assume, given, settings
from tests.strategies import networks

from neuralcrn.chemistry import Network, Reaction, parse_network
from neuralcrn.compiler import DnaConditions, compile_dna
from neuralcrn.compiler.dna.domains import domain_level
from neuralcrn.errors import InvalidValueError
from neuralcrn.formats.nuskell import write_nuskell
from neuralcrn.formats.pil import write_pil

EVERY_KIND = """X + Y -> 2Y + Z [k = 2]
2Y -> 0
X -> 2X
Z -> 0
0 -> Z
X @initial 2
Y @initial 1"""
DNA = compile_dna(parse_network(EVERY_KIND), DnaConditions(unit_concentration=1e-8, unit_time=1000.0))
LEVEL = domain_level(DNA)


def strands(kernel: str) -> list[Counter[str]]:
    """Return the domains of each strand; brackets are resolved by the rules of kernel notation."""
    complexes, opened = [Counter[str]()], []
    for token in kernel.split():
        if token == "+":
            complexes.append(Counter())
        elif token == ")":
            complexes[-1][f"{opened.pop()}*"] += 1
        else:
            complexes[-1][token.removesuffix("(")] += 1
            opened += [token[:-1]] * token.endswith("(")
    assert not opened, kernel
    return complexes


def domains(names: dict[str, int]) -> Counter[str]:
    """Return the domains of some molecules; histories, in which signals may differ, are left out."""
    found: Counter[str] = Counter()
    for name, count in names.items():
        for strand in strands(LEVEL.kernels[name]):
            found += Counter({d: count * n for d, n in strand.items() if d[0] not in "hd"})
    return found


@pytest.mark.parametrize("reaction", DNA.network.reactions, ids=str)
def test_reactions_conserve_domains_but_for_waste_without_open_toeholds(reaction: Reaction) -> None:
    before = domains(reaction.reactants.coefficients)
    after = domains(reaction.products.coefficients)
    if "G5" in reaction.species:
        before += domains({"I5": 1})  # the strand in excess that sets the gate off
    waste = before - after
    assert not after - before
    reversible = any(
        (r.reactants, r.products) == (reaction.products, reaction.reactants) for r in DNA.network.reactions
    )
    assert bool(waste) is not reversible
    # every complement that is left is covered, so that waste can bind nothing
    assert all(waste[name.removesuffix("*")] >= count for name, count in waste.items() if name.endswith("*"))


def test_every_species_has_a_structure_of_known_domains() -> None:
    assert set(LEVEL.kernels) == {*DNA.network.species, *LEVEL.constant}
    used = {d.removesuffix("*") for k in LEVEL.kernels.values() for strand in strands(k) for d in strand}
    assert used == set(LEVEL.lengths)


def test_signals_have_four_domains_and_the_toeholds_are_short() -> None:
    history, first, middle, last = LEVEL.kernels["X"].split()
    lengths = LEVEL.lengths
    assert lengths[first] == lengths[last] < lengths[history] == lengths[middle]


def test_pil_has_every_domain_once_and_concentrations_in_nanomolar() -> None:
    text = write_pil(LEVEL.lengths, LEVEL.kernels, LEVEL.concentrations, LEVEL.constant)
    declared = re.findall(r"^length (\w+) = \d+$", text, re.MULTILINE)
    assert declared == list(LEVEL.lengths)
    found = dict(re.findall(r"^(\w+) = .* @(?:initial|constant) (\S+) nM$", text, re.MULTILINE))
    assert set(found) == set(LEVEL.kernels)
    for name, value in zip(DNA.molar.species, DNA.molar.initial, strict=True):
        assert float(found[name]) == pytest.approx(1e9 * value)
    assert re.findall(r"^(\w+) = .* @constant", text, re.MULTILINE) == ["I5"]


@pytest.mark.filterwarnings("ignore")  # crnverifier's grammar uses old names of pyparsing
@settings(max_examples=25)
@given(networks())
def test_nuskell_syntax_is_read_by_crnverifier_as_it_was_meant(network: Network) -> None:
    parser = pytest.importorskip("crnverifier.crn_parser")
    assume(network.reactions and not any(name.startswith("_") for name in network.species))
    reactions, species = parser.parse_crn_string(write_nuskell(network))
    assert len(reactions) == len(network.reactions)
    for read, meant in zip(reactions, network.reactions, strict=True):
        assert Counter(read[0]) == Counter(meant.reactants.coefficients)
        assert Counter(read[1]) == Counter(meant.products.coefficients)
        assert float(read[2][0] if isinstance(read[2], list) else read[2]) == meant.rate
    for name, value in zip(network.species, network.initial, strict=True):
        assert not value or species[name] == ("initial", value)


def test_nuskell_refuses_names_that_it_cannot_read() -> None:
    with pytest.raises(InvalidValueError, match="_A"):
        write_nuskell(parse_network("_A -> B"))
