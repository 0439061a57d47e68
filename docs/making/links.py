"""Every link of the built pages: inside it leads to a place that is there, outside it is well formed; nothing is loaded from afar."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_LOADS = {("img", "src"), ("script", "src"), ("link", "href"), ("source", "src"), ("iframe", "src")}


@dataclass
class Page(HTMLParser):
    """The links and the places of one page."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this tag links to, loads, and is called."""
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.places.add(value)
            elif (tag, name) in _LOADS:
                self.loads.append(value)
            elif tag == "a" and name == "href":
                self.links.append(value)


def faults(folder: Path) -> Iterator[str]:
    """What is wrong with the links of the pages in this folder, without asking the network."""
    pages = {path: _read(path) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        here = path.relative_to(folder)
        yield from (f"{here}: loads {each} from elsewhere" for each in page.loads if urlsplit(each).netloc)
        yield from (f"{here}: {fault}" for each in dict.fromkeys(page.links) if (fault := _fault(each, path, pages)))


def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _fault(link: str, path: Path, pages: dict[Path, Page]) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        well = parts.scheme in {"https", "mailto"} and (bool(parts.netloc) is (parts.scheme == "https"))
        return "" if well and " " not in link else f"{link} is no address that a reader can follow"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return f"{link} leads nowhere"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
        return f"{link}: there is no such place on that page"
    return ""


def check_built(app: Any, error: Exception | None) -> None:  # noqa: ANN401 - Sphinx's application
    """Fail the build where a link is wrong."""
    from sphinx.errors import ExtensionError

    if error is None and app.builder.format == "html" and (found := list(faults(Path(app.outdir).resolve()))):
        message = "\n".join(found)
        raise ExtensionError(message)
