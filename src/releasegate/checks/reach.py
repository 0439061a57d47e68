"""Links that only colleagues can open: by their shape and their literal address. Nothing is requested and no name is looked up."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from releasegate.checks.domains import is_on, registrable
from releasegate.checks.findings import few, place, quote
from releasegate.checks.hosts import Host, is_public, read_host
from releasegate.checks.links import links_in
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter
from releasegate.protocols import Context

_TOPS = "local internal intranet corp home lan private localhost localdomain onion test invalid host domain workgroup home.arpa"
_TOP = frozenset(_TOPS.split())
_HOSTS = (
    ".vercel.app .netlify.app .ngrok.io .ngrok.app .ngrok.dev .ngrok-free.app .ngrok-free.dev .trycloudflare.com .loca.lt .lhr.life "
    ".serveo.net .localtunnel.me .nip.io .sslip.io .xip.io .localtest.me .lvh.me"
)
_HOSTING = tuple(_HOSTS.split())
_STAGE = "staging stage stg dev develop development test testing preprod pre-prod preproduction preview sandbox uat qa"
_STAGES = frozenset(_STAGE.split())
# In a longer label these alone say it; `dev` and `test` do so only beside one of the ordinary names.
_SURE = frozenset({"staging", "stg", "preprod"})
_USUAL = "www web site sites app api cms admin shop ec store lp m sp pc front page pages portal cdn img static media blog news"
_ORDINARY = frozenset(_USUAL.split())
_PREVIEW = frozenset({"preview_id", "preview_nonce", "preview_token", "preview_key", "draft_key", "draftkey"})
_FILE = re.compile(r"(?i)\s*(?:file:|[a-z]:[\\/]|\\\\)")


@dataclass(frozen=True, kw_only=True)
class UrlNonPublic:
    """Every link can be opened from outside: no private address in any notation, no internal or staging name, no odd port, no preview.

    `allow`: hosts that are right all the same, exact or `.example.com` for everything below it. `patterns`: more labels that mean staging.
    """

    id: ClassVar[str] = "url-non-public"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content"})
    by_letter: ClassVar[bool] = True

    allow: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    ports: tuple[int, ...] = (80, 443)

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        return few(self._find(draft, context.letters))

    def _find(self, draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
        for letter in letters:
            for link in links_in(letter):
                if variant := self.variant(link.url):
                    yield Finding(check=self.id, where=place(draft, letter, link.part), evidence=quote(link.url), variant=variant)

    def variant(self, url: str) -> str:
        """Why the public cannot open this link; empty where nothing speaks against it."""
        if _FILE.match(url):
            return "file"
        host = read_host(f"https:{url}" if url.lstrip().startswith("//") else url)
        if host is None or not host.name or is_on(host.name, self.allow):
            return ""
        if host.broken:
            return "address"
        if host.ip is not None:
            return "" if is_public(host.ip) and self._is_open(host) else ("port" if is_public(host.ip) else "address")
        return self._by_name(host.name) or ("" if self._is_open(host) else "port") or _by_the_rest(host)

    def _is_open(self, host: Host) -> bool:
        """Whether the port is one that everybody's network lets out."""
        return host.port_number in (0, *self.ports)

    def _by_name(self, name: str) -> str:
        labels = name.split(".")
        if len(labels) == 1 or labels[-1] in _TOP or ".".join(labels[-2:]) in _TOP:
            return "internal"
        if is_on(name, _HOSTING):
            return "hosting"
        own = len(registrable(name).split("."))
        below = labels[:-own]
        return "staging" if any(_is_stage(label) or label in self.patterns for label in below) else ""


def _is_stage(label: str) -> bool:
    """Label by label, so that `contest` and `latest` are words like others."""
    if label.rstrip("0123456789-") in _STAGES:
        return True
    words = [word.rstrip("0123456789") for word in label.split("-")]
    return bool(_SURE.intersection(words)) or (bool(_STAGES.intersection(words)) and all(word in _STAGES | _ORDINARY for word in words))


def _by_the_rest(host: Host) -> str:
    if ":" in host.user and len(host.user) > 1:
        return "login"
    query = host.path.partition("#")[0].partition("?")[2]
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name.lower() in _PREVIEW or (name.lower() == "preview" and value.lower() not in ("", "0", "false", "no")):
            return "preview"
    return ""
