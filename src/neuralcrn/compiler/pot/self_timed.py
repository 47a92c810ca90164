"""The red-green-blue oscillator of Jiang, Riedel and Parhi, a self-timed clock.

Three species take turns. While a species is absent, its *absence indicator* accumulates from a constant
supply; while the species is present, it removes its indicator quickly. Red is converted to green only while
blue is absent, and so on, so that no turn can begin before the last but one is over. A dimer of each species
accelerates its production, which makes hand-overs short compared with turns (Jiang, Digital logic and signal
processing computations with molecular reactions, University of Minnesota 2012).

The behaviour depends only on the separation of slow and fast rate constants, and the limit cycle is reached
from any state. However, neighbouring turns overlap, since there are only three, and the indicators need a
continuous supply.
"""

from __future__ import annotations

from neuralcrn.chemistry import Reaction

COLOURS = ("R", "G", "B")


def self_timed_reactions(slow: float, fast: float) -> tuple[Reaction, ...]:
    """Return the reactions of the red-green-blue oscillator.

    Colours are ``C_R``, ``C_G`` and ``C_B``; ``A_R`` indicates that red is absent, ``D_R`` is its dimer.

    Parameters
    ----------
    slow, fast : float, 1 / time, or per concentration too
        The two rate constants; for reactions without reactants, concentration / time.

    Examples
    --------
    >>> for reaction in self_timed_reactions(0.1, 100.0)[:6]:
    ...     print(reaction)
    0 -> A_R [k = 0.1]  # absence
    A_R + C_R -> C_R [k = 100]  # absence
    C_R + A_B -> C_G [k = 0.1]  # transfer
    2 C_G -> D_G [k = 0.1]  # dimer
    D_G -> 2 C_G [k = 100]  # dimer
    C_R + D_G -> 3 C_G [k = 100]  # positive feedback
    """
    reactions: list[Reaction] = []
    for i, colour in enumerate(COLOURS):
        following, last = COLOURS[(i + 1) % 3], COLOURS[(i + 2) % 3]
        own, indicator = f"C_{colour}", f"A_{colour}"
        new, dimer = f"C_{following}", f"D_{following}"
        reactions += [
            Reaction.of({}, {indicator: 1}, rate=slow, label="absence"),
            Reaction.of({indicator: 1, own: 1}, {own: 1}, rate=fast, label="absence"),
            Reaction.of({own: 1, f"A_{last}": 1}, {new: 1}, rate=slow, label="transfer"),
            Reaction.of({new: 2}, {dimer: 1}, rate=slow, label="dimer"),
            Reaction.of({dimer: 1}, {new: 2}, rate=fast, label="dimer"),
            Reaction.of({own: 1, dimer: 1}, {new: 3}, rate=fast, label="positive feedback"),
        ]
    return tuple(reactions)
