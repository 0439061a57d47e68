"""From a blank folder to a sent mail, as api.md 2 (h) shows it."""

import json
import re

from tests.cli import Terminal


def _plain(text: str, mark: str) -> str:
    """The transcript with its hours and its mark made the same."""
    return re.sub(r"\d\d:\d\d UTC", "20:33 UTC", text.replace(mark, "c702b918"))


WRITTEN = """\
Not sent: july "July issue for Mika": 3 things to clear.

  newsletter · reaches 2 · at once · text c702b918

  1. Not submitted yet: it is with root.
     Who: root
     How: releasegate submit july
  2. Confirmation by 1 more person (0 of 1).
     Rule: two pairs of eyes
     Who: ben
     How: releasegate --as ben confirm july
  3. Approval by 1 more person (0 of 1).
     Rule: two pairs of eyes
     Who: chie
     How: releasegate --as chie approve july

  Done: checks

  Running it again changes nothing until the list is empty.
"""

HOLDING = """\
Held: july "July issue for Mika"
  From now on nothing leaves until the hold is lifted.
  This is hold july/h1. To lift it: releasegate lift july h1 -m "…"
"""

HELD = """\
Not sent: july "July issue for Mika": 1 thing to clear.

  newsletter · reaches 2 · at once · text c702b918

  1. On hold since 20:33 UTC, by chie: "Wait for the picture."
     Who: chie
     How: releasegate --as chie lift july h1

  Done: checks, two pairs of eyes

  Running it again changes nothing until the list is empty.
"""


def test_from_a_blank_folder_to_a_sent_mail(terminal: Terminal) -> None:
    t = terminal
    assert (
        "Wrote releasegate.toml, july.eml and readers.csv. You are root, the author.\n"
        "Next: releasegate write july july.eml --to readers.csv\n"
    ) == t.ok("init", "--demo")

    written = t.ok("write", "july", "july.eml", "--to", "readers.csv")
    digest = json.loads(t("show", "july", "--json").out)["digest"]
    mark = digest[:8]
    assert f'july: 2 people, text {mark}.\nNext: releasegate submit july -m "…"\n' == written

    blocked = t("send", "july")
    assert (8, WRITTEN) == (blocked.code, _plain(blocked.both, mark))

    assert "july: checking. Now with ben.\n" == t.ok("submit", "july", "-m", "Only the pictures are new.")
    shown = t("show", "july")
    assert 8 == shown.code
    assert _plain(shown.out, mark).startswith(
        'Closed: july "July issue for Mika": 2 things to clear.\n\n  newsletter · reaches 2 · at once · text c702b918\n'
    )
    assert all(
        part in shown.out
        for part in (digest, 'Last note: root: "Only the pictures are new."', "Subject: July issue for Mika", "  Dear Mika,\n")
    )

    assert "july: approving. Now with chie.\n" == t.ok("--as", "ben", "confirm", "july", "--digest", mark, "-m", "Links and date read.")
    refused = t("confirm", "july", "--digest", mark, "-m", "Me too.")
    assert (4, "", "Not done: root is no checker in the policy.\n") == (refused.code, refused.out, refused.err)
    assert "july: approved.\nNext: releasegate send july\n" == t.ok("--as", "chie", "approve", "july", "--digest", mark, "-m", "Go.")

    assert HOLDING == t.ok("--as", "chie", "hold", "july", "-m", "Wait for the picture.")
    held = t("send", "july")
    assert (5, HELD) == (held.code, _plain(held.both, mark))
    assert "july: approved.\nNext: releasegate send july\n" == t.ok("--as", "chie", "lift", "july", "h1", "-m", "Picture is right.")

    assert "Sent: 2 of 2.\n" == t.ok("send", "july")
    files = sorted(path.read_bytes() for path in (t.folder / "sent").iterdir())
    assert 2 == len(files)
    assert re.fullmatch(r"Already sent at .* \d{4}, \d\d:\d\d UTC: 2 of 2\. Nothing was sent now\.\n", t.ok("send", "july"))
    assert files == sorted(path.read_bytes() for path in (t.folder / "sent").iterdir())

    story = [
        line.split("  ")[1].strip() + " " + line.split(mark)[1].strip()
        for line in t.ok("log", "july").splitlines()
        if line.split(mark)[1].strip()
    ]
    assert [
        "root Only the pictures are new.",
        "ben Links and date read.",
        "chie Go.",
        "chie Wait for the picture.",
        "chie Picture is right.",
    ] == story
    kinds = [event["kind"] for event in json.loads(t.ok("log", "july", "--json"))]
    told = [kind for kind in kinds if kind in {"write", "blocked", "submit", "confirm", "approve", "hold", "lift", "sent"}]
    assert ["write", "blocked", "submit", "confirm", "approve", "hold", "blocked", "lift", "sent"] == told
    assert 0 == t("log", "verify").code


def test_the_same_in_japanese(terminal: Terminal) -> None:
    t = terminal
    t.ok("--lang", "ja", "init", "--demo")
    written = t.ok("write", "july", "july.eml", "--to", "readers.csv")
    assert re.fullmatch(r"july: 宛先 2件・版 [0-9a-f]{8}\n次: releasegate submit july -m \"…\"\n", written)
    assert "july: 確認待ち。次は benさん。\n" == t.ok("--lang", "ja", "submit", "july", "-m", "写真だけ新しくしました。")

    blocked = t("--lang", "ja", "send", "july")
    assert 8 == blocked.code
    assert blocked.err.startswith("配信していません: july「美香 様：7月号のご案内」(あと2項目)\n")
    refused = t("--lang", "ja", "confirm", "july", "--digest", "0" * 64, "-m", "よし")
    assert (4, "できません:") == (refused.code, refused.err[:6])
    assert t.ok("--lang", "ja", "hold", "july").startswith("保留しました: july")
