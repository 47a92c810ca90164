"""The look of every figure: palette, sizes, names as mathematics, and saving.

Figures are made without pyplot, so that nothing global is left behind: no backend is chosen, no
window manager holds on to them, and matplotlib's settings are as before.
"""

from __future__ import annotations

import io
import itertools
import os
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import name_latex
from neuralcrn.errors import InvalidValueError, UnknownNameError, printable
from neuralcrn.formats.files import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

Trace = NDArray[np.float64]

BLACK, BLUE, VERMILLION, GREEN = "#000000", "#0072B2", "#D55E00", "#009E73"
ORANGE, PURPLE, SKY = "#E69F00", "#CC79A7", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
"""Colours of Okabe and Ito, told apart by colour-blind readers; their yellow is too pale for lines."""
GREY, PALE = "#666666", "#BBBBBB"
PHASES = ("#332288", "#999933", "#882255", "#808080")
"""Colours of phases and their gates, after Tol; none looks like one of a species."""
LOSS_LABEL = "loss, half squared error\n(concentration²)"
COLUMN_WIDTH, PAGE_WIDTH = 3.5, 7.2
"""Widths of one column and of a page, inch."""
DOTS_PER_INCH = 160
_LABEL_LENGTH = 40
_TOLD_APART, _JOINED = 0.01, 3
"""Part of a panel's range by which traces must differ to be told apart; names that one entry lists."""
_FEW_DECADES = 1e4

