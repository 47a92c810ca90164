"""Exports: read back by means of their own, they say what the network says; nothing in them is code."""

from __future__ import annotations

import ast
import csv
import io
import re
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given
from tests.strategies import networks

from neuralcrn.chemistry import Network, Reaction, net_stoichiometry, parse_network
from neuralcrn.formats import FORMATS, network_text

HOSTILE = Network.of(
    [
        Reaction.of(
            {"end": 2, "e1": 1}, {"lambda": 1, "e1": 1}, label='=cmd|"x"; <b>&amp;\\N</b> %$#{}`~^ =#'
        ),
        Reaction.of({"_": 1}, {}, rate=0.0, label="*/ --> | end"),
        Reaction.of({}, {"t": 3, "species_3": 1}, rate=1e-300, label="+1+1"),
    ],
    {"end": 0.1, "t": 1e22},
)


@pytest.mark.parametrize("name", [name for name, entry in FORMATS.items() if entry.write])
def test_every_export_says_what_wrote_it_and_what_its_constants_mean(name: str) -> None:
    """But not that it comes from the publication: it is anybody's network."""
    text = network_text(parse_network("2A + B -> A [k = 3]  # note"), name)
    assert "no factorials" in text
    assert f"neuralcrn {version('neuralcrn')}" in text
    assert "2409.00034" not in text


def catalyst_meaning(text: str) -> Network:
    """Read the subset of Catalyst's language that is written; an unknown line fails."""
    species: dict[str, float] = {}
    reactions: list[Reaction] = []
    renamed = dict(re.findall(r"^# species (\w+) is called (\w+) here$", text, re.MULTILINE))
    original = {written: name for name, written in renamed.items()}

    def side(words: str) -> dict[str, int]:
        terms = [re.fullmatch(r"(?:(\d+) \* )?([A-Za-z_]\w*)", term) for term in words.split(" + ")]
        if words == "0":
            return {}
        return {original.get(t[2], t[2]): int(t[1] or 1) for t in terms if t}

    head, _, body = text.partition("network = @reaction_network begin\n")
    assert all(line.startswith("#") for line in head.replace("using Catalyst\n", "").splitlines() if line)
    option, *lines = body.splitlines()
    assert option.strip() == "@combinatoric_ratelaws false"  # else 2X would have half its flux
    for line in (line.strip() for line in lines[1:-1]):
        if declared := re.fullmatch(r"(\w+)\(t\) = (\S+)", line):
            species[original.get(declared[1], declared[1])] = float(declared[2])
        elif reaction := re.fullmatch(r"(\S+), (.+?) --> (.+?)(?:  # (.*))?", line):
            sides = side(reaction[2]), side(reaction[3])
            reactions.append(Reaction.of(*sides, rate=float(reaction[1]), label=reaction[4] or ""))
        else:
            assert line == "end", line
    return Network.of(reactions, species, tuple(species))


@given(networks())
def test_catalyst_source_means_the_network(network: Network) -> None:
    assert catalyst_meaning(network_text(network, "catalyst")) == network


def test_catalyst_renames_what_julia_reads_otherwise() -> None:
    text = network_text(HOSTILE, "catalyst")
    assert catalyst_meaning(text) == HOSTILE
    declared = re.findall(r"(\w+)\(t\) =", text)
    assert len(set(declared)) == len(HOSTILE.species)
    assert {"end", "t", "_"}.isdisjoint(declared)
    assert not re.search(
        r"\b\d+[A-Za-z]", text.partition("begin")[2].replace("1e-300", "").replace("1e+22", "")
    )
    assert "#=" not in text  # would begin a comment of many lines


