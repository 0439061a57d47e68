"""Domains: which labels make the registrable one, and whether a name is on a list. Without the network."""

from collections.abc import Iterable
from functools import lru_cache

_JP = "ac ad co ed go gr lg ne or"
_PREFECTURES = (
    "aichi akita aomori chiba ehime fukui fukuoka fukushima gifu gunma hiroshima hokkaido hyogo ibaraki ishikawa iwate kagawa kagoshima "
    "kanagawa kochi kumamoto kyoto mie miyagi miyazaki nagano nagasaki nara niigata oita okayama okinawa osaka saga saitama shiga shimane "
    "shizuoka tochigi tokushima tokyo tottori toyama wakayama yamagata yamaguchi yamanashi"
)
_SECOND = {
    "jp": _JP,
    "uk": "ac co gov ltd me net nhs org plc police sch",
    "au": "asn com edu gov id net org",
    "nz": "ac co geek gen govt iwi kiwi maori net org school",
    "kr": "ac co go ne or pe re",
    "tw": "club com ebiz edu game gov idv net org",
    "cn": "ac com edu gov net org",
    "hk": "com edu gov idv net org",
    "sg": "com edu gov net org per",
    "my": "com edu gov net org",
    "th": "ac co go in mi net or",
    "id": "ac co go net or sch web",
    "ph": "com edu gov net org",
    "vn": "com edu gov net org",
    "in": "ac co edu firm gen gov ind net org",
    "br": "com edu gov net org",
    "mx": "com edu gob net org",
    "ar": "com edu gob net org",
    "za": "ac co gov net org web",
    "tr": "com edu gov net org",
    "il": "ac co gov net org",
    "ua": "com edu gov net org",
    "es": "com edu gob nom org",
    "pl": "com edu gov net org",
}
_SUFFIXES = frozenset(f"{second}.{top}" for top, seconds in _SECOND.items() for second in seconds.split())
# Below a prefecture stands a town: city.kita.tokyo.jp and kita.tokyo.jp are one organisation, metro.tokyo.jp another.
_TOWNS = frozenset(f"{name}.jp" for name in _PREFECTURES.split())

_FREEMAIL = (
    "gmail.com googlemail.com yahoo.co.jp yahoo.ne.jp yahoo.com ymail.com ybb.ne.jp hotmail.com hotmail.co.jp outlook.com outlook.jp "
    "live.com live.jp msn.com icloud.com me.com mac.com aol.com aol.jp gmx.com gmx.net gmx.de web.de t-online.de orange.fr free.fr "
    "laposte.net proton.me protonmail.com pm.me tutanota.com mail.com zoho.com fastmail.com yandex.ru yandex.com mail.ru qq.com 163.com "
    "126.com sina.com naver.com daum.net hanmail.net kakao.com "
    "docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp softbank.jp vodafone.ne.jp disney.ne.jp willcom.com pdx.ne.jp ymobile.ne.jp "
    "y-mobile.ne.jp emobile.ne.jp rakuten.jp rakumail.jp uqmobile.jp mineo.jp ahamo.com "
    "nifty.com nifty.ne.jp biglobe.ne.jp ocn.ne.jp ocn.jp so-net.ne.jp plala.or.jp dion.ne.jp infoweb.ne.jp asahi-net.or.jp home.ne.jp "
    "jcom.zaq.ne.jp zaq.ne.jp hi-ho.ne.jp eonet.ne.jp excite.co.jp goo.jp goo.ne.jp infoseek.jp livedoor.com wakwak.com dti.ne.jp "
    "tiki.ne.jp mopera.net iijmio-mail.jp commufa.jp bbiq.jp megaegg.ne.jp enjoy.ne.jp auone-net.jp toki.waseda.jp comcast.net verizon.net "
    "att.net sbcglobal.net btinternet.com"
)
FREEMAIL = frozenset(_FREEMAIL.split())


@lru_cache(maxsize=65536)
def registrable(domain: str) -> str:
    """The part of a domain that somebody has registered: `a.b.example.co.jp` is of `example.co.jp`."""
    labels = domain.strip(".").lower().split(".")
    keep = 2
    if ".".join(labels[-2:]) in _SUFFIXES or ".".join(labels[-2:]) in _TOWNS:
        keep = 3
    return ".".join(labels[-keep:])


def is_on(domain: str, names: Iterable[str]) -> bool:
    """Whether the domain is one of these names: `example.com` means exactly that, `.example.com` everything below it."""
    name = domain.strip(".").lower()
    return any(name.endswith(each.lower()) if each.startswith(".") else name == each.lower().strip(".") for each in names)


def domain_of(address: str) -> str:
    """What stands behind the last @, in small letters."""
    return address.rpartition("@")[2].strip().strip(".").lower()
