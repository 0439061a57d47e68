"""Words of a draft that were to be replaced: fillers, blanks, and marks of a test."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from releasegate.checks.findings import few, place, quote
from releasegate.checks.parts import narrow, parts_of
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.model.letter import Letter
from releasegate.protocols import Context

_O = "〇○◯●△▲□×"
_UNIT = r"(?:に|を|よ|か|ま|の|は|頃|ご|で|開|、|。|[(]|\s|$|[〜~-])"
# A row of up to four circles is a blank; more are a line; after a Chinese numeral they are zeros of a year.
_BLANK = re.compile(
    rf"(?<![一二三四五六七八九十百千{_O}])(?:([〇○◯])[〇○◯]{{1,3}}|●{{2,4}}|△{{2,4}}|▲{{2,4}}|□{{2,4}}|×{{2,4}}(?=[株社月日時年県市区町様さ氏店]))(?![一二三四五六七八九十百千{_O}])"
)
_BLANK_DATE = re.compile(
    rf"[{_O}]{{1,2}}\s?月\s?[{_O}\d]{{1,2}}\s?日|\d{{1,2}}\s?月\s?[{_O}]{{1,2}}\s?日|\d{{1,2}}\s?時\s?[{_O}]{{1,2}}\s?分|[{_O}]{{1,2}}\s?時\s?[{_O}\d]{{1,2}}\s?分"
    rf"|(?:午前|午後|令和|平成|第|約|全|計|先着|最大|抽選で)\s?[{_O}]{{1,4}}\s?(?:年|月|日|時|分|円|名|人|回|件|%|個)(?={_UNIT}|様|度|間)"
    rf"|\d{{4}}年\s?[{_O}]{{1,2}}\s?月|[{_O}]{{1,4}}年\s?(?:[{_O}]{{1,2}}|\d{{1,2}})\s?月"
)
_LETTER_DATE = re.compile(
    r"(?i)(?<![a-z])[x*_?]{1,2}月[x*_?\d]{1,2}日|\d{1,2}月[x*_?]{1,2}日|\d{4}年xx?月"
    r"|(?<![a-z])xx\s?(?:時|円|%|社|様|さん|回|名様|年)|(?:株式会社|第|約)\s?xx(?![a-z])|(?<![\w/])xx/xx(?![\w/])"
)
_PHONE = re.compile(
    r"(?<!\d)(?:\d{2,4}-)?0000-0000(?!\d)|(?<![\d.,:#-])0000(?:年|円|名|人|-00-00)|(?<![\dA-Za-z])XX(?:X+)?-X{3,4}(?:-X{4})?(?![\dA-Za-z])"
)
_FILLER = re.compile(
    r"(?i)lorem\s+ipsum(?:\s+dolor(?:\s+sit\s+amet)?)?|dolor sit amet|(?<![a-z])asdf(?:gh\w*)?(?![a-z])|(?<![\w.])foo@\S*"
    r"|hoge(?:hoge|@\S+)|ほげほげ|ホゲホゲ|ふがふが"
)
_TODO = re.compile(
    r"(?<![A-Za-z0-9_])(?:TODO|FIXME|TBD)(?![A-Za-z0-9_])(?!\s?(?:リスト|管理|アプリ|機能|タスク|[Ll]ist|[Aa]pp|LIST|APP))"
    r"|(?<![A-Za-z])(?i:todo|fixme|tbd)\s?[:：]|(?<![A-Za-z])TK ?TK(?![A-Za-z])"
)
_DUMMY = re.compile(
    r"(?<!衝突実験)(?<!衝突試験)(?<!テスト)(?<!クラッシュ)(?<![ァ-ヴー])ダミー(?!人形|変数|ヘッド|カメラ|プラグ|バルーン|ルート|会社|ロボット|人体|[ァ-ヴー])"
    r"|(?<![ァ-ヴー])ダミー(?:テキスト|コピー|データ|リンク|ページ)|予定稿"
)
_INSTRUCTION = re.compile(
    r"(?i)ここに[^\n。]{0,20}?(?:入力|記入|入ります|入れ(?:る|て)|挿入|記載(?:する|して))"
    r"|(?:テキスト|文章|本文|タイトル|見出し|画像|写真|説明文?|リード文?|キャッチコピー|サブタイトル)が入ります"
    r"|\[(?:insert|placeholder|add|enter)\b[^\]\n]{0,60}\]|\bpending\b[^\n]{0,40}\bquote\b|\bneed copy\b|\bcopy to come\b"
    r"|\binsert (?:your |the )?(?:text|name|date|link|image|copy) here\b|\byour (?:text|name|company) here\b"
)
_MASK = re.compile(r"(?<=[^\s*\d] )\*{4}(?= ?[^\s*\d])|(?<=[^\s*\d-])\*{4}(?=[円年月日様名人回%])")
_TEST = re.compile(
    r"(?im)(?<![ァ-ヴー])テスト(?:用の?)?(?:配信|メール|送信(?!機)|投稿|本文|文(?:章|です|$|。)|原稿|メッセージ|通知です|です(?:[。!\s]|$))"
    r"|(?<![ァ-ヴー])テストテスト|[【\[(<]\s*テスト[^】\])>]{0,6}[】\])>]|^\s*テスト\d*\s*$"
    r"|(?<![ァ-ヴー])サンプル(?:テキスト|文(?:章|です|$)|データ|原稿|本文|コピー|タイトル)|[【\[(]\s*サンプル\s*[】\])]|^あ{3,}[。\s]*$"
    r"|\btest[- ]?(?:e-?mails?|mail|message|send|post|delivery)\b|\bthis is (?:only |just )?a test\b|\[\s*test\s*\]"
    r"|\bdummy (?:text|copy|data|content|mail)\b|\bsample text\b|(?<![\w-])test test(?![\w-])|^\s*test\d*\s*$"
)
# Each with texts of which one stands in whatever it finds: looking for those first makes a clean mail cost next to nothing.
_RULES: tuple[tuple[str, Severity, tuple[str, ...], re.Pattern[str]], ...] = (
    ("blank", Severity.BLOCKER, tuple(_O), _BLANK_DATE),
    ("blank", Severity.BLOCKER, ("xx", "月x", "x月", "月*", "*月", "月_", "_月", "月?", "?月"), _LETTER_DATE),
    ("blank", Severity.BLOCKER, tuple(_O), _BLANK),
    ("blank", Severity.BLOCKER, ("xxx",), re.compile(r"(?<![A-Za-z0-9])(?:X{3,}|x{3,})(?![A-Za-z0-9]|-[A-Za-z])")),
    ("blank", Severity.BLOCKER, ("0000", "xx-"), _PHONE),
    ("digits", Severity.WARNING, ("0000",), re.compile(r"(?<![A-Za-z0-9_.,:#&+/%=-])0000(?![A-Za-z0-9_.,:/-])")),
    ("filler", Severity.BLOCKER, ("lorem", "dolor", "asdf", "foo@", "hoge", "ほげ", "ホゲ", "ふが"), _FILLER),
    ("todo", Severity.BLOCKER, ("todo", "fixme", "tbd", "tk"), _TODO),
    ("filler", Severity.BLOCKER, ("ダミー", "予定稿"), _DUMMY),
    ("instruction", Severity.BLOCKER, ("ここに", "が入ります", "[", "quote", "copy", "here"), _INSTRUCTION),
    ("mask", Severity.WARNING, ("****",), _MASK),
    ("test", Severity.WARNING, ("テスト", "サンプル", "あああ", "test", "dummy", "sample"), _TEST),
)


@dataclass(frozen=True, kw_only=True)
class TestText:
    """No filler, blank or mark of a test is left: circles, XXX, lorem ipsum, TODO, ダミー block; テスト配信 and サンプルテキスト warn.

    `words` block as well wherever they stand; `allow` are passages that are right as they are.
    """

    __test__: ClassVar[bool] = False  # pytest collects what begins with Test

    id: ClassVar[str] = "test-text"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content"})
    by_letter: ClassVar[bool] = True

    words: tuple[str, ...] = ()
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
            for part, text in parts_of(letter):
                for variant, severity, found in self.leftovers(text):
                    where = place(draft, letter, part)
                    yield Finding(check=self.id, severity=severity, where=where, evidence=quote(found), variant=variant)

    def leftovers(self, text: str) -> Iterator[tuple[str, Severity, str]]:
        """What is left of the draft in this text: kind, severity, and the words as they stand."""
        if not text:
            return
        plain = narrow(text)
        for passage in self.allow:
            plain = plain.replace(narrow(passage), " " * len(passage)) if passage else plain
        small = plain.lower()
        taken = bytearray(len(plain))
        for variant, severity, needles, pattern in _RULES:
            if not any(needle in small for needle in needles):
                continue
            for found in pattern.finditer(plain):
                start, end = found.span()
                if not any(taken[start:end]):
                    taken[start:end] = b"\1" * (end - start)
                    yield variant, severity, text[start:end]
        for word in self.words:
            if word and narrow(word) in plain:
                yield "word", Severity.BLOCKER, word
