"""Everything that people read: both languages, honest first lines, and nothing that a hostile text can bend."""

import gettext
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import releasegate
from releasegate import messages
from releasegate.messages.voice import Voice, zone
from releasegate.model.finding import Finding
from releasegate.model.report import HoldAnswer, Report
from releasegate.model.schedule import Schedule
from releasegate.model.state import HoldState
from releasegate.model.verdict import Blocker, Decision, Kind

LOCALE = Path(releasegate.__file__).parent / "locale"
TEN = datetime(2026, 7, 3, 1, tzinfo=UTC)
NOW = TEN - timedelta(minutes=2, seconds=20)
TOKYO = Schedule(text="2026-07-03 10:00 Asia/Tokyo", local="2026-07-03T10:00:00", zone="Asia/Tokyo", utc=TEN)
NAMES = {"akari": "佐藤 明里", "chie": "田中 千絵", "dai": "大井 大"}

HOLD = Blocker(
    code="hold-active",
    kind=Kind.HOLD,
    params={"by": "chie", "note": "7月に延期", "hold": "2026-07/h1"},
    since=datetime(2026, 7, 2, 23, 12, tzinfo=UTC),
    who=("chie", "dai"),
    how=("releasegate lift 2026-07 h1",),
)
FIELD = Blocker(
    code="placeholder-unresolved",
    kind=Kind.MEND,
    name="placeholder-unresolved",
    where="mail 4",
    evidence="$name",
    params={"severity": "blocker", "variant": ""},
    who=("akari",),
    how=("releasegate write 2026-07 …", "releasegate waive 2026-07 placeholder-unresolved"),
)
WAITS = Blocker(code="waiting-for-time", kind=Kind.WAIT, params={"until": TEN.isoformat(), "why": "send_at"})


def approval(name: str, missing: int, **more: int) -> Blocker:
    params = {"missing": missing, "have": 0, "need": missing, **more}
    return Blocker(
        code="approval-missing", kind=Kind.WAIT, name=name, params=params, who=("chie", "dai"), how=("releasegate approve 2026-07",)
    )


TWO_EYES = approval("two pairs of eyes", 1)
LARGE = approval("a large audience needs two approvers", 2)


def decision(
    *blockers: Blocker,
    tried: bool = True,
    reach: int = 12404,
    counts: tuple[int, int, int] = (0, 0, 0),
    schedule: Schedule = TOKYO,
    earliest: datetime | None = TEN,
    **more: str,
) -> Decision:
    return Decision(
        draft_id="2026-07",
        digest="5f0d397c" + "0" * 56,
        at=NOW,
        blockers=blockers,
        earliest=earliest,
        title=more.get("title", "七月号"),
        channel="newsletter",
        reach=reach,
        schedule=schedule,
        names=NAMES,
        tried=tried,
        gone=counts[0],
        unknown=counts[1],
        in_flight=counts[2],
    )


def says(blocker: Blocker, lang: str = "en") -> str:
    """The numbered sentence for this one blocker."""
    return decision(blocker).explain(lang).split("\n\n")[2].splitlines()[0].removeprefix("  1. ")


# --- the catalogues


def catalogue(lang: str) -> Catalog:
    with (LOCALE / lang / "LC_MESSAGES" / "releasegate.po").open("rb") as file:
        return read_po(file, locale=lang)


def sentences(lang: str) -> dict[str, tuple[str, ...]]:
    """Each code with its forms."""
    each = {m.id[0] if isinstance(m.id, tuple) else m.id: m.string for m in catalogue(lang) if m.id}
    return {str(code): forms if isinstance(forms, tuple) else (str(forms),) for code, forms in each.items()}


def test_every_code_has_both_languages() -> None:
    assert set(sentences("en")) == set(sentences("ja"))


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_no_sentence_is_empty(lang: str) -> None:
    assert [] == [code for code, forms in sentences(lang).items() if not all(forms)]


def test_both_languages_show_the_same_facts() -> None:
    """A weekday comes in both languages; why an address is none is known in English only."""
    shown = {lang: {code: facts(forms) for code, forms in sentences(lang).items()} for lang in messages.LANGUAGES}
    shown["en"]["check.address-syntax.says"] -= {"reason"}

    assert {} == {code: (each, shown["ja"][code]) for code, each in shown["en"].items() if each != shown["ja"][code]}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_one_and_many_show_the_same_facts(lang: str) -> None:
    assert [] == [code for code, forms in sentences(lang).items() if len({facts((form,)) for form in forms}) != 1]


def facts(forms: tuple[str, ...]) -> frozenset[str]:
    return frozenset(re.sub("_(en|ja)$", "", name) for form in forms for name in re.findall(r"{(\w+)}", form))


def test_no_code_stands_twice() -> None:
    for lang in messages.LANGUAGES:
        ids = re.findall(r'^msgid "(.+)"$', (LOCALE / lang / "LC_MESSAGES" / "releasegate.po").read_text(encoding="utf-8"), re.MULTILINE)

        assert len(set(ids)) == len(ids)


def committed(lang: str) -> gettext.GNUTranslations:
    with (LOCALE / lang / "LC_MESSAGES" / "releasegate.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def words(read: gettext.GNUTranslations) -> dict[object, str]:
    """All but the header, which names the version of the compiler."""
    entries: dict[object, str] = vars(read)["_catalog"]
    return {code: form for code, form in entries.items() if code}


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_what_is_committed_is_what_the_words_compile_to(lang: str) -> None:
    """`make messages` after every change of words."""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(lang))
    compiled.seek(0)
    fresh = gettext.GNUTranslations(compiled)

    assert words(fresh) == words(committed(lang))
    assert fresh.info()["plural-forms"] == committed(lang).info()["plural-forms"]


