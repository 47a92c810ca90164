"""Domain-level strand displacement systems in the language of Peppercorn (``.pil``).

Peppercorn (Badelt et al. 2020, doi:10.1098/rsif.2019.0866) enumerates all reactions of strands with given
domains, intended and unintended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping


def write_pil(
    lengths: Mapping[str, int],
    kernels: Mapping[str, str],
    concentrations: Mapping[str, float],
    constant: Collection[str] = (),
) -> str:
    """Return a system of strands as text.

    Parameters
    ----------
    lengths : mapping of str to int, nucleotides
        Length of every domain.
    kernels : mapping of str to str
        Name and structure of each complex, in kernel notation.
    concentrations : mapping of str to float, M
        Initial concentrations; the default is 0.
    constant : collection of str
        Complexes with constant concentration.

    Examples
    --------
    >>> print(write_pil({"t": 5, "x": 15}, {"S": "t x", "G": "x( + ) t*"}, {"S": 2e-8}), end="")
    # Domain-level strand displacement, for Peppercorn
    length t = 5
    length x = 15
    <BLANKLINE>
    S = t x @initial 20 nM
    G = x( + ) t* @initial 0 nM
    """
    lines = ["# Domain-level strand displacement, for Peppercorn"]
    lines += [f"length {name} = {length}" for name, length in lengths.items()]
    lines.append("")
    for name, kernel in kernels.items():
        kind = "constant" if name in constant else "initial"
        lines.append(f"{name} = {kernel} @{kind} {concentrations.get(name, 0.0) * 1e9:.12g} nM")
    return "\n".join(lines) + "\n"
