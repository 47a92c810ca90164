"""Mathematics as MathML, which browsers render without scripts, fonts or network access."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util.logging import getLogger
from sphinx.writers.html5 import HTML5Translator

_logger = getLogger(__name__)
_BAR = re.compile(r"<mo[^>]*>\|</mo>")
"""Bars are absolute values: no space around them."""


def _markup(node: nodes.math | nodes.math_block, block: bool) -> str:
    """Return the MathML of a formula; unknown commands are warnings."""
    try:
        return _BAR.sub(
            '<mo stretchy="false" lspace="0" rspace="0">|</mo>', tex2mathml(node.astext(), as_block=block)
        )
    except MathError as error:
        _logger.warning("%s in the formula %s", error, node.astext(), location=node)
        return ""


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_markup(node, False))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{_markup(node, True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the renderer; `html_math_renderer = "mathml"` selects it."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
