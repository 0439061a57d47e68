"""Bad lists: each is refused with what is wrong, in which line, and how to mend it, in both languages; and nothing is lost."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from releasegate.channels import Folder
from releasegate.channels.people_csv import read_people
from releasegate.errors import ContentError
from tests.building import make_gate, written
from tests.cli import Terminal
from tests.kept import WRITE, Desk, make_desk, said

NOTHING = ("Nothing was sent. ", "何も配信していません。")


@dataclass(frozen=True)
class Bad:
    """A file, and what is said of it: in English, in Japanese."""

    data: bytes
    english: str
    japanese: str
    encoding: str = ""


def _bad(text: str, english: str, japanese: str, *, codec: str = "utf-8", encoding: str = "") -> Bad:
    return Bad(text.encode(codec), english, japanese, encoding)


LISTS = {
    "no header": _bad(
        "mika@reader.example,Mika\nken@reader.example,Ken\n",
        "list.csv, line 1: it has no header row: this is somebody already ('mika@reader.example,Mika'). "
        "Name the columns in the first line, such as: email,name",
        "list.csv、1行目: 見出し行がありません。1行目がもう宛先です(「mika@reader.example,Mika」)。"
        "1行目に列の名前を書いてください。例: email,name",
    ),
    "no column of addresses": _bad(
        "name,city\nMika,Kyoto\n",
        "list.csv: no column holds the address; the columns are name, city. Name one of them 'email'.",
        "list.csv: アドレスの列がありません。現在の列: name, city。いずれかの列の名前を「email」にしてください。",
    ),
    "Excel in Japanese": _bad(
        "email,氏名\r\nmika@reader.example,髙橋 ①花子\r\n",
        "list.csv, line 1: it is not in UTF-8. In cp932 it reads 'email,氏名': if that is right, give --encoding cp932 "
        "(in Python: encoding='cp932').",
        "list.csv、1行目: UTF-8 として読めません。cp932 として読むと「email,氏名」になります。これで正しければ "
        "--encoding cp932(Python では encoding='cp932')を指定してください。",
        codec="cp932",
    ),
    "Excel in Western Europe": _bad(
        "email,name\nmika@reader.example,José Müller\n",
        "list.csv, line 2: it is not in UTF-8. In cp1252 it reads 'mika@reader.example,José Müller': if that is right, "
        "give --encoding cp1252 (in Python: encoding='cp1252').",
        "list.csv、2行目: UTF-8 として読めません。cp1252 として読むと「mika@reader.example,José Müller」になります。"
        "これで正しければ --encoding cp1252(Python では encoding='cp1252')を指定してください。",
        codec="cp1252",
    ),
    "it may be in either": Bad(
        b"email,name\nmika@reader.example,\xd0\xb7\xba\n",
        "list.csv, line 2: it is not in UTF-8. In cp932 it reads 'mika@reader.example,ﾐｷｺ': if that is right, give --encoding cp932 "
        "(in Python: encoding='cp932'). In cp1252 it reads 'mika@reader.example,Ð·º': if that is right, give --encoding cp1252 "
        "(in Python: encoding='cp1252').",
        "list.csv、2行目: UTF-8 として読めません。cp932 として読むと「mika@reader.example,ﾐｷｺ」になります。これで正しければ "
        "--encoding cp932(Python では encoding='cp932')を指定してください。 cp1252 として読むと「mika@reader.example,Ð·º」になります。"
        "これで正しければ --encoding cp1252(Python では encoding='cp1252')を指定してください。",
    ),
    "in nothing that we know": Bad(
        b"email,name\nmika@reader.example,\x81\xff\n",
        "list.csv, line 2: it is not in UTF-8. Save it as 'CSV UTF-8'.",
        "list.csv、2行目: UTF-8 として読めません。「CSV UTF-8」で保存してください。",
    ),
    "not in CP932 either": _bad(
        "email,name\nmika@reader.example,José Müller\n",
        "list.csv, line 2: it is not in CP932. In cp1252 it reads 'mika@reader.example,José Müller': if that is right, "
        "give --encoding cp1252 (in Python: encoding='cp1252').",
        "list.csv、2行目: CP932 として読めません。cp1252 として読むと「mika@reader.example,José Müller」になります。"
        "これで正しければ --encoding cp1252(Python では encoding='cp1252')を指定してください。",
        codec="cp1252",
        encoding="cp932",
    ),
    "UTF-8, whatever somebody says": _bad(
        "email,name\nmika@reader.example,髙橋さん\n",
        "list.csv, line 2: it is in UTF-8, where it reads 'mika@reader.example,髙橋さん'; in cp932 it would read "
        "'mika@reader.example,鬮呎ｩ九＆繧\ufffd'. Leave the encoding out; if it is in cp932 all the same, save it as 'CSV UTF-8'.",
        "list.csv、2行目: UTF-8 のファイルで、「mika@reader.example,髙橋さん」と読めます。cp932 として読むと"
        "「mika@reader.example,鬮呎ｩ九＆繧\ufffd」になってしまいます。文字コードの指定を外してください。"
        "本当に cp932 なら、「CSV UTF-8」で保存し直してください。",
        encoding="Shift_JIS",
    ),
    "UTF-16, whatever somebody says": _bad(
        "email\tname\r\nmika@reader.example\t花子\r\n",
        "list.csv: its first bytes say that it is in utf-16, not in cp932. Leave the encoding out.",
        "list.csv: ファイルの先頭の印によると utf-16 です。cp932 ではありません。文字コードの指定を外してください。",
        codec="utf-16",
        encoding="cp932",
    ),
    "half a UTF-16": Bad(
        codecs.BOM_UTF16_LE + "email\nmika@reader.example\n".encode("utf-16-le")[:-1],
        "list.csv, line 2: it is not in UTF-16. Save it as 'CSV UTF-8'.",
        "list.csv、2行目: UTF-16 として読めません。「CSV UTF-8」で保存してください。",
    ),
    "an encoding that nobody knows": _bad(
        "email\nmika@reader.example\n",
        "encoding: no list is read in 'cp392'. Give cp932, cp1252; UTF-8 and UTF-16 are known by themselves.",
        "文字コード: 「cp392」という文字コードでは読めません。cp932, cp1252 のいずれかを指定してください。"
        "UTF-8 と UTF-16 は指定しなくても分かります。",
        encoding="cp392",
    ),
    "a letter of one computer alone": Bad(
        b"email,name\nmika@reader.example,\xf0\x40\n",
        "list.csv, line 2: it holds a character that others cannot read (U+E000). Type the letter anew that stood there; "
        "it was lost when the list was converted, or is a letter of one computer alone.",
        "list.csv、2行目: ほかの人には読めない文字(U+E000)が含まれています。元の文字を入力し直してください。"
        "変換のときに失われた文字か、そのパソコンだけの外字です。",
        encoding="cp932",
    ),
    "a letter that was lost": _bad(
        "email,name\nken@reader.example,Ken\nmika@reader.example,\ufffd橋\n",
        "list.csv, line 3: it holds a character that others cannot read (U+FFFD). Type the letter anew that stood there; "
        "it was lost when the list was converted, or is a letter of one computer alone.",
        "list.csv、3行目: ほかの人には読めない文字(U+FFFD)が含まれています。元の文字を入力し直してください。"
        "変換のときに失われた文字か、そのパソコンだけの外字です。",
    ),
    "NUL": _bad(
        "email,name\nmika@reader.example,Mi\0ka\n",
        "list.csv, line 2: it holds a NUL byte. Save it as 'CSV UTF-8'.",
        "list.csv、2行目: NUL バイトが含まれています。「CSV UTF-8」で保存してください。",
    ),
    "too many fields": _bad(
        "email,name\nmika@reader.example,Mika\nken@reader.example,Ito, Ken\n\nbo@reader.example,Bo,1\nan@reader.example\n",
        "list.csv, line 3: fields in this row: 3; in the header: 2. It reads 'ken@reader.example,Ito, Ken'. "
        "Put a field that holds ',' into quotes. Also wrong: line 5, 6.",
        "list.csv、3行目: 項目が 3 個ありますが、見出し行は 2 個です。行の内容:「ken@reader.example,Ito, Ken」。"
        "「,」を含む項目は引用符で囲んでください。ほかに直す行: 5, 6。",
    ),
    "too few fields": _bad(
        "email,name\n" + "".join(f"reader{no}@reader.example\n" for no in range(9)),
        "list.csv, line 2: fields in this row: 1; in the header: 2. It reads 'reader0@reader.example'. "
        "Give it a field for each column (email, name), also for an empty one. Also wrong: line 3, 4, 5, 6, 7 ….",
        "list.csv、2行目: 項目が 1 個ありますが、見出し行は 2 個です。行の内容:「reader0@reader.example」。"
        "空の列も含めて、すべての列(email, name)に項目を入れてください。ほかに直す行: 3, 4, 5, 6, 7 …。",
    ),
    "an address where the name should be": _bad(
        "email,name\nmika@reader.example,Mika\nKen,ken@reader.example\n",
        "list.csv, line 3: 'ken@reader.example' stands in column 'name', and 'Ken' in column 'email'. Put each field under its own column.",
        "list.csv、3行目: 「name」の列に「ken@reader.example」、「email」の列に「Ken」が入っています。"
        "それぞれの項目を正しい列に入れ直してください。",
    ),
    "nobody's row": _bad(
        "email,name\n ,Mika\n",
        "list.csv, line 2: there is no address in it: ' ,Mika'. Fill it in, or take the line out.",
        "list.csv、2行目: アドレスがありません:「 ,Mika」。アドレスを入れるか、その行を削除してください。",
    ),
    "old Mac": _bad(
        "email,name\rmika@reader.example,Mika\r",
        "list.csv, line 1: its lines end in carriage returns alone. Save it as 'CSV UTF-8', not as 'CSV (Macintosh)'.",
        "list.csv、1行目: 行末が CR だけになっています。「CSV (Macintosh)」ではなく「CSV UTF-8」で保存し直してください。",
    ),
    "a lone CR": _bad(
        'email,name\nken@reader.example,Ken\nmika@reader.example,"Mi\rka"\n',
        "list.csv, line 3: a carriage return without a line feed stands in 'mika@reader.example,\"Mi\\rka\"'. Take it out of the cell.",
        'list.csv、3行目: LF のない CR があります:「mika@reader.example,"Mi ka"」。そのセルから取り除いてください。',
    ),
    "empty": _bad(
        "",
        "list.csv: it is empty. Export the list again; its first line names the columns.",
        "list.csv: 空のファイルです。リストを書き出し直してください。1行目は列の名前です。",
    ),
    "blank": _bad(
        "\ufeff\r\n , \r\n",
        "list.csv: it is empty. Export the list again; its first line names the columns.",
        "list.csv: 空のファイルです。リストを書き出し直してください。1行目は列の名前です。",
    ),
    "a header alone": _bad(
        "email,name\n",
        "list.csv: it has a header row and nobody below it. Add a row for each person.",
        "list.csv: 見出し行だけで、宛先が1件もありません。1人につき1行を加えてください。",
    ),
    "one name for two columns": _bad(
        "email,name,Name\nmika@reader.example,Mika,M\n",
        "list.csv, line 1: columns 2 and 3 have the same name: 'Name'. Give each column a name of its own.",
        "list.csv、1行目: 2 列目と 3 列目の名前が同じです:「Name」。列にはそれぞれ別の名前を付けてください。",
    ),
    "a column without a name": _bad(
        "\nemail,name,\nmika@reader.example,Mika,\n",
        "list.csv, line 2: column 3 has no name: 'email,name,'. Give it one, or delete the column.",
        "list.csv、2行目: 3 列目に名前がありません:「email,name,」。名前を付けるか、列を削除してください。",
    ),
    "other commas": _bad(
        "email、name\nmika@reader.example、Mika\n",
        "list.csv, line 1: the columns are not separated by commas: email、name. Separate them by commas; Excel does so in 'CSV UTF-8'.",
        "list.csv、1行目: 列がカンマで区切られていません: email、name。カンマで区切ってください。Excel では「CSV UTF-8」で保存します。",
    ),
    "a quote that is never closed": _bad(
        'email,name\nmika@reader.example,"Mika\nken@reader.example,Ken\n',
        'list.csv, line 2: a quote is opened here and never closed. Close it; a quote that belongs to the text stands there twice: "".',
        'list.csv、2行目: ここで開いた引用符が閉じられていません。閉じてください。文字としての引用符は "" と2つ重ねます。',
    ),
    "a quote in the middle": _bad(
        'email,name\nmika@reader.example,"Mi"ka\n',
        'list.csv, line 2: a quote stands in the middle of a field. Close it; a quote that belongs to the text stands there twice: "".',
        'list.csv、2行目: 項目の途中に引用符があります。閉じてください。文字としての引用符は "" と2つ重ねます。',
    ),
}
# Read, and found by a check in Python; the command refuses them as soon as it has the list.
ADDRESSES = {
    "no address": _bad(
        "email,name\nmika@reader.example,Mika\n\nken＠reader.example,Ken\nbo reader.example,Bo\n",
        "list.csv, line 4: 'ken＠reader.example' is not one address. Correct it, such as 'name@example.jp', or take the line out. "
        "Also wrong: line 5.",
        "list.csv、4行目: 「ken＠reader.example」は1件のアドレスではありません。「name@example.jp」のように直すか、"
        "その行を削除してください。ほかに直す行: 5。",
    ),
    "two addresses": _bad(
        'email,氏名\n"mika@reader.example, ken@reader.example",美香\n',
        "list.csv, line 2: 'mika@reader.example, ken@reader.example' is not one address. Give each person a row.",
        "list.csv、2行目: 「mika@reader.example, ken@reader.example」は1件のアドレスではありません。1人につき1行にしてください。",
    ),
}
ALL = LISTS | ADDRESSES


@pytest.fixture
def desk(terminal: Terminal) -> Desk:
    return make_desk(terminal)


@pytest.mark.parametrize("name", LISTS)
def test_a_bad_list_says_what_where_and_how_to_mend_it(name: str) -> None:
    bad = LISTS[name]

    with pytest.raises(ContentError) as refused:
        read_people(bad.data, where="list.csv", encoding=bad.encoding)

    assert (bad.english, bad.japanese) == said(refused.value)


@pytest.mark.parametrize("name", ALL)
def test_the_command_says_that_nothing_was_sent_and_nothing_is_lost(desk: Desk, name: str) -> None:
    """No draft, signature, row or file is another one afterwards."""
    bad = ALL[name]
    desk.terminal.write("list.csv", bad.data)
    words = [*WRITE, "list.csv", *(["--encoding", bad.encoding] if bad.encoding else [])]
    before = desk.stand()

    seen = {lang: desk.write(*words, lang=lang) for lang in ("en", "ja")}

    assert {"en": (2, "", f"{NOTHING[0]}{bad.english}\n"), "ja": (2, "", f"{NOTHING[1]}{bad.japanese}\n")} == {
        lang: (each.code, each.out, each.err) for lang, each in seen.items()
    }
    assert before == desk.stand()


def test_a_program_of_ones_own_is_told_the_address_as_it_was_written_and_the_mail(sqlite_url: str, tmp_path: Path) -> None:
    """A name beyond ASCII is encoded in the header; nobody reads it so."""
    gate = make_gate(sqlite_url, channels={"news": Folder(tmp_path / "sent")})
    text = "From: news@pr.example\r\nTo: {}\r\nSubject: New wing\r\n\r\nThe new wing opens.\r\n"
    people = ("mika@paper.example", "=?utf-8?b?576O6aaZ?= <ken＠paper.example>")

    written(gate, content=[text.format(each).encode() for each in people])

    decision = gate.decide("d1")
    assert [("mail 2, to", "美香 <ken＠paper.example>")] * 2 == [(each.where, each.evidence) for each in decision.blockers[:2]]
    assert "  1. This is no address that mail can be sent to: 美香 <ken＠paper.example> (" in decision.explain()
    assert "     Where: mail no. 2, the recipients\n" in decision.explain()
    assert (
        "  1. メールアドレスの形式が正しくありません:「美香 <ken＠paper.example>」\n     箇所: 2通目のメール、宛先\n"
        in decision.explain("ja")
    )


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("メールアドレス,氏名\r\nmika@reader.example,髙橋 ①花子㈱\r\n".encode("cp932"), "cp932"),
        ("メールアドレス,氏名\r\nmika@reader.example,髙橋 ①花子㈱\r\n".encode("cp932"), "Shift_JIS"),
        ("メールアドレス\t氏名\r\nmika@reader.example\t髙橋 ①花子㈱\r\n".encode("utf-16"), ""),
        (codecs.BOM_UTF16_BE + "メールアドレス\t氏名\r\nmika@reader.example\t髙橋 ①花子㈱\r\n".encode("utf-16-be"), ""),
        ("\ufeffメールアドレス;氏名\r\nmika@reader.example;髙橋 ①花子㈱\r\n".encode(), ""),
        ("\ufeffメールアドレス,氏名\r\nmika@reader.example,髙橋 ①花子㈱\r\n".encode(), "UTF8"),
    ],
)
def test_what_excel_writes_is_read_letter_by_letter(desk: Desk, data: bytes, encoding: str) -> None:
    """NEC's and IBM's letters too; each as it stands on the screen of whoever wrote them."""
    desk.terminal.write("list.csv", data)

    people = read_people(data, where="list.csv", encoding=encoding)
    seen = desk.write(*WRITE, "list.csv", *(["--encoding", encoding] if encoding else []))

    assert [{"メールアドレス": "mika@reader.example", "氏名": "髙橋 ①花子㈱"}] == list(people.rows)
    assert (0, "") == (seen.code, seen.err)
    assert "July issue for $name" in desk.terminal("show", "july").out


def test_an_ascii_list_is_what_somebody_says_that_it_is() -> None:
    assert "Mika" == next(iter(read_people(b"email,name\nmika@reader.example,Mika\n", where="list.csv", encoding="ansi").rows))["name"]


@pytest.mark.counts
def test_a_million_rows_are_read_and_the_one_that_is_wrong_is_named(counts: Callable[[int], int], desk: Desk, tmp_path: Path) -> None:
    size = counts(1_000_000)
    lines = "email,name\n" + "".join(f"reader{no}@paper{no % 5000}.example,Reader {no}\n" for no in range(size))
    desk.terminal.write("list.csv", lines + "ken@reader.example\n")
    before = desk.stand()

    people = read_people(lines.encode(), where="list.csv")
    seen = desk.write(*WRITE, "list.csv")

    assert (size, size + 1) == (len(people.rows), people.rows.lines[-1])
    assert size == len({row["email"] for row in people.rows})
    assert (2, "", f"list.csv, line {size + 2}: fields in this row: 1; in the header: 2.") == (
        seen.code,
        seen.out,
        seen.err.removeprefix(NOTHING[0]).partition(" It reads")[0],
    )
    assert before == desk.stand()


def test_a_list_that_is_too_long_is_refused_before_it_is_read(desk: Desk, tmp_path: Path) -> None:
    """The file has holes: it takes no room on the disk, and would take half a gigabyte in memory."""
    with desk.terminal.write("list.csv", "email,name\n").open("r+b") as file:
        file.truncate(500_000_001)

    seen = {lang: desk.write(*WRITE, "list.csv", lang=lang) for lang in ("en", "ja")}

    english = "list.csv: it has 500,000,001 bytes; at most 500,000,000 are read. Split the list, and write a draft for each part.\n"
    japanese = (
        "list.csv: 500,000,001 バイトあります。読み込めるのは 500,000,000 バイトまでです。"
        "リストを分け、それぞれを別の下書きにしてください。\n"
    )
    assert (2, "", NOTHING[0] + english) == (seen["en"].code, seen["en"].out, seen["en"].err)
    assert NOTHING[1] + japanese == seen["ja"].err
