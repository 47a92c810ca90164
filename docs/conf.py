"""Configuration of the documentation: `sphinx -W docs docs/_build/html` builds it without a network.

Do not build in parallel: with -j, Sphinx 9 can lose the failure of a page and exit successfully, so our
extensions do not declare support for it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import neuralcrn

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "neuralcrn"
author = "The neuralcrn authors"
copyright = author
version = release = neuralcrn.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "generated",
    "mathml",
    "names",
    "offline",
]
exclude_patterns = ["_build", "extensions", "**.ipynb"]
nitpicky = True
default_role = "code"
highlight_language = "none"

autodoc_typehints = "none"  # they are in numpydoc's type slots, with shapes and units
add_module_names = False
autoclass_content = "both"
autodoc_member_order = "bysource"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_show_tb = True  # a failing cell is a warning with its traceback, so the build fails
nb_execution_in_temp = True
nb_merge_streams = True
nb_ipywidgets_js = {}
suppress_warnings = ["myst-nb.lexer"]  # of notebooks that are not executed by linkcheck

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "image_scrapers": ("gallery_figures.save_figures",),
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "write_computation_times": False,
    "copyfile_regex": "",
    "remove_config_comments": True,
    "capture_repr": (),
}

html_theme = "pydata_sphinx_theme"
html_title = "neuralcrn"
html_static_path = ["static"]
html_css_files = ["neuralcrn.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "navbar_align": "left",
    "logo": {"text": "neuralcrn"},
}
html_sidebars = {"index": [], "mathematics": [], "published_systems": []}
