"""Files of a fit: one page that opens from disk, Markdown, JSON, and a figure; and those of its samples."""

from __future__ import annotations

from pathlib import Path

from neuralcrn.display import to_markdown, to_page
from neuralcrn.files import write_json, write_text
from neuralcrn.fitting import Fit
from neuralcrn.fitting.result import fit_json
from neuralcrn.plots import save
from neuralcrn.plots.fitting import fitted_figure, samples_figure

PAGE = "fit.html"


def write_fit(fit: Fit, folder: Path, image: str) -> None:
    """Write ``fit.html``, ``fit.md``, ``fit.json`` and the figure, each atomically.

    With samples of the posterior distribution also ``samples.csv`` and their figure.

    Raises
    ------
    RunError
        If a file cannot be written.
    """
    document = fit.document()
    write_text(folder / PAGE, to_page(document, f"Fit of {fit.problem.name}"))
    write_text(folder / "fit.md", to_markdown(document) + "\n")
    write_json(folder / "fit.json", fit_json(fit))
    save(fitted_figure(fit), folder / f"fit.{image}")
    if fit.posterior is not None:
        write_text(folder / "samples.csv", fit.posterior.to_csv())
        save(samples_figure(fit), folder / f"samples.{image}")
