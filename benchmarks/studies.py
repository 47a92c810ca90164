"""Two studies beyond the publication, as Markdown tables.

    python benchmarks/studies.py [--quick] [--json] [--plot FOLDER]

Gradients: the angle between what first-order and exact chemistry accumulate, and the loss after the same
training, as horizon and inputs grow. Growth: species, reactions, processor time and memory of the
element-wise circuit with first-order gradients; every slope in log N must be 1, within 0.1 (else exit 1).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from neuralcrn.analysis import GradientRow, GrowthRow, growth_slopes, study_gradients, study_growth

DENSE_HORIZONS, DENSE_INPUTS = (0.1, 0.5, 2.0), (2, 4, 8)
QUICK_HORIZONS, QUICK_INPUTS = (0.1, 0.5, 2.0), (2, 8)
POT_INPUTS = (1, 3, 10, 30, 100)
ALLOWED = 0.1
"""How far a slope may be from 1."""

GRADIENT_HEADS = (
    "circuit", "N", "T", "angle (°)", "range (°)", "in real arithmetic (°)", "length ratio",
    "loss, first-order", "loss, exact", "reactions, first-order", "reactions, exact",
)  # fmt: skip
GROWTH_HEADS = (
    "level", "N", "species", "reactions", "compiling (s)", "most memory (MB)", "index arrays (MB)",
    "training step (µs)",
)  # fmt: skip
Row = TypeVar("Row")


def gradient_rows(quick: bool) -> Iterator[GradientRow]:
    """Yield the first study."""
    if quick:
        yield from study_gradients(horizons=QUICK_HORIZONS, inputs=QUICK_INPUTS, epochs=4)
    else:
        yield from study_gradients()
        yield from study_gradients("quadratic-dense", horizons=DENSE_HORIZONS, inputs=DENSE_INPUTS)


def growth_rows(quick: bool) -> Iterator[GrowthRow]:
    """Yield the second study."""
    yield from study_growth(repeats=2 if quick else 5)
    yield from study_growth(autonomy="autonomous", inputs=POT_INPUTS, repeats=1)


def gradient_cells(row: GradientRow) -> list[str]:
    """Return a row of the first table."""
    angles = [f"{row.angle:.2f}", f"{row.lowest_angle:.2f} to {row.highest_angle:.2f}"]
    others = [f"{value:.2f}" for value in (row.oracle_angle, row.length)]
    losses = [f"{loss:.3f}" for loss in (row.first_order_loss, row.exact_loss)]
    counts = [f"{count:,}" for count in (row.first_order_reactions, row.exact_reactions)]
    return [row.circuit, str(row.inputs), f"{row.horizon:g}", *angles, *others, *losses, *counts]


def growth_cells(row: GrowthRow) -> list[str]:
    """Return a row of the second table."""
    counts = [f"{count:,}" for count in (row.species, row.reactions)]
    memory = [f"{row.peak_bytes / 1e6:.2f}", f"{row.packed_bytes / 1e6:.3f}"]
    step = "" if row.step_seconds is None else f"{1e6 * row.step_seconds:,.0f}"
    return [row.autonomy, str(row.inputs), *counts, f"{row.compile_seconds:.3f}", *memory, step]


def printed(heads: Sequence[str], rows: Iterable[Row], cells: Callable[[Row], Sequence[str]]) -> list[Row]:
    """Print a Markdown table row by row, as the rows come, and return them."""
    kept: list[Row] = []
    print(f"| {' | '.join(heads)} |", "|" + "---:|" * len(heads), sep="\n", flush=True)
    for row in rows:
        kept.append(row)
        print(f"| {' | '.join(cells(row))} |", flush=True)
    print()
    return kept


def main() -> None:
    """Measure, print and plot; exit with 1 where growth is not linear."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few sizes and short trainings")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--plot", metavar="FOLDER", type=Path, help="write the figures there")
    options = parser.parse_args()
    if options.json:
        compared, grown = list(gradient_rows(options.quick)), list(growth_rows(options.quick))
    else:
        print("Angle between first-order and exact gradients, and loss after the same training over that of")
        print("the best constant: medians over seeds.\n")
        compared = printed(GRADIENT_HEADS, gradient_rows(options.quick), gradient_cells)
        print("Growth of the element-wise circuit with first-order gradients; processor time.\n")
        grown = printed(GROWTH_HEADS, growth_rows(options.quick), growth_cells)
    slopes = growth_slopes([row for row in grown if row.autonomy == "staged"])
    if options.json:
        parts = {"gradients": compared, "growth": grown}
        rows = {name: [dataclasses.asdict(row) for row in part] for name, part in parts.items()}
        print(json.dumps({**rows, "slopes": slopes._asdict()}))
    else:
        print("Slopes of the staged rows from N = 100 up.\n")
        printed(slopes._fields, [slopes], lambda row: [f"{slope:.3f}" for slope in row])
    if options.plot:
        from neuralcrn.plots import gradient_study_figure, growth_figure, save

        for circuit in dict.fromkeys(row.circuit for row in compared):
            of_one = [row for row in compared if row.circuit == circuit]
            save(gradient_study_figure(of_one), options.plot / f"gradients_{circuit}.png")
        save(growth_figure(grown), options.plot / "growth.png")
    if any(abs(slope - 1.0) > ALLOWED for slope in slopes):
        raise SystemExit("growth is not linear: a slope is not 1, within 0.1")


if __name__ == "__main__":
    main()
