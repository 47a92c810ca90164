"""What the optimisers that chemistry gives for free buy: XOR and rings, staged, by the settings of the task.

    python benchmarks/optimisers.py [--seeds 10] [--jobs 2] [--only WORD ...] [--json]

Momentum is an update that ends early, decay a slow P -> 0, a batch an update that waits, a direct update
has no gradient species at all.
"""

from __future__ import annotations

from typing import Any

from publication import GRID, HELD, REDUCED, Experiment, main

OPTIMISERS: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = (
    ("plain", ()),
    ("direct", (("update", "direct"),)),
    ("momentum 0.9", (("momentum", 0.9),)),
    ("decay 1e-3", (("decay", 1e-3),)),
    ("batch 4", (("batch", 4),)),
    ("batch 4, rate 1", (("batch", 4), ("rate", 1.0))),
)
EXPERIMENTS = tuple(
    Experiment(f"{task} {name}", task, REDUCED, "linear-reversal", measure, None, None, options)
    for task, measure in (("xor", GRID), ("rings", HELD))
    for name, options in OPTIMISERS
)

if __name__ == "__main__":
    main(EXPERIMENTS, __doc__)
