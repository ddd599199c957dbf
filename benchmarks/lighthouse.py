"""Audit every page of the built book with Lighthouse (mobile) and record the scores.

`python -m benchmarks.lighthouse` needs `npx` and Chromium, serves `_build/html` as `make read`
does, and rewrites `benchmarks/results/lighthouse.json`.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import threading
from datetime import date
from functools import partial

from tools.book import SITE
from tools.browser import chromium
from tools.repository import ROOT
from tools.serve import HOST, Handler, Server

RECORD = ROOT / "benchmarks" / "results" / "lighthouse.json"
FLAGS = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
ROUNDS = 3  # the median counts: other programs on the machine slow single rounds
ATTEMPTS = 3  # the browser's start fails at times on a busy machine
MEASURES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
MEASURES += ("cumulative-layout-shift", "total-byte-weight")


def audit(url: str, runner: list[str]) -> dict:
    """Run Lighthouse on one address and return its report."""
    command = [*runner, url, "--quiet", "--output=json", f"--chrome-flags={FLAGS}"]
    command.append(f"--chrome-path={chromium()}")
    for _ in range(ATTEMPTS):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0:
            return json.loads(done.stdout)
    raise RuntimeError(f"Lighthouse failed {ATTEMPTS} times on {url}:\n{done.stderr}")


def result(reports: list[dict]) -> dict:
    """Keep the scores of a page in percent, all rounds of the speed, and the main measures."""
    middle = sorted(reports, key=lambda report: report["categories"]["performance"]["score"])
    report = middle[len(middle) // 2]
    scores = {name: round(100 * part["score"]) for name, part in report["categories"].items()}
    rounds = [round(100 * each["categories"]["performance"]["score"]) for each in reports]
    measures = {name: round(report["audits"][name]["numericValue"], 3) for name in MEASURES}
    return {"scores": scores, "performance_rounds": rounds, "measures": measures}


def main(runner: list[str]) -> int:
    """Audit the pages that a reader opens, print the scores and record them."""
    found = sorted([*SITE.glob("book/*.html"), *SITE.glob("chapters/*.html")])
    pages = [page.relative_to(SITE).with_suffix("").as_posix() for page in found] + ["search"]
    with Server((HOST, 0), partial(Handler, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://{HOST}:{server.server_port}"
        reports = {
            page: [audit(f"{base}/{page}.html", runner) for _ in range(ROUNDS)] for page in pages
        }
        server.shutdown()
    one = reports[pages[0]][0]
    record = {
        "date": date.today().isoformat(),
        "command": "python -m benchmarks.lighthouse",
        "lighthouse": one["lighthouseVersion"],
        "browser": one["environment"]["hostUserAgent"],
        "form_factor": one["configSettings"]["formFactor"],
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "pages": {page: result(rounds) for page, rounds in reports.items()},
    }
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    for page, entry in record["pages"].items():
        print(page, entry["scores"], entry["performance_rounds"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["npx", "--yes", "lighthouse"]))
