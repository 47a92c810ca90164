"""A stiff network of 1,122 species and 24,388 reactions: written, read, reduced, integrated to t = 1,000.

    python benchmarks/large_network.py [--t-end 1000] [--reference] [--json]

Its size is that of the largest published networks generated from rules (B cell receptor signalling: Barua et
al., J. Immunol. 189 (2012) 646), and it is constructed in the same way: each rule changes one site of a
receptor and becomes one reaction for every state of the other sites.

- A receptor has five sites: bare (u), phosphorylated (p), with an adapter bound (a) or a kinase bound (k). It
  has 4^5 = 1,024 states. The 18 rules of `RULES` apply to each site in all 256 states of the others, 1,280
  reactions per rule. In a further rule a bound kinase phosphorylates another site of its receptor: 20 pairs
  of sites x 64 states of the other three = 1,280 reactions.
- Twelve species are shared: adapter A, kinase K, the permanently active L and Q, and E, P, G and H with their
  active forms Ea, Pa, Ga and Ha, which are deactivated (4 reactions).
- Downstream is a cascade of 43 proteins with two states (86 species), each activated by the previous one, the
  first by Ga; 21 of them are deactivated (64 reactions).

Each rule has a different rate constant at each site, within a factor of three of that in `RULES`. Amounts are
molecules, near 1e5, so rate constants range from 1e-7 to 1e3.

Times are those of one run, in sequence. With `--reference` SciPy's BDF with a sparse Jacobian is run as well,
at a hundredth of the tolerance, and the error of each species at four times is given relative to its largest
value.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from itertools import permutations, product
from typing import TypeVar

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array

from neuralcrn.chemistry import Network, Reaction, format_network, net_stoichiometry, parse_network
from neuralcrn.engines import Solver, simulate
from neuralcrn.formats import read_sbml, write_sbml

Rule = tuple[str, str, str, str, float]

BINDING, RELEASE = 1e-6, 0.5
RULES: tuple[Rule, ...] = (
    # the site before and after, what comes, what leaves, the rate constant
    ("u", "p", "Ea", "Ea", 3e-6),
    ("u", "p", "L", "L", 1e-7),
    ("p", "u", "Pa", "Pa", 1e-5),
    ("p", "u", "Q", "Q", 1e-6),
    ("p", "a", "A", "", BINDING),
    ("a", "p", "", "A", RELEASE),
    ("p", "k", "K", "", BINDING),
    ("k", "p", "", "K", RELEASE),
    ("a", "k", "K", "A", BINDING / 10),
    ("k", "a", "A", "K", BINDING / 10),
    ("a", "u", "Pa", "Pa A", 1e-7),
    ("a", "u", "Q", "Q A", 1e-7),
    ("k", "u", "Pa", "Pa K", 1e-7),
    ("k", "u", "Q", "Q K", 1e-7),
    ("k", "k", "E", "Ea", 1e-4),
    ("a", "a", "P", "Pa", 1e-5),
    ("a", "a", "G", "Ga", 1e-6),
    ("k", "k", "H", "Ha", 1e-6),
)
WITHIN = 1e3
"""Rate constant at which a bound kinase phosphorylates another site of its receptor."""
SHARED = {"A": 1e5, "K": 1e5, "E": 1e5, "P": 1e5, "G": 1e5, "H": 1e5, "L": 1e4, "Q": 1e4}
FALLING = {"Ea": 20.0, "Pa": 1.0, "Ga": 0.1, "Ha": 10.0}

Result = TypeVar("Result")


def receptor(inside: dict[int, str], others: tuple[str, ...]) -> str:
    """Return the receptor with some sites as given, the others filled in order."""
    rest = iter(others)
    return "R_" + "".join(inside.get(site) or next(rest) for site in range(len(inside) + len(others)))


def receptor_reactions(sites: int) -> Iterator[Reaction]:
    """Yield what the rules become at a receptor of some sites."""
    rng = np.random.default_rng(2012)
    for before, after, comes, leaves, rate in RULES:
        for site in range(sites):
            k = rate * float(3.0 ** rng.uniform(-1.0, 1.0))
            for others in product("upak", repeat=sites - 1):
                left = {receptor({site: before}, others): 1, **dict.fromkeys(comes.split(), 1)}
                right = {receptor({site: after}, others): 1, **dict.fromkeys(leaves.split(), 1)}
                yield Reaction.of(left, right, rate=k)
    for site, kinase in permutations(range(sites), 2):
        k = WITHIN * float(3.0 ** rng.uniform(-1.0, 1.0))
        for others in product("upak", repeat=sites - 2):
            left, right = (receptor({site: mark, kinase: "k"}, others) for mark in "up")
            yield Reaction.of({left: 1}, {right: 1}, rate=k)


def large_network(sites: int = 5, downstream: int = 43, falling: int = 21) -> Network:
    """Return the network; the same at every call."""
    reactions = list(receptor_reactions(sites))
    reactions += [Reaction.of({name: 1}, {name[0]: 1}, rate=rate) for name, rate in FALLING.items()]
    before = "Ga"
    for i in range(downstream):
        reactions.append(Reaction.of({before: 1, f"X{i}": 1}, {before: 1, f"Y{i}": 1}, rate=1e-5))
        if i < falling:
            reactions.append(Reaction.of({f"Y{i}": 1}, {f"X{i}": 1}, rate=0.1))
        before = f"Y{i}"
    start = {"R_" + "u" * sites: 1e5, **SHARED, **{f"X{i}": 1e4 for i in range(downstream)}}
    return Network.of(reactions, start)


def seconds(action: Callable[[], Result]) -> tuple[float, Result]:
    """Return how long an action takes, and its result."""
    begin = time.perf_counter()
    result = action()
    return time.perf_counter() - begin, result


def reference_values(network: Network, times: np.ndarray) -> np.ndarray:
    """Return the state at some times by SciPy's BDF, from fluxes that are written out here."""
    count, last = len(network.reactions), len(network.species)
    rates = np.array([reaction.rate for reaction in network.reactions])
    factors = np.full((2, count), last)  # at most two reactants, one of each; the place `last` holds 1
    for r, reaction in enumerate(network.reactions):
        for k, (name, _) in enumerate(reaction.reactants.terms):
            factors[k, r] = network.index[name]
    changes, everywhere = csr_array(net_stoichiometry(network)), np.tile(np.arange(count), 2)

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        first, second = np.append(y, 1.0)[factors]
        return changes @ (rates * first * second)

    def jacobian(_: float, y: np.ndarray) -> csr_array:
        first, second = np.append(y, 1.0)[factors]
        values = np.concatenate((rates * second, rates * first))
        gradient = csr_array((values, (everywhere, factors.ravel())), shape=(count, last + 1))
        return (changes @ gradient)[:, :last]

    run = solve_ivp(
        slope, (0.0, times[-1]), network.initial, "BDF", times, rtol=1e-8, atol=1e-10, jac=jacobian
    )
    return run.y.T


