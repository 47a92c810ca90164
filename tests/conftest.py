"""Settings and fixtures of all tests; no deadlines, since the first use of a kernel compiles it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("neuralcrn", deadline=None)
settings.load_profile("neuralcrn")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run that came to its end; not to be changed."""
    from tests.cases import no_progress, small_spec

    from neuralcrn.runs import start

    folder = tmp_path_factory.mktemp("whole") / "run"
    start(small_spec(), folder).run(no_progress)
    return folder


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """The same run stopped after its second epoch began, with two checkpoints."""
    from tests.cases import small_spec, stop_after

    from neuralcrn.runs import start

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        start(small_spec(), folder).run(stop_after(6))
    return folder


@pytest.fixture
def interrupting() -> Iterator[Callable[[float], None]]:
    """Send SIGINT to the main thread after so many seconds, and listen to it also in the background."""
    from tests.cases import listening_to_interruptions

    main = threading.main_thread().ident
    assert main is not None
    timers: list[threading.Timer] = []

    def after(seconds: float) -> None:
        timers.append(threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGINT)))
        timers[-1].start()

    with listening_to_interruptions():
        yield after
        for timer in timers:
            timer.join()
