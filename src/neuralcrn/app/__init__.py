"""The commands as Python functions.

Each function takes plain, immutable values and returns one. It prints nothing, needs no terminal and never
exits the process: invalid requests raise exceptions of `neuralcrn.errors`. The command line parses arguments
for these functions and prints their results; other interfaces can do the same.

>>> from neuralcrn.app import CircuitOptions, SimulationOptions, Source, convert, show, simulate
>>> show("linear", CircuitOptions(inputs=1, rule="frozen")).to_json()["rule"]
'frozen'
>>> print(convert(Source("pasted.crn", text="A -> 2B [k = 1]"), "mermaid").splitlines()[-1])
  r0 -->|2| s1

Functions that take longer have a parameter ``on_status``, which is called repeatedly with a `Status` in the
working thread:

>>> decay = Source("decay.crn", text="A -> B [k = 2]" + chr(10) + "A @initial 3")
>>> molecules = SimulationOptions(t_end=1.0, method="ssa", volume=100.0, runs=2)
>>> result = simulate(decay, molecules, on_status=lambda status: print(status.counted))
runs 0/2
runs 1/2
runs 2/2

An exception of that function stops the operation: raise `CancelledError` to cancel it. It is called between
simulations, and every half second while other processes work; a single simulation is not interrupted.
Functions that work in a folder keep completed results there, and continue with the rest when called again,
with the same final result.

>>> from neuralcrn.errors import CancelledError
>>> def stop_after_one(status):
...     if status.done == 1:
...         raise CancelledError("one run is enough")
>>> simulate(decay, molecules, on_status=stop_after_one)
Traceback (most recent call last):
...
neuralcrn.errors.CancelledError: one run is enough
"""

from neuralcrn.app.approximate import Approximated, ApproximationOptions, approximate
from neuralcrn.app.catalogue import Catalogue, Clocks, catalogue, clocks
from neuralcrn.app.certify import certify
from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.app.clock import MeasuredClock, clock
from neuralcrn.app.compare import Compared, ComparisonOptions, compare
from neuralcrn.app.convert import convert
from neuralcrn.app.design import Designs, design, design_spec
from neuralcrn.app.discover import Discovered, discover
from neuralcrn.app.dna import DnaOptions, dna
from neuralcrn.app.dna_report import DnaReport
from neuralcrn.app.draw import draw
from neuralcrn.app.fit import Fitted, SearchOptions, fit
from neuralcrn.app.info import Description, info
from neuralcrn.app.predict import Predicted, predict
from neuralcrn.app.reproduce import Reproduction, experiments, reproduce
from neuralcrn.app.robustness import Robustness, RobustnessOptions, robustness
from neuralcrn.app.runs import RunList, runs
from neuralcrn.app.show import Pass, Shown, show
from neuralcrn.app.simulate import simulate
from neuralcrn.app.simulations.changes import Changes, Scan
from neuralcrn.app.simulations.options import SimulationOptions
from neuralcrn.app.simulations.results import Ensembles, Simulated, Trajectories
from neuralcrn.app.sources import Source
from neuralcrn.app.train import TrainedRun, TrainingOptions, begin_run, resume_run, train
from neuralcrn.app.train_in_silico import TrainedInSilico, train_in_silico
from neuralcrn.app.verify_rate_independence import verify_rate_independence

__all__ = [
    "Approximated",
    "ApproximationOptions",
    "Catalogue",
    "Changes",
    "CircuitOptions",
    "Clocks",
    "Compared",
    "ComparisonOptions",
    "Description",
    "Designs",
    "Discovered",
    "DnaOptions",
    "DnaReport",
    "Ensembles",
    "Fitted",
    "MeasuredClock",
    "Pass",
    "Predicted",
    "Reproduction",
    "Robustness",
    "RobustnessOptions",
    "RunList",
    "Scan",
    "SearchOptions",
    "Shown",
    "Simulated",
    "SimulationOptions",
    "Source",
    "TrainedInSilico",
    "TrainedRun",
    "TrainingOptions",
    "Trajectories",
    "approximate",
    "begin_run",
    "catalogue",
    "certify",
    "clock",
    "clocks",
    "compare",
    "convert",
    "design",
    "design_spec",
    "discover",
    "dna",
    "draw",
    "experiments",
    "fit",
    "info",
    "predict",
    "reproduce",
    "resume_run",
    "robustness",
    "runs",
    "show",
    "simulate",
    "train",
    "train_in_silico",
    "verify_rate_independence",
]