def measured(t_end: float, reference: bool) -> dict[str, float]:
    """Return the figures of one run, by name."""
    simulate(parse_network("A -> B\nA @initial 1"), 1.0)  # kernels are compiled, or read from disk
    figures: dict[str, float] = {}
    figures["building, s"], network = seconds(large_network)
    figures["species"], figures["reactions"] = network.counts
    figures["writing text, s"], text = seconds(lambda: format_network(network))
    figures["reading text, s"], again = seconds(lambda: parse_network(text))
    figures["writing SBML, s"], sbml = seconds(lambda: write_sbml(network))
    figures["reading SBML, s"], imported = seconds(lambda: read_sbml(sbml))
    if not again == imported == network:
        raise SystemExit("what was read is not what was written")
    figures["reduction and packing, s"], solver = seconds(lambda: Solver.of(network))
    times = t_end * np.array([1e-3, 1e-2, 1e-1, 1.0])
    figures["integration, s"], run = seconds(lambda: solver.run(t_end, times))
    figures["steps"], figures["time reached"] = run.steps, run.end
    if reference:
        figures["reference, s"], values = seconds(lambda: reference_values(network, times))
        errors = np.abs(run.values - values).max(axis=0) / np.maximum(values.max(axis=0), 1e-6)
        figures["largest error / largest value"] = float(errors.max())
    return figures


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--t-end", type=float, default=1000.0)
    parser.add_argument("--reference", action="store_true", help="compare with SciPy's BDF")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measured(arguments.t_end, arguments.reference)
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:34s}{value:>14,.6g}")


if __name__ == "__main__":
    main()
