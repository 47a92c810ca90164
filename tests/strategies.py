"""Hypothesis strategies for the values of the library, shared by the property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from neuralcrn.chemistry import Complex, Network, Reaction

# Few short names, so that reactions share species, and the words of the text format; the other names
# reach every letter that a name may have.
_COMMON = (
    "A",
    "B",
    "C",
    "x1",
    "z_p",
    "z_n",
    "theta1_2_p",
    "e1",
    "_",
    "parameter",
    "initial",
    "k",
    "nan",
    "inf",
)


def species_names() -> st.SearchStrategy[str]:
    """Valid species names."""
    return st.sampled_from(_COMMON) | st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


def quantities() -> st.SearchStrategy[float]:
    """Rate constants and concentrations: any finite float that is not negative."""
    return st.floats(min_value=0.0, allow_infinity=False, allow_nan=False) | st.integers(0, 20).map(float)


def labels() -> st.SearchStrategy[str]:
    """Labels: one printable line, in canonical form."""
    letters = st.characters(codec="utf-8").filter(str.isprintable)
    return st.text(letters, max_size=12).map(str.strip)


def complexes(max_order: int = 4, min_order: int = 0) -> st.SearchStrategy[Complex]:
    """Complexes of at most `max_order` molecules."""
    molecules = st.lists(species_names(), min_size=min_order, max_size=max_order)
    return molecules.map(lambda names: Complex(tuple((name, 1) for name in names)))


@st.composite
def reactions(draw: st.DrawFn) -> Reaction:
    """Reactions with at least one species."""
    reactants = draw(complexes())
    products = draw(complexes(min_order=0 if reactants.terms else 1))
    return Reaction(reactants, products, draw(quantities()), draw(labels()))


@st.composite
def networks(draw: st.DrawFn, max_reactions: int = 6) -> Network:
    """Networks with at least one species, in any order of species, some of them in no reaction."""
    chosen = draw(st.lists(reactions(), max_size=max_reactions))
    first = draw(st.lists(species_names(), min_size=0 if chosen else 1, max_size=4))
    initial = draw(st.dictionaries(species_names(), quantities(), max_size=4))
    return Network.of(chosen, initial, first)
