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

    assert (("email", "name", "note"), "email", "name", 2) == (people.columns, people.address, people.name, len(people.rows))
    assert [
        {"email": "a@x.example", "name": "Berg, Anna", "note": ""},
        {"email": "b@x.example", "name": "花", "note": "two\r\nlines"},
    ] == list(people.rows)
    assert [2, 4] == list(people.rows.lines)


@pytest.mark.parametrize("column", ["email", "Mail", "E-Mail", "address", "メールアドレス", " EMAIL "])
def test_the_column_with_the_address_is_found(column: str) -> None:
    assert column.strip() == read(f"\ufeff{column},city\na@x.example,Kyoto\n").address


def test_email_wins_over_a_postal_address() -> None:
    people = read("address,email,氏名\nKyoto,a@x.example,花\n")

    assert ("email", "氏名") == (people.address, people.name)


@pytest.mark.parametrize("separator", ["\t", ";"])
def test_columns_are_parted_as_excel_parts_them(separator: str) -> None:
    """Tabs in its Unicode text, semicolons where a comma stands in numbers; a comma is then a comma."""
    people = read(f'\n"email"{separator}name\na@x.example{separator}Berg, Anna\n')

    assert [{"email": "a@x.example", "name": "Berg, Anna"}] == list(people.rows)
    assert [3] == list(people.rows.lines)


def test_rows_in_which_nothing_stands_are_nobody() -> None:
    assert 1 == len(read("email,name\n,\na@x.example,Anna\n , \n,,,\n").rows)


@given(st.binary(max_size=80) | st.text('email,"\n\r花@\0', max_size=40).map(str.encode))
def test_any_bytes_are_people_or_refused(data: bytes) -> None:
    try:
        people = read_people(data, where="people.csv")
    except ContentError:
        return

    assert all(set(people.columns) == set(row) and row[people.address] for row in people.rows)
