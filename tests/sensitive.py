"""Networks whose sensitivities are tested."""

from __future__ import annotations

import numpy as np

from neuralcrn.chemistry import Network, Reaction

ROBER = "A -> B [k = 0.04]\n2B -> B + C [k = 3e7]\nB + C -> A + C [k = 1e4]\nA @initial 1"
NETWORKS = {
    "reversible": (
        "A + B <-> C [kf = 2, kr = 0.5]\nC -> D [k = 1]\n2D -> A [k = 0.3]\nA @initial 1\nB @initial 2",
        5.0,
    ),
    "third and fourth order, a constant": (
        "3A -> 2A + B[k = 2]\nE + A + B -> C + E [k = 1]\n2A + 2B -> 0 [k = 0.1]\nA @initial 3\n"
        "E @initial 0.5",
        4.0,
    ),
    "oscillating": (
        "A -> 2A [k = 1]\nA + B -> 2B [k = 1]\nB -> 0 [k = 1]\nA @initial 1\nB @initial 0.5",
        12.0,
    ),
    "stiff": (ROBER, 1e5),
    "stiff, small units": (
        "A -> B [k = 0.04]\n2B -> B + C [k = 3e16]\nB + C -> A + C [k = 1e13]\nA @initial 1e-9",
        1e5,
    ),
}
"""Text and duration by name."""


def random_network(seed: int) -> Network:
    """Return reactions of up to four reactants, repeated ones and constants among them, of five species."""
    rng = np.random.default_rng(seed)
    names = np.array(list("ABCDE"))

    def side(largest: int) -> dict[str, int]:
        drawn, counts = np.unique(rng.choice(names, rng.integers(1, largest + 1)), return_counts=True)
        return dict(zip(drawn.tolist(), counts.tolist(), strict=True))

    sides = [({}, side(2)), (side(2), {}), *((side(4), side(3)) for _ in range(5))]
    reactions = [Reaction.of(left, right, rate=rng.uniform(0.2, 2.0)) for left, right in sides]
    return Network.of(
        reactions, dict(zip(names.tolist(), rng.uniform(0.3, 1.2, size=5).tolist(), strict=True))
    )
