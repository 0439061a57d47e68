"""The addresses of a header, read strictly from its raw value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.channels.addresses import read_addresses, without_repeats
from releasegate.errors import ContentError


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("", []),
        (" , ,, ", []),
        ("(nobody)", []),
        ("(nobody), a@x.example", ["a@x.example"]),
        ("a@x.example", ["a@x.example"]),
        ("<a@x.example>", ["a@x.example"]),
        ("Anna <a@x.example>", ["a@x.example"]),
        ("Anna B. <a@x.example> (work)", ["a@x.example"]),
        ('"Berg, Anna" <a@x.example>, b@x.example', ["a@x.example", "b@x.example"]),
        ('"a@evil.example" <a@x.example>', ["a@x.example"]),
        ('"say \\"hi\\"" <a@x.example>', ["a@x.example"]),
        ("a@x.example (Anna, at home)", ["a@x.example"]),
        ("=?utf-8?b?6Iqx?= <a@x.example>", ["a@x.example"]),
        ("花 <a@x.example>,花@x.example", ["a@x.example", "花@x.example"]),
        ('"a b"@x.example', ['"a b"@x.example']),
        ("a@[192.0.2.1]", ["a@[192.0.2.1]"]),
        ("a@x.example, a@x.example", ["a@x.example", "a@x.example"]),
    ],
)
def test_one_address_is_read_from_each_item(value: str, addresses: list[str]) -> None:
    assert addresses == read_addresses(value, where="to")


@pytest.mark.parametrize(
    "value",
    [
        "a",
        "Anna",
        "a@ok.example)b@evil.example",
        "a@ok.example <b@evil.example>",
        "<a@x.example> b@x.example",
        "<a@x.example> <b@x.example>",
        "<@relay.example@x.example>",
        "a@b@x.example",
        "a @x.example",
        "a@x.example b@x.example",
        "a(c(d))@x.example",
        "a@x.example\\",
        '"unterminated <a@x.example>',
        "<a@x.example",
        "<a b@x.example>",
        "a＠x.example",
        "Anna) <a@x.example>",
        "a@x.example\xa0",
        "\u3000a@x.example",
    ],
)
def test_what_cannot_be_read_is_kept_as_it_stands(value: str) -> None:
    """So that the check of addresses names it; dropped, it would be nobody's concern."""
    assert [value] == read_addresses(value, where="to")


@pytest.mark.parametrize(
    "value", ["undisclosed-recipients:;", "Press: a@x.example, b@x.example;", "a@x.example;b@x.example", "a@x.example:"]
)
def test_groups_are_refused(value: str) -> None:
    with pytest.raises(ContentError, match=r"^mail no. 1, to: .* Bcc"):
        read_addresses(value, where="mail no. 1, to")


@pytest.mark.parametrize("value", ["=?utf-8?b?6Iqx?=@x.example", "<=?utf-8?q?=40?=@x.example>", "=?utf-8?q?a?= b@x.example"])
def test_an_encoded_word_is_no_address(value: str) -> None:
    with pytest.raises(ContentError, match="encoded word"):
        read_addresses(value, where="to")


def test_one_mailbox_is_kept_once_in_order() -> None:
    assert ("b@x.example", "a@x.example", "A@x.example") == without_repeats(
        ["b@x.example", "a@x.example", "b@X.EXAMPLE", "A@x.example", "a@x.example"]
    )


@given(st.lists(st.text('ab@.,<>()\\"[]:; \t花=?q', max_size=12), max_size=4).map(", ".join))
def test_nothing_that_was_written_is_dropped(value: str) -> None:
    """Each letter of the header is in an address, in a name before it, in a comment, or in a refusal."""
    try:
        addresses = read_addresses(value, where="to")
    except ContentError:
        return

    assert all(address and address in value for address in addresses)
    assert value.count("@") == 0 or addresses or "(" in value or '"' in value


def test_an_encoded_name_before_what_is_no_address_is_left_for_the_check() -> None:
    """What must be mended is the address, not the name."""
    assert ["=?utf-8?b?5YGl?= <ken＠reader.example>"] == read_addresses("=?utf-8?b?5YGl?= <ken＠reader.example>", where="to")
