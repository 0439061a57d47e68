"""A wire to a PostgreSQL server that can be cut: at once, or when the client says a word."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from sqlalchemy import make_url

_PIECE = 65536


class Wire:
    """Listens on loopback and hands everything on to the server behind `url`, until it is cut."""

    def __init__(self, url: str) -> None:
        behind = make_url(url)
        self._server = f"{behind.query['host']}/.s.PGSQL.{behind.port or 5432}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = behind.set(host="127.0.0.1", port=self.port, query={}).render_as_string(hide_password=False)
        self.words: list[bytes] = []
        """Once the client has said all of these, one after the other, the server still hears the last one, and its answer is lost."""
        self._deaf = False
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.cut()

    def cut(self) -> None:
        """Nobody comes through any more, and nobody new comes in."""
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._open += [client, server]
                threading.Thread(target=self._there, args=(client, server), daemon=True).start()
                threading.Thread(target=self._back, args=(server, client), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(_PIECE):
                if self.words and self.words[0] in piece:
                    self.words.pop(0)
                    self._deaf = not self.words
                server.sendall(piece)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(_PIECE):
                if self._deaf:
                    self.cut()
                client.sendall(piece)
