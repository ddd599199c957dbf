"""Serve the built book on this machine: `python -m tools.serve --port 8000`."""

from __future__ import annotations

import argparse
import gzip
import sys
from functools import cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from tools.book import SITE

HOST = "127.0.0.1"
TEXT = {".css", ".html", ".inv", ".ipynb", ".js", ".json", ".mjs", ".svg", ".txt", ".wasm"}


@cache
def compressed(path: Path, changed: int) -> bytes:
    """Return a file's content in gzip, kept until the file changes."""
    del changed  # part of the key only
    return gzip.compress(path.read_bytes(), mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """A plain file server that sends text compressed to browsers that accept it."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Answer with the compressed file, or as the plain server does."""
        path = Path(self.translate_path(self.path))
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepts and path.is_file() and path.suffix in TEXT):
            return super().send_head()
        body = compressed(path, path.stat().st_mtime_ns)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return BytesIO(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with the book's own page where there is nothing, as hosts of static sites do."""
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Ask for revalidation, so that a rebuilt page is never shown stale."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal for the address."""


class Server(ThreadingHTTPServer):
    """A server that refuses a port which another program already listens on."""

    allow_reuse_address = sys.platform != "win32"
    daemon_threads = True


def port(text: str) -> int:
    """Read a port number; anything else is an error that says what a port is."""
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 to 65535, got {text!r}")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; return 2 with one clear line when that is not possible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=port, default=8000, help="0 takes any free port")
    parser.add_argument("--site", type=Path, default=SITE, help="the folder to serve")
    chosen = parser.parse_args(arguments)
    if not (chosen.site / "index.html").is_file():
        print(f"No book in {chosen.site}: build it first with `make site`.", file=sys.stderr)
        return 2
    try:
        server = Server((HOST, chosen.port), partial(Handler, directory=str(chosen.site)))
    except OSError as problem:
        print(
            f"Port {chosen.port} of {HOST} cannot be used ({problem.strerror}): "
            "choose another with PORT=8001 or --port 8001.",
            file=sys.stderr,
        )
        return 2
    print(f"The book is at http://{HOST}:{server.server_port}/ (stop with Ctrl-C)", flush=True)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
