"""What the command line does, as functions: one for each verb, from values to values.

A verb takes plain, immutable values and returns one. It prints nothing, needs no terminal and never ends the
process: what is wrong with a request is an exception of `neuralcrn.errors`. The command line parses arguments
for these functions and prints what they return, and other programs can do the same.

>>> from neuralcrn.app import CircuitOptions, Source, convert, show
>>> show("linear", CircuitOptions(inputs=1, gradient="frozen")).to_json()["gradient"]
'frozen'
>>> print(convert(Source("pasted.crn", text="A -> 2B [k = 1]"), "mermaid").splitlines()[-1])
  r0 -->|2| s1
"""

from neuralcrn.app.catalogue import Catalogue, Clocks, catalogue, clocks
from neuralcrn.app.certify import certify
from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.app.clock import MeasuredClock, clock
from neuralcrn.app.convert import convert
from neuralcrn.app.dna import DnaOptions, dna
from neuralcrn.app.dna_report import DnaReport
from neuralcrn.app.draw import draw
from neuralcrn.app.info import Description, info
from neuralcrn.app.show import Pass, Shown, show
from neuralcrn.app.simulate import simulate
from neuralcrn.app.simulations.changes import Changes, Scan
from neuralcrn.app.simulations.options import SimulationOptions
from neuralcrn.app.simulations.results import Ensembles, Simulated, Trajectories
from neuralcrn.app.sources import Source

__all__ = [
    "Catalogue",
    "Changes",
    "CircuitOptions",
    "Clocks",
    "Description",
    "DnaOptions",
    "DnaReport",
    "Ensembles",
    "MeasuredClock",
    "Pass",
    "Scan",
    "Shown",
    "Simulated",
    "SimulationOptions",
    "Source",
    "Trajectories",
    "catalogue",
    "certify",
    "clock",
    "clocks",
    "convert",
    "dna",
    "draw",
    "info",
    "show",
    "simulate",
]
