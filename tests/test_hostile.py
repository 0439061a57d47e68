"""Hostile fields: seal and checks let nothing through that was not meant; and the reader of bytes that says so is no fool."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile import run, trips, wire
from tests.hostile.doors import DOORS
from tests.hostile.values import fields

SEED = 1


@pytest.mark.counts
def test_f099_f100_no_hostile_field_becomes_a_header_or_a_recipient(counts: Callable[[int], int]) -> None:
    """What is not refused is clean on the wire, and what the checks pass reaches exactly those who were named."""
    report = trips.travel(SEED, counts(10_000))

    assert ([], []) == (report.injected, report.disagreements)
    assert counts(10_000) == report.fields
    # Of each kind enough: who refuses all, or never refuses, proves nothing.
    assert min(report.refused, report.shut, report.passed, report.mails) > report.fields // 20
    assert len(DOORS) + 1 == len(report.by_door)


def test_the_same_seed_gives_the_same_fields() -> None:
    assert list(fields(7, 50)) == list(fields(7, 50))
    assert list(fields(7, 50)) != list(fields(8, 50))


# The reader of bytes: it sees what it must see


def mail(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", "Text", ""]).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_a_header_that_only_some_readers_see_is_seen(end: str) -> None:
    seen = wire.scan(mail("From: a@ok.example", f"Subject: July{end}Bcc: eve@evil.example"))

    assert ("from", "subject", "bcc") == seen.lenient
    assert (("from", "subject", "bcc") if end == "\r\n" else ("from", "subject")) == seen.names
    assert (end != "\r\n") == any(wire.hides(value) for value in seen.values)


def test_folded_lines_belong_to_their_header_and_the_text_begins_after_the_empty_line() -> None:
    seen = wire.scan(mail("Subject: July", " and August", "To: a@ok.example"))

    assert (("subject", "to"), b"Text\r\n") == (seen.names, seen.body)
    assert seen.lenient == seen.names
    assert " July and August" == seen.values[0]


def test_what_is_no_field_is_named_and_the_parts_have_headers_of_their_own() -> None:
    assert ("subject", "no field: 'Bcc : x'") == wire.scan(mail("Subject: July", "Bcc : x")).names
    parts = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nX-A: 1\r\n\r\nOne\r\n--b\r\nX-B: 1\r\n\r\nTwo\r\n--b--\r\n'
    assert [("x-a",), ("x-b",)] == [part.names for part in wire.scan(parts).parts]
    assert () == wire.scan(mail("Subject: July")).parts


@pytest.mark.parametrize(
    "word",
    ["=?utf-8?q?=0A?=", "=?utf-8?B?Cg?=", "=?utf-8?q?=E2=80=A8?=", "=?utf-8?q?=C2=85?=", "a =?us-ascii?Q?=00?= b", "=?utf-16?b?//4KAA==?="],
)
def test_a_line_break_in_an_encoded_word_is_seen(word: str) -> None:
    assert wire.hides(word)


@pytest.mark.parametrize("word", ["=?utf-8?q?a?=", "=?utf-8?q?=E4=B8=83?=", "=?klingon?q?=0A?=", "=?utf-8?b?=0A?=", "July"])
def test_an_encoded_word_without_one_hides_nothing(word: str) -> None:
    assert not wire.hides(word)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@ok.example", ("a@ok.example",)),
        ("Anna <a@OK.example>, b@ok.example,", ("a@ok.example", "b@ok.example")),
        ('"Berg, Anna" <a@ok.example>', ("a@ok.example",)),
        ('"a"@ok.example, "a b"@ok.example', ("a@ok.example", '"a b"@ok.example')),
        ('"eve@evil.example,"@ok.example', ('"eve@evil.example,"@ok.example',)),
        ("(eve@evil.example) a@ok.example (b (c))", ("a@ok.example",)),
        ("a@[192.0.2.1]", ("a@[192.0.2.1]",)),
        ("", None),
        ("a", None),
        ("a@ok.example)eve@evil.example", None),
        ("a@ok.example <eve@evil.example>", None),
        ("a@ok.example<eve@evil.example>", None),
        ("<a@ok.example> <eve@evil.example>", None),
        ("<@evil.example:a@ok.example>", None),
        ("a@ok.example eve@evil.example", None),
        ("a@ok.example@evil.example", None),
        ("Press: a@ok.example;", None),
        ("a @ok.example, b c@ok.example", None),
        ("<a@ok.example", None),
        ("a@ok.example (b", None),
        ('"a" b@ok.example', None),
        ("a@ok .example", None),
    ],
)
def test_whom_a_strict_reader_sees(value: str, expected: tuple[str, ...] | None) -> None:
    assert expected == wire.addresses(value)


# The run on each Python


def test_a_python_that_is_not_there_is_named_and_does_not_pass(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(run, "find", lambda version: "")

    assert 1 == run.main(["--fields", "10"])
    said = capsys.readouterr().out
    assert "Python 3.12: not found, nothing was tried on it" in said
    assert "not found: 3.11, 3.12, 3.13\n0 passed, 0 failed\n" in said


def test_a_python_that_does_not_run_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shim of pyenv for a version that is switched off."""
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "" == run.find("3.99")


def test_each_python_that_is_there_is_tried_and_one_wrong_field_fails_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "find", lambda version: version if version != "3.13" else "")
    monkeypatch.setattr(run, "prepared", lambda version, python: python)
    counts = dict.fromkeys(("fields", "never_made", "refused", "shut", "passed", "mails"), 1)
    wrong = {"3.11": [], "3.12": ["no. 1, subject: its header"]}
    monkeypatch.setattr(
        run, "run", lambda python, seed, count: {**counts, "python": python, "injected": wrong[python], "disagreements": []}
    )

    assert 1 == run.main([])
    said = capsys.readouterr().out
    assert "seed 1:" in said
    assert "Python 3.12: 1 fields" in said
    assert "1 injected headers, 0 disagreements\n  no. 1, subject: its header\n" in said
    assert "not found: 3.13\n1 passed, 1 failed\n" in said
