"""A certificate as tables: in text and in HTML."""

from __future__ import annotations

from collections.abc import Sequence

from neuralcrn.markup import Html, element, folded, mark, table
from neuralcrn.verify.certificate import Certificate, Check, fitted_slope
from neuralcrn.verify.pot_certificate import PotCertificate

_CHECK = ("check", "measured", "bound", "", "note")
_LADDER = ("annihilation", "forward", "gradient", "worst")
_POT_LADDER = ("mechanism", "constant", "states", "error", "adjoint", "gradient")


def describe_certificate(certificate: Certificate) -> str:
    """Return the checks and the convergence of a certificate as text."""
    ladder = (_LADDER, *_convergence(certificate))
    return _text(certificate, _title(certificate), ladder, (">14", ">12", ">12", ">12"))


def describe_pot_certificate(certificate: PotCertificate) -> str:
    """Return the checks and the ladders of a pot's certificate as text."""
    ladder = (_POT_LADDER, *_accuracies(certificate))
    return _text(certificate, _pot_title(certificate), ladder, ("<14", ">10", ">12", ">12", ">12", ">12"))


def certificate_html(certificate: Certificate) -> Html:
    """Return the checks of a certificate as HTML, and its convergence folded away."""
    ladder = table(_LADDER, _convergence(certificate), tuple)
    return _html(certificate, _title(certificate), folded("errors at each annihilation constant", ladder))


def pot_certificate_html(certificate: PotCertificate) -> Html:
    """Return the checks of a pot's certificate as HTML, and its ladders folded away."""
    ladder = table(_POT_LADDER, _accuracies(certificate), tuple)
    return _html(certificate, _pot_title(certificate), folded("errors mechanism by mechanism", ladder))


def _title(certificate: Certificate) -> tuple[str, str]:
    """Return what was certified, and how."""
    counts = certificate.counts
    seed = f", seed {certificate.seed}" if certificate.seed is not None else ""
    return (
        f"certificate of {certificate.circuit}, {certificate.gradient} gradient",
        f"{counts.species} species, {counts.reactions} reactions; {certificate.samples} random test "
        f"points{seed}",
    )


def _pot_title(certificate: PotCertificate) -> tuple[str, str]:
    """Return what was certified, and how."""
    counts = certificate.counts
    clock = f", clock {certificate.clock}" if certificate.clock else ""
    return (
        f"certificate of {certificate.circuit}, {certificate.gradient} gradient, "
        f"{certificate.autonomy}{clock}",
        f"{counts.species} species, {counts.reactions} reactions in one pot; {certificate.samples} random "
        "test points, one cycle each",
    )


def _convergence(certificate: Certificate) -> list[tuple[str, ...]]:
    """Return the errors at each annihilation constant, and how fast they fall with it."""
    names = ("forward", "gradient", "parameter")
    steps = certificate.convergence
    constants = [step.annihilation for step in steps]
    slopes = [fitted_slope(constants, [getattr(step, name) for step in steps]) for name in names]
    rows = [(f"{step.annihilation:g}", *(f"{getattr(step, name):.1e}" for name in names)) for step in steps]
    return [*rows, ("slope", *(_number(slope, ".2f") for slope in slopes))]


def _accuracies(certificate: PotCertificate) -> list[tuple[str, ...]]:
    """Return the errors of each mechanism at each of its constants."""
    return [
        (
            row.mechanism,
            f"{row.constant:g}" if row.constant else "-",
            *(_number(error, ".1e") for error in (row.states, row.error, row.adjoint, row.gradient)),
        )
        for row in certificate.accuracies
    ]


def _text(
    certificate: Certificate | PotCertificate,
    title: tuple[str, str],
    ladder: Sequence[Sequence[str]],
    styles: Sequence[str],
) -> str:
    what, how = title
    checks = [_CHECK, *map(_cells, certificate.checks)]
    return "\n".join(
        [
            f"{what}: {'passed' if certificate.passed else 'FAILED'}",
            how,
            "",
            *(
                f"{name:<24}{number:>10}{bound:>10}  {state:<10}{note}"
                for name, number, bound, state, note in checks
            ),
            "",
            *("".join(map(format, row, styles)) for row in ladder),
        ]
    )


def _html(certificate: Certificate | PotCertificate, title: tuple[str, str], ladder: Html) -> Html:
    def row(check: Check) -> tuple[str, ...]:
        name, number, bound, state, note = _cells(check)
        return name, number, bound, state if check.bound is None else mark(check.passed), note

    what, how = title
    heading = element("p", f"{what}: ", element("b", mark(certificate.passed)))
    return element("div", heading, table(_CHECK, certificate.checks, row, caption=how), ladder)


def _cells(check: Check) -> tuple[str, str, str, str, str]:
    state = "passed" if check.passed else "FAILED"
    if check.bound is None:
        state = "reported"
    return check.name, _number(check.measured, ".2g"), _number(check.bound, ".2g"), state, check.note


def _number(value: float | None, style: str) -> str:
    return "-" if value is None else format(value, style)
