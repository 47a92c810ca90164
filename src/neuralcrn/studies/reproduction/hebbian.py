"""Study of the Hebbian neuron: weights that it learns from the frequency and from the order of spikes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

import numpy as np

from neuralcrn.jobs import Job
from neuralcrn.learners.hebbian import HebbianNeuron
from neuralcrn.studies.reproduction.report import Study
from neuralcrn.tasks import SpikeTrain, frequency_spikes, temporal_spikes

_QUICK_SEEDS, _SEEDS = 4, 40
_CHAINS = (3, 5)


def _uniform(seed: int) -> SpikeTrain:
    return frequency_spikes(seed, frequencies=(1.0, 1.0, 1.0))


TASKS: Mapping[str, tuple[Callable[[int], SpikeTrain], tuple[tuple[int, ...], ...]]] = MappingProxyType(
    {
        "frequency 2:1:1": (frequency_spikes, ((0, 1), (0, 2))),
        "channel 2 follows 1": (temporal_spikes, ((1, 0), (0, 2))),
        "uniform": (_uniform, ()),
    }
)
"""Spike trains, and pairs of channels of which the first must have the larger weight."""
_TEXT = (
    "Exact stochastic simulation with the constants of the authors' code, spikes of 5 molecules, 2 spikes "
    "per channel and 1,000 s (4 at frequency 2), 300,000 s. Weights are means over the second half of a run, "
    "then over seeds, with standard errors. The separation is the smallest difference of weights that must "
    "be ordered, divided by its standard error over seeds; it must exceed 2."
)


@final
@dataclass(frozen=True, slots=True)
class HebbianRow:
    """Runs of one task with one chain.

    Attributes
    ----------
    task : str
        Name in `TASKS`.
    chain : int
        Number of activation states.
    weights : tuple of tuple of float
        Mean weights of each channel in the second half, for every seed.
    reactions : int
        Mean number of simulated reactions of a run.
    """

    task: str
    chain: int
    weights: tuple[tuple[float, ...], ...]
    reactions: int

    @property
    def separation(self) -> float | None:
        """Smallest ordered difference in standard errors; None if no order is required.

        Examples
        --------
        >>> HebbianRow("frequency 2:1:1", 3, ((9.0, 5.0, 4.0), (11.0, 5.0, 6.0)), 1).separation
        5.0
        """
        values, pairs = np.array(self.weights), TASKS[self.task][1]
        if not pairs:
            return None
        differences = np.stack([values[:, larger] - values[:, smaller] for larger, smaller in pairs])
        errors = differences.std(axis=1, ddof=1) / np.sqrt(len(values))
        return float(np.min(differences.mean(axis=1) / np.maximum(errors, 1e-300)))


def learn_spikes(task: str, chain: int, seeds: int) -> HebbianRow:
    """Return the runs of several seeds, each of spikes and of random events."""
    neuron, draw = HebbianNeuron(chain=chain), TASKS[task][0]
    runs = [neuron.learn(draw(seed), seed=seed) for seed in range(seeds)]
    weights = tuple(tuple(run.mean.tolist()) for run in runs)
    return HebbianRow(task, chain, weights, sum(run.reactions for run in runs) // seeds)


def hebbian_jobs(quick: bool) -> tuple[Job, ...]:
    """Return the jobs of the study."""
    seeds = _QUICK_SEEDS if quick else _SEEDS
    return tuple(
        Job(f"hebbian-{chain}-{task.replace(' ', '-').replace(':', '-')}", learn_spikes, (task, chain, seeds))
        for chain in _CHAINS
        for task in TASKS
    )


def show_hebbian(results: Sequence[dict[str, Any]]) -> Study:
    """Return the study as a table."""
    rows = [HebbianRow(**dict(row, weights=tuple(map(tuple, row["weights"])))) for row in results]
    return Study(
        title="Hebbian neuron",
        text=_TEXT,
        columns=(
            "task",
            "m",
            "weight 1",
            "weight 2",
            "weight 3",
            "separation",
            "seeds",
            "reactions of a run",
        ),
        cells=tuple(
            (
                row.task,
                str(row.chain),
                *_weights(row),
                "" if row.separation is None else f"{row.separation:.1f}",
                str(len(row.weights)),
                f"{row.reactions:,}",
            )
            for row in rows
        ),
    )


def _weights(row: HebbianRow) -> list[str]:
    values = np.array(row.weights)
    errors = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return [f"{mean:.1f} ± {error:.1f}" for mean, error in zip(values.mean(axis=0), errors, strict=True)]
