"""Reactions whose concentrations follow given differential equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.chemistry import Network
from neuralcrn.display import Displayed, Document, Paragraph, Table
from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.dynamics.equations import Box, Equations
from neuralcrn.in_silico.dynamics.recurrent import RecurrentNetwork
from neuralcrn.in_silico.dynamics.training import Target, best_weights
from neuralcrn.status import OnStatus, ignore_status

NODES, MU, STARTS = 4, 0.01, 12
_MOST_NODES = 50


@final
@dataclass(frozen=True, slots=True, eq=False)
class Approximation(Displayed):
    """Result of `approximate_dynamics`.

    Attributes
    ----------
    equations : Equations
        The given equations.
    box : Box
        Where they are approximated.
    recurrent : RecurrentNetwork
        The trained weights.
    start : tuple of float
        Initial concentrations of the variables.
    rms : tuple of float, concentration / time
        Root mean square error of each slope in the box, with the nodes at their fixed points.
    scale : tuple of float, concentration / time
        Standard deviation of each slope in the box.
    """

    equations: Equations
    box: Box
    recurrent: RecurrentNetwork
    start: tuple[float, ...]
    rms: tuple[float, ...]
    scale: tuple[float, ...]

    @property
    def network(self) -> Network:
        """The reactions, all of at most two molecules."""
        return self.recurrent.network(self.start)

    def document(self) -> Document:
        """Return sizes and errors."""
        counts, recurrent = self.network.counts, self.recurrent
        first = (
            f"{counts.reactions} reactions of {counts.species} species, trained in silico: "
            f"{len(recurrent.bias)} nodes, mu = {recurrent.mu:g}, largest weight {recurrent.largest:.3g}. "
            "Outside the box nothing is known of the dynamics."
        )
        rows = list(zip(self.equations.names, self._boxes, self.rms, self.scale, strict=True))
        table = Table.of(
            ("variable", "box", "error of the slope (RMS)", "standard deviation of the slope"),
            rows,
            lambda row: (row[0], row[1], f"{row[2]:.3g}", f"{row[3]:.3g}"),
        )
        return Document.of(Paragraph(first), table)

    @property
    def _boxes(self) -> list[str]:
        return [f"{low:g} to {high:g}" for low, high in zip(self.box.low, self.box.high, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        recurrent = self.recurrent
        return {
            "trained": "in silico",
            "equations": str(self.equations),
            "box": {
                name: [low, high]
                for name, low, high in zip(self.equations.names, self.box.low, self.box.high, strict=True)
            },
            "error": dict(zip(self.equations.names, self.rms, strict=True)),
            "alpha": recurrent.alpha.tolist(),
            "beta": recurrent.beta.tolist(),
            "weights": recurrent.weights.tolist(),
            "bias": recurrent.bias.tolist(),
            "gamma": recurrent.gamma,
            "mu": recurrent.mu,
            "species": self.network.counts.species,
            "reactions": self.network.counts.reactions,
        }


def approximate_dynamics(
    equations: str | Equations,
    box: Sequence[str] | Box,
    *,
    nodes: int = NODES,
    mu: float = MU,
    beta: float = 0.0,
    gamma: float = 1.0,
    start: Mapping[str, float] | None = None,
    decimals: int | None = None,
    starts: int = STARTS,
    seed: int = 0,
    on_status: OnStatus = ignore_status,
) -> Approximation:
    """Train a network of reactions in silico whose concentrations follow differential equations.

    The network is a recurrent neural chemical reaction network (arXiv 2406.03456): a node is a species whose
    fixed point is a smooth rectifier of the variables.

    Parameters
    ----------
    equations : str or Equations
        Such as ``"dx = sin(x)"``, with semicolons between equations.
    box : sequence of str, or Box
        Bounds of all variables, such as ``["x=1:12"]``.
    nodes : int
        Number of nodes, 1 to 50.
    mu : float
        Time scale of the nodes; the smaller, the nearer are the dynamics to those of the trained field.
    beta : float, concentration / time
        Inflow of every variable, needed if a slope is positive at concentration 0.
    gamma : float, concentration**2
        Inflow of the nodes, which determines how sharply rectifiers bend.
    start : mapping from str to float, optional
        Initial concentrations; by default the centre of the box.
    decimals : int, optional
        Decimals to which weights are rounded; by default they are not.
    starts : int
        Starts of the least squares.
    seed : int
        Seed of the starts.
    on_status : callable
        Called with the number of the start.

    Returns
    -------
    Approximation

    Raises
    ------
    InvalidValueError
        If an equation, a bound or an option is invalid, or a slope is not finite in the box.
    ParseError
        If an equation cannot be read.

    Examples
    --------
    >>> decay = approximate_dynamics("dx = 0.5*x*(2 - x)", ["x=0.2:3"], nodes=2, starts=2)
    >>> decay.network.counts.reactions, decay.rms[0] < 0.05
    (10, True)
    """
    wanted = Equations.parse(equations) if isinstance(equations, str) else equations
    where = box if isinstance(box, Box) else Box.parse(wanted.names, box)
    if not 1 <= nodes <= _MOST_NODES:
        raise InvalidValueError(f"nodes = {nodes}: give a number from 1 to {_MOST_NODES}")
    if starts < 1:
        raise InvalidValueError(f"starts = {starts}: give at least 1")
    for name, value in (("mu", mu), ("gamma", gamma)):
        if not 0.0 < value <= 1e6:
            raise InvalidValueError(f"{name} = {value:g}: it must be positive and at most 1e6")
    if not 0.0 <= beta <= 1e6:
        raise InvalidValueError(f"beta = {beta:g}: it must be 0 to 1e6")
    if decimals is not None and not 0 <= decimals <= 15:
        raise InvalidValueError(f"decimals = {decimals}: give a number from 0 to 15")
    begin = dict(zip(wanted.names, where.middle.tolist(), strict=True))
    for name, value in (start or {}).items():
        if name not in begin:
            raise InvalidValueError(f"start of {name}: the variables are {', '.join(wanted.names)}")
        begin[name] = value
    target = Target.of(wanted, where, beta, gamma)
    recurrent = target.network(best_weights(target, nodes, starts, seed, on_status), wanted.names, nodes, mu)
    if decimals is not None:
        recurrent = recurrent.rounded(decimals)
    return Approximation(
        wanted, where, recurrent, tuple(begin.values()), target.rms(recurrent), tuple(target.scale.tolist())
    )
