"""A clock report as tables: in text and in HTML."""

from __future__ import annotations

from collections.abc import Sequence

from neuralcrn.markup import Html, element, folded, table
from neuralcrn.studies.clock.report import CLOSED, ClockReport
from neuralcrn.studies.clock.responses import RESPONSE_CYCLES, Response

_STEADINESS = ("", "first", "last", "mean", "drift", "jitter")
_GATE = ("gate", "peak", "rest/peak", "leak")
_OVERLAP = ("overlap", "peak", "shared")
_RATES, _LOADS = "one rate constant times", "one load of the total"
_NOTES = (
    f"leak: part of a gate's integral while it is below {CLOSED:g} of its peak",
    "shared: part of the smaller gate's integral that lies in the other",
    f"runs: strikes {RESPONSE_CYCLES} times, with every gate at half its peak or more in each cycle; of",
    "those that run, the largest changes of the mean period and of each gate's mean integral, and the",
    "largest jitter of an integral. A clock strikes no more if its species stop, or no longer fall below",
    "the thresholds of its events",
)
_WIDE = ("<32", ">12", ">12", ">12", ">10", ">10")
_NARROW = ("<24", ">12", ">12", ">12")
_Rows = list[tuple[str, ...]]


def describe_clock(report: ClockReport) -> str:
    """Return what was measured about a clock as text."""
    return "\n".join(
        [
            _title(report),
            "",
            *(_line(row, _WIDE) for row in (_STEADINESS, *_steadiness(report))),
            "",
            *(_line(row, _NARROW) for row in (_GATE, *_gates(report))),
            "",
            *(_line(row, _NARROW) for row in (_OVERLAP, *_overlaps(report))),
            "",
            *_response_lines(_RATES, report.rates, report),
            "",
            *_response_lines(_LOADS, report.loads, report),
            "",
            *_NOTES,
        ]
    )


def clock_html(report: ClockReport) -> Html:
    """Return what was measured about a clock as HTML, its responses to disturbances folded away."""
    return element(
        "div",
        table(_STEADINESS, _steadiness(report), tuple, caption=_title(report)),
        table(_GATE, _gates(report), tuple),
        table(_OVERLAP, _overlaps(report), tuple),
        folded(
            "what it bears",
            _response_table(_RATES, report.rates, report),
            _response_table(_LOADS, report.loads, report),
        ),
        folded("what the words mean", element("p", " ".join(_NOTES))),
    )


def _title(report: ClockReport) -> str:
    short = report.cycles < report.asked
    stopped = f", then it struck NO MORE ({report.asked:,} were asked for)" if short else ""
    return (
        f"clock {report.clock}: {report.species} species, {report.reactions} reactions, "
        f"total {report.total:g}; {report.cycles:,} cycles{stopped}"
    )


def _steadiness(report: ClockReport) -> _Rows:
    """Return how the period and the integral of each gate change over the cycles."""
    gates = ((f"{g.phase}, integral of {' '.join(g.species)}", g.integral) for g in report.gates)
    return [
        (
            name,
            *(f"{value:.6g}" for value in (values.first, values.last, values.mean)),
            f"{values.drift:+.1e}",
            f"{values.jitter:.1e}",
        )
        for name, values in (("period", report.period), *gates)
    ]


def _gates(report: ClockReport) -> _Rows:
    return [
        (gate.phase, f"{gate.peak:.4g}", f"{gate.floor:.1e}", f"{gate.leak:.1e}") for gate in report.gates
    ]


def _overlaps(report: ClockReport) -> _Rows:
    return [(" and ".join(o.phases), f"{o.peak:.1e}", f"{o.shared:.1e}") for o in report.overlaps]


def _response_head(title: str, report: ClockReport) -> tuple[str, ...]:
    return (title, "runs", "period", *(gate.phase for gate in report.gates), "jitter")


def _responses(responses: Sequence[Response]) -> list[tuple[tuple[str, ...], str]]:
    """Return for each size of a disturbance how many it bears, the largest changes, and a note.

    Where it bears none there are no changes.
    """
    rows: list[tuple[tuple[str, ...], str]] = []
    for size in dict.fromkeys(response.size for response in responses):
        group = [response for response in responses if response.size == size]
        running = [response for response in group if response.runs]
        cells = [f"{size:g}", f"{len(running)} of {len(group)}"]
        if running:
            changes = [(response.period or 0.0, *(response.gates or ())) for response in running]
            worst = [max(column, key=abs) for column in zip(*changes, strict=True)]
            jitter = max(response.jitter or 0.0 for response in running)
            cells += [*(f"{value:+.1%}" for value in worst), f"{jitter:.1e}"]
        fewest = min(response.cycles for response in group)
        rows.append((tuple(cells), f"fewest cycles {fewest}" if len(running) < len(group) else ""))
    return rows


def _response_lines(title: str, responses: Sequence[Response], report: ClockReport) -> list[str]:
    head = _response_head(title, report)
    styles = ("<24", ">12", *[">10"] * (len(head) - 2))
    rows = [(head, ""), *_responses(responses)]
    return [_line(cells, styles) + (f"  {note}" if note else "") for cells, note in rows]


def _response_table(title: str, responses: Sequence[Response], report: ClockReport) -> Html:
    head = (*_response_head(title, report), "")

    def row(response: tuple[tuple[str, ...], str]) -> tuple[str, ...]:
        cells, note = response
        return (*cells, *[""] * (len(head) - len(cells) - 1), note)

    return table(head, _responses(responses), row)


def _line(cells: Sequence[str], styles: Sequence[str]) -> str:
    """Return cells side by side, each in the width of its column."""
    return "".join(map(format, cells, styles))
