"""The host of a link as a browser reads it, and whether the public can reach it. By its shape alone: nothing is looked up."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import unquote

_SCHEME = re.compile(r"(?i)^\s*(https?):[/\\]*(?P<rest>.*)", re.DOTALL)
_STRIPPED = re.compile(r"[\t\r\n]")
_NUMBER = re.compile(r"(?i)(?:0x[0-9a-f]*|\d+)")
# Browsers leave these out of a host.
_IGNORED = re.compile("[\u00ad\u034f\u180b-\u180d\u200b-\u200d\u2060\u2064\ufe00-\ufe0f\ufeff]")
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Who would be asked: `name` in small letters or an address in its usual form; `port` as written, empty where none is.

    `ip` is set for every way to write an address; `broken` where a browser would refuse it.
    """

    name: str
    port: str = ""
    user: str = ""
    path: str = ""
    ip: IPv4Address | IPv6Address | None = None
    broken: bool = False

    @property
    def port_number(self) -> int:
        """The port, 0 where none is written, -1 where what is written is none."""
        digits = self.port.lstrip("0")
        if not self.port:
            return 0
        number = int(digits or "0") if len(digits) <= 5 and self.port.isascii() and self.port.isdigit() else -1  # noqa: PLR2004
        return number if 0 < number <= 65535 else -1  # noqa: PLR2004 - the highest port there is


@lru_cache(maxsize=4096)
def read_host(url: str) -> Host | None:
    """The host of this http or https link, read the way browsers read it; None where there is no such link."""
    found = _SCHEME.match(_STRIPPED.sub("", url))
    if found is None:
        return None
    rest = found["rest"]
    end = next((at for at, each in enumerate(rest) if each in "/?#\\"), len(rest))
    user, _, place = rest[:end].rpartition("@")
    shown, port = _split_port(place)
    name = _plain(shown)
    host = Host(name=name.rstrip("."), port=port, user=user, path=rest[end:])
    if name.startswith("["):
        return _with(host, _six(name))
    labels = name.removesuffix(".").split(".")
    return _with(host, _four(labels)) if _NUMBER.fullmatch(labels[-1]) else host


def _with(host: Host, ip: IPv4Address | IPv6Address | None) -> Host:
    return replace(host, ip=ip, broken=ip is None)


def _split_port(place: str) -> tuple[str, str]:
    at = place.rfind(":")
    return (place[:at], place[at + 1 :]) if at > place.rfind("]") else (place, "")


def _plain(shown: str) -> str:
    """What a browser makes of a host before it looks at it: percent signs decoded, full-width and circled letters made plain."""
    text = _IGNORED.sub("", unquote(shown, errors="replace"))
    return unicodedata.normalize("NFKC", text.translate(_DOTS)).translate(_DOTS).lower().strip()


def _six(name: str) -> IPv6Address | None:
    try:
        return IPv6Address(name.strip("[]").partition("%")[0])
    except AddressValueError:
        return None


def _four(labels: list[str]) -> IPv4Address | None:
    """One to four numbers, each decimal, octal or hexadecimal; the last one fills what is left."""
    numbers = [_integer(label) for label in labels]
    *first, last = [-1 if number is None else number for number in numbers]
    if len(labels) > 4 or min(*first, last, 0) < 0 or any(number > 255 for number in first) or last >= 256 ** (5 - len(labels)):  # noqa: PLR2004
        return None
    value = last + sum(number << (8 * (3 - at)) for at, number in enumerate(first))
    return IPv4Address(value)


def _integer(label: str) -> int | None:
    if not _NUMBER.fullmatch(label) or len(label) > 40:  # noqa: PLR2004 - longer than any address in any notation
        return None
    if label.lower().startswith("0x"):
        return int(label[2:] or "0", 16)
    try:
        return int(label, 8 if len(label) > 1 and label.startswith("0") else 10)
    except ValueError:
        return None


# Not public, though the standard library's `is_global` says so of several of them.
_DENIED_4 = tuple(
    IPv4Network(each)
    for each in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ]
)
_DENIED_6 = tuple(
    IPv6Network(each)
    for each in [
        "::/128",
        "::1/128",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    ]
)
# How far to the left of the end the IPv4 address stands that is meant (mapped, NAT64, 6to4), and the forms that are never public.
_WRAPPED = ((IPv6Network("::ffff:0:0/96"), 0), (IPv6Network("64:ff9b::/96"), 0), (IPv6Network("2002::/16"), 80))
_NEVER = tuple(IPv6Network(each) for each in ("::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48"))
_ISATAP = (0x00005EFE, 0x02005EFE)
_MASK = 0xFFFFFFFF


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the Internet can reach it; an IPv4 address inside an IPv6 one counts as what it means."""
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in network for network in _DENIED_4)
    inner = embedded(ip)
    if any(not is_public(each) for each in inner):
        return False
    if any(ip in network for network, _ in _WRAPPED):
        return True
    return ip.is_global and not any(ip in network for network in (*_DENIED_6, *_NEVER))


def embedded(ip: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that this one stands for."""
    value = int(ip)
    found = [IPv4Address((value >> shift) & _MASK) for network, shift in _WRAPPED if ip in network]
    if (value >> 32) & _MASK in _ISATAP:
        found.append(IPv4Address(value & _MASK))
    return tuple(found)
