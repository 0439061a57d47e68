"""A mail server in a process of its own that takes everything and keeps nothing: what both sides of a figure send to."""

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP


def _serve(port: int) -> None:
    async def forever() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Sink(), data_size_limit=2**26), "127.0.0.1", port)
        async with server:
            await server.serve_forever()

    asyncio.run(forever())


@contextmanager
def sink() -> Iterator[int]:
    """Its port, while it runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port,), daemon=True)
    process.start()
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.join()


def _wait(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(port)