_STYLE = MappingProxyType(
    {
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 8.0,
        "axes.titlesize": 8.0,
        "axes.labelsize": 8.0,
        "xtick.labelsize": 7.0,
        "ytick.labelsize": 7.0,
        "legend.fontsize": 7.0,
        "legend.frameon": False,
        "legend.handlelength": 1.4,
        "legend.columnspacing": 1.0,
        "mathtext.fontset": "dejavusans",
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlepad": 5.0,
        "axes.grid": False,
        "axes.facecolor": "white",
        "figure.facecolor": "white",
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.minor.width": 0.4,
        "ytick.minor.width": 0.4,
        "xtick.minor.size": 1.5,
        "ytick.minor.size": 1.5,
        "lines.linewidth": 1.1,
        "lines.markersize": 3.0,
        "savefig.bbox": None,
        "svg.hashsalt": "neuralcrn",  # else identifiers are drawn at random
        "pdf.fonttype": 42,  # letters stay letters
        "text.usetex": False,
    }
)
_METADATA: MappingProxyType[str, dict[str, None]] = MappingProxyType(
    {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
)
"""Formats of figures, and what matplotlib would write into them that is not of the figure."""
_settings = threading.RLock()


@contextmanager
def paper_style() -> Generator[None, None, None]:
    """Draw in our style, and leave matplotlib's settings as they were.

    Those settings belong to the whole process, so threads that draw wait for each other.
    """
    import matplotlib
    from matplotlib.rcsetup import cycler

    style: Any = dict(_STYLE)  # matplotlib's stubs ask for a literal of every key
    style["axes.prop_cycle"] = cycler(color=PALETTE)
    with _settings, matplotlib.rc_context(style):
        yield


def new_figure(width: float = COLUMN_WIDTH, height: float = 2.5) -> Figure:
    """Return an empty figure in our style, its layout kept free of overlaps.

    Parameters
    ----------
    width, height : float, inch
        Size on paper.

    Examples
    --------
    >>> figure = new_figure(3.5, 2.0)
    >>> figure.get_size_inches().tolist(), figure.get_layout_engine() is None
    ([3.5, 2.0], False)
    """
    from matplotlib.figure import Figure

    with paper_style():
        return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure as PNG, SVG or PDF; the same figure always gives the same bytes.

    The file appears whole or not at all, see `neuralcrn.formats.files.write_bytes`.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : path
        File name ending in ``.png``, ``.svg`` or ``.pdf``, in a folder that exists; an older file is
        replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InvalidValueError
        If the name has another ending, or the folder does not exist.
    RunError
        If it cannot be written.
    """
    target = Path(path)
    image_format = checked_ending(target)
    write_bytes(target, image_of(figure, image_format))
    return target


def checked_ending(path: Path) -> str:
    """Return the format that the ending of a file name says, or refuse it, or a folder that is not there.

    Examples
    --------
    >>> checked_ending(Path("loss.SVG"))
    'svg'
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in _METADATA:
        endings = ", ".join(f".{name}" for name in _METADATA)
        raise InvalidValueError(f"figure {printable(str(path))}: give a name ending in {endings}")
    if not path.parent.is_dir():
        raise InvalidValueError(f"figure {printable(str(path))}: its folder does not exist: make it first")
    return ending


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG; drawn anew from the same values, it has the same bytes."""
    return image_of(figure, "png")


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG; drawn anew from the same values, it is the same text."""
    return image_of(figure, "svg").decode()


def image_of(figure: Figure, image_format: str) -> bytes:
    """Return the contents of the file into which `save` would write a figure.

    Raises
    ------
    UnknownNameError
        If the format is not png, svg or pdf.
    """
    if image_format not in _METADATA:
        raise UnknownNameError("format of figures", image_format, _METADATA)
    image = io.BytesIO()
    metadata: Any = _METADATA[image_format]
    with paper_style():
        figure.savefig(image, format=image_format, dpi=DOTS_PER_INCH, metadata=metadata)
    return image.getvalue()


def plain(text: str, length: int = _LABEL_LENGTH) -> str:
    r"""Return foreign text as a label: short, without control characters, a dollar sign no mathematics.

    Examples
    --------
    >>> print(plain("price in $"))
    price in \$
    """
    shown = printable(text, length).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown  # legends leave out what starts with _


def symbol(variable: Variable) -> str:
    r"""Return a quantity as mathematics for a label, indices counted from 1.

    Examples
    --------
    >>> print(symbol(Variable("theta", (0, 1))))
    $\theta_{1,2}$
    """
    return f"${name_latex(variable.species)}$"


def phase_colours(phases: Iterable[str]) -> dict[str, str]:
    """Return the colour of each phase, in their order."""
    return dict(zip(phases, itertools.cycle(PHASES), strict=False))


def distinct(traces: Sequence[tuple[str, Trace]]) -> list[tuple[str, Trace]]:
    """Return the traces that can be told apart; those on top of each other become one, with all their names.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.linspace(0.0, 1.0, 5)
    >>> [label for label, _ in distinct([("a", t), ("b", 1.0 - t), ("c", 1.001 * t)])]
    ['a, c', 'b']
    """
    if not traces:
        return []
    everything = np.concatenate([values for _, values in traces])
    near = _TOLD_APART * float(np.nanmax(everything) - np.nanmin(everything))
    groups: list[tuple[list[str], Trace]] = []
    for label, values in traces:
        for labels, first in groups:
            if float(np.nanmax(np.abs(values - first))) <= near:
                labels.append(label)
                break
        else:
            groups.append(([label], values))
    return [(_joined(labels), values) for labels, values in groups]


def _joined(labels: Sequence[str]) -> str:
    more = len(labels) - _JOINED
    return ", ".join(labels) if more <= 1 else f"{', '.join(labels[:_JOINED])} and {more} more"


def log_axis(panel: Axes) -> None:
    """Make the vertical axis logarithmic; where few decades are shown, 2 and 5 are numbered too."""
    from matplotlib.ticker import LogLocator, NullFormatter

    panel.set_yscale("log")
    low, high = panel.get_ylim()
    if high < _FEW_DECADES * low:
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter(NullFormatter())


def legend_above(axes: Axes, columns: int) -> None:
    """Put the legend over the axes, where it hides no data.

    Parameters
    ----------
    axes : Axes
        With what has a label.
    columns : int
        Entries beside each other.

    Examples
    --------
    >>> figure = new_figure()
    >>> with paper_style():
    ...     axes = figure.subplots()
    ...     axes.plot([0.0, 1.0], label="A")[0].get_label()
    ...     legend_above(axes, 1)
    'A'
    """
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        borderaxespad=0.2,
        borderpad=0.2,
        handletextpad=0.5,
    )


def beside_bar(panel: Axes, image: ScalarMappable, label: str, extend: str = "neither") -> None:
    """Add a thin colour bar beside a panel, as high as the panel."""
    side = panel.inset_axes((1.04, 0.0, 0.045, 1.0))
    bar = panel.figure.colorbar(image, cax=side, label=label, extend=extend)
    side.spines["outline"].set_linewidth(0.4)
    bar.ax.tick_params(length=2.0)
