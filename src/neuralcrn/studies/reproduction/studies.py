"""Studies beyond single experiments, as jobs and as tables."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

from neuralcrn.jobs import Job, JobResult
from neuralcrn.plots import png_of
from neuralcrn.studies.figures import gradient_study_figure, growth_figure
from neuralcrn.studies.gradients import GradientRow, study_gradients
from neuralcrn.studies.growth import GrowthRow, growth_slopes, study_growth
from neuralcrn.studies.reproduction.attention import attention_jobs, show_attention
from neuralcrn.studies.reproduction.baselines import scikit_is_there
from neuralcrn.studies.reproduction.hebbian import hebbian_jobs, show_hebbian
from neuralcrn.studies.reproduction.in_silico_design import (
    chamber_jobs,
    goal_jobs,
    oscillator_jobs,
    show_chambers,
    show_goals,
    show_oscillators,
)
from neuralcrn.studies.reproduction.in_silico_discovery import DISCOVERY, discovery_jobs, show_discovery
from neuralcrn.studies.reproduction.in_silico_dynamics import (
    RNCRN_BISTABLE,
    RNCRN_CHAOS,
    RNCRN_OSCILLATOR,
    bistable_jobs,
    chaos_jobs,
    rncrn_oscillator_jobs,
    show_bistable,
    show_chaos,
    show_rncrn_oscillator,
)
from neuralcrn.studies.reproduction.in_silico_fitting import FIT_COVERAGE, coverage_jobs, show_coverage
from neuralcrn.studies.reproduction.in_silico_relu import (
    RELU_ACCURACY,
    RELU_CHECKS,
    accuracy_jobs,
    check_jobs,
    show_accuracies,
    show_checks,
)
from neuralcrn.studies.reproduction.limits import LIMITS, limit_jobs, show_limits
from neuralcrn.studies.reproduction.logic import (
    BOOLEAN_FUNCTIONS,
    PHASE_LENGTH,
    function_jobs,
    phase_jobs,
    show_functions,
    show_phases,
)
from neuralcrn.studies.reproduction.petab_benchmarks import PETAB_BENCHMARKS, petab_jobs, show_petab
from neuralcrn.studies.reproduction.real_data import RealDataRow, compare, contenders
from neuralcrn.studies.reproduction.regret import regret_jobs, show_regret
from neuralcrn.studies.reproduction.report import Study
from neuralcrn.studies.reproduction.series import TIME_SERIES, series_jobs, show_series
from neuralcrn.studies.reproduction.svm import show_svm, svm_jobs

GRADIENTS, GROWTH, REAL_DATA = "gradients", "growth", "real-data"
SVM, HEBBIAN, REGRET, ATTENTION = "svm", "hebbian", "regret", "attention"
DESIGN_OSCILLATOR, DESIGN_CHAMBERS, DESIGN_GOALS = "design-oscillator", "design-chambers", "design-goals"
_GRADIENT_CIRCUIT = "quadratic"
_QUICK_INPUTS, _QUICK_HORIZONS = (2, 8, 32), (0.1, 0.5, 2.0)
_INPUTS, _HORIZONS = (2, 4, 8, 16, 32), (0.1, 0.2, 0.5, 1.0, 2.0)
_QUICK_SEEDS, _SEEDS = (0,), (0, 1, 2)
_GROWN = (1, 3, 10, 30, 100, 300, 1000)
_GROWN_POTS = (1, 3, 10, 30, 100)
_FOLDS = 5
_MEBIBYTE = 2.0**20
_GRADIENTS_TEXT = (
    f"Circuit {_GRADIENT_CIRCUIT}, a random smooth function of N inputs, equal relative step sizes for every "
    "T. The angle is that between the gradients accumulated by the two chemistries for the same sample; the "
    "loss is that after a fixed training, relative to that of the best constant."
)
_GROWTH_TEXT = (
    "The element-wise circuit with first-order gradients. Slopes of logarithms from 100 inputs on, staged:"
)
_REAL_DATA_TEXT = (
    "Accuracy (R2 for diabetes) on held-out samples of our estimators and of scikit-learn models: mean and "
    "deviation over five folds; in the quick report one held-out quarter. Digits: 64 inputs, ten classes."
)


@final
@dataclass(frozen=True, slots=True)
class _Kind:
    """Computation of a study, in its small or full form, and presentation of its results."""

    jobs: Callable[[bool], tuple[Job, ...]]
    show: Callable[[Sequence[Any]], Study]


def gradient_rows(inputs: int, horizons: Sequence[float], seeds: Sequence[int]) -> list[GradientRow]:
    """Return the rows of one number of inputs."""
    return list(study_gradients(_GRADIENT_CIRCUIT, horizons=horizons, inputs=[inputs], seeds=seeds))


def growth_rows(level: str, inputs: Sequence[int], repeats: int) -> list[GrowthRow]:
    """Return the rows of one level."""
    return list(study_growth(level=level, inputs=inputs, repeats=repeats))


def _gradient_jobs(quick: bool) -> tuple[Job, ...]:
    counts = _QUICK_INPUTS if quick else _INPUTS
    horizons, seeds = (_QUICK_HORIZONS, _QUICK_SEEDS) if quick else (_HORIZONS, _SEEDS)
    return tuple(Job(f"gradients-{count}", gradient_rows, (count, horizons, seeds)) for count in counts)


def _show_gradients(results: Sequence[list[dict[str, Any]]]) -> Study:
    rows = [GradientRow(**row) for part in results for row in part]
    return Study(
        title="First-order and exact gradients",
        text=_GRADIENTS_TEXT,
        columns=(
            "inputs",
            "horizon",
            "angle (degrees)",
            "exact",
            "loss, first-order",
            "loss, exact",
            "reactions, first-order",
            "reactions, exact",
        ),
        cells=tuple(
            (
                str(row.inputs),
                f"{row.horizon:g}",
                f"{row.angle:.2f}",
                f"{row.oracle_angle:.2f}",
                f"{row.first_order_loss:.3f}",
                f"{row.exact_loss:.3f}",
                str(row.first_order_reactions),
                str(row.exact_reactions),
            )
            for row in rows
        ),
        picture=_encoded(gradient_study_figure(rows)),
    )


def _growth_jobs(quick: bool) -> tuple[Job, ...]:
    repeats = 2 if quick else 5
    return (
        Job("growth-staged", growth_rows, ("staged", _GROWN, repeats)),
        Job("growth-autonomous", growth_rows, ("autonomous", _GROWN_POTS, 1)),
    )


def _show_growth(results: Sequence[list[dict[str, Any]]]) -> Study:
    rows = [GrowthRow(**row) for part in results for row in part]
    slopes = growth_slopes([row for row in rows if row.level == "staged"])
    return Study(
        title="Growth to 1,000 inputs",
        text=f"{_GROWTH_TEXT} species {slopes.species:.2f}, reactions {slopes.reactions:.2f}, arrays in "
        f"memory {slopes.packed_bytes:.2f}; 1 is linear. Those of the times are in the figure.",
        columns=(
            "inputs",
            "level",
            "species",
            "reactions",
            "arrays (MiB)",
            "compiling (s)",
            "training step (s)",
        ),
        cells=tuple(
            (
                f"{row.inputs:,}",
                row.level,
                f"{row.species:,}",
                f"{row.reactions:,}",
                f"{row.packed_bytes / _MEBIBYTE:.2f}",
                f"{row.compile_seconds:.3f}",
                "" if row.step_seconds is None else f"{row.step_seconds:.2e}",
            )
            for row in rows
        ),
        picture=_encoded(growth_figure(rows)),
    )


def _real_data_jobs(quick: bool) -> tuple[Job, ...]:
    if not scikit_is_there():
        return ()
    folds = 1 if quick else _FOLDS
    return tuple(
        Job("-".join(("data", *names)).replace(" ", "-"), compare, (*names, folds))
        for names in contenders(quick)
    )


def _show_real_data(results: Sequence[dict[str, Any]]) -> Study:
    rows = [RealDataRow(**dict(row, scores=tuple(row["scores"]))) for row in results]
    return Study(
        title="Real data",
        text=_REAL_DATA_TEXT,
        columns=(
            "data",
            "learner",
            "rule",
            "score",
            "species",
            "reactions",
            "samples dosed",
            "fit (s)",
        ),
        cells=tuple(
            (
                row.dataset,
                row.learner,
                row.rule,
                f"{row.mean:.3f}" + (f" ± {row.deviation:.3f}" if len(row.scores) > 1 else ""),
                *(f"{size:,}" if size else "" for size in (row.species, row.reactions, row.doses)),
                f"{row.seconds:.2f}",
            )
            for row in rows
        ),
    )


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        GRADIENTS: _Kind(_gradient_jobs, _show_gradients),
        GROWTH: _Kind(_growth_jobs, _show_growth),
        REAL_DATA: _Kind(_real_data_jobs, _show_real_data),
        SVM: _Kind(svm_jobs, show_svm),
        HEBBIAN: _Kind(hebbian_jobs, show_hebbian),
        LIMITS: _Kind(limit_jobs, show_limits),
        PHASE_LENGTH: _Kind(phase_jobs, show_phases),
        BOOLEAN_FUNCTIONS: _Kind(function_jobs, show_functions),
        TIME_SERIES: _Kind(series_jobs, show_series),
        REGRET: _Kind(regret_jobs, show_regret),
        ATTENTION: _Kind(attention_jobs, show_attention),
        FIT_COVERAGE: _Kind(coverage_jobs, show_coverage),
        DESIGN_OSCILLATOR: _Kind(oscillator_jobs, show_oscillators),
        DESIGN_CHAMBERS: _Kind(chamber_jobs, show_chambers),
        DESIGN_GOALS: _Kind(goal_jobs, show_goals),
        PETAB_BENCHMARKS: _Kind(petab_jobs, show_petab),
        RELU_ACCURACY: _Kind(accuracy_jobs, show_accuracies),
        RELU_CHECKS: _Kind(check_jobs, show_checks),
        **{name: _Kind(discovery_jobs(case), show_discovery(case)) for name, case in DISCOVERY.items()},
        RNCRN_BISTABLE: _Kind(bistable_jobs, show_bistable),
        RNCRN_OSCILLATOR: _Kind(rncrn_oscillator_jobs, show_rncrn_oscillator),
        RNCRN_CHAOS: _Kind(chaos_jobs, show_chaos),
    }
)
STUDIES = tuple(_KINDS)
"""Names of the studies, in the order of the report."""
LEARNER_STUDIES = (SVM, HEBBIAN, LIMITS, PHASE_LENGTH, BOOLEAN_FUNCTIONS, TIME_SERIES, REGRET, ATTENTION)
"""Those of other published learners."""
IN_SILICO = "in-silico"
IN_SILICO_STUDIES = (
    FIT_COVERAGE,
    PETAB_BENCHMARKS,
    DESIGN_OSCILLATOR,
    DESIGN_CHAMBERS,
    DESIGN_GOALS,
    RELU_ACCURACY,
    RELU_CHECKS,
    *DISCOVERY,
    RNCRN_BISTABLE,
    RNCRN_OSCILLATOR,
    RNCRN_CHAOS,
)
"""Those of chemistry that is trained, found or fitted on a computer, and the name of their group."""


def study_jobs(name: str, quick: bool) -> tuple[Job, ...]:
    """Return the jobs of a study."""
    return _KINDS[name].jobs(quick)


def show_study(name: str, quick: bool, results: Mapping[str, JobResult]) -> Study | None:
    """Return a study as a table; None if it could not be computed."""
    jobs = study_jobs(name, quick)
    return _KINDS[name].show([results[job.name].value for job in jobs]) if jobs else None


def _encoded(figure: Any) -> str:
    return base64.b64encode(png_of(figure)).decode()
