"""A mail server on this machine that keeps a record of what it took, and can fall silent at a chosen moment."""

import asyncio
import socket
import threading
from email import message_from_bytes
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


class MailServer:
    """A context manager. `address` is where it listens; `taken` its record: whom each mail was for, and its Message-ID."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.is_silent = threading.Event()
        self._silent_after = 0
        self._go_on = asyncio.Event()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self._controller = Controller(self, hostname="127.0.0.1", port=port, server_hostname="mx.museum.example")

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.speak()
        self._controller.stop()

    def fall_silent_after(self, mails: int) -> None:
        """Take so many more mails, and then do not answer to the last of them until `speak`."""
        self.is_silent.clear()
        self._go_on = asyncio.Event()
        self._silent_after = len(self.taken) + mails

    def speak(self) -> None:
        """Answer again."""
        self._silent_after = 0
        self._controller.loop.call_soon_threadsafe(self._go_on.set)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: ANN401, N802 - aiosmtpd's own names
        """A whole mail has come in: it is on record before it is answered."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.taken += [(recipient, str(message_from_bytes(content)["Message-ID"])) for recipient in envelope.rcpt_tos]
        if len(self.taken) == self._silent_after:
            self.is_silent.set()
            await self._go_on.wait()
        return f"250 2.0.0 taken as {len(self.taken)}"
