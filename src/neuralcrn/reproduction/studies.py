"""What was asked beyond single experiments, as jobs and as tables."""

from __future__ import annotations

from collections.abc import Sequence

from neuralcrn.reproduction.store import Job

STUDIES: tuple[str, ...] = ()


def study_jobs(parts: Sequence[str], quick: bool) -> tuple[Job, ...]:
    return ()
