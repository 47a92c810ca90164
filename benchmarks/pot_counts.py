"""Species and reactions of all three forms of a circuit as functions of the number of inputs.

    python benchmarks/pot_counts.py [--dimensions 1 2 3 5 8 20 50 100] [--json] [--plot FILE.png]

There are as many states as inputs. The counts of a form are a polynomial in the dimension N: its degree and
exact coefficients are determined by divided differences from the smallest dimensions, and it must reproduce
the counts of all others; otherwise the command fails.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from neuralcrn.circuits import make_circuit

DIMENSIONS = (1, 2, 3, 5, 8, 20, 50, 100)
CIRCUITS = ("quadratic", "quadratic-dense")
RULES = ("exact", "first-order")
FORMS = (
    ("staged", "accumulate"),
    ("gated", "accumulate"),
    ("autonomous", "accumulate"),
    ("gated", "direct"),
    ("autonomous", "direct"),
)
"""Level and update."""


class Form(NamedTuple):
    """A circuit at one level."""

    circuit: str
    rule: str
    level: str
    update: str


def forms() -> Iterator[Form]:
    """Yield all forms in the order of the table."""
    for circuit in CIRCUITS:
        for rule in RULES:
            for level, update in FORMS:
                yield Form(circuit, rule, level, update)


def count(form: Form, dimension: int) -> tuple[int, int]:
    """Return species and reactions of a form, compiled."""
    circuit = make_circuit(form.circuit, dimension, hidden=dimension, rule=form.rule, update=form.update)
    program = circuit.compile(form.level)
    if form.level != "staged" and program.max_order > 2:
        raise SystemExit(f"{form}: a reaction has {program.max_order} reactants")
    return len(program.species), program.reaction_count


class Law(NamedTuple):
    """A polynomial, lowest power first, that holds from a dimension on."""

    start: int
    coefficients: tuple[Fraction, ...]

    @property
    def degree(self) -> int:
        """Highest power."""
        return len(self.coefficients) - 1

    def __str__(self) -> str:
        return formula(self.coefficients) + (f"  (N >= {self.start})" if self.start > 1 else "")


def fitted(counts: Mapping[int, int]) -> Law | None:
    """Return the polynomial of the lowest degree through all counts, or through all except that of N = 1.

    At N = 1 one shadow can replace two, because the pass chooses the pair that occurs in most reactions. None
    if no polynomial has fewer coefficients than there are counts.
    """
    dimensions = sorted(counts)
    for own in (dimensions, [n for n in dimensions if n > 1]):
        for degree in range(len(own) - 1):
            nodes = own[: degree + 1]
            polynomial = through(nodes, [counts[n] for n in nodes])
            if all(value(polynomial, n) == counts[n] for n in own):
                return Law(own[0], polynomial)
    return None


def through(nodes: Sequence[int], values: Sequence[int]) -> tuple[Fraction, ...]:
    """Return the coefficients of the polynomial through some points, by Newton's divided differences."""
    differences = [Fraction(v) for v in values]
    for order in range(1, len(nodes)):
        for i in range(len(nodes) - 1, order - 1, -1):
            rise = differences[i] - differences[i - 1]
            differences[i] = rise / (nodes[i] - nodes[i - order])
    coefficients = [Fraction(0)] * len(nodes)
    for node, difference in zip(reversed(nodes), reversed(differences), strict=True):
        shifted = [Fraction(0), *coefficients[:-1]]
        coefficients = [up - node * c for up, c in zip(shifted, coefficients, strict=True)]
        coefficients[0] += difference
    return tuple(coefficients)


def value(coefficients: Sequence[Fraction], n: int) -> Fraction:
    """Return the value of a polynomial."""
    return sum((c * n**power for power, c in enumerate(coefficients)), Fraction(0))