BLOCKERS = [
    "lane-bulk",
    "lane-by-hand",
    "lane-option",
    "lane-too-wide",
    "lane-uncounted",
    "past-the-gate",
    "hold-active",
    "hold-unknown",
    "twin-held",
    "outcome-unknown",
    "not-submitted",
    "confirmation-missing",
    "approval-missing",
    "second-look",
    "in-progress",
    "waiting-for-time",
    "requirement-error",
    "no-requirement",
    "check-crashed",
    "check-missing",
    "checks-fresh",
    "twin-sent",
    "missed",
    "policy-not-in-force",
    "channel-missing",
    "channel-identity",
    "live-test-identity",
    "already-sent",
    "withdrawn",
    "stopped",
    "history-broken",
    "approval-binds-content",
    "clock-unsure",
]
REFUSALS = [
    "unknown-person",
    "not-your-role",
    "wrote-it",
    "robot-signs",
    "not-its-turn",
    "text-changed",
    "note-empty",
    "nobody-could-sign",
    "policy-not-in-force",
    "may-not-lift",
    "hold-final",
    "hold-note-owed",
    "hold-not-in-force",
    "already-going",
    "something-left",
    "over",
    "not-yours",
    "nothing-to-revoke",
    "not-waivable",
    "no-such-finding",
    "already-waived",
    "not-unknown",
    "other-person-lifts",
    "ungated",
    "too-many",
    "bulk-headers",
    "adopt-needs-second",
    "adopt-same-person",
    "adopt-writer",
    "adopt-no-human",
    "demo-only",
    "not-gated-verb",
    "blocked-demo",
    "seal-empty",
    "live-lease",
    "name-clash",
    "window-closes-first",
]
EVENTS = [
    "write",
    "submit",
    "confirm",
    "approve",
    "revoke",
    "hold",
    "lift",
    "waive",
    "send_back",
    "withdraw",
    "claim",
    "let_go",
    "begin",
    "send",
    "paused",
    "sent",
    "stopped",
    "unknown",
    "settle",
    "adopt",
    "propose",
    "blocked",
    "ripen",
    "lapse",
    "carry",
    "checked",
    "delegate",
    "miss",
]


def test_every_word_of_the_gate_is_in_the_catalogues() -> None:
    wanted = {f"blocker.{code}" for code in BLOCKERS} | {f"refused.{code}" for code in REFUSALS} | {f"event.{kind}" for kind in EVENTS}

    assert set() == wanted - set(sentences("en"))


def test_an_unknown_code_is_shown_with_its_facts() -> None:
    assert "no-such-code (n=1,200, what=x)" == messages.text("no-such-code", what="x", n=1200).replace("what=x, n=1,200", "n=1,200, what=x")
    assert "no-such-code" == messages.text("no-such-code", "ja")
    assert "" == messages.text("")


def test_a_fact_that_is_missing_leaves_its_place_to_be_seen() -> None:
    assert "No requirement of the policy applies to channel {channel}, so nothing vouches for it." == messages.text(
        "blocker.no-requirement"
    )


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("en", "ready"), ("fr", "ready"), ("", "ready"), ("ja", "条件充足"), ("ja_JP.UTF-8", "条件充足"), ("JA", "条件充足")],
)
def test_a_language_that_we_do_not_speak_is_answered_in_english(lang: str, expected: str) -> None:
    assert messages.event("ripen", lang).startswith(expected)


def test_a_fact_may_be_called_like_anything() -> None:
    assert "no-such-code (code=a, self=b, n=c)" == messages.text("no-such-code", code="a", self="b", n="c")


def test_the_owner_of_a_carried_signature_is_told_what_changed() -> None:
    facts = {"draft": "july", "kinds": "schedule.later, subject, odd", "saw": "5f0d397c", "now": "46f09826"}

    assert "this has changed: a later hour, the subject, odd. The text now is 46f09826." in messages.text("alarm.carried", **facts)
    assert "変更: 配信日時の繰り下げ、件名、odd。" in messages.text("alarm.carried", "ja", **facts)


def test_one_and_many() -> None:
    assert "Closed: x: 1 thing to clear." == messages.text("first.closed", subject="x", n=1)
    assert "Closed: x: 3 things to clear." == messages.text("first.closed", subject="x", n=3)
    assert "まだ配信できません: x(あと3項目)" == messages.text("first.closed", "ja", subject="x", n=3)


# --- the blocked message


def test_the_blocked_message_in_english() -> None:
    assert """\
Not sent: 2026-07 "七月号": 3 things to clear.

  newsletter · reaches 12,404 · Fri 3 July 2026, 10:00 JST (in 2 min) · text 5f0d397c

  1. On hold since 08:12 JST, by 田中 千絵: "7月に延期"
     Who: 田中 千絵, 大井 大
     How: releasegate lift 2026-07 h1
  2. A field was not filled in mail no. 4: "$name".
     Rule: placeholder-unresolved
     Who: 佐藤 明里
     How: releasegate write 2026-07 …   or   releasegate waive 2026-07 placeholder-unresolved
  3. Approval by 2 more people (0 of 2).
     Rule: two pairs of eyes; a large audience needs two approvers
     Who: 田中 千絵, 大井 大
     How: releasegate approve 2026-07

  A new text needs every confirmation and approval again.
  When all is cleared it leaves with the first send from 10:00 on, not before.
  Running it again changes nothing until the list is empty.""" == decision(HOLD, FIELD, TWO_EYES, LARGE).explain("en")


def test_the_blocked_message_in_japanese() -> None:
    assert """\
配信していません: 2026-07「七月号」(あと3項目)

  newsletter・宛先 12,404件・2026年7月3日(金)10:00 JST(2分後)・版 5f0d397c

  1. 保留中(08:12 JST 田中 千絵さん「7月に延期」)
     対応: 田中 千絵さん、大井 大さん
     操作: releasegate lift 2026-07 h1
  2. 4通目のメールに埋まっていない項目があります(「$name」)。
     条件: placeholder-unresolved
     対応: 佐藤 明里さん
     操作: releasegate write 2026-07 …   または   releasegate waive 2026-07 placeholder-unresolved
  3. 承認があと2人必要(2人中0人済み)
     条件: two pairs of eyes; a large audience needs two approvers
     対応: 田中 千絵さん、大井 大さん
     操作: releasegate approve 2026-07

  文面を直すと、確認と承認は最初からになります。
  すべて済めば、10:00 以降に send を実行したときに配信されます。それより前には出ません。
  上の項目が残っている間は、もう一度実行しても配信されません。""" == decision(HOLD, FIELD, TWO_EYES, LARGE).explain("ja")


