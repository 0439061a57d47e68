"""Links that cannot work: written wrongly, or never filled in."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from releasegate.checks.findings import few, place, quote
from releasegate.checks.hosts import Host, read_host
from releasegate.checks.links import Link, links_in
from releasegate.checks.pages import read_page
from releasegate.checks.registry import check, settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.model.letter import Letter
from releasegate.protocols import Context

MALFORMED = "url-malformed"
_LONGEST = 2047
_LABEL = 63
# Full-width or half missing: what no program takes for a link, though a reader does.
_WIDE = re.compile(r"(?i)[hｈ][tｔ]{2}[pｐ][sｓ]?[:：]\s?[/／]{2}[^\s、。」）)<>\"']*")
_SLIPS = (
    re.compile(r"(?i)(?<![A-Za-z])https?:/(?![/\s])[A-Za-z0-9][^\s、。」）<>\"']*"),
    re.compile(r"(?i)(?<![A-Za-z])https?[;.,]?//[A-Za-z0-9][^\s、。」）<>\"']*"),
    re.compile(r"(?i)(?<![A-Za-z])https?:(?=[A-Za-z0-9-]+\.[A-Za-z0-9])[^\s、。」）<>\"']*"),
    re.compile(r"(?i)(?<![A-Za-z])(?:h{2,}ttps?|ht{3,}ps?|https{2,}|htpp?s?|hhtps?|ttps?|httpp+s?|hptts?|hxxps?)://[^\s、。」）<>\"']*"),
    re.compile(r"(?i)https?://[ \t\u3000]+(?=[A-Za-z0-9-]+\.[A-Za-z])[^\s、。」）<>\"']*"),
)
_RIGHT = re.compile(r"(?i)(?<![a-z])https?://(?=[a-z0-9\[])")
_WIDE_TAIL = re.compile(r"[／．：][a-z0-9]")
_NO_SCHEME = re.compile(r"(?i)(?:www\.[a-z0-9-]+\.[a-z]|[a-z0-9.-]+\.(?:co\.jp|or\.jp|ne\.jp|com|jp|net|org)(?:[/?#:]|$))")
_BAD_HOST = re.compile(r"[\s!\"$&'()*+,;<=>^`{|}%#]|\.\.|^\.|^-|-$|-\.|\.-")
_FULL = re.compile(r"[：／．？＃＠％＆＝]")


@check(MALFORMED, by_letter=True)
def url_malformed(draft: Draft, context: Context) -> Iterable[Finding]:
    """Every link is written so that a program can follow it."""
    return few(_malformed(draft, context.letters))


def _malformed(draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
    for letter in letters:
        for link in links_in(letter):
            if variant := flaw(link):
                severity = Severity.WARNING if variant in ("long", "blank-end") else Severity.BLOCKER
                where = place(draft, letter, link.part)
                yield Finding(check=MALFORMED, severity=severity, where=where, evidence=quote(link.url), variant=variant)
        for part, text in _texts(letter):
            for variant, found in slips(text):
                yield Finding(check=MALFORMED, where=place(draft, letter, part), evidence=quote(found), variant=variant)


def _texts(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "subject", letter.subject
    yield "text", letter.text
    if letter.html:
        yield "html", read_page(letter.html).text


def slips(text: str) -> Iterator[tuple[str, str]]:
    """What was meant to be a link and is none, with the kind of slip."""
    if not text.isascii():
        for found in _WIDE.finditer(text):
            if not re.match(r"(?i)https?://", found[0]):
                yield "full-width", found[0]
    if text.lower().count("tp") != len(_RIGHT.findall(text)):
        for pattern in _SLIPS:
            yield from (("scheme", found[0]) for found in pattern.finditer(text))


def flaw(link: Link) -> str:
    """The kind of fault in this link; empty where there is none, or where it is none of this check's links."""
    url = link.url.strip()
    if link.name and not re.match(r"(?i)https?:|//", url):
        return _unlike(url)
    host = read_host(f"https:{url}" if url.startswith("//") else url)
    if host is None or re.fullmatch(r"(?i)https?:(?://)?", url):  # an empty link is another check's business
        return ""
    return _by_shape(link, url) or _by_host(host) or ("long" if len(url) > _LONGEST else "")


