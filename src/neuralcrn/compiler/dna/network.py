"""Pass: convert a network with at most two reactants per reaction to DNA strand displacement.

The four-domain scheme of Soloveichik, Seelig and Winfree (doi:10.1073/pnas.0909380107), applied to each
reaction, with q = gamma^-1 k, the fuels L, B, G, T at C_max and all other species at 0:

- ``A + B -> P``: ``A + L <-> H + B'`` (q and q_max), ``B + H -> O`` (q_max), ``O + T -> P`` (q_max);
- ``A -> P``: ``A + G -> O`` (q / C_max), ``O + T -> P`` (q_max);
- ``0 -> P``: ``G -> O`` (q / C_max, triggered by a strand in excess), ``O + T -> P`` (q_max);
- without products the last step and T are omitted. Waste, which never reacts, is omitted as well.

A gate L sequesters the fraction k / q_max of A in H. To slow down all signals equally, each signal with a
smaller load than the largest gets a *buffer*, ``A + LS <-> HS + BS``, which only sequesters it. Initial
concentrations of signals are multiplied by gamma^-1 = q_max / (q_max - sigma), where sigma is the largest
load, so that the free concentrations follow the formal network. All values are in formal units
(`DnaConditions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler.dna.conditions import LAG, LARGEST_GAMMA_INVERSE, DnaConditions, largest_inflow
from neuralcrn.compiler.dna.gates import FUELS, Buffer, Gate, StrandRole, gate_of, namer
from neuralcrn.compiler.dna.order import bound_loads, order_reactants
from neuralcrn.errors import CompileError

_ROUNDING = 1.0 + 1e-9
_MUCH_LAG = 0.01
"""Lag above which a warning is issued."""
_MANY_STRANDS = 10
"""Number of strands that one gate releases above which a warning is issued."""
_MUCH_FUEL = 0.05
"""Fraction of a fuel; a gate that has lost this fraction is slower by about twice as much."""


@dataclass(frozen=True, slots=True, repr=False)
class DnaNetwork:
    """A formal network and its implementation by strand displacement.

    Attributes
    ----------
    formal : Network
        The compiled network.
    conditions : DnaConditions
        Units and limits.
    network : Network
        The DNA-level network in formal units; its first species are those of the formal network.
    gates : tuple of Gate
        One for each formal reaction with a positive rate constant.
    buffers : tuple of Buffer
        One for each reactant with a smaller load than the largest.
    loads : mapping of str to float, 1 / (concentration time)
        Sigma of each reactant: the sum of the rate constants of the reactions in which it binds first.
    gamma_inverse : float
        Factor of the concentrations of signals and of the rates of gates.
    roles : mapping of str to StrandRole
        Role of each species of the network.
    """

    formal: Network
    conditions: DnaConditions
    network: Network
    gates: tuple[Gate, ...]
    buffers: tuple[Buffer, ...]
    loads: Mapping[str, float]
    gamma_inverse: float
    roles: Mapping[str, StrandRole]

    @property
    def molar(self) -> Network:
        """The DNA-level network in M and s."""
        conditions = self.conditions
        return in_units(self.network, conditions.unit_concentration, conditions.unit_time)

    def divisor(self, signal: str) -> float:
        """Return the factor by which the free concentration of a signal is divided: gamma^-1, or 1 if no gate
        sequesters it.
        """
        return 1.0 if signal in self.loads else self.gamma_inverse

    @property
    def lag(self) -> float:
        """Approximate relative error due to signals bound in intermediate strands; see `largest_inflow`.

        The error due to consumed fuel, about the consumed fraction, is added to it.
        """
        return largest_inflow(self.formal) * self.conditions.delay

    @property
    def warnings(self) -> tuple[str, ...]:
        """Possible causes of differences between the DNA level and the formal network."""
        limit = _MUCH_FUEL * self.conditions.capacity
        much = tuple(
            f"{name} starts at {value:g}, more than {_MUCH_FUEL:.0%} of a fuel "
            f"({self.conditions.capacity:g}): lower the unit of concentration, or give more fuel"
            for name, value in zip(self.formal.species, self.formal.initial, strict=True)
            if value > limit
        )
        released = max((gate.formal.products.order for gate in self.gates), default=0)
        if released > _MANY_STRANDS:
            much += (
                f"one gate releases {released:,} strands, which makes a long complex: limit the products "
                "(option --products, split_products)",
            )
        if self.lag <= _MUCH_LAG:
            return much
        needed = self.conditions.unit_time * self.lag / LAG
        return (
            *much,
            f"strands react too slowly for this network: expect errors of about {self.lag:.0%}: make the "
            f"unit of time {needed:.4g} s for {LAG:.1%}",
        )

    def __str__(self) -> str:
        formal, actual, conditions = self.formal.counts, self.network.counts, self.conditions
        bound = [f"{name} {load / conditions.fastest:.3g}" for name, load in self.loads.items() if load]
        return "\n".join(
            [
                f"formal network: {formal.species:,} species, {formal.reactions:,} reactions",
                f"DNA level: {actual.species:,} species, {actual.reactions:,} reactions; "
                f"{len(self.gates):,} gates, {len(self.buffers):,} buffers",
                f"units: concentration {conditions.unit_concentration:g} M, time {conditions.unit_time:g} s, "
                f"{conditions.fastest:g} times slower than strands (q_max = {conditions.q_max:g} /M/s); "
                f"fuels {conditions.fuel:g} M",
                f"expected error: about {100.0 * self.lag:.2g}% of a signal, which is on its way through "
                "strands, and the part of a fuel that is spent",
                f"gamma^-1 = {self.gamma_inverse:.6g}",
                *([f"sigma / q_max: {', '.join(bound)}"] if bound else []),
                "the order in which reactants bind:",
                *(f"  {' then '.join(gate.inputs) or '0'}: {gate.formal}" for gate in self.gates),
                *(f"warning: {warning}" for warning in self.warnings),
            ]
        )

    def __repr__(self) -> str:
        return (
            f"<DnaNetwork: {len(self.network.species):,} species, {len(self.network.reactions):,} reactions>"
        )


def compile_dna(
    network: Network,
    conditions: DnaConditions,
    *,
    buffers: bool = True,
    sigma: float = 0.0,
    prefix: str = "",
) -> DnaNetwork:
    """Compile a network to strand displacement.

    Parameters
    ----------
    network : Network
        Formal network; reactions may have at most two reactant molecules. Catalysts, several products and no
        products are supported.
    conditions : DnaConditions
        Units and limits; see `suggest_conditions`.
    buffers : bool
        Whether buffers are added. Without buffers concentrations are not corrected either.
    sigma : float, 1 / (concentration time)
        Smallest load of signals; networks that run one after the other in one pot need the same gamma.
    prefix : str
        Prefix of the names of gates.

    Raises
    ------
    CompileError
        If a reaction has three or more reactants, gates would sequester more than half of a signal (sigma >
        q_max / 2), or a reaction of one reactant needs more than q_max.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> lotka = parse_network("X + Y -> 2Y [k = 5]" + chr(10) + "X -> 2X" + chr(10) + "Y -> 0")
    >>> dna = compile_dna(lotka, DnaConditions(unit_concentration=1e-8, unit_time=1000.0))
    >>> dna.network.counts, dna.gamma_inverse
    (Counts(species=15, reactions=9), 2.0)
    >>> for reaction in dna.network.reactions[:4]:
    ...     print(reaction)
    X + L1 -> H1 + B1 [k = 10]  # X + Y -> 2 Y
    H1 + B1 -> X + L1 [k = 10]  # X + Y -> 2 Y
    Y + H1 -> O1 [k = 10]  # X + Y -> 2 Y
    O1 + T1 -> 2 Y [k = 10]  # X + Y -> 2 Y
    """
    reactions = tuple(reaction for reaction in network.reactions if reaction.rate > 0.0)
    for reaction in reactions:
        if reaction.order > 2:
            raise CompileError(
                f"reaction {reaction} has {reaction.order} reactants: strand displacement takes two at most; "
                "lower the order first, as compile('autonomous') does for circuits"
            )
    orders = order_reactants(reactions)
    loads = {name: 0.0 for names in orders for name in names} | bound_loads(reactions, orders)
    largest = max((sigma, *loads.values()))
    _check_rates(reactions, orders, loads, largest, conditions)
    gamma_inverse = conditions.fastest / (conditions.fastest - largest) if buffers else 1.0
    free_name = namer(network.species, prefix)
    gates = tuple(
        gate_of(reaction, names, f"{i + 1}", free_name)
        for i, (reaction, names) in enumerate(zip(reactions, orders, strict=True))
    )
    made = tuple(
        Buffer(name, *(free_name(f"{kind}_{name}") for kind in ("LS", "BS", "HS")), rate=largest - load)
        for name, load in loads.items()
        if buffers and load < largest
    )
    roles = dict.fromkeys(network.species, StrandRole.SIGNAL)
    for part in (*gates, *made):
        roles |= part.roles
    initial = {
        name: gamma_inverse * value for name, value in zip(network.species, network.initial, strict=True)
    } | {name: conditions.capacity for name, role in roles.items() if role in FUELS}
    actual = [r for part in (*gates, *made) for r in part.reactions(gamma_inverse, conditions)]
    return DnaNetwork(
        formal=network,
        conditions=conditions,
        network=Network.of(actual, initial, tuple(roles)),
        gates=gates,
        buffers=made,
        loads=MappingProxyType(loads),
        gamma_inverse=gamma_inverse,
        roles=MappingProxyType(roles),
    )


def in_units(network: Network, concentration: float, time: float = 1.0) -> Network:
    """Return a network in other units; `concentration` and `time` are the new values of one unit.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> print(in_units(parse_network("A + B -> C [k = 3]" + chr(10) + "A @initial 2"), 10.0, 60.0))
    A + B -> C [k = 0.005]
    A @initial 20
    """
    reactions = tuple(r.k(r.rate / (concentration ** (r.order - 1) * time)) for r in network.reactions)
    return Network(network.species, reactions, tuple(concentration * value for value in network.initial))


def _check_rates(
    reactions: tuple[Reaction, ...],
    orders: tuple[tuple[str, ...], ...],
    loads: Mapping[str, float],
    sigma: float,
    conditions: DnaConditions,
) -> None:
    """Reject networks that are too fast for strands; the message gives the species or reaction and a
    sufficient unit of time.
    """
    fastest = conditions.fastest
    if sigma > fastest * (1.0 - 1.0 / LARGEST_GAMMA_INVERSE) * _ROUNDING:
        worst = max(loads, key=lambda name: loads[name])
        bound = [
            str(r)
            for r, names in zip(reactions, orders, strict=True)
            if len(names) == 2 and names[0] == worst
        ]
        needed = conditions.unit_time * sigma / fastest / (1.0 - 1.0 / LARGEST_GAMMA_INVERSE)
        raise CompileError(
            f"species {worst} is bound by gates with sigma = {sigma:g}, more than half of q_max "
            f"({fastest:g} in these units), through {'; '.join(bound[:3])}: make the unit of time at least "
            f"{needed:.4g} s, or the rate constants smaller"
        )
    gamma_inverse = fastest / (fastest - sigma)
    for reaction in reactions:
        needed = reaction.rate * gamma_inverse / (conditions.q_max * conditions.fuel)
        if reaction.order == 1 and needed > conditions.unit_time * _ROUNDING:
            raise CompileError(
                f"reaction {reaction} needs a gate faster than q_max: make the unit of time at least "
                f"{needed:.4g} s, or the rate constant smaller"
            )