@pytest.mark.parametrize(
    ("given_decision", "en", "ja"),
    [
        (decision(HOLD, tried=False), 'Closed: 2026-07 "七月号": 1 thing to clear.', "まだ配信できません: 2026-07「七月号」(あと1項目)"),
        (decision(HOLD), 'Not sent: 2026-07 "七月号": 1 thing to clear.', "配信していません: 2026-07「七月号」(あと1項目)"),
        (
            decision(WAITS),
            'Not sent: 2026-07 "七月号": all is done, it waits for its time.',
            "配信していません: 2026-07「七月号」(準備完了・時刻待ち)",
        ),
        (
            decision(WAITS, tried=False),
            'Closed: 2026-07 "七月号": all is done, it waits for its time.',
            "まだ配信できません: 2026-07「七月号」(準備完了・時刻待ち)",
        ),
        (
            decision(HOLD, reach=12000, counts=(1696, 1, 0)),
            'Stopped half-way: 2026-07 "七月号": 1,696 of 12,000 sent, 10,303 not sent, 1 unknown; 1 thing to clear.',
            "途中で止めました: 2026-07「七月号」 12,000件中 1,696件 配信済み、10,303件 未配信、1件 不明(あと1項目)",
        ),
        (
            decision(HOLD, reach=2, counts=(0, 0, 1)),
            'Stopped half-way: 2026-07 "七月号": 0 of 2 sent, 1 not sent, 1 in flight; 1 thing to clear.',
            "途中で止めました: 2026-07「七月号」 2件中 0件 配信済み、1件 未配信、1件 配信中(あと1項目)",
        ),
        (
            decision(WAITS, reach=2, counts=(1, 0, 0)),
            'Stopped half-way: 2026-07 "七月号": 1 of 2 sent, 1 not sent; it waits for its time.',
            "途中で止めました: 2026-07「七月号」 2件中 1件 配信済み、1件 未配信(時刻待ち)",
        ),
        (
            decision(Blocker(code="already-sent", kind=Kind.MEND, params={"n": 2}), reach=2, counts=(2, 0, 0)),
            'Already sent: 2026-07 "七月号": 2 of 2 sent.',
            "配信済みです: 2026-07「七月号」 2件中 2件 配信済み",
        ),
        (
            decision(),
            'Open: 2026-07 "七月号": it may leave; nothing has left yet.',
            "配信できます: 2026-07「七月号」(まだ何も配信していません)",
        ),
        (
            decision(reach=2, counts=(1, 0, 0)),
            'Open: 2026-07 "七月号": 1 of 2 sent, 1 not sent.',
            "配信できます: 2026-07「七月号」 2件中 1件 配信済み、1件 未配信",
        ),
        (
            decision(HOLD, reach=1, counts=(1, 1, 0)),
            'Stopped half-way: 2026-07 "七月号": 1 of 1 sent, 1 unknown; 1 thing to clear.',
            "途中で止めました: 2026-07「七月号」 1件中 1件 配信済み、1件 不明(あと1項目)",
        ),
        (decision(HOLD, title=""), "Not sent: 2026-07: 1 thing to clear.", "配信していません: 2026-07(あと1項目)"),
    ],
)
def test_the_first_line_says_whether_anything_left(given_decision: Decision, en: str, ja: str) -> None:
    assert (en, ja) == tuple(given_decision.explain(lang).splitlines()[0] for lang in ("en", "ja"))


def test_the_hour_is_neither_numbered_nor_counted() -> None:
    """Waiting is nothing that anybody can clear."""
    message = decision(WAITS, TWO_EYES).explain()

    assert "1 thing to clear." in message.splitlines()[0]
    assert "  1. Approval by 1 more person (0 of 1)." in message.splitlines()
    assert "  2. " not in message


def test_only_the_hour_missing_ends_with_the_hour() -> None:
    assert ["  It leaves with the first send from 10:00 on, not before."] == decision(WAITS).explain().splitlines()[4:]


def test_an_hour_on_another_day_than_the_one_shown_has_its_date() -> None:
    later = decision(TWO_EYES, earliest=TEN + timedelta(days=1)).explain()

    assert "  When all is cleared it leaves with the first send from Sat 4 July 2026, 10:00 JST on, not before." in later.splitlines()


def test_an_hour_that_is_over_is_not_promised_again() -> None:
    message = decision(TWO_EYES, earliest=NOW - timedelta(minutes=1)).explain()

    assert "not before" not in message
    assert "  Running it again changes nothing until the list is empty." in message.splitlines()


def test_without_anything_to_mend_nobody_hears_of_new_texts() -> None:
    assert "A new text" not in decision(TWO_EYES).explain()


@pytest.mark.parametrize("code", ["already-sent", "stopped", "withdrawn"])
def test_what_is_over_gets_no_advice_to_try_again(code: str) -> None:
    message = decision(Blocker(code=code, kind=Kind.MEND, params={"n": 1})).explain()

    assert "until the list is empty" not in message
    assert "A new text" not in message


def test_what_is_done_and_what_was_waived_is_shown() -> None:
    made = Decision(draft_id="july", digest="", at=NOW, satisfied=("checks", "two pairs of eyes"), waived=("url-dead",))

    assert ["  Done: checks, two pairs of eyes", "  Waived: url-dead"] == made.explain().splitlines()[-2:]
    assert ["  済み: チェック、two pairs of eyes", "  例外として承認: url-dead"] == made.explain("ja").splitlines()[-2:]


def test_a_draft_without_an_hour_leaves_at_once() -> None:
    at_once = decision(TWO_EYES, schedule=Schedule(), earliest=None)

    assert "  newsletter · reaches 12,404 · at once · text 5f0d397c" == at_once.explain().splitlines()[2]
    assert "  newsletter・宛先 12,404件・即時・版 5f0d397c" == at_once.explain("ja").splitlines()[2]