def _unlike(url: str) -> str:
    """An attribute that holds no http link: a slip, or something else altogether."""
    if any(True for _ in slips(url)):
        return "full-width" if _WIDE.match(url) and not url.isascii() else "scheme"
    return "scheme" if _NO_SCHEME.match(url) else ""


def _by_shape(link: Link, url: str) -> str:
    if re.match(r"(?i)https?:/?(?!/)", url):
        return "scheme"
    if re.match(r"(?i)https?://(?:https?\b|ttps?\b)[:/.]", url):
        return "double"
    if re.search(r"\s", url):
        return "blank"
    if (link.name and _FULL.search(url.partition("?")[0])) or _WIDE_TAIL.match(link.next):
        return "full-width"
    return "blank-end" if link.name and link.url != url else ""


def _by_host(host: Host) -> str:
    name = host.name
    if not name:
        return "" if not host.path and not host.user else "host"
    if host.broken or host.port_number < 0:
        return "host"
    if host.ip is not None or name == "localhost":
        return ""
    bad = _BAD_HOST.search(name) is not None or "." not in name or any(len(label) > _LABEL for label in name.split("."))
    return "host" if bad else ""


PLACEHOLDER_HOSTS = ("example.com", "example.net", "example.org")
_FILLER = re.compile(
    r"(?i)(?:www\.)?(?:x{3,}|(?:your|my)-?(?:domain|site|company|url)|(?:domain|url|todo|tbd|dummy|placeholder))(?:\.[a-z.]+)?"
)
_SIGNS = re.compile(r"[○〇◯●△□×]{1,}|…|\.{2,}")
_FIELD = re.compile(
    r"(?is)\s*(?:https?://)?(?:\{\{.*\}\}|\{%.*%\}|%%.*%%|\*\|.*\|\*|\[\[?.*\]?\]|\{[^{}]*\}|\$\{?[a-z_]\w*\}?|<%.*%>"
    r"|#?(?:todo|tbd|fixme|url|link|xxx+|dummy|ここに.*))/?\s*"
)
_NOWHERE = re.compile(r"(?i)\s*(?:javascript:.*|about:blank\S*|(?:https?|mailto|tel|sms|ftp):/*|/|\?)?\s*")
_BARE = re.compile(r"(?i)https?://(?=[○〇◯●△□×…]|\.{2,}|$|[\s。、）」)>])[○〇◯●△□×…]*")


@dataclass(frozen=True, kw_only=True)
class UrlPlaceholder:
    """Every link leads somewhere: not empty, `#`, `/`, `http://`, `javascript:`, an example's address or a field. An anchor must exist."""

    id: ClassVar[str] = "url-placeholder"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content"})
    by_letter: ClassVar[bool] = True

    hosts: tuple[str, ...] = PLACEHOLDER_HOSTS

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        return few(self._find(draft, context.letters))

    def _find(self, draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
        for letter in letters:
            anchors = read_page(letter.html).anchors
            for link in links_in(letter):
                if variant := self._variant(link, anchors):
                    params = {"tag": link.tag, "attribute": link.name} if link.name else {}
                    where = place(draft, letter, link.part)
                    yield Finding(check=self.id, where=where, evidence=quote(link.url), params=params, variant=variant)

    def _variant(self, link: Link, anchors: frozenset[str]) -> str:
        url = link.url.strip()
        if link.name:
            if link.name == "action":
                return ""
            if url.startswith("#"):
                return "" if url[1:] in anchors or url.lower() == "#top" else "anchor"
            if _NOWHERE.fullmatch(url):
                return "empty"
            if _FIELD.fullmatch(url):
                return "field"
        elif _NOWHERE.fullmatch(url):
            return "empty"
        return self._by_host(url)

    def _by_host(self, url: str) -> str:
        host = read_host(f"https:{url}" if url.startswith("//") else url)
        if host is None:
            return ""
        name = host.name.removeprefix("www.")
        if name in self.hosts or _FILLER.fullmatch(host.name) or _SIGNS.search(host.name):
            return "example"
        return ""
