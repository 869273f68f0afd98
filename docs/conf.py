"""How Sphinx builds these pages: `sphinx-build -W -b html docs docs/_build`."""

from importlib.metadata import version as version_of

project = "lemtrada_schedule"
author = "lemtrada_schedule contributors"
project_copyright = author
release = version_of("lemtrada_schedule")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = f"lemtrada_schedule {release}"