def test_an_hour_that_does_not_exist_is_shown_as_it_was_asked_for() -> None:
    gap = Schedule(text="2026-03-29 02:30 Europe/Berlin", local="2026-03-29T02:30:00", zone="Europe/Berlin", problem="gap")

    assert "2026-03-29 02:30 Europe/Berlin" in decision(schedule=gap).explain().splitlines()[2]


def test_requirements_that_wait_for_other_people_stand_apart() -> None:
    legal = Blocker(code="approval-missing", kind=Kind.WAIT, name="legal", params={"missing": 1, "have": 0, "need": 1}, who=("dai",))

    message = decision(TWO_EYES, legal).explain()

    assert "2 things to clear." in message.splitlines()[0]
    assert "     Rule: legal" in message.splitlines()


def test_a_confirmation_and_an_approval_by_the_same_people_stand_apart() -> None:
    confirmation = Blocker(code="confirmation-missing", kind=Kind.WAIT, params={"missing": 1, "have": 0, "need": 1}, who=TWO_EYES.who)

    assert "2 things to clear." in decision(TWO_EYES, confirmation).explain().splitlines()[0]


def test_signatures_that_do_not_count_are_named() -> None:
    void = approval("two pairs of eyes", 2, stale=1, expired=2)

    assert "Approval by 2 more people (0 of 2). 1 signature is for an earlier text and does not count. 2 signatures have expired." == says(
        void
    )
    assert "承認があと2人必要(2人中0人済み) ※前の版への署名1件は無効です ※署名2件が期限切れです" == says(void, "ja")


def test_a_hold_without_a_word_has_no_empty_quotes() -> None:
    silent = Blocker(code="hold-active", kind=Kind.HOLD, params={"by": "chie", "note": ""}, since=HOLD.since)

    assert "On hold since 08:12 JST, by 田中 千絵" == says(silent)
    assert "保留中(08:12 JST 田中 千絵さん)" == says(silent, "ja")


def test_a_hold_of_another_day_has_its_date() -> None:
    old = Blocker(code="hold-active", kind=Kind.HOLD, params={"by": "chie", "note": "x"}, since=TEN - timedelta(days=4))

    assert 'On hold since Mon 29 June 2026, 10:00 JST, by 田中 千絵: "x"' == says(old)


def test_a_hold_of_a_withdrawal_says_that_nobody_lifts_it() -> None:
    final = Blocker(code="hold-active", kind=Kind.HOLD, params={"by": "chie", "note": "", "final": 1}, since=HOLD.since)

    assert "On hold since 08:12 JST, by 田中 千絵. It goes with the withdrawal; nobody can lift it." == says(final)


@pytest.mark.parametrize(
    ("code", "params", "en", "ja"),
    [
        (
            "twin-held",
            {"twin": "june", "what": "held"},
            "The same message stands in june, which is on hold.",
            "同じ内容のメッセージが june にあり、june は保留中です。",
        ),
        (
            "twin-held",
            {"twin": "june", "what": "withdrawn"},
            "The same message stands in june, which was withdrawn.",
            "同じ内容のメッセージが june にあり、june は取り下げられています。",
        ),
        (
            "checks-fresh",
            {"check": "url-dead", "age": 93600, "max": 86400},
            "The result of the check url-dead is 26 h old; it stands for 24 h.",
            "チェック url-dead の結果が古くなりました(26時間経過、有効期間は24時間)。",
        ),
        (
            "live-test-identity",
            {"meant": "live", "mode": "test"},
            "It is meant as live, but the channel is test.",
            "本番用として作成されましたが、チャンネルはテスト用です。",
        ),
        ("not-submitted", {"author": "akari"}, "Not submitted yet: it is with 佐藤 明里.", "まだ提出されていません(担当: 佐藤 明里さん)"),
        (
            "policy-not-in-force",
            {"mine": "a" * 64, "theirs": "b" * 64},
            "This program has other rules (aaaaaaaa) than those in force (bbbbbbbb).",
            "このプログラムの規則(aaaaaaaa)は、有効な規則(bbbbbbbb)と違います。",
        ),
        (
            "missed",
            {"until": TEN.isoformat()},
            "Its time is over: it had to leave by 10:00 JST.",
            "配信の時間を過ぎました(10:00 JST まででした)",
        ),
        ("missed", {"until": ""}, "Its time is over.", "配信の時間を過ぎました。"),
        (
            "missed",
            {"until": "2026-07-03T10:00"},
            "Its time is over: it had to leave by 2026-07-03T10:00.",
            "配信の時間を過ぎました(2026-07-03T10:00 まででした)",
        ),
        ("history-broken", {"what": "a" * 64}, f"Its log does not add up: {'a' * 64}", f"記録のつじつまが合いません: {'a' * 64}"),
        ("missed", {"until": "ten"}, "Its time is over: it had to leave by ten.", "配信の時間を過ぎました(ten まででした)"),
        (
            "clock-unsure",
            {"seconds": 40},
            "The clocks of this program and of the store are 40 s apart.",
            "このプログラムと保存先の時計が40秒ずれています。",
        ),
    ],
)
def test_facts_are_said_as_what_they_are(code: str, params: Mapping[str, str | int], en: str, ja: str) -> None:
    blocker = Blocker(code=code, kind=Kind.MEND, params=params)

    assert (en, ja) == (says(blocker), says(blocker, "ja"))


def test_a_gates_own_blocker_shows_where_and_what_it_saw() -> None:
    message = decision(Blocker(code="history-broken", kind=Kind.MEND, params={"what": "head"}, where="subject", evidence="…")).explain()

    assert '     Seen: the subject: "…"' in message.splitlines()


# --- dates and lengths of time


