"""Style of figures: palette, sizes, mathematical names, and saving.

Figures are created without pyplot, so that no global state is changed: no backend is selected, no window
manager refers to them, and matplotlib's settings are preserved.
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
from neuralcrn.display import name_latex
from neuralcrn.errors import InvalidValueError, UnknownNameError, printable, shown_path
from neuralcrn.files import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

Trace = NDArray[np.float64]

BLACK, BLUE, VERMILLION, GREEN = "#000000", "#0072B2", "#D55E00", "#009E73"
ORANGE, PURPLE, SKY = "#E69F00", "#CC79A7", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
"""Colours of Okabe and Ito, suitable for colour-blind readers, without yellow, which is too pale for
lines.
"""
GREY, PALE = "#666666", "#BBBBBB"
PHASES = ("#332288", "#999933", "#882255", "#808080")
"""Colours of phases and their gates, after Tol, different from those of species."""
LOSS_LABEL = "loss, half squared error\n(concentration²)"
COLUMN_WIDTH, PAGE_WIDTH = 3.5, 7.2
"""Widths of one column and of a page, inches."""
DOTS_PER_INCH = 160
_LABEL_LENGTH = 40
_TOLD_APART, _JOINED = 0.01, 3
"""Fraction of the range of a panel by which traces must differ to be distinguishable; maximum number of names
per entry.
"""
_LONGEST = 60
"""Characters of joined names, including those of mathematical notation."""
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
        "svg.hashsalt": "neuralcrn",  # otherwise identifiers are random
        "pdf.fonttype": 42,  # letters remain letters
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
"""Formats of figures, and metadata that would make files depend on the time of writing."""
_settings = threading.RLock()


@contextmanager
def paper_style() -> Generator[None, None, None]:
    """Draw in our style, and restore matplotlib's settings.

    These settings are global for the process, so threads wait for each other.
    """
    import matplotlib
    from matplotlib.rcsetup import cycler

    style: Any = dict(_STYLE)  # matplotlib's stubs require a literal for every key
    style["axes.prop_cycle"] = cycler(color=PALETTE)
    with _settings, matplotlib.rc_context(style):
        yield


def new_figure(width: float = COLUMN_WIDTH, height: float = 2.5) -> Figure:
    """Return an empty figure in our style, with a layout without overlaps.

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
    """Write a figure as PNG, SVG or PDF; the same figure always gives identical files.

    The file is written atomically, see `neuralcrn.files.write_bytes`.

    Parameters
    ----------
    figure : Figure
        The figure.
    path : path
        File name with the extension ``.png``, ``.svg`` or ``.pdf``, in an existing folder; an existing file
        is replaced.

    Returns
    -------
    Path
        Path of the file.

    Raises
    ------
    InvalidValueError
        If the file has another extension, or the folder does not exist.
    RunError
        If it cannot be written.
    """
    target = Path(path)
    image_format = checked_ending(target)
    write_bytes(target, image_of(figure, image_format))
    return target


def checked_ending(path: Path) -> str:
    """Return the format for the extension of a file name; check the extension and the folder.

    Examples
    --------
    >>> checked_ending(Path("loss.SVG"))
    'svg'
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in _METADATA:
        endings = ", ".join(f".{name}" for name in _METADATA)
        raise InvalidValueError(f"figure {shown_path(path)}: give a name ending in {endings}")
    if not path.parent.is_dir():
        raise InvalidValueError(f"figure {shown_path(path)}: its folder does not exist: make it first")
    return ending


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG; the same values always give identical bytes."""
    return image_of(figure, "png")


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG; the same values always give identical text."""
    return image_of(figure, "svg").decode()


def image_of(figure: Figure, image_format: str) -> bytes:
    """Return the contents of the file that `save` would write for a figure.

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
    r"""Return a text as a label: shortened, without control characters, with dollar signs escaped.

    Examples
    --------
    >>> print(plain("price in $"))
    price in \$
    """
    shown = printable(text, length).replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown  # legends ignore labels that start with _


def symbol(variable: Variable) -> str:
    r"""Return a quantity as a mathematical label, with indices counted from 1.

    Examples
    --------
    >>> print(symbol(Variable("theta", (0, 1))))
    $\theta_{1,2}$
    """
    return f"${name_latex(variable.species)}$"


def phase_colours(phases: Iterable[str]) -> dict[str, str]:
    """Return the colour of each phase, in order."""
    return dict(zip(phases, itertools.cycle(PHASES), strict=False))


def distinct(traces: Sequence[tuple[str, Trace]]) -> list[tuple[str, Trace]]:
    """Return the distinguishable traces; identical ones are merged, with all their names.

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
    shown = len(labels) if len(labels) <= _JOINED + 1 else _JOINED
    while shown > 1 and len(", ".join(labels[:shown])) > _LONGEST:
        shown -= 1
    more = f" and {len(labels) - shown} more" if shown < len(labels) else ""
    return ", ".join(labels[:shown]) + more


def log_axis(panel: Axes) -> None:
    """Make the vertical axis logarithmic; if it shows few decades, 2 and 5 are labelled too."""
    from matplotlib.ticker import LogLocator, NullFormatter

    panel.set_yscale("log")
    low, high = panel.get_ylim()
    if high < _FEW_DECADES * low:
        panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter(NullFormatter())


def legend_above(axes: Axes, columns: int) -> None:
    """Place the legend above the axes, where it hides no data.

    Parameters
    ----------
    axes : Axes
        Axes with labelled artists.
    columns : int
        Number of columns.

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
    """Add a thin colour bar beside a panel, with the height of the panel."""
    side = panel.inset_axes((1.04, 0.0, 0.045, 1.0))
    bar = panel.figure.colorbar(image, cax=side, label=label, extend=extend)
    side.spines["outline"].set_linewidth(0.4)
    bar.ax.tick_params(length=2.0)
