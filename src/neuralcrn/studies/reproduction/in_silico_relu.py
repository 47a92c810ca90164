"""Studies of rate-independent networks: accuracy by simulated reactions, exactness, and refutation."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.in_silico.rate_independent import (
    CompiledRelu,
    RateIndependentModel,
    ReluNetwork,
    Settings,
    compile_relu,
    complete,
    train,
    verify_rate_independence,
)
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.report import Study
from neuralcrn.tasks import make_task

RELU_ACCURACY, RELU_CHECKS = "rate-independent", "rate-independent-checks"
_ACCURACY_TEXT = (
    "Weights trained in silico; accuracies are those of simulated reactions, run until all amounts together "
    "change by less than 0.1 %. Inputs have two rails and their reactions are kept, all other reactions of "
    "one reactant are removed. The iris network of the publication was trained and judged on all 150 "
    "samples; held-out accuracies are medians over seeds of the split."
)
_CHECKS_TEXT = (
    "Random ternary networks with biases of 1/8. Compared: outputs of the full and of both reduced networks, "
    "with two rails and with shifted inputs, and of the layers, all in exact fractions. Refuted: networks to "
    "which one reaction was added that competes with a unit, by each check of verify-rate-independence."
)
_INPUTS = 3
"""Comparisons per network."""

Table = NDArray[np.float64]
Split = tuple[Table, NDArray[np.int64], Table, NDArray[np.int64]]


def _iris(seed: int) -> Split:
    return _split("iris", seed)


def _whole_iris(seed: int) -> Split:
    features, labels, held, held_labels = _iris(seed)
    everything = np.vstack([features, held]), np.concatenate([labels, held_labels])
    return (*everything, *everything)


def _two_digits(seed: int) -> Split:
    features, labels, held, held_labels = _split("digits", seed)
    few, held_few = labels < 2, held_labels < 2
    return features[few], labels[few], held[held_few], held_labels[held_few]


def _digits(seed: int) -> Split:
    return _split("digits", seed)


def _split(name: str, seed: int) -> Split:
    task = make_task(name, seed)
    train_labels, labels = task.labels(task.train.targets), task.labels(task.validation.targets)
    return task.train.features, train_labels, task.validation.features, labels


@final
@dataclass(frozen=True, slots=True)
class _Case:
    """Samples, settings, and number of seeds."""

    samples: Callable[[int], Split]
    settings: Settings
    seeds: int
    published: str = ""


_DROPOUT = (0.1, 0.01)
CASES: Mapping[str, _Case] = MappingProxyType(
    {
        "iris, judged on its 150 samples": _Case(
            _whole_iris,
            Settings(hidden=(3,), dropout=_DROPOUT, starts=64, fewest=True),
            1,
            "0.98, 9 reactions",
        ),
        "iris, 30 held out": _Case(_iris, Settings(hidden=(3,), dropout=_DROPOUT), 10),
        "iris, 30 held out, 8 units": _Case(_iris, Settings(hidden=(8,), dropout=_DROPOUT), 10),
        "digits 0 and 1, held out": _Case(_two_digits, Settings(hidden=(4,)), 5, "0.99, 128 reactions"),
        "ten digits, 449 held out": _Case(
            _digits,
            Settings(hidden=(64,), epochs=100, batch=100, rates=(0.02, 1e-4), starts=2),
            1,
            "0.93 on 14 x 14 pixels",
        ),
    }
)
"""Trainings of the study."""


@final
@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """One training.

    Attributes
    ----------
    case : str
        Name in `CASES`.
    seed : int
        Seed of split and training.
    accuracy : float
        On the judged samples, by simulated reactions.
    agreement : float
        Fraction of these samples whose class is that of real arithmetic.
    rows : int
        Number of judged samples.
    species, reactions, shifted : int
        Size of the network, and reactions with shifted inputs.
    """

    case: str
    seed: int
    accuracy: float
    agreement: float
    rows: int
    species: int
    reactions: int
    shifted: int


def train_and_simulate(case: str, seed: int) -> AccuracyRow:
    """Train in silico, and classify by simulated reactions."""
    chosen = CASES[case]
    features, labels, judged, judged_labels = chosen.samples(seed)
    relu = train(features, labels, chosen.settings, seed=seed).network
    model = RateIndependentModel.of(relu)
    shifted = RateIndependentModel.of(relu, np.minimum(features.min(axis=0), judged.min(axis=0)))
    found, real = model.classify(judged), relu.evaluate(judged).argmax(axis=1)
    return AccuracyRow(
        case=case,
        seed=seed,
        accuracy=float((found == judged_labels).mean()),
        agreement=float((found == real).mean()),
        rows=len(judged),
        species=model.network.counts.species,
        reactions=model.network.counts.reactions,
        shifted=shifted.network.counts.reactions,
    )


def accuracy_jobs(quick: bool) -> tuple[Job, ...]:
    """Return the trainings; the quick form has at most two seeds."""
    return tuple(
        Job(f"relu-{place}-{seed}", train_and_simulate, (case, seed))
        for place, (case, chosen) in enumerate(CASES.items())
        for seed in range(min(2, chosen.seeds) if quick else chosen.seeds)
    )


def show_accuracies(results: Sequence[dict[str, Any]]) -> Study:
    """Return one row per case."""
    rows = [AccuracyRow(**row) for row in results]
    groups = {case: [row for row in rows if row.case == case] for case in CASES}
    return Study(
        title="Rate-independent networks",
        text=_ACCURACY_TEXT,
        columns=(
            "data", "accuracy", "range", "seeds", "rows", "as real arithmetic", "reactions", "shifted",
            "species", "published",
        ),
        cells=tuple((case, *_shown(group), CASES[case].published) for case, group in groups.items()),
    )  # fmt: skip


def _shown(group: Sequence[AccuracyRow]) -> tuple[str, ...]:
    values = [row.accuracy for row in group]
    span = f"{min(values):.3f} to {max(values):.3f}" if len(values) > 1 else ""
    columns = zip(*((row.reactions, row.shifted, row.species) for row in group), strict=True)
    sizes = [statistics.median_low(column) for column in columns]
    return (
        f"{statistics.median(values):.3f}",
        span,
        str(len(group)),
        str(group[0].rows),
        f"{min(row.agreement for row in group):.3f}",
        *map(str, sizes),
    )


@final
@dataclass(frozen=True, slots=True)
class ChecksRow:
    """Random networks with one number of hidden layers.

    Attributes
    ----------
    hidden, networks : int
        Number of hidden layers and of networks.
    comparisons, wrong : int
        Number of exact comparisons, and of those with a difference.
    verified : int
        Number of networks that passed all checks.
    checked : int
        Number of networks that were checked, and of those to which a competing reaction was added.
    refuted : mapping of str to int
        Number of spoiled networks that each check refuted.
    """

    hidden: int
    networks: int
    comparisons: int
    wrong: int
    checked: int
    verified: int
    refuted: Mapping[str, int]


def random_relu(hidden: int, seed: int) -> ReluNetwork:
    """Return a random network with ternary weights and biases that are multiples of 1/8."""
    rng = np.random.default_rng([hidden, seed])
    sizes = [int(size) for size in rng.integers(2, 6, hidden + 2)]
    weights = [rng.integers(-1, 2, pair) for pair in pairwise(sizes)]
    return ReluNetwork(weights, [rng.integers(-8, 9, size) / 8 for size in sizes[1:]])


def check_layers(hidden: int, networks: int, checked: int) -> ChecksRow:
    """Compare full and reduced networks exactly, and verify sound and spoiled ones."""
    comparisons = wrong = verified = 0
    refuted: Counter[str] = Counter()
    for seed in range(networks):
        relu, rng = random_relu(hidden, seed), np.random.default_rng(seed)
        for _ in range(_INPUTS):
            inputs = [Fraction(int(number), 7) for number in rng.integers(-20, 21, relu.sizes[0])]
            ends = [_completed(compiled, inputs) == relu.exact(inputs) for compiled in _variants(relu)]
            comparisons, wrong = comparisons + len(ends), wrong + ends.count(False)
        network = compile_relu(relu).reduced().network
        units = [r.reactants.terms[0][0] for r in network.reactions if r.order == 2]
        if seed < checked and units:
            verified += verify_rate_independence(network, seed=seed).passed
            spoiled = network | Network.of([Reaction.of({units[0]: 1}, {"W": 1})])
            for check in verify_rate_independence(spoiled, seed=seed).checks:
                refuted[check.name] += not check.passed
    return ChecksRow(hidden, networks, comparisons, wrong, checked, verified, dict(refuted))


def _variants(relu: ReluNetwork) -> list[CompiledRelu]:
    full = (compile_relu(relu), compile_relu(relu, lowest=np.full(relu.sizes[0], -3.0)))
    return [c for one in full for c in (one, one.reduced(), one.reduced(cancel=True))]


def _completed(compiled: CompiledRelu, inputs: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the exact outputs of the reactions."""
    amounts = dict(zip(compiled.network.species, map(Fraction, compiled.network.initial), strict=True))
    for name, dose in compiled.doses(inputs).items():
        amounts[name] += dose
    ends = complete(compiled.network, list(amounts.values()))
    return compiled.read(dict(zip(amounts, ends, strict=True)))


def check_jobs(quick: bool) -> tuple[Job, ...]:
    """Return one job per number of hidden layers."""
    networks, checked = (20, 2) if quick else (200, 20)
    return tuple(
        Job(f"relu-checks-{hidden}", check_layers, (hidden, networks, checked)) for hidden in (1, 2, 3)
    )


def show_checks(results: Sequence[dict[str, Any]]) -> Study:
    """Return one row per number of hidden layers."""
    rows = [ChecksRow(**row) for row in results]
    names = tuple(rows[0].refuted) if rows else ()
    return Study(
        title="Rate-independent networks: exactness and refutation",
        text=_CHECKS_TEXT,
        columns=(
            "hidden layers", "networks", "exact comparisons", "wrong", "pass all checks",
            *(f"refuted by {name}" for name in names),
        ),
        cells=tuple(
            (
                str(row.hidden), str(row.networks), f"{row.comparisons:,}", str(row.wrong),
                f"{row.verified} of {row.checked}",
                *(f"{row.refuted[name]} of {row.checked}" for name in names),
            )
            for row in rows
        ),
    )  # fmt: skip