@pytest.mark.parametrize(
    ("name", "en", "ja"),
    [
        ("Asia/Tokyo", "Fri 3 July 2026, 10:00 JST", "2026年7月3日(金)10:00 JST"),
        ("Europe/Berlin", "Fri 3 July 2026, 03:00 CEST", "2026年7月3日(金)03:00 CEST"),
        ("America/New_York", "Thu 2 July 2026, 21:00 EDT", "2026年7月2日(木)21:00 EDT"),
        ("Asia/Dubai", "Fri 3 July 2026, 05:00 Asia/Dubai", "2026年7月3日(金)05:00 Asia/Dubai"),
        ("UTC", "Fri 3 July 2026, 01:00 UTC", "2026年7月3日(金)01:00 UTC"),
    ],
)
def test_dates_are_in_the_drafts_own_zone_and_say_which(name: str, en: str, ja: str) -> None:
    assert (en, ja) == tuple(Voice(lang=lang, zone=ZoneInfo(name)).date(TEN) for lang in ("en", "ja"))


def test_an_offset_without_a_name_is_shown_as_offset() -> None:
    assert "Fri 3 July 2026, 10:00 UTC+09:00" == Voice(zone=timezone(timedelta(hours=9))).moment(TEN)


def test_without_a_zone_of_its_own_a_draft_is_shown_in_that_of_the_question() -> None:
    assert ZoneInfo("Asia/Tokyo") == zone("", TEN.astimezone(ZoneInfo("Asia/Tokyo")))
    assert UTC == zone("No/Such", None)


@pytest.mark.parametrize(
    ("away", "en", "ja"),
    [
        (timedelta(0), "in 0 s", "0秒後"),
        (timedelta(seconds=59), "in 59 s", "59秒後"),
        (timedelta(minutes=59, seconds=59), "in 59 min", "59分後"),
        (timedelta(hours=1), "in 1 h", "1時間後"),
        (timedelta(hours=47, minutes=5), "in 47 h 5 min", "47時間5分後"),
        (timedelta(hours=48), "in 2 days", "2日後"),
        (timedelta(minutes=-2), "2 min ago", "2分前"),
    ],
)
def test_how_far_away_is_said_in_units_that_matter(away: timedelta, en: str, ja: str) -> None:
    assert (en, ja) == tuple(Voice(lang=lang, at=TEN).distance(TEN + away) for lang in ("en", "ja"))


# --- findings


def test_a_finding_of_a_check_without_words_still_shows_what_it_saw() -> None:
    mine = Blocker(code="our-check", kind=Kind.MEND, name="our-check", where="mail 2, subject", evidence="x\ny")

    assert ["  1. The check our-check objects.", '     Seen: mail no. 2, the subject: "x y"'] == decision(mine).explain().splitlines()[4:6]
    assert ("チェック our-check で問題が見つかりました。", "") == messages.finding(Finding(check="our-check"), "ja")


def test_a_place_without_evidence_and_evidence_without_a_place() -> None:
    there = Blocker(code="our-check", kind=Kind.MEND, where="X-Header")
    what = Blocker(code="our-check", kind=Kind.MEND, evidence="x")

    assert "     Where: X-Header" in decision(there).explain().splitlines()
    assert '     Seen: "x"' in decision(what).explain().splitlines()


@pytest.mark.parametrize(
    ("found", "en", "ja"),
    [
        (
            Finding(check="url-placeholder", variant="empty", where="mail 4, html", evidence=""),
            ('A link leads nowhere (mail no. 4, the HTML part): ""', "Put the real address in."),
            ("リンク先が空です(4通目のメール、HTML本文):「」", "正しいURLを入れてください。"),
        ),
        (
            Finding(check="duplicate-recipients", where="to", evidence="a@x.example", params={"times": 2}),
            ("a@x.example is on the list 2 times.", "Take the repeats off the list."),
            ("a@x.example がリストに2回あります。", "重複を取り除いてください。"),
        ),
    ],
)
def test_a_finding_says_what_is_wrong_and_how_to_mend_it(found: Finding, en: tuple[str, str], ja: tuple[str, str]) -> None:
    assert (en, ja) == (messages.finding(found), messages.finding(found, "ja"))


def test_the_line_that_mends_follows_the_sentence() -> None:
    dead = Blocker(
        code="url-malformed", kind=Kind.MEND, name="url-malformed", where="mail 4, html", evidence="h ttp", params={"variant": "blank"}
    )

    assert [
        "  1. There is a blank inside this link: h ttp",
        "     Where: mail no. 4, the HTML part",
        "     Take the blank away.",
        "     Rule: url-malformed",
    ] == decision(dead).explain().splitlines()[4:8]


def test_a_place_that_the_sentence_speaks_of_is_not_repeated() -> None:
    twice = Blocker(code="duplicate-recipients", kind=Kind.MEND, where="to", evidence="a@x.example", params={"times": 2})

    assert "Where:" not in decision(twice).explain()


def test_an_unknown_variant_falls_back_to_the_checks_own_sentence() -> None:
    found = Finding(check="placeholder-unresolved", where="mail 4", evidence="$name", variant="no-such")

    assert 'A field was not filled in mail no. 4: "$name".' == messages.finding(found)[0]


def test_a_finding_that_stands_for_many_says_for_how_many() -> None:
    many = Blocker(code="our-check", kind=Kind.MEND, where="mail 1, subject", evidence="x", params={"more": 11999})

    assert "The check our-check objects. It is the same in 11,999 more places." == says(many)
    assert "チェック our-check で問題が見つかりました。(ほか11,999か所)" == says(many, "ja")


# --- hostile facts

HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from("\x1b\x9b\n\r\x00\u2028\u2029\u202e\u2066\u200b\u200d\u00ad\ufeff\u3164{}\"'")), max_size=300
)


def hidden(text: str) -> list[str]:
    return [char for char in text if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}]


