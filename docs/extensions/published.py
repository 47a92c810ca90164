"""The table of learners in ``docs/published_systems.md``; run as a script, this file renews it."""

from __future__ import annotations

from pathlib import Path

from neuralcrn.learners import LEARNERS, CircuitLearner, Learner

PAGE = Path(__file__).parents[1] / "published_systems.md"
_BEGIN, _END = "<!-- learners: begin -->", "<!-- learners: end -->"
_HEAD = ("learner", "what it is", "source", "ours", "published", "circuit and rule")


def learner_table() -> str:
    """Return one row for each learner of the registry, in Markdown."""
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_row, LEARNERS.values())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def renewed(page: str) -> str:
    """Return a page with the present table between its marks."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{learner_table()}\n{_END}{after}"


def _row(learner: Learner) -> tuple[str, ...]:
    published = "; ".join(f"{one.task}: {one.measure} {one.value}" for one in learner.published)
    made = ""
    if isinstance(learner, CircuitLearner):
        chosen = ", ".join(f"{name} = {value}" for name, value in learner.options.items())
        made = f"`{learner.circuit}`, `{learner.rule}`" + (f", {chosen}" if chosen else "")
    return f"`{learner.name}`", learner.summary, learner.source, learner.ours, published, made


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
