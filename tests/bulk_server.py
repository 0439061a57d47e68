"""A mail server in a process of its own that writes down whom it took which mail for: `python tests/bulk_server.py FOLDER [PORT]`.

It writes its port to FOLDER/port, and a line `message-id address` for each recipient to FOLDER/record, before it says yes.
"""

import asyncio
import sys
from pathlib import Path
from typing import TextIO

from aiosmtpd.smtp import SMTP, Envelope, Session


class Recorder:
    def __init__(self, record: TextIO) -> None:
        self._record = record

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content
        head = content[: content.index(b"\r\n\r\n")] if isinstance(content, bytes) else b""
        number = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")).split(b" ")[1].decode("ascii")
        for address in envelope.rcpt_tos:
            self._record.write(f"{number} {address}\n")
        self._record.flush()
        return "250 taken"


async def main(folder: Path, port: int) -> None:
    with (folder / "record").open("a", encoding="ascii") as record:
        handler = Recorder(record)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", port)
        (folder / "port.new").write_text(str(server.sockets[0].getsockname()[1]))
        (folder / "port.new").rename(folder / "port")
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 0))
