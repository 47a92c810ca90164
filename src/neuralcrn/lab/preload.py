"""Imported once by the process from which those of the labs are forked, so that each begins at once.

It loads what a lab needs, and the compiled kernels if they are cached; otherwise the first lab compiles them
and says so.
"""

from __future__ import annotations

import gc
from contextlib import suppress

from neuralcrn.app.live import GALLERY, LiveTraining, circuit_view, map_view, step_view
from neuralcrn.engines.native.compilation import tell_of_compilation
from neuralcrn.errors import CancelledError, NeuralCRNError
from neuralcrn.lab import catalogue, player, simulating, taking

__all__ = ["catalogue", "player", "simulating", "taking"]


def load() -> None:
    """Train the first scene of the gallery on one sample, and look at it."""
    training = LiveTraining.begin(next(iter(GALLERY.values())).scene)
    training.advance()
    map_view(training, 4)
    step_view(training)
    circuit_view(training)
    catalogue.circuit_choices(training.moment.chemistry.spec.circuit)


_loading = True


def _stop() -> None:
    if _loading:
        raise CancelledError("kernels are not compiled here, where every lab would wait for it")


tell_of_compilation(_stop)
with suppress(NeuralCRNError, OSError):
    load()
_loading = False
gc.collect()
gc.freeze()  # what is loaded here need not be searched for garbage, which takes a fifth of a second
