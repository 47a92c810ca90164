import re

import pytest

from neuralcrn.chemistry import Network, Reaction, network_latex, parse_network, reaction_latex
from neuralcrn.display import name_html, name_latex, pretty


@pytest.mark.parametrize(
    ("name", "plain", "latex", "markup"),
    [
        ("theta1_2_p", "θ1,2⁺", r"\theta_{1,2}^{+}", "θ<sub>1,2</sub><sup>+</sup>"),
        ("z_n", "z⁻", "z^{-}", "z<sup>\N{MINUS SIGN}</sup>"),
        ("x1", "x1", "x_{1}", "x<sub>1</sub>"),
        ("A", "A", "A", "A"),
        ("Fuel", "Fuel", r"\mathrm{Fuel}", "Fuel"),
        ("C_rest", "C_rest", r"C_{\mathrm{rest}}", "C<sub>rest</sub>"),
        ("g_theta_p", "g_theta⁺", r"g_{\theta}^{+}", "g<sub>θ</sub><sup>+</sup>"),
        ("Omega", "Ω", r"\Omega", "Ω"),
        ("_p", "_p", r"\mathrm{\_p}", "_p"),
        ("a1b_p", "a1b⁺", r"\mathrm{a1b}^{+}", "a1b<sup>+</sup>"),
        ("x__1", "x__1", r"\mathrm{x\_\_1}", "x__1"),
    ],
)
def test_names_are_shown_as_mathematics(name, plain, latex, markup):
    assert pretty(name) == plain
    assert name_latex(name) == latex
    assert name_html(name) == markup


def test_a_reaction_in_latex_and_html():
    reaction = Reaction.of({"A": 1, "B": 2}, {}, rate=2.5e-7)
    assert reaction_latex(reaction) == r"A + 2\,B \xrightarrow{2.5 \times 10^{-7}} \varnothing"
    assert reaction._repr_html_() == "<div><p>A + 2 B → ∅ [k = 2.5e-07]</p></div>"
    assert r"\xrightarrow{10^{22}}" in reaction_latex(reaction.k(1e22))
    assert reaction._repr_latex_() == f"$\\displaystyle {reaction_latex(reaction)}$"


def test_labels_are_escaped():
    reaction = Reaction.of({"A": 1}, {}, label=r"<script>&'\input{x}$#_%^~")
    net = Network.of([reaction])
    assert "<script>" not in reaction._repr_html_() + net._repr_html_()
    assert "&lt;script&gt;&amp;&#39;" in net._repr_html_()
    escaped = (
        r"\text{\textless{}script\textgreater{}\&'\textbackslash{}input\{x\}"
        r"\$\#\_\%\textasciicircum{}\textasciitilde{}}"
    )
    assert escaped in reaction_latex(reaction)
    assert escaped in network_latex(net)


def test_a_network_shows_reactions_and_initial_values():
    net = parse_network("x_p -> 2B [k = 0.5]  # made\nx_p @initial 3")
    assert "x^{+} & \\xrightarrow{0.5} 2\\,B && \\text{made} \\\\" in net._repr_latex_()
    page = net._repr_html_()
    cells = ["x<sup>+</sup>", "→", "2 B", "0.5", "made"]
    assert re.findall(r"<td[^>]*>(.*?)</td>", page) == cells
    assert "initially x<sup>+</sup> = 3" in page
    assert "2 species, 1 reactions" in page


def test_a_large_network_shows_200_reactions_and_says_how_many_more():
    net = Network.of([Reaction.of({f"S{i}": 1}, {}) for i in range(1234)], {f"S{i}": 1 for i in range(300)})
    for text, row in ((network_latex(net), r"\xrightarrow"), (net._repr_html_(), ">→</td>")):
        assert text.count(row) == 200
        assert "and 1,034 more" in text
    assert "and 100 more</p>" in net._repr_html_()
