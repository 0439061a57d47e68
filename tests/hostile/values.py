"""What somebody hostile, or a broken export, puts into a field. The same seed gives the same fields."""

import random
from base64 import b64encode
from collections.abc import Iterator
from typing import NamedTuple

EVE = "eve@evil.example"

BREAKS = (
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\v",
    "\f",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\n\n",
    "\r\n\r\n",
    "\r\r\n",
    "\x1b",
    "\x7f",
)
FOLDS = ("\r\n ", "\r\n\t", "\n ", "\r ", "\r\n \r\n ", "\r\n\t\r\n", "\x85 ", "\u2028\t")
PAYLOADS = (
    f"Bcc: {EVE}",
    f"bcc:{EVE}",
    f"To: {EVE}",
    f"Resent-To: {EVE}",
    "Subject: Another",
    "From: boss@evil.example",
    "Content-Type: text/html",
    "Content-Transfer-Encoding: base64",
    "X-More: 1",
    "Bcc : eve@evil.example",
    ".\r\nMAIL FROM:<eve@evil.example>",
    f">\r\nRCPT TO:<{EVE}>",
    "\r\nAnother text",
    " ",
    "",
)
ENCODED = (
    "=?utf-8?q?=0A?=",
    "=?UTF-8?Q?a=0D=0ABcc:_eve=40evil.example?=",
    "=?utf-8?b?DQpCY2M6IGV2ZUBldmlsLmV4YW1wbGU=?=",
    "=?us-ascii?q?a=00b?=",
    "=?iso-8859-1?q?=85Bcc:_x?=",
    "=?utf-8?q?=E2=80=A8?=",
    "=?utf-8?b?4oCp?=",
    "=?utf-16?b?//4KAA==?=",
    "=?utf-7?q?+AAo-Bcc?=",
    "=?utf-8?q?eve=40evil.example=2C?=",
    "=?utf-8?q?=22?=",
    "=?utf-8?q?=3Ceve=40evil.example=3E=2C?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0A=3F=3D?=",
    "=?klingon?q?a?=",
    "=?utf-8?b?=0A?=",
    "=?utf-8?x?a?=",
    "=?utf-8*en?q?=0A?=",
    "=?utf-8?q?a",
    "=?utf-8?q?a b=0A?=",
    "=?utf-8?b?Cg=?=",
    "=?iso-2022-jp?b?GyRCCg==?=",
    "=?utf-8?q?=C2?= =?utf-8?q?=85?=",
    "=?utf-8?q??=",
)
ADDRESSES = (  # CVE-2023-27043 and its like: two readers see two recipients
    f"alice@ok.example){EVE}",
    f"alice@ok.example]{EVE}",
    f"alice@ok.example({EVE}",
    f"alice@ok.example<{EVE}>",
    f"<alice@ok.example>{EVE}",
    f"<alice@ok.example> <{EVE}>",
    f"alice@ok.example,{EVE}",
    f"alice@ok.example;{EVE}",
    f"alice@ok.example:{EVE}",
    f"alice@ok.example {EVE}",
    f"alice@ok.example\t{EVE}",
    f'alice@ok.example"{EVE}',
    f'"alice@ok.example <{EVE}>"',
    f'"alice@ok.example" <{EVE}>',
    f'"alice@ok.example," {EVE}',
    f"alice@ok.example <{EVE}>",
    f'"{EVE},"@ok.example',
    f'"{EVE}"@ok.example',
    '"alice bob"@ok.example',
    '"alice\\"bob"@ok.example',
    '"alice"@ok.example',
    '"al>ice"@ok.example',
    "alice(comment)@ok.example",
    "alice@(comment)ok.example",
    f"({EVE}) alice@ok.example",
    f"alice@ok.example (Eve <{EVE}>)",
    f"alice@ok.example (a (b) {EVE}, )",
    "<@evil.example:alice@ok.example>",
    "<@evil.example,@b.example:alice@ok.example>",
    "eve%evil.example@ok.example",
    "evil.example!eve@ok.example",
    "alice@ok.example@evil.example",
    f"alice@ok.example%0d%0aBcc:{EVE}",
    f"alice@ok.example?bcc={EVE}",
    f"mailto:{EVE}",
    f"Press: alice@ok.example, {EVE};",
    "undisclosed-recipients:;",
    f"Press:{EVE};, alice@ok.example",
    "alice@[192.0.2.1]",
    "alice@[IPv6:2001:db8::1]",
    f"alice@[192.0.2.1],{EVE}",
    f"alice@[{EVE}]",
    "花@ok.example",
    "alice@花.example",
    "alice@xn--jh1a.example",
    "alice@ｏｋ.example",
    "alice@ok。example",
    "ａｌｉｃｅ@ok.example",
    "alice@ok.example\u200b",
    "ali\u202ece@ok.example",
    "alice＠ok.example",
    "alice@ok.example，eve@evil.example",
    "alice@ok.example、eve@evil.example",
    ",",
    ",,alice@ok.example,",
    "alice@ok.example,,bob@ok.example",
    "alice",
    "@ok.example",
    "alice@",
    "<>",
    "<alice@ok.example",
    "alice@ok.example>",
    "alice@ok.example.",
    ".alice@ok.example",
    "a..b@ok.example",
    "alice@ok..example",
    "alice @ok.example",
    "alice@ ok.example",
    "alice@ok.example alice",
    "Alice <alice@ok.example> (x), Bob <bob@ok.example>",
    "Alice, Smith <alice@ok.example>",
    '"Alice, Smith" <alice@ok.example>',
    f"Alice {EVE} <alice@ok.example>",
    "alice@ok.example, alice@OK.example",
    '\\"alice@ok.example',
    "alice\\@ok.example",
    '"alice@ok.example',
)
ODD = (
    "\ud800",
    "\udfff",
    "\udc85",
    "\udce2\udc80\udca8",
    "\ud83d\ude00",
    "\ufeff",
    "\u200b",
    "\u202e",
    "\xad",
    "\u2060",
    "%0d%0a",
    "%0ABcc:",
    "\\r\\n",
    "&#10;",
    "$name",
    "${email}",
    "$$",
    "{{name}}",
    "\t",
    "  ",
    "\xa0",
    "\u3000",
    '"',
    "\\",
    "<",
    ">",
    "(",
    ")",
    ";",
    ":",
    "=?",
    "?=",
    "\x01",
    "\x08",
)
HARMLESS = (
    "Anna",
    "Summer issue",
    "七月号のご案内",
    "O'Brien & Söhne",
    "Smith, John",
    "Dr. A. Berg",
    "50% more (really)",
    "Łódź – Zürich",
    "a.b+c",
    "Ready? Yes!",
)
LIST = (
    "anna@ok.example",
    "Anna <anna@ok.example>",
    '"Berg, Anna" <anna@ok.example>',
    "anna@ok.example, Ben <ben@ok.example>",
    "花子 <anna@ok.example>",
)