@given(hostile=HOSTILE, lang=st.sampled_from(["en", "ja"]))
def test_no_text_can_break_a_line_or_hide_in_it(hostile: str, lang: str) -> None:
    def message(text: str) -> str:
        return Decision(
            draft_id="d",
            digest="ab",
            at=NOW,
            title=text,
            channel=text,
            blockers=(
                Blocker(
                    code="hold-active", kind=Kind.HOLD, params={"by": text, "note": text}, since=NOW, who=(text,), how=(text,), name=text
                ),
                Blocker(code="placeholder-unresolved", kind=Kind.MEND, where=text, evidence=text, params={"variant": text}),
                Blocker(code=f"x{text}", kind=Kind.MEND, where=text, evidence=text, params={text: text}),
            ),
            satisfied=(text,),
            names={text: text},
        ).explain(lang)

    got = message(hostile or "x")

    assert len(message("x").splitlines()) == len(got.splitlines())
    assert [] == [char for char in hidden(got) if char != "\u200d"]


@given(hostile=HOSTILE, lang=st.sampled_from(["en", "ja", "xx"]), code=st.sampled_from([*REFUSALS, "no-such"]))
def test_a_refusal_stays_on_one_line(hostile: str, lang: str, code: str) -> None:
    names = {"by", "role", "hold", "what", "saw", "now", "near", "state", "until", "name", "n"}

    assert 1 == len(messages.refusal(code, dict.fromkeys(names, hostile), lang).splitlines())


@given(params=st.dictionaries(st.sampled_from(["n", "missing", "reason", "what"]), st.one_of(st.integers(), HOSTILE)), code=HOSTILE)
def test_text_never_raises(params: dict[str, str | int], code: str) -> None:
    assert 1 >= len(messages.text(code, "en", **params).splitlines())
    assert 1 == len(messages.text("blocker.requirement-error", "ja", **params).splitlines())


def test_braces_in_a_fact_are_not_filled_in() -> None:
    assert "This requirement could not be judged: {reason} {0} {" == messages.text("blocker.requirement-error", reason="{reason} {0} {")


def test_what_would_turn_the_reading_direction_is_spelled_out() -> None:
    assert "moc<U+202E>.exe" == messages.plain("moc\u202e.exe")


def test_an_escape_sequence_does_not_reach_the_terminal() -> None:
    assert "<U+001B>[2Kgone<U+009B>1m" == messages.plain("\x1b[2Kgone\x9b1m")


def test_new_lines_and_odd_spaces_become_spaces_but_the_full_width_one_stays() -> None:
    assert "a b c d e 田中　千絵" == messages.plain("a\nb\tc\u2028d\u00a0e 田中　千絵")


def test_letters_that_look_like_nothing_are_spelled_out() -> None:
    assert "a<U+3164>b<U+2800>c" == messages.plain("a\u3164b\u2800c")


def test_an_emoji_made_of_several_stays_whole_and_a_lone_joiner_does_not_hide() -> None:
    assert "👩\u200d🎨 a<U+200D>b" == messages.plain("👩\u200d🎨 a\u200db")


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert "x" * 200 + "… (+1,300)" == messages.plain("x" * 1500)


def test_numbers_have_separators_and_years_of_checks_do_not() -> None:
    assert ("12,404", "True", "2,026", "2026") == (
        messages.plain(12404),
        messages.plain(value=True),
        messages.plain(2026),
        Voice().fact("year", 2026),
    )


def test_full_width_characters_take_two_columns() -> None:
    assert (6, 4, 1) == (messages.width("七月号"), messages.width("july"), messages.width("e\u0301"))
    assert 4 == messages.width("\uff21\uff22")
    assert ("七月号  |", "toolong|") == (messages.pad("七月号", 8) + "|", messages.pad("toolong", 3) + "|")


# --- refusals


@pytest.mark.parametrize(
    ("code", "params", "en", "ja"),
    [
        (
            "wrote-it",
            {"by": "ben"},
            "Not done: Ben Ito wrote this text, or acted for somebody who did, and so cannot confirm or approve it.",
            "できません: Ben Itoさんは、この版の作成者(または作成者の代理)のため、確認・承認できません。",
        ),
        (
            "text-changed",
            {"saw": "0" * 64, "now": "46f09826" + "a" * 56},
            "Not done: The text has changed since you looked: you saw 00000000, it is now 46f09826.",
            "できません: ご覧になった後に内容が変わりました(ご覧の版 00000000、現在の版 46f09826)。",
        ),
        (
            "not-your-role",
            {"by": "root", "role": "checker"},
            "Not done: root is no checker in the policy.",
            "できません: rootさんは、規則では確認者になっていません。",
        ),
        (
            "adopt-writer",
            {"by": "akari", "drafts": "d1, d2"},
            "Not done: akari wrote drafts that these rules would loosen: d1, d2. Two others must say it: releasegate policy adopt",
            (
                "できません: akariさんは、この規則で条件がゆるくなる下書きの作成者です(d1, d2)。"
                "ほかの2人が releasegate policy adopt を実行してください。"
            ),
        ),
        (
            "unknown-person",
            {"by": "x", "near": ""},
            "Not done: Nobody in the policy's [people] is called x.",
            "できません: xさんは、ポリシーの [people] に登録されていません。",
        ),
        (
            "unknown-person",
            {"by": "aakri", "near": "akari"},
            "Not done: Nobody in the policy's [people] is called aakri; did you mean akari?",
            "できません: aakriさんは、ポリシーの [people] に登録されていません。akari のことですか。",
        ),
        (
            "already-going",
            {"state": "sending"},
            "Not done: It is being sent already. To stop it, use hold.",
            "できません: すでに配信中です。止めるには「保留」(hold)を使ってください。",
        ),
        (
            "not-its-turn",
            {"state": "drafting", "action": "approve", "what_now": "releasegate submit july"},
            "Not done: This step (approve) is not possible while the draft is still being written. Now: releasegate submit july",
            "できません: 今は下書きのため、この操作(承認)はできません。今できること: releasegate submit july",
        ),
        ("no-such", {"by": "ben"}, "Not done: no-such (by=Ben Ito)", "できません: no-such (by=Ben Itoさん)"),
    ],
)
def test_a_refusal_says_why(code: str, params: Mapping[str, str | int], en: str, ja: str) -> None:
    assert (en, ja) == tuple(messages.refusal(code, params, lang, names={"ben": "Ben Ito"}) for lang in ("en", "ja"))


