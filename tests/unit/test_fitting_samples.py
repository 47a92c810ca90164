"""Samples of posterior distributions: closed forms, bounds, priors on other scales, agreement, files."""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from scipy import stats

from neuralcrn.chemistry import parse_parametric
from neuralcrn.errors import InvalidValueError
from neuralcrn.fitting import (
    Experiment,
    Fit,
    FitParameter,
    FitProblem,
    Measurement,
    Observable,
    Posterior,
    Prior,
    Sampling,
    fit,
    run_fit,
    sample,
    sampling,
)
from neuralcrn.jobs import Processes
from neuralcrn.plots.fitting import samples_figure
from neuralcrn.studies.fitting import write_fit

SIGMA, TIMES = 0.5, np.arange(1.0, 9.0)
SLOPE, OFFSET = (FitParameter(name, 0.1, -9.0, 9.0, scale="lin") for name in ("slope", "offset"))


def line_problem(*parameters: FitParameter) -> FitProblem:
    """Return a straight line through the concentration of a species that grows with time."""
    rng = np.random.default_rng(2)
    measured = tuple(
        Measurement("y", "e", float(t), 2.0 * t - 1.0 + SIGMA * float(rng.standard_normal())) for t in TIMES
    )
    return FitProblem(
        parse_parametric("0 -> X [k = 1]"), parameters or (SLOPE, OFFSET),
        (Observable.of("y", "slope*X + offset", SIGMA),), (Experiment("e"),), measured,
    )  # fmt: skip


def sampled(problem: FitProblem, samples: int, seed: int = 0) -> tuple[Fit, Posterior]:
    result = sample(fit(problem, starts=2, seed=seed), samples, seed=seed)
    assert result.posterior is not None
    return result, result.posterior


def assert_mean(values: np.ndarray, mean: float, deviation: float, effective: float) -> None:
    """Assert mean and standard deviation within four of their standard errors."""
    assert abs(values.mean() - mean) < 4.0 * deviation / math.sqrt(effective)
    assert values.std() == pytest.approx(deviation, rel=4.0 / math.sqrt(2.0 * effective))


def test_a_linear_model_with_normal_priors_has_its_closed_form() -> None:
    priors = (Prior("normal", 1.5, 0.05), Prior("normal", 2.0, 0.3))
    free = (replace(one, prior=prior) for one, prior in zip((SLOPE, OFFSET), priors, strict=True))
    problem = line_problem(*free)
    result, posterior = sampled(problem, 5000)
    design = np.column_stack([TIMES, np.ones(8)])
    measured = np.array([m.value for m in problem.measurements])
    widths = np.array([prior.width for prior in priors])
    covariance = np.linalg.inv(design.T @ design / SIGMA**2 + np.diag(widths**-2.0))
    middle = np.array([prior.location for prior in priors]) / widths**2
    mean = covariance @ (design.T @ measured / SIGMA**2 + middle)
    for i, effective in enumerate(posterior.effective):
        assert 400 < effective < 5000
        assert_mean(posterior.flat[:, i], mean[i], math.sqrt(covariance[i, i]), effective)
    found = np.asarray(np.corrcoef(posterior.flat.T))[0, 1]
    assert found == pytest.approx(covariance[0, 1] / math.sqrt(np.prod(np.diag(covariance))), abs=0.1)
    low, _, high = posterior.intervals["slope"]
    half = 1.96 * math.sqrt(covariance[0, 0])
    assert (low, high) == pytest.approx((mean[0] - half, mean[0] + half), abs=0.02)
    assert result.warnings == ()


