"""Reactions whose concentrations follow given differential equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.app.found import NETWORK, write_found
from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.in_silico.dynamics import Approximation


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ApproximationOptions:
    """Options of an approximation; see `neuralcrn.in_silico.dynamics.approximate_dynamics`.

    Attributes
    ----------
    nodes : int
        Number of nodes.
    mu, beta, gamma : float
        Time scale of the nodes, inflow of the variables, inflow of the nodes.
    start : mapping from str to float
        Initial concentrations; those that are not given are in the centre of the box.
    decimals : int or None
        Decimals of the weights; None if they are not rounded.
    starts, seed : int
        Starts of the least squares, and their seed.
    t_end : float, time, optional
        Duration of the trajectories in the figure; see `neuralcrn.in_silico.dynamics.course_of`.
    """

    nodes: int = 4
    mu: float = 0.01
    beta: float = 0.0
    gamma: float = 1.0
    start: Mapping[str, float] = field(default_factory=dict[str, float])
    decimals: int | None = None
    starts: int = 12
    seed: int = 0
    t_end: float | None = None


@final
@dataclass(frozen=True, slots=True)
class Approximated:
    """A trained network.

    Attributes
    ----------
    folder : Path
        It contains the network, a figure and the weights as JSON.
    result : Approximation
        Weights and errors.
    """

    folder: Path
    result: Approximation

    def __str__(self) -> str:
        return f"{self.result}\n\n{self.result.network}\n\n{self.folder / NETWORK}"

    def to_json(self) -> dict[str, Any]:
        """Return weights and errors as plain values."""
        return {"folder": str(self.folder), **self.result.to_json()}

    def network_text(self, format: str) -> str:
        """Return the network in a writable format."""
        from neuralcrn.formats import network_text

        return network_text(self.result.network, format)


def approximate(
    equations: str,
    box: Sequence[str],
    folder: Path,
    options: ApproximationOptions | None = None,
    *,
    image: str = "png",
    on_status: OnStatus = ignore_status,
) -> Approximated:
    """Train a network in silico whose concentrations follow differential equations.

    Parameters
    ----------
    equations : str
        Such as ``"dx = sin(x)"``, with semicolons between equations.
    box : sequence of str
        Bounds of all variables, such as ``["x=1:12"]``.
    folder : Path
        Folder of the network, the figure and the weights.
    options : ApproximationOptions, optional
        Size of the network, constants and starts.
    image : str
        Format of the figure: ``png``, ``svg`` or ``pdf``.
    on_status : callable
        Called with the number of the start; see `neuralcrn.app`.

    Raises
    ------
    InvalidValueError
        If an equation, a bound or an option is invalid.
    ParseError
        If an equation cannot be read.
    RunError
        If the folder is not writable.
    """
    from neuralcrn.files import check_folder
    from neuralcrn.in_silico.dynamics import approximate_dynamics, check_duration
    from neuralcrn.plots.in_silico import approximated_figure

    chosen = options or ApproximationOptions()
    check_duration(chosen.t_end)
    check_folder(folder)
    result = approximate_dynamics(
        equations, box, nodes=chosen.nodes, mu=chosen.mu, beta=chosen.beta, gamma=chosen.gamma,
        start=chosen.start, decimals=chosen.decimals, starts=chosen.starts, seed=chosen.seed,
        on_status=on_status,
    )  # fmt: skip
    made = Approximated(folder, result)
    figure = approximated_figure(result, chosen.t_end)
    write_found(folder, "approximate", str(result.network), made.to_json(), figure, image)
    return made