def biocrnpyler_meaning(text: str) -> list[tuple[dict[str, int], dict[str, int], float]]:
    """Return what the calls in the source say, found in its syntax tree."""
    tree = ast.parse(text)
    keys = next(node for node in ast.walk(tree) if isinstance(node, ast.Dict)).keys
    names = [ast.unparse(key)[len("Species('") : -2] for key in keys if key]
    found: list[tuple[dict[str, int], dict[str, int], float]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "massaction":
            sides: list[dict[str, int]] = []
            for side in node.args:
                assert isinstance(side, ast.List)
                members = [names[int(ast.unparse(item)[len("s[") : -1])] for item in side.elts]
                sides.append({name: members.count(name) for name in members})
            found.append((*sides, float(ast.unparse(node.keywords[0].value))))
    return found


@given(networks())
def test_biocrnpyler_source_means_the_network(network: Network) -> None:
    text = network_text(network, "biocrnpyler")
    renamed = dict(re.findall(r"^# species (\w+) is called (\w+) here$", text, re.MULTILINE))
    expected = [
        (
            {renamed.get(n, n): count for n, count in reaction.reactants.terms},
            {renamed.get(n, n): count for n, count in reaction.products.terms},
            reaction.rate,
        )
        for reaction in network.reactions
        if reaction.rate  # BioCRNPyler refuses constants that are 0
    ]
    assert biocrnpyler_meaning(text) == expected
    for name in re.findall(r'Species\("(.*)"\)', text):
        assert re.fullmatch(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*", name)


def test_python_source_calls_nothing_but_biocrnpyler() -> None:
    tree = ast.parse(network_text(HOSTILE, "biocrnpyler"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert calls == {"Species", "massaction", "list", "ChemicalReactionNetwork"}


@given(networks())
def test_csv_is_the_stoichiometry(network: Network) -> None:
    lines = network_text(network, "stoichiometry").split("\n", 2)
    assert all(line.startswith("# ") for line in lines[:2])
    header, *rows, initial = csv.reader(io.StringIO(lines[2]))
    assert header == ["reaction", "k", "label", *network.species]
    changes = np.array([[int(cell) for cell in row[3:]] for row in rows]).reshape(-1, len(network.species))
    np.testing.assert_array_equal(changes.T, net_stoichiometry(network))
    assert [float(row[1]) for row in rows] == [reaction.rate for reaction in network.reactions]
    assert tuple(map(float, initial[3:])) == network.initial
    for row in rows:
        assert not row[0].startswith(("=", "+", "-", "@"))
        assert not row[2].startswith(("=", "+", "-", "@"))


@given(networks())
def test_dot_has_every_species_reaction_and_edge(network: Network) -> None:
    text = network_text(network, "dot")
    string = r'"(?:[^"\\]|\\\\|\\")*"'  # no other escape, for Graphviz replaces some by names
    body = text[text.index("digraph") :].splitlines()[3:-1]
    nodes = [line for line in body if re.fullmatch(rf"  [sr]\d+ \[(\w+=({string}|[\w.]+)(, )?)+\];", line)]
    edges = [line for line in body if re.fullmatch(r"  [sr]\d+ -> [sr]\d+( \[[\w=, \"]+\])?;", line)]
    assert len(nodes) == len(network.species) + len(network.reactions)
    assert len(nodes) + len(edges) == len(body)
    check_edges(network, [re.findall(r"[sr]\d+", line) for line in edges])


@given(networks())
def test_mermaid_has_every_species_reaction_and_edge(network: Network) -> None:
    body = network_text(network, "mermaid").splitlines()[3:]
    word = r"[\w⁺⁻,.+-]+"
    nodes = [line for line in body if re.fullmatch(rf'  (s\d+\(\["{word}"\]\)|r\d+\["{word}"\])', line)]
    edges = [line for line in body if re.fullmatch(r"  [sr]\d+ (-->|-\.-)(\|\d+\|)? [sr]\d+", line)]
    assert len(nodes) == len(network.species) + len(network.reactions)
    assert len(nodes) + len(edges) == len(body)
    check_edges(network, [re.findall(r"[sr]\d+", line) for line in edges])


def check_edges(network: Network, edges: list[list[str]]) -> None:
    """A reactant's edge ends at the reaction, a product's begins there; a catalyst has one for both."""
    expected: list[list[str]] = []
    for i, reaction in enumerate(network.reactions):
        used, made = reaction.reactants.coefficients, reaction.products.coefficients
        expected += [[f"s{network.index[name]}", f"r{i}"] for name in used]
        expected += [[f"r{i}", f"s{network.index[name]}"] for name in made if used.get(name) != made[name]]
    assert sorted(edges) == sorted(expected)


@given(networks())
def test_latex_has_a_row_a_reaction_and_no_open_group(network: Network) -> None:
    text = network_text(network, "latex")
    rows = [line for line in text.splitlines() if re.match(r"\d+ & ", line)]
    assert len(rows) == len(network.reactions)
    for line in text.splitlines()[3:]:
        bare = re.sub(r"\\[\\{}$&#_%]", "", line)  # what is escaped has no meaning
        assert bare.count("{") == bare.count("}")
        assert bare.count("$") % 2 == 0
        assert not re.search(r"[#~%]", bare)
        for outside in bare.split("$")[::2]:  # only mathematics has indices
            assert "_" not in outside
            assert "^" not in outside
    for row in rows:
        assert len(re.findall(r"(?<!\\)&", row)) == 2


@pytest.mark.filterwarnings("ignore::neuralcrn.errors.NeuralCRNWarning")  # of species in no reaction
@given(networks())
def test_text_formats_lose_nothing(network: Network) -> None:
    for name in ("crn", "json"):
        read = FORMATS[name].read
        assert read is not None
        assert read(network_text(network, name), "memory", discrete=False).network == network
