"""How Sphinx builds these pages: `sphinx-build -W -b html docs docs/_build`."""

import re
import shutil
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

sys.path.insert(0, str(Path(__file__).parent))

from generate import verb_pages, write

write(verb_pages())  # docs/verbs/, one page for each function

project = "lemtrada_schedule"
author = "lemtrada_schedule contributors"
project_copyright = author
release = version_of("lemtrada_schedule")
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
default_role = "code"  # docstrings write code between single backticks
nitpicky = True
nitpick_ignore = [("py:class", f"lemtrada_schedule.{name}") for name in (
    "cohort.adding_months._Column",         # the type of the column that is given
    "errors.Remedy",                        # what an error says to do: a private value
    "exports.tables.rows.DueRow", "exports.tables.rows.DueRows", "exports.tables.rows.Row",     # tables of api.md
    "exports.tables.typed_rows._Row",
)]  # fmt: skip

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autosummary_generate = False  # the pages of the functions are written by generate.py
maximum_signature_line_length = 88
python_display_short_literal_types = True
napoleon_custom_sections = [("Source", "notes_style")]

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_line_continuation_character = "\\"
copybutton_prompt_is_regexp = True  # a copied example holds what is typed: no prompts, no outputs

html_theme = "furo"
html_title = f"lemtrada_schedule {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_extra_path = ["llms.txt"]

DATA_MODEL: Final = (Path(__file__).parent / "data-model.md").read_text(encoding="utf-8")
TYPES: Final = frozenset(re.findall(r"^### (\w+)$", DATA_MODEL, re.MULTILINE))


def link_type(app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement) -> nodes.Node | None:
    """Return a link from a name in a signature: to the data model, a public name, or the documentation of Python.

    Python's own inventory is not read, because the build needs no network.
    """
    target = str(node["reftarget"])
    module, _, name = target.rpartition(".")
    here = str(node["refdoc"])
    if node.get("refdomain") != "py":
        return None
    if module.partition(".")[0] in sys.stdlib_module_names:
        url = f"https://docs.python.org/3/library/{module}.html#{target}"
        return nodes.reference("", "", shown, internal=False, refuri=url)
    if name in TYPES:
        return make_refnode(app.builder, here, "data-model", name.lower(), shown)
    public = env.domains.python_domain.objects.get(f"lemtrada_schedule.{name}")
    return public and make_refnode(app.builder, here, public.docname, public.node_id, shown)


def trim_examples(_: Sphinx, document: nodes.document) -> None:
    """Drop the empty line at the end of each example, which only Python's doctest needs."""
    for block in document.findall(nodes.literal_block):
        block.rawsource = block.astext().rstrip("\n")
        block.children = [nodes.Text(block.rawsource)]


def copy_sources(app: Sphinx, failed: Exception | None) -> None:
    """Put the Markdown of each page beside its HTML, for programs that read `llms.txt`."""
    for name in app.env.found_docs if failed is None else ():
        shutil.copyfile(app.env.doc2path(name), Path(app.outdir, f"{name}.md"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what is above with Sphinx."""
    app.connect("missing-reference", link_type)
    app.connect("doctree-read", trim_examples)
    app.connect("build-finished", copy_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