class Field(NamedTuple):
    """A value, and where it was meant for by whoever made it up: `harmless`, `list` (a harmless list of addresses) or `hostile`."""

    no: int
    kind: str
    value: str


def fields(seed: int, count: int) -> Iterator[Field]:
    """So many of them, one in ten harmless: what refuses everything proves nothing."""
    dice = random.Random(f"hostile fields {seed}")
    for no in range(1, count + 1):
        kind = dice.choices(("harmless", "list", "hostile"), (7, 3, 90))[0]
        make = {"harmless": HARMLESS, "list": LIST}.get(kind)
        yield Field(no, kind, dice.choice(make) if make else dice.choice(_MAKERS)(dice))


def _injection(dice: random.Random) -> str:
    return dice.choice(("", "Anna", "alice@ok.example", "七月")) + dice.choice(BREAKS + FOLDS) + dice.choice(PAYLOADS)


def _hidden(dice: random.Random) -> str:
    words = [dice.choice(ENCODED) for _ in range(dice.randint(1, 3))]
    return (
        dice.choice(("", "July ", "<", '"'))
        + dice.choice(("", " ", "\r\n ")).join(words)
        + dice.choice(("", " <alice@ok.example>", "@ok.example", ">"))
    )


def _wrapped(dice: random.Random) -> str:
    """An encoded word that hides what somebody made up."""
    inner = dice.choice((_injection, _address))(dice)
    charset = dice.choice(("utf-8", "UTF-8", "iso-8859-1", "us-ascii", "utf-16", "iso-2022-jp", "cp932"))
    data = inner.encode(charset, "replace")
    if dice.random() < 0.5:
        return f"=?{charset}?{dice.choice('bB')}?{b64encode(data).decode()}?="
    return f"=?{charset}?{dice.choice('qQ')}?{''.join(f'={byte:02X}' for byte in data)}?=" + dice.choice(("", " <alice@ok.example>"))


def _address(dice: random.Random) -> str:
    some = [dice.choice(ADDRESSES) for _ in range(dice.choice((1, 1, 1, 2, 3)))]
    return dice.choice((", ", ",", ";", " ", "")).join(some)


def _long(dice: random.Random) -> str:
    piece = dice.choice((dice.choice(ADDRESSES) + ", ", "x", "長", "word ", dice.choice(ENCODED), "a@ok.example,", "(", '"', "<"))
    return piece * dice.choice((80, 400, 1100)) + dice.choice(("", "\r\n" + PAYLOADS[0], "@ok.example"))


def _mixture(dice: random.Random) -> str:
    pool = (BREAKS, FOLDS, PAYLOADS, ENCODED, ADDRESSES, ODD, ODD, HARMLESS)
    return "".join(dice.choice(dice.choice(pool)) for _ in range(dice.randint(1, 6)))


def _bent(dice: random.Random) -> str:
    """An address or a name with something put into its middle."""
    text = dice.choice((*ADDRESSES, *HARMLESS, *LIST))
    at = dice.randint(0, len(text))
    return text[:at] + dice.choice((*BREAKS, *FOLDS, *ODD, *ENCODED)) + text[at:]


_MAKERS = (_injection, _hidden, _wrapped, _address, _address, _mixture, _mixture, _bent, _bent, _long)
