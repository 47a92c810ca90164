"""A certificate as tables: in text and in HTML."""

from __future__ import annotations

from neuralcrn.markup import Html, element, folded, mark, table
from neuralcrn.verify.certificate import Certificate, Check

_CHECK = ("check", "measured", "bound", "", "note")


def describe_certificate(certificate: Certificate) -> str:
    """Return the checks and the convergence of a certificate as text."""
    checks = [_CHECK, *map(_cells, certificate.checks)]
    return "\n".join(
        [
            f"{_title(certificate)}: {'passed' if certificate.passed else 'FAILED'}",
            _subtitle(certificate),
            "",
            *(
                f"{name:<24}{number:>10}{bound:>10}  {state:<10}{note}"
                for name, number, bound, state, note in checks
            ),
            "",
            *(
                f"{mechanism:<14}{constant:>10}" + "".join(f"{error:>16}" for error in errors)
                for mechanism, constant, *errors in _ladder(certificate)
            ),
        ]
    )


def certificate_html(certificate: Certificate) -> Html:
    """Return the checks of a certificate as HTML, and its convergence folded away."""

    def row(check: Check) -> tuple[str, ...]:
        name, number, bound, state, note = _cells(check)
        return name, number, bound, state if check.bound is None else mark(check.passed), note

    heading = element("p", f"{_title(certificate)}: ", element("b", mark(certificate.passed)))
    head, *errors = _ladder(certificate)
    ladder = folded("errors at each constant", table(head, errors, tuple))
    checks = table(_CHECK, certificate.checks, row, caption=_subtitle(certificate))
    return element("div", heading, checks, ladder)


def _title(certificate: Certificate) -> str:
    """Return what was certified."""
    level = f", {certificate.level}" if certificate.level != "staged" else ""
    clock = f", clock {certificate.clock}" if certificate.clock else ""
    return f"certificate of {certificate.circuit}, {certificate.gradient} gradient{level}{clock}"


def _subtitle(certificate: Certificate) -> str:
    """Return how it was certified."""
    species, reactions = certificate.counts
    one_pot, each = ("", "") if certificate.level == "staged" else (" in one pot", ", one cycle each")
    seed = f", seed {certificate.seed}" if certificate.seed is not None else ""
    return (
        f"{species} species, {reactions} reactions{one_pot}; {certificate.samples} random test "
        f"points{each}{seed}"
    )


def _ladder(certificate: Certificate) -> list[tuple[str, ...]]:
    """Return the errors of each mechanism at each of its constants."""
    quantities = tuple(certificate.convergence[0].of)
    rows = [
        (row.mechanism, _number(row.constant, "g"), *(f"{row.of[name]:.1e}" for name in quantities))
        for row in certificate.convergence
    ]
    return [("mechanism", "constant", *quantities), *rows]


def _cells(check: Check) -> tuple[str, str, str, str, str]:
    state = "passed" if check.passed else "FAILED"
    if check.bound is None:
        state = "reported"
    return check.name, _number(check.measured, ".2g"), _number(check.bound, ".2g"), state, check.note


def _number(value: float | None, style: str) -> str:
    return "-" if value is None else format(value, style)
