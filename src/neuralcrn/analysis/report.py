"""A certificate as a table."""

from __future__ import annotations

from neuralcrn.analysis.certificate import Certificate, Check, fitted_slope


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
        f"{'check':<24}{'measured':>10}{'bound':>10}  {'':<8}note",
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


def _line(check: Check) -> str:
    state = "passed" if check.passed else "FAILED"
    if check.bound is None:
        state = "reported"
    measured, bound = _number(check.measured, ".2g"), _number(check.bound, ".2g")
    return f"{check.name:<24}{measured:>10}{bound:>10}  {state:<10}{check.note}"


def _number(value: float | None, style: str) -> str:
    return "-" if value is None else format(value, style)
