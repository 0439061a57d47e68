"""People from a CSV file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.channels.people_csv import People, read_people
from releasegate.errors import ContentError


def read(text: str) -> People:
    return read_people(text.encode("utf-8"), where="people.csv")


def test_each_row_is_a_person() -> None:
    people = read('email,name,note\r\na@x.example,"Berg, Anna",\r\n\r\nb@x.example,花,"two\r\nlines"\r\n')

    assert (
        People(
            columns=("email", "name", "note"),
            address="email",
            name="name",
            rows=(
                {"email": "a@x.example", "name": "Berg, Anna", "note": ""},
                {"email": "b@x.example", "name": "花", "note": "two\r\nlines"},
            ),
        )
        == people
    )


@pytest.mark.parametrize("column", ["email", "Mail", "E-Mail", "address", "メールアドレス", " EMAIL "])
def test_the_column_with_the_address_is_found(column: str) -> None:
    assert column.strip() == read(f"\ufeff{column},city\na@x.example,Kyoto\n").address


def test_email_wins_over_a_postal_address() -> None:
    people = read("address,email,氏名\nKyoto,a@x.example,花\n")

    assert ("email", "氏名") == (people.address, people.name)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no header row"),
        (b"a@x.example,Anna\n", "no header row"),
        (b"city,name\nKyoto,Anna\n", "the columns are city, name"),
        (b"email;name\na@x.example;Anna\n", "the columns are not separated by commas: email;name"),
        (b"email,\na@x.example,\n", "two columns have the same name, or one has none"),
        (b"email,Email\na,b\n", "two columns"),
        (b"email\n", "nobody below"),
        (b"email,name\na@x.example\n", "line 2: its fields: 1; those of the header: 2"),
        (b'email,name\na@x.example,"a\nb"\n\nb@x.example,1,2\n', "line 5: its fields: 3"),
        (b"email,name\n ,Anna\n", "line 2: there is no address"),
        (b'email,name\na@x.example,"Anna\n', "line 2: it cannot be read"),
        (b'email,name\na@x.example,"An"na\n', "line 2: it cannot be read"),
        (b"email\ra@x.example\r", "carriage return"),
        (b"email\na@x.example\0\n", "NUL"),
        ("email\na@x.example\n".encode("utf-16"), "UTF-16"),
        ("email,氏名\na@x.example,花子\n".encode("cp932"), "line 1 is not UTF-8; it looks like CP932"),
        (b"email\na@x.example\n\xff\xff\n", "line 3 is not UTF-8."),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused_with_its_line(data: bytes, words: str) -> None:
    with pytest.raises(ContentError, match=words) as refused:
        read_people(data, where="people.csv")

    assert str(refused.value).startswith("people.csv")
    assert refused.value.mend


def test_the_command_that_converts_a_list_can_be_pasted() -> None:
    """Without a file it would wait for one to be typed."""
    with pytest.raises(ContentError) as refused:
        read_people("email,氏名\na@x.example,花子\n".encode("cp932"), where="lists/july readers.csv")

    assert "iconv -f CP932 -t UTF-8 'lists/july readers.csv' > 'lists/july readers.utf-8.csv'" == refused.value.mend.partition(": ")[2]


@given(st.binary(max_size=80) | st.text('email,"\n\r花@\0', max_size=40).map(str.encode))
def test_any_bytes_are_people_or_refused(data: bytes) -> None:
    try:
        people = read_people(data, where="people.csv")
    except ContentError:
        return

    assert all(set(people.columns) == set(row) and row[people.address] for row in people.rows)