def test_moments_in_a_refusal_are_in_the_zone_that_comes_with_them() -> None:
    facts = {"opens": TEN.isoformat(), "latest": (TEN - timedelta(hours=1)).isoformat()}

    refused = messages.refusal("window-closes-first", {**facts, "zone": "Asia/Tokyo"})

    assert "from Fri 3 July 2026, 10:00 JST on, but it must leave by Fri 3 July 2026, 09:00 JST." in refused
    assert "Fri 3 July 2026, 01:00 UTC" in messages.refusal("window-closes-first", facts)
    assert "Fri 3 July 2026, 10:00 JST" in messages.text("refused.window-closes-first", **facts, zone="Asia/Tokyo")


def test_two_texts_with_one_mark_are_told_apart() -> None:
    """A mark is short enough to be found on purpose."""
    refused = messages.refusal("text-changed", {"saw": "5f0d397c" + "a" * 56, "now": "5f0d397c" + "b" * 56})

    assert "5f0d397c" + "a" * 24 in refused
    assert "5f0d397c" + "b" * 24 in refused


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_refusal_begins_with_not_done(code: str, lang: str) -> None:
    assert messages.refusal(code, {}, lang).startswith({"en": "Not done: ", "ja": "できません: "}[lang])


def test_an_unknown_kind_of_entry_keeps_its_own_name() -> None:
    assert "no such" == messages.event("no\nsuch", "ja")


# --- reports


@pytest.mark.parametrize(
    ("made", "en", "ja"),
    [
        (Report(draft_id="july", of=2, sent=2), "Sent: 2 of 2.", "配信しました: 2件中 2件"),
        (
            Report(draft_id="july", of=12000, sent=11990, refused=3, unknown=1, left=6),
            "Sent: 11,990 of 12,000; 3 refused, 1 unknown, 6 not sent.",
            "配信しました: 12,000件中 11,990件(3件 受信拒否、1件 不明、6件 未配信)",
        ),
        (Report(draft_id="july", of=2, left=2), "Not sent: 0 of 2; 2 not sent.", "配信していません: 2件中 0件(2件 未配信)"),
        (Report(draft_id="july", of=0), "Not sent: 0 of 0.", "配信していません: 0件中 0件"),
        (
            Report(draft_id="july", of=2, unknown=1, left=1),
            "Not known whether anything left: 0 of 2 sent; 1 unknown, 1 not sent.",
            "配信されたか不明です: 2件中 0件 配信済み(1件 不明、1件 未配信)",
        ),
    ],
)
def test_a_report_begins_with_all_its_counts(made: Report, en: str, ja: str) -> None:
    assert (en, ja) == (str(made).splitlines()[0], made.explain("ja").splitlines()[0])


def test_ten_refusals_are_listed_and_the_others_counted() -> None:
    made = Report(draft_id="july", of=12, refused=12, refusals={f"a{no}@x.example": "550 5.1.1 no\nsuch user" for no in range(12)})

    lines = str(made).splitlines()

    assert ["  Refused by their servers:", "    a0@x.example: 550 5.1.1 no such user"] == lines[1:3]
    assert "    … and 2 more" == lines[-1]
    assert 13 == len(lines)


def test_ten_refusals_are_all() -> None:
    made = Report(draft_id="july", of=10, refused=10, refusals={f"a{no}@x.example": "550" for no in range(10)})

    assert "more" not in str(made)


def test_an_attempt_of_unknown_outcome_comes_with_its_command() -> None:
    assert (
        "    releasegate settle july --attempt july/a7 …"
        in str(Report(draft_id="july", of=1, unknown=1, attempts=("july/a7",))).splitlines()
    )


def test_what_is_left_comes_with_its_command() -> None:
    assert "  To send the rest: releasegate send july" == str(Report(draft_id="july", of=2, sent=1, left=1)).splitlines()[-1]


# --- answers to a hold

DESK = {"name": "Distributor desk", "phone": "+81-3-0000-0000", "hours": "9-19 JST", "booking": "R1", "seen": "held", "zone": "Asia/Tokyo"}


def answer(state: HoldState, counts: Mapping[str, int], contact: Mapping[str, str] | None = None) -> HoldAnswer:
    return HoldAnswer(
        hold="press-17/h1",
        draft_id="press-17",
        state=state,
        title="New wing",
        stop_by="2026-06-29T00:45:00+00:00",
        contact=contact or {},
        gone=counts.get("gone", 0),
        in_flight=counts.get("in_flight", 0),
        unknown=counts.get("unknown", 0),
        stopped=counts.get("stopped", 0),
    )


def test_a_hold_in_force() -> None:
    held = HoldAnswer(hold="july/h1", draft_id="july", state=HoldState.HELD, title="July issue for Mika")

    assert [
        'Held: july "July issue for Mika"',
        "  From now on nothing leaves until the hold is lifted.",
        '  This is hold july/h1. To lift it: releasegate lift july h1 -m "…"',
    ] == str(held).splitlines()
    assert [
        "保留しました: july「July issue for Mika」",
        "  解除されるまで、これ以降は何も配信されません。",
        '  この保留は july/h1 です。解除するには: releasegate lift july h1 -m "…"',
    ] == held.explain("ja").splitlines()


def test_a_hold_on_several_ways_out_says_first_whether_all_are_held_and_then_what_is_to_be_done() -> None:
    """What somebody must still do stands before what is done."""
    held = [HoldAnswer(hold=f"{name}/h1", draft_id=name, state=HoldState.HELD) for name in ("site", "post")]
    some = HoldAnswer.of([held[0], HoldAnswer(hold="wing/h1", draft_id="wing", state=HoldState.IN_FLIGHT, in_flight=1), held[1]])
    told = str(some).splitlines()

    assert ["NOT ALL HELD: 2 of 3 drafts of the release are held.", "NOT HELD YET: wing: 1 in flight."] == told[:2]
    assert ["Held: site", "Held: post"] == [told[5], told[8]]
    assert "Held: 2 of 2 drafts of the release." == str(HoldAnswer.of(held)).splitlines()[0]
    assert "すべては保留できていません: このリリースの下書き3件のうち2件を保留しました" == some.explain("ja").splitlines()[0]


