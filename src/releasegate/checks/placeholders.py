"""Fields that nobody filled in, left in what would leave."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from releasegate.checks.findings import few, place, quote
from releasegate.checks.holes import HOLE
from releasegate.checks.parts import narrow, scanned
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter
from releasegate.protocols import Context

_JA = (
    r"(?:ご?氏名(?:[・／/].{1,8})?|お?名前|ご芳名|姓名?|名字?|苗字|フリガナ|会社名?|貴?社名|御社名|企業名|貴社名|団体名|組織名|法人名"
    r"|部署名?|所属名?|役職名?|肩書き?|ご?担当者様?名?|ご担当|顧客名|お客様名|会員名|宛名|宛先名?|送信者名|差出人名?|媒体名|記者名|店舗名|ニックネーム|ユーザー名|受信者名|会員番号|顧客番号)(?:を?(?:入力|記入|挿入))?"
)
_KNOWN = (
    r"(?:first|last|full|given|family|user|nick|middle|company|customer|client|contact|recipient|member|your|my|sender|event|product|order|campaign)"
    r"[ _-]?(?:name|mail|id|no|date|title|number|company)|f?name"
    r"|lname|fullname|firstname|lastname|surname|e-?mail|email_?address|company|organi[sz]ation"
    r"|title|salutation|greeting|recipient|customer|client|username|phone|address|city|date|time|url|link|price|amount|code|unsubscribe(?:_?(?:url|link))?"
)
# Each with a text that stands in whatever it finds: looking for that first makes a mail without fields cost nothing.
SYNTAXES: dict[str, tuple[str, re.Pattern[str]]] = {
    "{{": ("{{", re.compile(r"\{\{[{#/^>&!~]{0,3}\s{0,9}[A-Za-zぁ-んァ-ヶ一-龠_$@.*\"'][^{}\n]{0,120}\}{0,3}")),
    "{%": ("{%", re.compile(r"\{%[-+]?\s*[A-Za-z][^%\n]{0,160}(?:%\})?")),
    "[%": ("[%", re.compile(r"\[%[-+]?\s*[A-Za-z][^%\n]{0,160}%\]")),
    "%%": ("%%", re.compile(r"%%(?:=[^\n]{1,160}?=|\[[^\n]{1,160}?\]|[A-Za-z_ぁ-んァ-ヶ一-龠][\w .:-]{0,60})%%")),
    "%": (
        "%",
        re.compile(
            r"(?<![\d%])%(?![0-9A-Fa-f]{2}[^%\s]*%[0-9A-Fa-f]{2})(?:[A-Za-z][A-Za-z0-9_.]*[A-Za-z0-9_]|"
            + _JA
            + r")%(?![0-9A-Fa-f]{2}(?![A-Za-z_]*%?\w))|%\([A-Za-z_]\w*\)[sdrf]|%[sd](?=\s*(?:様|さま|さん|殿|御中))|%\d\$[sd]"
        ),
    ),
    "*|": ("*|", re.compile(r"\*\|[A-Za-z_][^|*\n]{0,80}\|\*")),
    "[[": ("[[", re.compile(r"\[\[\s*[A-Za-zぁ-んァ-ヶ一-龠_][^\[\]\n]{0,80}\]\]")),
    "[": (
        "[",
        re.compile(
            rf"\[\s*(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z][a-z0-9]*(?:_[a-z0-9]+)+|(?i:{_KNOWN})|{_JA}"
            r"|(?i:insert|enter|add|your|put)\s[^\[\]\n]{1,60})\s*\](?![(\[])"
        ),
    ),
    "{": (
        "{",
        re.compile(
            r"\{(?:\$[A-Za-z_][\w.>:|-]*|![A-Za-z_][\w.]*|[a-z_]+=[^{}\n]{0,80}"
            rf"|(?<![A-Za-z\\_^}}.#][{{])[A-Za-z_][\w.]{{1,40}}(?:\|[^{{}}\n]{{0,40}})?|{_JA})\}}"
        ),
    ),
    "${": ("${", re.compile(r"\$\{[^{}\n]{1,80}\}")),
    "$": (
        "$",
        re.compile(
            r"(?<![A-Za-z0-9])\$+(?!(?:m|mn|mm|bn|b|k|mil|mio|million|billion|tn|trillion|thousand|each|per|off|usd|cad|aud)(?![A-Za-z0-9_]))"
            rf"(?:[a-z_][A-Za-z0-9_]+|[A-Z][A-Z0-9]*_[A-Z0-9_]*|[A-Z][a-z]+(?:[A-Z][a-z]+)+|(?i:{_KNOWN}))(?![A-Za-z0-9_])"
            rf"|(?<![A-Za-z0-9])\$(?:{_JA})"
        ),
    ),
    "<%": ("<%", re.compile(r"<%[^\n]{0,160}?%>|<%[-=]\s*\w[^\n]{0,60}")),
    "#": (
        "#",
        re.compile(rf"(?<![\w#&])#(?:(?i:{_KNOWN})|{_JA})#(?!\w)|##(?:[A-Za-z_][A-Za-z0-9_]+|{_JA})##|(?<![\w#&])#\{{[^{{}}\n]{{1,60}}\}}"),
    ),
    "__": ("__", re.compile(rf"(?<![A-Za-z0-9_])__(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*|(?i:{_KNOWN})|{_JA})__(?![A-Za-z0-9_])")),
    "((": ("((", re.compile(rf"\(\(\s*(?:(?i:{_KNOWN})|[A-Za-z]+_[A-Za-z_]+|{_JA})\s*\)\)")),
    "@@": ("@@", re.compile(rf"@@(?:[A-Za-z_][A-Za-z0-9_]+|{_JA})@@")),
    "<<": ("<<", re.compile(rf"<<\s*(?:[A-Za-z_][A-Za-z0-9_ ]{{1,40}}|{_JA})\s*>>")),
    "<": ("<", re.compile(rf"<(?:{_JA})>|<(?i:(?:first|last|full|your|company|customer)[ _-]?name|insert [^<>\n]{{1,60}})>")),
    "〈": ("", re.compile(rf"[〈《〔«‹](?:{_JA}|[A-Za-z]+_[A-Za-z_]+|(?i:{_KNOWN}))[〉》〕»›]|【(?:{_JA})】\s*(?:様|さま|殿|御中|さん)")),
}
Syntax = Literal["{{", "{%", "[%", "%%", "%", "*|", "[[", "[", "{", "${", "$", "<%", "#", "__", "((", "@@", "<<", "<", "〈"]
ALL: tuple[Syntax, ...] = ("{{", "{%", "[%", "%%", "%", "*|", "[[", "[", "${", "{", "$", "<%", "#", "__", "((", "@@", "<<", "<", "〈")
_BRACKETS = re.compile("[〈《〔«‹【]")


@dataclass(frozen=True, kw_only=True)
class PlaceholderUnresolved:
    """No field of a template is left in what would leave: in subject, names, both bodies, links, alternative texts, names of attachments.

    `syntaxes` are the kinds of field that are looked for, `allow` fields that stand there on purpose (code samples).
    """

    id: ClassVar[str] = "placeholder-unresolved"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content"})
    by_letter: ClassVar[bool] = True

    syntaxes: tuple[Syntax, ...] = ALL
    allow: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        return few(self._find(draft, context.letters))

    def _find(self, draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
        for letter in letters:
            for part, text in scanned(letter):
                for field in self.fields(text):
                    yield Finding(check=self.id, where=place(draft, letter, part), evidence=quote(field), params={"mail": letter.no})

    def fields(self, text: str) -> list[str]:
        """The unfilled fields in this text, as they stand; of two that overlap the first and longest."""
        plain = narrow(text)
        spans: list[tuple[int, int]] = []
        for name in self.syntaxes:
            needle, pattern = SYNTAXES[name]
            if (needle and needle not in plain) or (not needle and not _BRACKETS.search(plain)):
                continue
            spans += [found.span() for found in pattern.finditer(plain)]
        kept: list[tuple[int, int]] = []
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if not kept or start >= kept[-1][1]:
                kept.append((start, end))
        return [field for start, end in kept if (field := text[start:end].strip()) not in self.allow and not HOLE.fullmatch(field)]
