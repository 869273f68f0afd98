"""How Sphinx builds these pages: `sphinx-build -W -b html docs docs/_build`."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generate import protocol_pages, write

write(protocol_pages())  # docs/protocols/, one page for each shipped protocol

project = "lemtrada_schedule"
author = "lemtrada_schedule contributors"
project_copyright = author
release = version_of("lemtrada_schedule")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
default_role = "code"  # docstrings write code between single backticks
nitpicky = True
# Types have a page of their own (data-model.md). Names of the standard library are not looked up: no network is needed.
nitpick_ignore_regex = [("py:.*", ".*")]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
maximum_signature_line_length = 100
napoleon_custom_sections = [("Source", "notes_style")]

html_theme = "furo"
html_title = f"lemtrada_schedule {release}"
