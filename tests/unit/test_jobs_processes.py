"""Processes of this machine: what they are given from their caller."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neuralcrn.jobs import Job, Processes, Store, compute

NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def thread_counts() -> list[str | None]:
    return [os.environ.get(name) for name in NAMES]


def test_every_process_computes_with_one_thread_unless_the_user_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAMES[0], "3")
    for name in NAMES[1:]:
        monkeypatch.delenv(name, raising=False)
    ((_, result),) = compute([Job("threads", thread_counts, ())], Store(tmp_path), Processes(1))
    assert result.value == ["3", "1", "1"]
    assert thread_counts() == ["3", None, None]
