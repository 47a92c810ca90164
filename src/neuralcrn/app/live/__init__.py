"""Training that can be watched and changed while it runs: what ``neuralcrn lab`` does, in Python.

>>> from neuralcrn.app.live import LiveTraining, RegistryTask, Scene, map_view
>>> training = LiveTraining.begin(Scene(task=RegistryTask("xor")))
>>> training.advance(101)
101
>>> map_view(training, resolution=24)["grid"]["shape"]
[24, 24]
>>> training.change(training.scene.patched({"errors": {"rates": 0.5}}), "errors of rates 50%")
>>> training.undo_label
'errors of rates 50%'
"""

from neuralcrn.app.live.certificate import certificate_view
from neuralcrn.app.live.chemistry import Chemistry, chemistry_of, key_of
from neuralcrn.app.live.gallery import GALLERY, SetScene
from neuralcrn.app.live.keeping import load_training, save_training
from neuralcrn.app.live.scene import Function, Points, RegistryTask, Scene, Table
from neuralcrn.app.live.takeaway import command, listing, script, take
from neuralcrn.app.live.training import Change, LiveTraining, Loss, Moment
from neuralcrn.app.live.views import (
    amounts_view,
    baselines_view,
    circuit_view,
    encoded,
    map_view,
    progress_view,
    step_view,
)

__all__ = [
    "GALLERY",
    "Change",
    "Chemistry",
    "Function",
    "LiveTraining",
    "Loss",
    "Moment",
    "Points",
    "RegistryTask",
    "Scene",
    "SetScene",
    "Table",
    "amounts_view",
    "baselines_view",
    "certificate_view",
    "chemistry_of",
    "circuit_view",
    "command",
    "encoded",
    "key_of",
    "listing",
    "load_training",
    "map_view",
    "progress_view",
    "save_training",
    "script",
    "step_view",
    "take",
]
