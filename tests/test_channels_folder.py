"""A folder as a way out."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from releasegate.channels import Folder, seal_mail, stamp
from releasegate.errors import NotSent
from releasegate.model.parcel import Parcel, Receipt

AT = datetime(2026, 7, 3, 1, 0, tzinfo=UTC)
MAIL = b"From: news@x.example\r\nTo: anna@x.example\r\nSubject: July\r\n\r\nText\r\n"
(PARCEL,) = seal_mail(MAIL)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "sent" / "mails", clock=lambda: AT)


def names(folder: Folder) -> list[str]:
    return [each.name for each in folder.path.iterdir()]


def test_a_mail_becomes_a_file_under_its_key(folder: Folder) -> None:
    assert Receipt("july-c702b918-1.eml") == folder.send(PARCEL, key="july-c702b918-1")

    assert ["july-c702b918-1.eml"] == names(folder)
    assert stamp(PARCEL, key="july-c702b918-1", at=AT) == (folder.path / "july-c702b918-1.eml").read_bytes()
    assert 0o700 == stat.S_IMODE(folder.path.stat().st_mode)
    assert 0o600 == stat.S_IMODE((folder.path / "july-c702b918-1.eml").stat().st_mode)


def test_the_same_key_again_writes_nothing(folder: Folder) -> None:
    first = folder.send(PARCEL, key="k1")
    before = (folder.path / "k1.eml").read_bytes()

    assert first == Folder(folder.path).send(PARCEL, key="k1")
    assert before == (folder.path / "k1.eml").read_bytes()
    assert ["k1.eml"] == names(folder)


def test_another_mail_under_the_same_key_is_unknown(folder: Folder) -> None:
    """Not NotSent: something was delivered under this key, and it is not what was approved."""
    folder.send(PARCEL, key="k1")

    with pytest.raises(FileExistsError, match="holds another mail"):
        folder.send(Parcel(body=MAIL + b"!\r\n", to=PARCEL.to, sender=PARCEL.sender), key="k1")


@pytest.mark.parametrize("key", ["../../x", "July:七月", ".hidden", "a/b", "", "x" * 300, "\0", "七月"])
def test_a_key_that_is_no_file_name_stays_in_the_folder(folder: Folder, key: str) -> None:
    receipt = folder.send(PARCEL, key=key)

    assert [receipt.id] == names(folder)
    assert receipt == folder.send(PARCEL, key=key)


def test_keys_that_look_alike_are_two_files(folder: Folder) -> None:
    assert folder.send(PARCEL, key="July/1").id != folder.send(PARCEL, key="july-1").id != folder.send(PARCEL, key="JULY/1").id
    assert 3 == len(names(folder))


def test_a_folder_that_cannot_be_written_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "sent").write_text("a file")

    with pytest.raises(NotSent, match="could not be written"):
        Folder(tmp_path / "sent").send(PARCEL, key="k1")


def test_where_the_file_cannot_get_its_name_nothing_is_left(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", no_link)

    with pytest.raises(NotSent, match="no links here"):
        folder.send(PARCEL, key="k1")
    assert [] == names(folder)


def test_the_identity_is_the_path_as_it_was_given() -> None:
    """A project folder that moves voids no approval."""
    assert "folder:sent" == Folder("sent").identity
    assert "Folder('sent')" == repr(Folder(Path("sent")))


def test_it_seals_mails(folder: Folder) -> None:
    assert [PARCEL] == list(folder.seal(MAIL))
