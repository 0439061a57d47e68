"""Ways out: what content becomes bytes, and what sends it. Each loads only what it needs, when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from releasegate.channels.data import seal_json, seal_text
    from releasegate.channels.folder import Folder
    from releasegate.channels.mail import seal_mail, stamp
    from releasegate.channels.manual import Manual
    from releasegate.channels.rendering import Rendering, seal_rendering
    from releasegate.channels.smtp import Smtp
    from releasegate.protocols import Channel, ClockedChannel, Hooked

__all__ = ["Channel", "ClockedChannel", "Folder", "Hooked", "Manual", "Rendering", "Smtp"]
__all__ += ["seal_json", "seal_mail", "seal_rendering", "seal_text", "stamp"]

_HOME = {
    "Channel": "releasegate.protocols",
    "ClockedChannel": "releasegate.protocols",
    "Folder": "releasegate.channels.folder",
    "Hooked": "releasegate.protocols",
    "Manual": "releasegate.channels.manual",
    "Rendering": "releasegate.channels.rendering",
    "Smtp": "releasegate.channels.smtp",
    "seal_json": "releasegate.channels.data",
    "seal_mail": "releasegate.channels.mail",
    "seal_rendering": "releasegate.channels.rendering",
    "seal_text": "releasegate.channels.data",
    "stamp": "releasegate.channels.mail",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever has that name
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
