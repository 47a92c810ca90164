"""The report: a self-contained HTML page, and its tables as Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from neuralcrn.display import Document, Table, to_markdown
from neuralcrn.files import write_text
from neuralcrn.studies.reproduction.experiments import (
    CIRCUITS,
    GROUPS,
    LAYERED,
    LEARNERS,
    MEASURES,
    ONE_POT,
    OPTIMISERS,
    PUBLICATION,
    VARIATIONS,
)
from neuralcrn.studies.reproduction.rows import Row
from neuralcrn.verify import compare_with_published
from neuralcrn.version import __version__

HTML, MARKDOWN = "report.html", "report.md"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Contents of a report.

    Attributes
    ----------
    rows : tuple of Row
        Every experiment over its seeds.
    figures : mapping of str to mapping
        PNGs in base64 by caption, for each experiment with figures.
    overview : mapping of str to str
        Figures of all experiments together.
    baselines : tuple of Baseline
        scikit-learn baselines on the same samples.
    studies : tuple of Study
        Results of studies.
    missing : str
        Omitted parts, with reasons; empty if there are none.
    seeds : int
        Requested number of seeds.
    command : str
        Command that repeats this report.
    """

    rows: tuple[Row, ...]
    figures: Mapping[str, Mapping[str, str]]
    overview: Mapping[str, str]
    baselines: tuple[Baseline, ...]
    studies: tuple[Study, ...]
    missing: str
    seeds: int
    command: str


@final
@dataclass(frozen=True, slots=True)
class Baseline:
    """The best chemistry of a task compared with the baselines: medians of a measure on the same samples."""

    task: str
    measure: str
    chemistry: Row
    models: Mapping[str, float]


@final
@dataclass(frozen=True, slots=True)
class Study:
    """A table with a description and a figure.

    Attributes
    ----------
    title, text : str
        Question, and method of measurement.
    columns : tuple of str
        Headings of the table; those that end in ``(s)`` are times.
    cells : tuple of tuple of str
        Rows of the table.
    picture : str
        PNG in base64; empty for none.
    """

    title: str
    text: str
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    picture: str = ""

    @property
    def timed(self) -> bool:
        """Whether the table, and therefore the figure, contains times, which are not reproducible."""
        return any(column.endswith("(s)") for column in self.columns)


def write_report(contents: Contents, folder: Path) -> tuple[Path, Path]:
    """Write the page and the tables to a folder, each atomically.

    Raises
    ------
    RunError
        If they cannot be written.
    """
    paths = folder / HTML, folder / MARKDOWN
    for path in paths:
        write_text(path, render(contents, f"{path.name}.jinja"))
    return paths


def render(contents: Contents, template: str) -> str:
    """Return the report as rendered by a template."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("neuralcrn.studies.reproduction"),
        autoescape=template.startswith(HTML),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "number": number,
        "span": span,
        "verdict": verdict,
        "markdown": lambda study: to_markdown(Document.of(Table(study.columns, study.cells))),
        "measure": lambda name: MEASURES[name],
    }
    environment.filters.update(filters)
    rows = {group: [row for row in contents.rows if row.experiment.group == group] for group in GROUPS}
    return environment.get_template(template).render(
        contents=contents,
        publication=rows[PUBLICATION],
        variations=rows[VARIATIONS],
        layered=rows[LAYERED],
        learners=rows[LEARNERS],
        one_pot=rows[ONE_POT],
        ours=(*rows[CIRCUITS], *rows[OPTIMISERS]),
        by_name={row.experiment.name: row for row in contents.rows},
        counts=compare_with_published(),
        version=__version__,
    )


def number(value: float | None) -> str:
    """Return a number for a table.

    Examples
    --------
    >>> number(0.84375), number(0.07), number(None), number(float("inf"))
    ('0.844', '0.070', '', '∞')
    """
    if value is None:
        return ""
    return "∞" if math.isinf(value) else f"{value:.3f}"


def span(values: Sequence[float]) -> str:
    """Return the range of values.

    Examples
    --------
    >>> span([0.8, 0.9]), span([0.8])
    ('0.800 to 0.900', '')
    """
    return f"{number(min(values))} to {number(max(values))}" if len(values) > 1 else ""


def verdict(row: Row) -> str:
    """Return the number of solved starts, or the difference between the median of a row and the published
    result, in words.
    """
    if row.solved is not None:
        return f"{row.solved} of {len(row.runs)} starts"
    if row.met is None:
        return ""
    if row.median == row.experiment.published:
        return "met"
    return "better" if row.met else "not met"
