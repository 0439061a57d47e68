"""Single addresses: whether they can be mailed to, and whether they are what they look like."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from email_validator import EmailNotValidError, validate_email

from releasegate.checks.decoding import words
from releasegate.checks.domains import domain_of, is_on
from releasegate.checks.findings import few, quote
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context

# What nearly every list consists of. The library says yes to all of these, at a fiftieth of its speed.
_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII)
_LOCAL, _WHOLE = 64, 254
# Allowed between quotes, and yet no mail server is asked for it: a careless one would see another address.
_TWO_WAYS = re.compile(r"[\\<>]")
# Mailboxes with such names were given out for years and still exist.
CARRIERS = ("docomo.ne.jp", "ezweb.ne.jp", ".ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", ".vodafone.ne.jp", "disney.ne.jp")
_CARRIER_LOCAL = re.compile(r"[A-Za-z0-9_.+?/-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AddressSyntax:
    """Each recipient is one address that mail can be sent to: no display name, comma or line break; no test whether it exists."""

    id: ClassVar[str] = "address-syntax"
    version: ClassVar[int] = 2
    reads: ClassVar[frozenset[str]] = frozenset({"audience"})

    allow_smtputf8: bool = False
    allow_quoted_local: bool = True
    carrier_domains: tuple[str, ...] = CARRIERS

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        return few(self._find(_placed(draft, context.recipients)))

    def _find(self, addresses: Iterable[tuple[str, str]]) -> Iterator[Finding]:
        for address, where in addresses:
            if is_plain(address):
                continue
            reason = self._reason(address)
            if reason and self._is_carriers(address):
                local, _, domain = address.rpartition("@")
                yield Finding(
                    check=self.id,
                    severity=Severity.WARNING,
                    where=where,
                    evidence=quote(address),
                    params={"suggestion": f'"{local}"@{domain}'},
                    variant="carrier",
                )
            elif reason:
                yield Finding(check=self.id, where=where, evidence=quote(words(address)), params={"reason": quote(reason)})

    def _reason(self, address: str) -> str:
        """Why nobody can be reached at this address; empty where somebody may be."""
        try:
            read = validate_email(
                _unreserved(address),
                check_deliverability=False,
                strict=True,
                allow_smtputf8=self.allow_smtputf8,
                allow_quoted_local=self.allow_quoted_local,
                globally_deliverable=False,
            )
        except (EmailNotValidError, ValueError) as error:
            return str(error)
        if _TWO_WAYS.search(address):
            return "A backslash or an angle bracket in it is read in different ways."
        domain = read.ascii_domain
        if "." not in domain and domain_of(address) != "localhost":
            return "The part after the @-sign is not a full domain name."
        if domain.rpartition(".")[2].isdigit():
            return "The part after the @-sign does not end in a top-level domain."
        return ""

    def _is_carriers(self, address: str) -> bool:
        local, at, domain = address.rpartition("@")
        return bool(at) and is_on(domain, self.carrier_domains) and _CARRIER_LOCAL.fullmatch(local) is not None


def _placed(draft: Draft, recipients: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each address once, with its place: where every mail has one reader, the mail that carries it."""
    numbers: dict[str, int] = {}
    last = 0
    for last, address in enumerate(recipients, start=1):
        numbers.setdefault(address, last)
    each_alone = last == draft.count and last > 1
    return ((address, f"mail {no}, to" if each_alone else "to") for address, no in numbers.items())


_RESERVED = re.compile(r"(?i)(?<=[@.])(?:arpa|invalid|local|localhost|onion|test)$")


def _unreserved(address: str) -> str:
    """With another top-level domain of the same length for a reserved one: such names are another check's business."""
    return _RESERVED.sub(lambda found: "z" * len(found[0]), address)


def is_plain(address: str) -> bool:
    """Certainly valid, seen by its shape alone; False says nothing."""
    local, _, domain = address.partition("@")
    return (
        len(local) <= _LOCAL
        and len(address) <= _WHOLE
        and "--" not in domain
        and "_" not in domain
        and _PLAIN.fullmatch(address) is not None
    )


_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_FULL_STOPS = frozenset("\u3002\uff61\u2024\ufe52")
_TRAILING = ">;,、。；，＞"
_LEADING = "<＜"


@dataclass(frozen=True, kw_only=True)
class AddressInvisible:
    """No address holds what cannot be seen or only looks right: blanks, zero-width and bidi characters, full-width forms, a `;` at the end.

    The repaired form is shown; nothing is repaired.
    """

    id: ClassVar[str] = "address-invisible"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content", "audience"})

    suggest: bool = True

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        return few(self._find(_placed(draft, context.recipients)))

    def _find(self, addresses: Iterable[tuple[str, str]]) -> Iterator[Finding]:
        for address, where in addresses:
            if is_plain(address) or _is_clean(address):
                continue
            repaired = repair(address) if self.suggest else ""
            params = {"suggestion": repaired} if repaired and repaired != address else {}
            yield Finding(
                check=self.id,
                where=where,
                evidence=quote(words(address)),
                params=params,
                variant="suggestion" if params else "",
            )


def _is_clean(address: str) -> bool:
    if address.isascii() and address.isalnum():
        return True
    local, _, _ = address.rpartition("@")
    quoted = local.startswith('"') and local.endswith('"')
    return not (
        address.startswith(tuple(_LEADING))
        or address.endswith(tuple(_TRAILING))
        or any(_is_hidden(each) and not (quoted and each == " ") for each in address)
    )


def _is_hidden(character: str) -> bool:
    """Nobody sees it, or it looks like another one."""
    if character.isascii():
        return character.isspace()
    return (
        unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp", "Cc", "Cs", "Co", "Cn")
        or character in _FILLERS
        or character in _FULL_STOPS
        or "\uff01" <= character <= "\uff5e"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def repair(address: str) -> str:
    """The address without what cannot be seen, full-width forms made plain; empty where that is no plain address either."""
    text = unicodedata.normalize("NFKC", "".join("." if each in _FULL_STOPS else each for each in address))
    text = "".join(each for each in text if not _is_hidden(each)).strip(_TRAILING + _LEADING)
    local, _, domain = text.rpartition("@")
    text = f"{local}@{domain.lower()}"
    return text if is_plain(text) and domain_of(text) else ""
