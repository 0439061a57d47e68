"""How the pages are built: `make docs`. What must hold for every page is an error here: an unknown reference, a link that leads nowhere."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from docutils import nodes  # type: ignore[import-untyped]  # docutils ships no types
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import releasegate
from docs.making import pages
from docs.making.drawing import CAPTION, draw
from docs.making.links import check_built

project = "releasegate"
author = "the releasegate project"
version = release = releasegate.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["making"]
nitpicky = True
# What Python and other packages define is described there; looking it up would ask the network.
# Names that begin with an underscore, and what only annotates (a type variable), are nobody's to look up.
nitpick_ignore_regex = [(r"py:.*", r"(?!releasegate\.).*"), (r"py:.*", r"releasegate\.(.+\._\w+|gate\.C)")]
default_role = "code"
smartquotes = False
python_use_unqualified_type_names = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]

html_theme = "pydata_sphinx_theme"
html_theme_options = {"navigation_with_keys": False, "show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_static_path = ["making/static"]
html_css_files = ["pages.css"]
html_title = "releasegate"
html_show_sourcelink = False
html_copy_source = False


class Picture(SphinxDirective):
    """The diagram of the lifecycle, drawn. A forge that shows the page draws it by itself."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """The picture, and what it leaves out."""
        picture = nodes.raw("", draw("\n".join(self.content)), format="html")
        return [picture, nodes.paragraph("", CAPTION)]


def setup(app: Sphinx) -> None:
    """Write the reference before the pages are read; look at every link when they are built."""
    app.add_directive("mermaid", Picture)
    app.connect("builder-inited", lambda _: pages.write(HERE / "reference"))
    app.connect("build-finished", check_built)
