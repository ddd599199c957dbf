"""What a reader downloads for each page of the book before touching anything, compressed.

`python -m tools.site_weight` prints kilobytes per page of the site in `_build/html`.
"""

from __future__ import annotations

import gzip
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.book import SITE

LOADED = {"img": "src", "script": "src", "source": "src", "iframe": "src", "link": "href"}
LINKS = {"stylesheet", "icon", "shortcut icon", "preload", "prefetch", "modulepreload"}


class Resources(HTMLParser):
    """Collects the addresses that a browser fetches by itself while it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a tag that loads something."""
        found = dict(attrs)
        address = found.get(LOADED.get(tag, ""))
        if address and (tag != "link" or found.get("rel") in LINKS):
            self.addresses.append(address)


def resources(page: Path) -> list[str]:
    """Return the addresses that a page loads, as written in it."""
    parser = Resources()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.addresses


def style_addresses(sheet: str) -> list[str]:
    """Return the addresses that a style sheet names, inline data left out."""
    found = re.findall(r"""(?:url\(|@import\s+)["']?([^"')\s;]+)""", sheet)
    return [address for address in found if not address.startswith(("data:", "#"))]


def files(page: Path) -> set[Path]:
    """Return the page and every file of the site that it loads, style sheets followed."""
    seen, waiting = {page}, [(page, address) for address in resources(page)]
    while waiting:
        origin, address = waiting.pop()
        path = (origin.parent / unquote(urlsplit(address).path)).resolve()
        if path in seen or address.startswith("data:"):
            continue
        seen.add(path)
        if path.suffix == ".css":
            waiting += [(path, name) for name in style_addresses(path.read_text(encoding="utf-8"))]
    return seen


def transfer_bytes(page: Path) -> int:
    """Return the bytes of a page and all that it loads, each file in gzip."""
    return sum(len(gzip.compress(path.read_bytes())) for path in files(page))


def main() -> int:
    """Print the weight of each page and of the whole site."""
    pages = sorted(SITE.rglob("*.html"))
    if not pages:
        print("No built site: run `make site` first.", file=sys.stderr)
        return 2
    for page in pages:
        print(f"{transfer_bytes(page) / 1e3:8.1f} KB  {page.relative_to(SITE)}")
    total = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    print(f"{total / 1e6:8.1f} MB  all files, not compressed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
