"""Final pass of strand displacement: the domains of the strands of each species.

A signal is a strand of four domains, ``h a b c``: a history, which does not react, a short toehold, a long
domain that identifies the species, and a short toehold. Gates contain the complements. For ``A + B -> C``,
where d is the history of the C released by this gate,

- L is ``[b c a'] [b' c' d a''] [c'* b'* a'* c* b* a*]``: A binds at a* and displaces the first strand, B,
  which exposes the toehold a'* of the second reactant. The second reactant releases the output O =
  ``b' c' d a''``;
- T is ``[d a'' b'' c''] [a''* d* c'*]``: O binds at c'* and displaces the product.

Strands are written in kernel notation, 5' to 3', with ``x( ... )`` for x paired with its complement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from neuralcrn.compiler.dna.gates import Buffer, Gate, namer
from neuralcrn.compiler.dna.network import DnaNetwork

TOEHOLD, LONG = 6, 15
"""Lengths of short and long domains, nucleotides."""


@dataclass(frozen=True, slots=True)
class DomainLevel:
    """The strands of a DNA-level network.

    Attributes
    ----------
    lengths : mapping of str to int, nucleotides
        Length of every domain.
    kernels : mapping of str to str
        Structure of each species, in kernel notation.
    concentrations : mapping of str to float, M
        Initial concentration of each species.
    constant : frozenset of str
        Species in excess, whose concentrations are constant: those that trigger the gates of ``0 -> P``.
    """

    lengths: Mapping[str, int]
    kernels: Mapping[str, str]
    concentrations: Mapping[str, float]
    constant: frozenset[str]


def domain_level(dna: DnaNetwork) -> DomainLevel:
    """Return the strands of every species.

    Released signals and signals that were present initially differ only in their history. The history of
    initial signals is given here.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.compiler import DnaConditions, compile_dna
    >>> conditions = DnaConditions(unit_concentration=1e-8, unit_time=1000.0)
    >>> level = domain_level(compile_dna(parse_network("A + B -> C"), conditions))
    >>> level.kernels["A"], level.kernels["B1"]
    ('h_A a_A b_A c_A', 'b_A c_A a_B')
    >>> print(level.kernels["L1"])
    b_A( c_A( a_B( + b_B( c_B( d_1_1 a_C + ) ) ) ) ) a_A*
    """
    lengths: dict[str, int] = {}
    kernels: dict[str, str] = {}
    constant: set[str] = set()
    free_name = namer(dna.network.species, "")

    def signal(name: str) -> None:
        lengths.update({f"h_{name}": LONG, f"a_{name}": TOEHOLD, f"b_{name}": LONG, f"c_{name}": TOEHOLD})
        kernels[name] = f"h_{name} a_{name} b_{name} c_{name}"

    for name in dna.formal.species:
        signal(name)
    for number, gate in enumerate(dna.gates, 1):
        inputs = gate.inputs
        if not inputs:
            inputs = (free_name(f"I{number}"),)
            signal(inputs[0])
            constant.add(inputs[0])
        histories = {f"d_{number}_{k}": name for k, name in enumerate(_molecules(gate), 1)}
        lengths.update(dict.fromkeys(histories, LONG))
        kernels |= _gate_kernels(gate, inputs, list(histories.items()))
    for buffer in dna.buffers:
        lengths[f"s_{buffer.signal}"] = TOEHOLD
        kernels |= _buffer_kernels(buffer)
    molar = dna.molar
    concentrations = dict(zip(molar.species, molar.initial, strict=True))
    return DomainLevel(
        lengths=MappingProxyType(lengths),
        kernels=MappingProxyType(kernels),
        concentrations=MappingProxyType(concentrations | dict.fromkeys(constant, dna.conditions.fuel)),
        constant=frozenset(constant),
    )


def _molecules(gate: Gate) -> list[str]:
    """Return the product molecules of a gate as a list."""
    return [name for name, count in gate.formal.products.terms for _ in range(count)]


def _gate_kernels(gate: Gate, inputs: Sequence[str], products: list[tuple[str, str]]) -> dict[str, str]:
    """Return the species of a gate; `products` contains the history and the name of each product."""
    last = inputs[-1]
    tail = "".join(f" {history} a_{name}" for history, name in products)
    output = f"b_{last}( c_{last}({tail} + ) )"
    kernels = {gate.output: f"b_{last} c_{last}{tail}"}
    if len(inputs) == 2:
        first = inputs[0]
        kernels[gate.gate] = f"b_{first}( c_{first}( a_{last}( + {output} ) ) ) a_{first}*"
        kernels[gate.strand] = f"b_{first} c_{first} a_{last}"
        kernels[gate.held] = f"h_{first} a_{first}( b_{first}( c_{first}( + {output} a_{last}* ) ) )"
    else:
        kernels[gate.gate] = f"{output} a_{last}*"
    if products:
        strands = "".join(f"{history}( a_{name}( b_{name} c_{name} + " for history, name in products)
        kernels[gate.translator] = f"{strands}{') ' * (2 * len(products))}c_{last}*"
    return kernels


def _buffer_kernels(buffer: Buffer) -> dict[str, str]:
    name = buffer.signal
    return {
        buffer.gate: f"b_{name}( c_{name}( s_{name}( + ) ) ) a_{name}*",
        buffer.strand: f"b_{name} c_{name} s_{name}",
        buffer.held: f"h_{name} a_{name}( b_{name}( c_{name}( + s_{name}* ) ) )",
    }