def formula(coefficients: Sequence[Fraction]) -> str:
    """Return a polynomial as text, ``24 N + 31``."""
    text = ""
    for power in range(len(coefficients) - 1, -1, -1):
        c = coefficients[power]
        if c == 0:
            continue
        sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
        letter = {0: "", 1: "N"}.get(power, f"N^{power}")
        number = "" if abs(c) == 1 and letter else str(abs(c))
        text += sign + " ".join(part for part in (number, letter) if part)
    return text or "0"


def measure(form: Form, dimensions: Sequence[int]) -> dict[str, Any]:
    """Return the counts of a form at every dimension, and their polynomials."""
    start = time.perf_counter()
    pairs = {n: count(form, n) for n in sorted(dimensions)}
    row: dict[str, Any] = {**form._asdict(), "seconds": time.perf_counter() - start}
    for place, what in enumerate(("species", "reactions")):
        counts = {n: pair[place] for n, pair in pairs.items()}
        law = fitted(counts)
        row[what] = counts
        row[f"{what}_law"] = None if law is None else str(law)
        row[f"{what}_degree"] = None if law is None else law.degree
    return row


def name_of(row: Mapping[str, Any]) -> str:
    """Return a form in words."""
    update = ", direct" if row["update"] == "direct" else ""
    return f"{row['level']}{update}"


def print_table(rows: Sequence[Mapping[str, Any]], dimensions: Sequence[int]) -> None:
    """Print counts and formulas, one block a circuit and gradient."""
    heads = "".join(f"{f'N = {n}':>9}" for n in sorted(dimensions))
    title = ""
    for row in rows:
        block = f"{row['circuit']}, {row['rule']}"
        if block != title:
            title = block
            print(f"\n{block:32}{heads}   exact")
        for what in ("species", "reactions"):
            label = name_of(row) if what == "species" else ""
            figures = "".join(f"{number:9,}" for number in row[what].values())
            print(f"  {label:20}{what:10}{figures}   {row[f'{what}_law'] or 'no polynomial'}")


def verdicts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return violations: counts without a polynomial, element-wise growth above linear."""
    wrong: list[str] = []
    for row in rows:
        for what in ("species", "reactions"):
            degree, where = row[f"{what}_degree"], f"{row['circuit']}, {row['rule']}, {name_of(row)}"
            if degree is None:
                wrong.append(f"{where}: {what} follow no polynomial")
            elif degree > 1 and row["circuit"] == "quadratic" and row["rule"] == "first-order":
                wrong.append(f"{where}: {what} grow as N^{degree}, not linearly")
    return wrong


def draw(rows: Sequence[Mapping[str, Any]], path: str) -> None:
    """Plot the reactions against the dimension, one panel a circuit."""
    from neuralcrn.plots import new_figure, paper_style, save

    figure = new_figure(7.2, 3.2)
    styles = {"exact": "o-", "first-order": "s--"}
    colours = {"staged": "#000000", "gated": "#0072B2", "autonomous": "#D55E00"}
    with paper_style():
        panels = figure.subplots(1, len(CIRCUITS), sharey=True)
        for axes, circuit in zip(panels, CIRCUITS, strict=True):
            for row in rows:
                if row["circuit"] == circuit and row["update"] == "accumulate":
                    axes.loglog(
                        list(row["reactions"]),
                        list(row["reactions"].values()),
                        styles[row["rule"]],
                        color=colours[row["level"]],
                        label=f"{row['level']}, {row['rule']}",
                    )
            axes.set_title(circuit)
            axes.set_xlabel("inputs and states N")
        panels[0].set_ylabel("reactions")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    save(figure, path)


def main() -> None:
    """Count, print, plot; exit with 1 if a formula is violated."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dimensions", type=int, nargs="*", default=list(DIMENSIONS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--plot")
    options = parser.parse_args()
    rows = [measure(form, options.dimensions) for form in forms()]
    wrong = verdicts(rows)
    if options.plot:
        draw(rows, options.plot)
    if options.json:
        print(json.dumps({"rows": rows, "wrong": wrong}))
    else:
        print_table(rows, options.dimensions)
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
