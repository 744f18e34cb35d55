"""The API on a port of this machine, for programs that run in a process of their own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import httpx2
from typing_extensions import override


@contextlib.contextmanager
def served(api: httpx2.BaseTransport) -> Generator[str]:
    """The address at which the API answers, for `ANTHROPIC_BASE_URL`.

    A fault that a client in this process would see as an error of the network closes the
    connection: before the headers if it came before them, else in the middle of the stream.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.close_connection = True
            length = int(self.headers.get("Content-Length", "0"))
            sent = self.rfile.read(length)
            if len(sent) < length:
                return  # whoever sent it has died over it: it is no request
            headers = list(self.headers.items())
            url = f"{address}{self.path}"
            request = httpx2.Request(self.command, url, headers=headers, content=sent)
            with contextlib.suppress(httpx2.TransportError, ConnectionError):
                self._answer(api.handle_request(request))

        do_GET = do_DELETE = do_POST  # noqa: N815 - as the server looks for them

        def _answer(self, response: httpx2.Response) -> None:
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                if name.lower() not in {"content-length", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Connection", "close")
            self.end_headers()
            # What is not streamed was read already, which `iter_raw` refuses to do again.
            for piece in cast("Iterable[bytes]", response.stream):
                if piece:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")

        @override
        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield address
        finally:
            server.shutdown()
            thread.join()
