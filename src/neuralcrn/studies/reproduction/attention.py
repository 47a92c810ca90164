"""Study of order reduction: linear attention in trimolecular and in bimolecular reactions."""

from __future__ import annotations

import itertools
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from neuralcrn.circuits.attention import LinearAttention
from neuralcrn.compiler import Circuit
from neuralcrn.errors import DivergenceError
from neuralcrn.jobs import Job
from neuralcrn.learning import Progress, Trainer, continue_training
from neuralcrn.studies.reproduction.report import Study
from neuralcrn.studies.robustness import disturb
from neuralcrn.tasks import Task, make_task

TASK, EPOCHS, ERROR = "bilinear", 60, 0.1
"""The task, the length of a training, and the deviation of wrong rate constants."""
_HEADS = (2, 4, 8)
_QUICK_SEEDS, _SEEDS = 1, 5
_TEXT = (
    f"Linear attention with the chopper on the task {TASK} with scaled features: the product of "
    "query, key and value in one trimolecular step, and with the score as a state in two bimolecular ones. "
    "Validation loss after the same training, without and with a log-normal error of "
    f"{ERROR:.0%} of every rate constant; medians over seeds."
)


@final
@dataclass(frozen=True, slots=True)
class AttentionRow:
    """Trainings of one circuit with one seed.

    Attributes
    ----------
    heads : int
        Number of queries, keys and values.
    reduced : bool
        Whether the circuit is bimolecular.
    order, phases, species, reactions : int
        Size of the program.
    loss, disturbed_loss : float
        Validation loss with exact and with wrong rate constants; infinity for a failed training.
    """

    heads: int
    reduced: bool
    order: int
    phases: int
    species: int
    reactions: int
    loss: float
    disturbed_loss: float


def attention_circuit(task: Task, heads: int, *, reduced: bool) -> Circuit:
    """Return the circuit of the study, in one of its two forms."""
    family = LinearAttention(reduced=reduced)
    return family.build(task.inputs, replace(family.defaults, hidden=heads, optimiser="chop"))


def train_attention(heads: int, reduced: bool, seed: int) -> AttentionRow:
    """Train one circuit by simulated reactions, with exact and with wrong rate constants."""
    task = make_task(TASK, seed, scaled=True)
    program = attention_circuit(task, heads, reduced=reduced).compile()
    wrong = disturb(program, "rates", ERROR, np.random.default_rng(seed))

    def loss(tried: Any) -> float:
        trainer = Trainer(tried, task, seed=seed, threads=1)
        start = Progress(trainer, trainer.fresh_state(LinearAttention.initial), EPOCHS)
        try:
            (last,) = deque(continue_training(start, retry=False, optimise=False), maxlen=1)
        except DivergenceError:
            return float("inf")
        return last.metrics[-1].validation_loss

    return AttentionRow(
        heads, reduced, program.max_order, len(program.phases), len(program.species),
        program.reaction_count, loss(program), loss(wrong),
    )  # fmt: skip


def attention_jobs(quick: bool) -> tuple[Job, ...]:
    """Return the jobs of the study."""
    return tuple(
        Job(f"attention-{heads}-{'reduced' if reduced else 'whole'}-{seed}", train_attention, arguments)
        for arguments in itertools.product(_HEADS, (False, True), range(_QUICK_SEEDS if quick else _SEEDS))
        for heads, reduced, seed in [arguments]
    )


def show_attention(results: Sequence[dict[str, Any]]) -> Study:
    """Return the study as a table."""
    rows = [AttentionRow(**row) for row in results]
    kinds = dict.fromkeys((row.heads, row.reduced) for row in rows)
    groups = {kind: [row for row in rows if (row.heads, row.reduced) == kind] for kind in kinds}
    return Study(
        title="Order reduction of linear attention",
        text=_TEXT,
        columns=("heads", "order", "phases", "species", "reactions", "loss", f"with {ERROR:.0%} error"),
        cells=tuple(
            (
                str(heads),
                str(group[0].order),
                str(group[0].phases),
                f"{group[0].species:,}",
                f"{group[0].reactions:,}",
                f"{statistics.median(row.loss for row in group):.4f}",
                f"{statistics.median(row.disturbed_loss for row in group):.4f}",
            )
            for (heads, _), group in groups.items()
        ),
    )