def test_bounds_cut_the_distribution() -> None:
    fixed = replace(SLOPE, nominal=2.0, estimated=False)
    problem = line_problem(fixed, replace(OFFSET, lower=-0.9, upper=3.0, nominal=1.0))
    _, posterior = sampled(problem, 3000)
    mean = float(np.mean([m.value - 2.0 * m.time for m in problem.measurements]))
    deviation = SIGMA / math.sqrt(8.0)
    exact = stats.truncnorm((-0.9 - mean) / deviation, (3.0 - mean) / deviation, mean, deviation)
    values = posterior.flat[:, 0]
    assert values.min() >= -0.9
    assert_mean(values, exact.mean(), exact.std(), posterior.effective[0])
    assert posterior.intervals["offset"][2] == pytest.approx(exact.ppf(0.975), abs=0.05)


@pytest.mark.parametrize(
    ("prior", "exact"),
    [
        (Prior("normal", 1.0, 0.4), stats.truncnorm(-2.475, 100.0, 1.0, 0.4)),
        (Prior("normal", 0.0, 0.5, "log", "log"), stats.lognorm(0.5)),
        (Prior("normal", 0.0, 0.5, "log", "lin"), stats.lognorm(0.5)),
        (None, stats.loguniform(0.01, 100.0)),
    ],
)
def test_what_the_data_do_not_see_has_its_prior_distribution(prior: Prior | None, exact: object) -> None:
    """The density of the prior may be that of the value or of its logarithm; the search is logarithmic."""
    fixed = replace(OFFSET, nominal=-1.0, estimated=False)
    free = FitParameter("w", 1.0, 0.01, 100.0, prior=prior or Prior("normal", 0.0, 9.0, "log", "log"))
    known = fit(line_problem(SLOPE, fixed, free), starts=2)
    _, *others = known.problem.parameters
    problem = replace(known.problem, parameters=(SLOPE, others[0], replace(free, prior=prior)))
    posterior = sample(replace(known, problem=problem), 3000).posterior
    assert posterior is not None
    cover = [float(np.mean(posterior.flat[:, 1] < exact.ppf(p))) for p in (0.1, 0.5, 0.9)]  # pyright: ignore
    np.testing.assert_allclose(cover, [0.1, 0.5, 0.9], atol=4.0 * 0.5 / math.sqrt(posterior.effective[1]))


def test_the_effective_number_of_samples_is_that_of_an_autoregressive_process() -> None:
    rng, memory = np.random.default_rng(0), 0.8
    chain = rng.standard_normal((4, 4000, 6, 1)) * math.sqrt(1.0 - memory**2)
    for step in range(1, chain.shape[1]):
        chain[:, step] += memory * chain[:, step - 1]
    logarithms = np.zeros(chain.shape[:3])
    posterior = Posterior.of((SLOPE,), chain, logarithms, 0.5)
    assert posterior.effective[0] == pytest.approx(96_000 * (1.0 - memory) / (1.0 + memory), rel=0.1)
    assert posterior.ratios[0] == pytest.approx(1.0, abs=0.001)
    assert posterior.warnings == ()
    apart = chain + np.arange(4.0).reshape(4, 1, 1, 1)
    ratio = math.sqrt(1.0 + np.var(range(4), ddof=1))
    other = Posterior.of((SLOPE,), apart, logarithms, 0.5)
    assert other.ratios[0] == pytest.approx(ratio, rel=0.02)
    assert other.effective[0] < 100
    assert other.warnings == ("the samples of slope have not converged: draw more",)
    still = Posterior.of((SLOPE,), np.ones((4, 9, 6, 1)), np.zeros((4, 9, 6)), 0.0)
    assert (still.effective, still.ratios) == ((0.0,), (math.inf,))


def test_few_samples_are_reported_as_not_converged() -> None:
    result, posterior = sampled(line_problem(), 1)
    assert posterior.values.shape == (4, 1, 8, 2)
    assert str(result).startswith("Doubtful: the samples of slope, offset have not converged: draw more.")


