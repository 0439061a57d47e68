"""What is not a mail, sealed."""

import pytest

from releasegate.channels import seal_json, seal_text
from releasegate.errors import ContentError
from releasegate.model.parcel import Parcel


def test_json_is_sealed_in_its_canonical_form() -> None:
    (parcel,) = seal_json({"title": "New wing", "body": {"b": 1, "a": "新館"}}, reach=350, title="New wing", to=["desk@x.example"])

    body = '{"body":{"a":"新館","b":1},"title":"New wing"}'.encode()
    assert Parcel(body=body, to=("desk@x.example",), title="New wing", reach=350, media="application/json") == parcel


@pytest.mark.parametrize("content", [{"price": 1.5}, {"n": 2**60}, {"é": 1}, {"a": {1, 2}}, {"a": "\ud800"}])
def test_json_without_one_form_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ContentError, match=r"New wing: it has no canonical JSON.*Floats"):
        list(seal_json(content, reach=1, title="New wing"))


def test_a_text_is_sealed_as_it_stands() -> None:
    (parcel,) = seal_text("\n新館\r\nopens ", reach=9000)

    assert Parcel(body="\n新館\r\nopens ".encode(), title="新館", reach=9000, media="text/plain") == parcel
    assert [""] == [each.title for each in seal_text(" ", reach=1)]
    assert ["Post"] == [each.title for each in seal_text("新館", reach=1, title="Post")]


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ContentError, match="half a character stands at 1"):
        list(seal_text("a\ud83d", reach=1))