def test_a_hold_on_what_is_over_speaks_of_no_lift() -> None:
    over = HoldAnswer(hold="", draft_id="july", state=HoldState.HELD)

    assert "Held: july\n  It is over already: nothing leaves any more." == str(over)


def test_a_hold_before_anything_left_counts_nobody() -> None:
    assert 'Held: press-17 "New wing"' == str(answer(HoldState.HELD, {"stopped": 12000})).splitlines()[0]


def test_a_hold_in_the_middle_of_a_send_says_what_had_left() -> None:
    assert (
        'Held half-way: press-17 "New wing": 1,696 sent, 10,304 stopped.'
        == str(answer(HoldState.HELD, {"gone": 1696, "stopped": 10304})).splitlines()[0]
    )


@pytest.mark.parametrize(
    ("state", "counts", "en", "ja"),
    [
        (
            HoldState.IN_FLIGHT,
            {"in_flight": 1, "stopped": 10303},
            'NOT HELD YET: press-17 "New wing": 1 in flight, 10,303 stopped.',
            "まだ止まりきっていません: press-17「New wing」 1件 配信中、10,303件 停止",
        ),
        (
            HoldState.IN_FLIGHT,
            {},
            'NOT HELD YET: press-17 "New wing": something is in flight.',
            "まだ止まりきっていません: press-17「New wing」(配信中のものがあります)",
        ),
        (
            HoldState.TOO_LATE,
            {"gone": 350},
            'TOO LATE: press-17 "New wing": 350 sent.',
            "間に合いませんでした: press-17「New wing」 350件 配信済み",
        ),
        (
            HoldState.TOO_LATE,
            {},
            'TOO LATE: press-17 "New wing": it has left.',
            "間に合いませんでした: press-17「New wing」(すでに配信されています)",
        ),
        (
            HoldState.UNKNOWN,
            {"unknown": 1},
            'NOT KNOWN WHETHER HELD: press-17 "New wing": 1 unknown.',
            "止まったかどうか不明です: press-17「New wing」 1件 不明",
        ),
        (HoldState.UNKNOWN, {}, 'NOT KNOWN WHETHER HELD: press-17 "New wing"', "止まったかどうか不明です: press-17「New wing」"),
        (
            HoldState.PENDING,
            {"gone": 2},
            'NOT HELD YET: press-17 "New wing": 2 sent.',
            "まだ止まったとは言えません: press-17「New wing」 2件 配信済み",
        ),
    ],
)
def test_an_answer_that_is_not_certain_says_so_first(state: HoldState, counts: dict[str, int], en: str, ja: str) -> None:
    given_answer = answer(state, counts)

    assert (en, ja) == tuple(given_answer.explain(lang).splitlines()[0] for lang in ("en", "ja"))


def test_the_phone_card_in_english() -> None:
    assert """\
NOT HELD YET: press-17 "New wing"
  The distributor was asked to stop. Its record now reads "on hold"; the booking is still there.
  Phone now: Distributor desk, +81-3-0000-0000 (open 9-19 JST)
  Say: "Please cancel booking R1, and send us the screen after it in writing."
  It can be stopped until Mon 29 June 2026, 09:45 JST.
  Afterwards: releasegate saw press-17 absent --spoke-to NAME -m "…\"""" == str(answer(HoldState.PENDING, {}, DESK))


def test_the_phone_card_in_japanese() -> None:
    assert """\
まだ止まったとは言えません: press-17「New wing」
  配信会社に停止を依頼しました。先方の現在の表示は「保留中」で、予約はまだ残っています。
  今すぐ電話: Distributor desk +81-3-0000-0000(受付 9-19 JST)
  言うこと:「予約 R1 を取り消してください。取り消し後の画面を文書で送ってください。」
  止められるのは 2026年6月29日(月)09:45 JST まで
  電話の後: releasegate saw press-17 absent --spoke-to 相手の名前 -m "…\"""" == answer(HoldState.PENDING, {}, DESK).explain("ja")


def test_without_a_contact_the_card_still_says_what_to_do() -> None:
    bare = HoldAnswer(hold="h1", draft_id="press-17", state=HoldState.PENDING, title="New wing", stop_by="tonight")

    assert """\
NOT HELD YET: press-17 "New wing"
  The distributor was asked to stop; nothing proves yet that the booking is gone.
  Phone the distributor now; the policy names no contact for this channel.
  Say: "Please cancel the booking of New wing, and send us the screen after it in writing."
  It can be stopped until tonight.
  Afterwards: releasegate saw press-17 absent --spoke-to NAME -m "…\"""" == str(bare)


def test_a_card_without_a_last_moment_or_hours_leaves_them_out() -> None:
    bare = HoldAnswer(hold="h1", draft_id="press-17", state=HoldState.PENDING, contact={"name": "Desk", "phone": "1"})

    assert "  Phone now: Desk, 1" in str(bare).splitlines()
    assert "can be stopped" not in str(bare)


def test_hours_are_said_in_the_zone_of_the_channel_where_the_draft_has_none() -> None:
    """Whoever sends at once thinks in hours too: those of a hold."""
    at_once = replace(decision(HOLD, schedule=Schedule()), at=NOW.astimezone(UTC), zone="Asia/Tokyo")

    assert "08:12 JST" in at_once.explain()
    assert "08:12 JST" in at_once.explain("ja")


def test_an_hour_that_is_over_is_told_without_counting_minutes() -> None:
    late = Finding(check="schedule-past", where="schedule", evidence="2025-12-01T10:00:00 Asia/Tokyo", params={"minutes": 512780})

    assert "The time to send it is over: 2025-12-01T10:00:00 Asia/Tokyo" == messages.finding(late)[0]
    assert "配信予定の時刻を過ぎています:「2025-12-01T10:00:00 Asia/Tokyo」" == messages.finding(late, "ja")[0]
