"""A clock report as tables."""

from __future__ import annotations

from collections.abc import Sequence

from neuralcrn.analysis.clock_report import CLOSED, ClockReport, Steadiness
from neuralcrn.analysis.clock_responses import RESPONSE_CYCLES, Response


def describe_clock(report: ClockReport) -> str:
    """Return what was measured about a clock as text."""
    short = report.cycles < report.asked
    stopped = f", then it struck NO MORE ({report.asked:,} were asked for)" if short else ""
    lines = [
        f"clock {report.clock}: {report.species} species, {report.reactions} reactions, "
        f"total {report.total:g}; {report.cycles:,} cycles{stopped}",
        "",
        f"{'':<32}{'first':>12}{'last':>12}{'mean':>12}{'drift':>10}{'jitter':>10}",
        _steadiness("period", report.period),
        *(
            _steadiness(f"{gate.phase}, integral of {' '.join(gate.species)}", gate.integral)
            for gate in report.gates
        ),
        "",
        f"{'gate':<24}{'peak':>12}{'rest/peak':>12}{'leak':>12}",
        *(f"{g.phase:<24}{g.peak:>12.4g}{g.floor:>12.1e}{g.leak:>12.1e}" for g in report.gates),
        "",
        f"{'overlap':<24}{'peak':>12}{'shared':>12}",
        *(f"{' and '.join(o.phases):<24}{o.peak:>12.1e}{o.shared:>12.1e}" for o in report.overlaps),
        "",
        *_responses("one rate constant times", report.rates, report),
        "",
        *_responses("one load of the total", report.loads, report),
        "",
        f"leak: part of a gate's integral while it is below {CLOSED:g} of its peak",
        "shared: part of the smaller gate's integral that lies in the other",
        f"runs: strikes {RESPONSE_CYCLES} times, with every gate at half its peak or more in each cycle; of",
        "those that run, the largest changes of the mean period and of each gate's mean integral, and the",
        "largest jitter of an integral. A clock strikes no more if its species stop, or no longer fall below",
        "the thresholds of its events",
    ]
    return "\n".join(lines)


def _steadiness(name: str, values: Steadiness) -> str:
    numbers = f"{values.first:>12.6g}{values.last:>12.6g}{values.mean:>12.6g}"
    return f"{name:<32}{numbers}{values.drift:>+10.1e}{values.jitter:>10.1e}"


def _responses(title: str, responses: Sequence[Response], report: ClockReport) -> list[str]:
    """Return one line for each size of a disturbance: how many it bears, and the largest changes."""
    phases = "".join(f"{gate.phase:>10}" for gate in report.gates)
    lines = [f"{title:<24}{'runs':>12}{'period':>10}{phases}{'jitter':>10}"]
    for size in dict.fromkeys(response.size for response in responses):
        group = [response for response in responses if response.size == size]
        running = [response for response in group if response.runs]
        line = f"{size:<24g}{f'{len(running)} of {len(group)}':>12}"
        if running:
            changes = [(response.period or 0.0, *(response.gates or ())) for response in running]
            worst = [max(column, key=abs) for column in zip(*changes, strict=True)]
            line += "".join(f"{value:>+10.1%}" for value in worst)
            line += f"{max(response.jitter or 0.0 for response in running):>10.1e}"
        if len(running) < len(group):
            line += f"  fewest cycles {min(response.cycles for response in group)}"
        lines.append(line)
    return lines