def test_samples_depend_on_the_seed_only_and_are_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "_EVALUATIONS", 400)  # two blocks of each ensemble
    problem = line_problem()
    serial, other = sampled(problem, 2000, seed=3)[1], sampled(problem, 2000, seed=4)[1]
    assert not np.array_equal(serial.values, other.values)

    class StoppedError(Exception):
        pass

    def stop(status: object) -> None:
        if getattr(status, "what", "") == "samples" and getattr(status, "done", 0) == 5:
            raise StoppedError

    def run(on_status: object = lambda status: None) -> Fit:
        return run_fit(
            problem, tmp_path, starts=2, seed=3, sampling=Sampling(2000), workers=Processes(1),
            on_status=on_status,  # pyright: ignore
        )  # fmt: skip

    with pytest.raises(StoppedError):
        run(stop)
    blocks = sorted((tmp_path / "starts").glob("samples-*.json"))
    assert [path.name for path in blocks] == [
        "samples-0001-1.json", "samples-0001-2.json", "samples-0001-3.json", "samples-0001-4.json",
        "samples-0002-1.json",
    ]  # fmt: skip
    written = blocks[0].stat().st_mtime_ns
    found = run().posterior
    assert found is not None
    np.testing.assert_array_equal(found.values, serial.values)
    np.testing.assert_array_equal(found.logarithms, serial.logarithms)
    assert blocks[0].stat().st_mtime_ns == written


@pytest.mark.parametrize(
    ("samples", "walkers", "message"),
    [
        (0, None, "samples = 0: from 1 to 1,000,000 are possible"),
        (-5, 8, "samples = -5: from 1 to"),
        (10**7, None, "samples = 10000000: from 1 to"),
        (10, 3, "walkers = 3: 2 estimated parameters need at least 4, twice as many"),
    ],
)
def test_numbers_out_of_range_are_refused_before_the_fit(
    tmp_path: Path, samples: int, walkers: int | None, message: str
) -> None:
    with pytest.raises(InvalidValueError, match=message):
        run_fit(
            line_problem(), tmp_path / "new", starts=1, seed=0, sampling=Sampling(samples, walkers),
            workers=Processes(1),
        )  # fmt: skip
    assert not (tmp_path / "new").exists()


def test_samples_without_emcee_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "emcee", None)
    with pytest.raises(InvalidValueError, match=r"drawn by emcee: pip install 'neuralcrn\[fit\]'"):
        Sampling(100).plan(line_problem())


def test_the_files_of_a_fit_have_its_samples(tmp_path: Path) -> None:
    result, posterior = sampled(line_problem(), 200)
    write_fit(result, tmp_path, "svg")
    with (tmp_path / "samples.csv").open(newline="") as stream:
        head, *rows = csv.reader(stream)
    assert head == ["ensemble", "step", "walker", "log_posterior", "slope", "offset"]
    table = np.array(rows, dtype=float)
    np.testing.assert_array_equal(table[:, 4:], posterior.flat)
    ensemble, step, walker, density = table[37, :4].tolist()
    place = int(ensemble) - 1, int(step) - 1, int(walker) - 1
    assert posterior.logarithms[place] == density
    np.testing.assert_array_equal(posterior.values[place], table[37, 4:])
    slope, offset = table[37, 4:]
    residuals = [(m.value - slope * m.time - offset) / SIGMA for m in result.problem.measurements]
    assert density == pytest.approx(stats.norm.logpdf(residuals).sum() - 8 * math.log(SIGMA), abs=1e-4)
    assert "95 % credible interval" in (tmp_path / "fit.md").read_text()
    assert (tmp_path / "samples.svg").stat().st_size > 1000


def test_the_figure_of_samples_has_histograms_and_pairs() -> None:
    result, posterior = sampled(line_problem(), 400)
    first, pair, second = samples_figure(result).axes
    assert sum(patch.get_height() for patch in first.patches if isinstance(patch, Rectangle)) == len(
        posterior.flat
    )
    assert [np.asarray(line.get_xdata())[0] for line in second.lines] == [
        result.values["offset"], posterior.intervals["offset"][0], posterior.intervals["offset"][2],
    ]  # fmt: skip
    np.testing.assert_array_equal(np.array(pair.lines[0].get_data()), posterior.flat.T)
