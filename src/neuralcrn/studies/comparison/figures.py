"""Figures of a comparison: score against size, and against the strength of a disturbance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from neuralcrn.plots.style import PALETTE, plain
from neuralcrn.studies.comparison.plan import MOLECULES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = "osD^v<>Ph*Xp"


def against_size(axes: Axes, sizes: Mapping[str, tuple[int, float]], measure: str) -> None:
    """Draw the median score of each learner against its number of reactions.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    sizes : mapping of str to tuple
        Reactions and score by learner.
    measure : str
        Type of score.
    """
    for place, (name, (reactions, score)) in enumerate(sizes.items()):
        axes.plot(reactions, score, linestyle="none", label=plain(name), **_look(place))
    axes.set_xscale("log")
    axes.set_xlabel("reactions")
    axes.set_ylabel(measure)
    _add_legend(axes)


def against_disturbance(
    axes: Axes, curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], disturbance: str
) -> None:
    """Draw the median score of each learner against the strength of a disturbance.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    curves : mapping of str to tuple
        Strengths and scores by learner; empty for learners that are not drawn.
    disturbance : str
        Name of the disturbance.
    """
    for place, (name, (strengths, scores)) in enumerate(curves.items()):
        if strengths:
            axes.plot(strengths, scores, label=plain(name), linewidth=1.0, **_look(place))
    axes.set_xscale("log")
    ticks = sorted({strength for strengths, _ in curves.values() for strength in strengths})
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    counted = disturbance == MOLECULES
    axes.set_xlabel("molecules per unit of concentration" if counted else f"deviation s of {disturbance}")
    axes.set_ylabel("score")
    _add_legend(axes)


def _look(place: int) -> dict[str, Any]:
    """Return the colour and the marker of a learner; both repeat at different intervals."""
    return {"color": PALETTE[place % len(PALETTE)], "marker": _MARKERS[place % len(_MARKERS)]}


def _add_legend(axes: Axes) -> None:
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize="small", frameon=False)
