"""Links found in Japanese text and in HTML."""

import pytest

from releasegate.checks.links import Link, links_in, urls_in
from releasegate.checks.pages import read_page
from releasegate.checks.urls import slips
from releasegate.model.letter import Letter

TABLE = [
    ("詳細はhttps://example.jp/a/をご覧ください。", ["https://example.jp/a/"]),
    ("詳細はhttps://example.jp/a。ぜひ", ["https://example.jp/a"]),
    ("（https://example.jp/a）", ["https://example.jp/a"]),
    ("「https://example.jp/a」", ["https://example.jp/a"]),
    ("https://example.jp/a、https://example.jp/b", ["https://example.jp/a", "https://example.jp/b"]),
    ("https://example.jp/a　次", ["https://example.jp/a"]),
    ("(https://example.jp/a)", ["https://example.jp/a"]),
    ("https://example.jp/path_(x)", ["https://example.jp/path_(x)"]),
    ("(https://example.jp/path_(x))", ["https://example.jp/path_(x)"]),
    ("[https://example.jp/a]", ["https://example.jp/a"]),
    ("<https://example.jp/a>", ["https://example.jp/a"]),
    ("https://example.jp/a?b=c&d=[e]", ["https://example.jp/a?b=c&d=[e]"]),
    ("https://example.jp/a!", ["https://example.jp/a"]),
    ("「https://example.jp/a」と『https://example.jp/b』", ["https://example.jp/a", "https://example.jp/b"]),
    ("https://日本語.jp/", ["https://日本語.jp/"]),
    ("https://日本語.jpをご覧ください", ["https://日本語.jp"]),
    ("https://例え.テスト/", ["https://例え.テスト/"]),
    ("https://ja.wikipedia.org/wiki/日本語", ["https://ja.wikipedia.org/wiki/日本語"]),
    ("https://ja.wikipedia.org/wiki/日本語 をご覧", ["https://ja.wikipedia.org/wiki/日本語"]),
    ("https://ja.wikipedia.org/wiki/日本語をご覧ください。", ["https://ja.wikipedia.org/wiki/"]),
    ("https://example.jpへどうぞ", ["https://example.jp"]),
    ("HTTPS://EXAMPLE.JP/A", ["HTTPS://EXAMPLE.JP/A"]),
    ("http://[::1]:80/a", ["http://[::1]:80/a"]),
    ("https://", ["https://"]),
    ("https：//example.jp/a", []),
    ("ｈｔｔｐｓ://example.jp", []),
    ("ftp://example.jp", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "wanted"), TABLE)
def test_a_link_ends_where_a_reader_would_end_it(text: str, wanted: list[str]) -> None:
    assert wanted == [url for url, _ in urls_in(text)]


@pytest.mark.parametrize("text", ["https：//example.jp/a", "ｈｔｔｐｓ://example.jp"])
def test_what_only_a_reader_takes_for_a_link_is_a_slip(text: str) -> None:
    assert [("full-width", text)] == list(slips(text))


HTML = """
<a href="https://a.jp/">x</a><img src='https://b.jp/i.png' alt='https://no.jp'>
<!--[if mso]><v:roundrect href="https://c.jp/"></v:roundrect><![endif]-->
<!--[if !mso]><!--><a href='https://d.jp/'>x</a><!--<![endif]-->
<!-- <a href="https://no.jp/">x</a> --><style>a{background:url(https://no.jp)}</style>
<table background="https://e.jp/b.png"></table>
<p>詳細はhttps://f.jp/aをご覧ください。</p>
"""


def test_links_of_html_are_those_that_are_followed_loaded_or_read() -> None:
    found = [(link.url, link.tag, link.name) for link in links_in(Letter(no=1, html=HTML))]

    assert [
        ("https://a.jp/", "a", "href"),
        ("https://b.jp/i.png", "img", "src"),
        ("https://c.jp/", "v:roundrect", "href"),
        ("https://d.jp/", "a", "href"),
        ("https://e.jp/b.png", "table", "background"),
        ("https://f.jp/a", "", ""),
    ] == found


def test_an_element_with_several_attributes_is_read_once() -> None:
    page = read_page("<a href='x' title='y'>z</a>")

    assert [("href", "x"), ("title", "y")] == [(each.name, each.value) for each in page.attributes]


def test_links_of_subject_and_text_have_their_place_and_what_follows() -> None:
    letter = Letter(no=1, subject="https://a.jp", text="https://b.jp／news")

    assert [Link(url="https://a.jp", part="subject"), Link(url="https://b.jp", part="text", next="／n")] == list(links_in(letter))
