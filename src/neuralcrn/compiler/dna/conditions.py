"""Units of a formal network in the test tube, and rate constants of strand displacement."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from neuralcrn.chemistry import Network
from neuralcrn.compiler.dna.order import largest_load
from neuralcrn.errors import InvalidValueError

LAG = 1e-3
"""Fraction of a signal that may be bound in intermediate strands; approximately the resulting relative
error.
"""
LARGEST_GAMMA_INVERSE = 2.0
"""Above this value more than half of a signal is bound to gates, and the remaining part of q_max is
uncertain.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnaConditions:
    """Units and limits of strand displacement.

    Parameters
    ----------
    unit_concentration : float, M
        Concentration of one formal unit.
    unit_time : float, s
        Duration of one formal unit of time.
    q_max : float, 1 / (M s)
        Rate constant of the fastest strand displacement, with a full toehold.
    fuel : float, M
        Initial concentration C_max of every gate, strand, translator and buffer.

    Raises
    ------
    InvalidValueError
        If one of them is not positive and finite.

    Examples
    --------
    >>> conditions = DnaConditions(unit_concentration=1e-8, unit_time=1000.0)
    >>> conditions.fastest, round(conditions.capacity)
    (10.0, 1000)
    """

    unit_concentration: float
    unit_time: float
    q_max: float = 1e6
    fuel: float = 1e-5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0.0):
                raise InvalidValueError(f"{field.name} = {value}: it must be positive and finite")

    @property
    def fastest(self) -> float:
        """The constant q_max in formal units."""
        return self.q_max * self.unit_concentration * self.unit_time

    @property
    def capacity(self) -> float:
        """Initial concentration of a fuel in formal units."""
        return self.fuel / self.unit_concentration

    @property
    def delay(self) -> float:
        """Formal time of a displacement step with fuel at its initial concentration, 1 / (q_max C_max)."""
        return 1.0 / (self.q_max * self.fuel * self.unit_time)


def suggest_conditions(
    *networks: Network, unit_concentration: float = 1e-8, gamma_inverse: float = 1.1, lag: float = LAG,
    q_max: float = 1e6, fuel: float = 1e-5,
) -> DnaConditions:  # fmt: skip
    """Return the shortest unit of time, with one significant digit, for which the DNA level follows a
    network.

    Gates then bind only a small part of a signal, and only a small part is bound in intermediate strands.

    Parameters
    ----------
    *networks : Network
        Formal networks that run under the same conditions.
    unit_concentration : float, M
        Concentration of one formal unit.
    gamma_inverse : float
        Largest factor by which concentrations of signals are increased, in (1, 2].
    lag : float
        Largest fraction of a signal bound in intermediate strands, in (0, 1); see `largest_inflow`.
    q_max : float, 1 / (M s)
        Rate constant of the fastest strand displacement.
    fuel : float, M
        Initial concentration of every fuel.

    Raises
    ------
    InvalidValueError
        If the factor or the lag is out of range, or a value is not positive.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> suggest_conditions(parse_network("A + B -> C [k = 3]")).unit_time
    4000.0
    >>> suggest_conditions(parse_network("A <-> B [kf = 1000, kr = 500]")).unit_time
    100000.0
    """
    if not 1.0 < gamma_inverse <= LARGEST_GAMMA_INVERSE:
        raise InvalidValueError(
            f"gamma_inverse = {gamma_inverse}: it must lie within (1, {LARGEST_GAMMA_INVERSE:g}]"
        )
    if not 0.0 < lag < 1.0:
        raise InvalidValueError(f"lag = {lag}: it must lie within (0, 1)")
    unit = DnaConditions(unit_concentration=unit_concentration, unit_time=1.0, q_max=q_max, fuel=fuel)
    needed = [_shortest_unit_time(network, unit, gamma_inverse, lag) for network in networks]
    return DnaConditions(
        unit_concentration=unit_concentration, unit_time=_rounded_up(max(needed)), q_max=q_max, fuel=fuel
    )


def largest_inflow(network: Network) -> float:
    r"""Return the largest rate of production of a signal relative to the concentrations, 1 / time.

    Reactants are consumed immediately, but products are released one displacement step later. With
    concentrations of the order of :math:`c`, the largest initial one, the signal :math:`S` lacks at most the
    fraction :math:`\lambda_S \tau` of :math:`c`, where :math:`\tau` is the duration of a step and

    .. math:: \lambda_S = \sum_R
    u_{R,S} k_R c^{|R| - 1}

    over all reactions R, which produce :math:`
    u_{R,S}` molecules of S from :math:`|R|` molecules.

    Parameters
    ----------
    network : Network
        Formal network; concentrations are assumed to be of the order of 1 if none is given.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> largest_inflow(parse_network("A -> 2A [k = 5]")), largest_inflow(parse_network("A -> 0 [k = 5]"))
    (10.0, 0.0)
    """
    scale = max(network.initial, default=0.0) or 1.0
    inflows: dict[str, float] = {}
    for reaction in network.reactions:
        for name, count in reaction.products.terms:
            flux = count * reaction.rate * scale ** (reaction.order - 1)
            inflows[name] = inflows.get(name, 0.0) + flux
    return max(inflows.values(), default=0.0)


def _shortest_unit_time(network: Network, unit: DnaConditions, gamma_inverse: float, lag: float) -> float:
    """Return the unit of time (s) for which factor and lag are reached, or a rate constant equals q_max."""
    bound = largest_load(network.reactions) * gamma_inverse / (gamma_inverse - 1.0)
    alone = max((reaction.rate for reaction in network.reactions if reaction.order == 1), default=0.0)
    return max(
        bound / (unit.q_max * unit.unit_concentration),
        alone * gamma_inverse / (unit.q_max * unit.fuel),
        largest_inflow(network) * unit.delay / lag,
        1.0,
    )


def _rounded_up(value: float) -> float:
    """Return the smallest number with one significant digit that is not below the value, up to rounding
    error.
    """
    scale = 10.0 ** math.floor(math.log10(value))
    return math.ceil(value / scale * (1.0 - 1e-12)) * scale
