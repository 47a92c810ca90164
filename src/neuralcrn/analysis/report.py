"""A certificate as a table."""

from __future__ import annotations

from neuralcrn.analysis.certificate import Certificate, Check, fitted_slope
from neuralcrn.analysis.pot_certificate import PotCertificate

_HEAD = f"{'check':<24}{'measured':>10}{'bound':>10}  {'':<10}note"


def describe_certificate(certificate: Certificate) -> str:
    """Return the checks and the convergence of a certificate as text."""
    counts = certificate.counts
    seed = f", seed {certificate.seed}" if certificate.seed is not None else ""
    lines = [
        f"certificate of {certificate.circuit}, {certificate.gradient} gradient: "
        f"{'passed' if certificate.passed else 'FAILED'}",
        f"{counts.species} species, {counts.reactions} reactions; {certificate.samples} random test "
        f"points{seed}",
        "",
        _HEAD,
        *map(_line, certificate.checks),
        "",
        f"{'annihilation':>14}{'forward':>12}{'gradient':>12}{'worst':>12}",
    ]
    for row in certificate.convergence:
        lines.append(
            f"{row.annihilation:>14g}{row.forward:>12.1e}{row.gradient:>12.1e}{row.parameter:>12.1e}"
        )
    constants = [row.annihilation for row in certificate.convergence]
    slopes = [
        fitted_slope(constants, [getattr(row, name) for row in certificate.convergence])
        for name in ("forward", "gradient", "parameter")
    ]
    lines.append(f"{'slope':>14}" + "".join(f"{_number(slope, '.2f'):>12}" for slope in slopes))
    return "\n".join(lines)


def describe_pot_certificate(certificate: PotCertificate) -> str:
    """Return the checks and the ladders of a pot's certificate as text."""
    counts = certificate.counts
    clock = f", clock {certificate.clock}" if certificate.clock else ""
    lines = [
        f"certificate of {certificate.circuit}, {certificate.gradient} gradient, "
        f"{certificate.autonomy}{clock}: {'passed' if certificate.passed else 'FAILED'}",
        f"{counts.species} species, {counts.reactions} reactions in one pot; {certificate.samples} random "
        "test points, one cycle each",
        "",
        _HEAD,
        *map(_line, certificate.checks),
        "",
        f"{'mechanism':<14}{'constant':>10}{'states':>12}{'error':>12}{'adjoint':>12}{'gradient':>12}",
    ]
    for row in certificate.accuracies:
        constant = f"{row.constant:g}" if row.constant else "-"
        errors = (row.states, row.error, row.adjoint, row.gradient)
        numbers = "".join(f"{_number(error, '.1e'):>12}" for error in errors)
        lines.append(f"{row.mechanism:<14}{constant:>10}{numbers}")
    return "\n".join(lines)


def _line(check: Check) -> str:
    state = "passed" if check.passed else "FAILED"
    if check.bound is None:
        state = "reported"
    measured, bound = _number(check.measured, ".2g"), _number(check.bound, ".2g")
    return f"{check.name:<24}{measured:>10}{bound:>10}  {state:<10}{check.note}"


def _number(value: float | None, style: str) -> str:
    return "-" if value is None else format(value, style)
