"""Public clients of OpenAI's interface against the server, each with its own defaults.

The clients are installed from the configured package indexes into `.venv-clients`, lm-eval into
`.venv-lm-eval`, those of JavaScript into `.venv-node`; none is a dependency of this project. The
server is started here, on loopback, and what clients report home is turned off. Some set no limit,
and are answered to the end of the context; at 1,536 tokens that takes minutes and not an hour.

    python -m benchmarks.clients [--only openai,lm_eval]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.client_lm_eval import evaluated
from benchmarks.provenance import ROOT, provenance

HERE = Path(__file__).parent
RESULT = HERE / "results" / "clients.json"
MODEL = "smollm2-135m"
PYTHON_CLIENTS = (
    "openai",
    "litellm",
    "langchain-openai",
    "llama-index-llms-openai-like",
    "instructor",
    "pydantic-ai-slim",
)
NODE_CLIENTS = {
    "openai": ("openai",),
    "ai": ("ai", "@ai-sdk/openai-compatible", "zod"),
    "promptfoo": ("promptfoo",),
}
CONTEXT = "1536"
LIMIT_SECONDS = 900
QUIET = {
    "ANONYMIZED_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "NO_PROXY": "127.0.0.1",
    "OPENAI_API_KEY": "none",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
}
Features = dict[str, str]


def main() -> None:
    """Install, run, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default="", help="names, with commas between them")
    only = options.parse_args().only.split(",")
    found = json.loads(RESULT.read_text("utf-8"))["clients"] if RESULT.exists() else {}
    record = provenance("python -m benchmarks.clients", ("starlette", "uvicorn", "llguidance"))
    with server() as url:
        for name, (version, run) in runs().items():
            if only == [""] or name in only:
                found[name] = {"version": version()} | {"features": run(url)}
                print(name, json.dumps(found[name]), flush=True)
                text = json.dumps(record | {"clients": found}, indent=1)
                RESULT.write_text(f"{text}\n", encoding="utf-8")
    if any(said != "ok" for each in found.values() for said in each["features"].values()):
        raise SystemExit(1)


def runs() -> dict[str, tuple[Callable[[], str], Callable[[str], Features]]]:
    """Return how each client is installed (which gives its version) and run, by name."""
    python = {
        name: (lambda name=name: python_client(name), lambda url, name=name: checked(name, url))
        for name in PYTHON_CLIENTS
    }
    node: dict[str, Any] = {
        f"{name} (node)": (
            lambda name=name: node_client(name),
            lambda url, name=name: js(name, url),
        )
        for name in ("openai", "ai")
    }
    node["promptfoo"] = (lambda: node_client("promptfoo"), promptfoo)
    return python | node | {"lm_eval": (lm_eval_client, lm_eval)}


@contextmanager
def server() -> Iterator[str]:
    """Serve the real model on a free port, and yield its address."""
    command = [sys.executable, "-m", "tokenworks", "serve", "--port", "0", "--json"]
    command += ["--context", CONTEXT]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(60)


def python_client(name: str, folder: str = ".venv-clients") -> str:
    """Install a client into an environment of its own; return its version."""
    python = ROOT / folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ROOT / folder], check=True)
    plain = name.split("[")[0]
    shown = [python, "-c", f"from importlib.metadata import version; print(version('{plain}'))"]
    done = subprocess.run(shown, capture_output=True, text=True, check=False)
    if done.returncode:
        extra = ["openai"] if name == "instructor" else []
        wanted = "pydantic-ai-slim[openai]" if name == "pydantic-ai-slim" else name
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, wanted, *extra], check=True)
        done = subprocess.run(shown, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def checked(name: str, url: str) -> Features:
    """Run the checks of one Python client."""
    python = ROOT / ".venv-clients" / "bin" / "python"
    return features([python, HERE / "client_checks.py", name, f"{url}/v1"])


def node_client(name: str) -> str:
    """Install a client of JavaScript; return its version."""
    folder = ROOT / ".venv-node"
    folder.mkdir(exist_ok=True)
    package = NODE_CLIENTS[name][0]
    manifest = folder / "node_modules" / package / "package.json"
    if not manifest.exists():
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", folder]
        subprocess.run([*command, *NODE_CLIENTS[name]], check=True)
    return json.loads(manifest.read_text("utf-8"))["version"]


def js(name: str, url: str) -> Features:
    """Run the checks of one client of JavaScript."""
    script = HERE / "client_checks.mjs"
    return features(["node", script, name, f"{url}/v1"], folder=ROOT / ".venv-node")


def features(command: list[Any], folder: Path = ROOT) -> Features:
    """Run checks that print one JSON object; what prevents that is a finding as well."""
    environment = os.environ | QUIET
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return {"all": f"not done after {LIMIT_SECONDS} s"}
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"all": (done.stderr or done.stdout)[-300:]}


def promptfoo(url: str) -> Features:
    """Evaluate two prompts by both interfaces."""
    shared = {"config": {"apiBaseUrl": f"{url}/v1", "apiKey": "none"}}
    kinds = ("chat", "completion")
    config = {
        "prompts": ["Say hello to {{name}}."],
        "providers": [{"id": f"openai:{kind}:{MODEL}", **shared} for kind in kinds],
        "tests": [{"vars": {"name": name}} for name in ("Ann", "Bob")],
    }
    folder = ROOT / ".venv-node"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    command = ["npx", "--no-install", "promptfoo", "eval", "-c", "config.json", "--no-cache"]
    command += ["--no-table", "--no-progress-bar", "-o", "answers.json"]
    subprocess.run(
        command,
        cwd=folder,
        env=os.environ | QUIET | {"PROMPTFOO_CONFIG_DIR": str(folder / "home")},
        capture_output=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )
    results = json.loads((folder / "answers.json").read_text("utf-8"))["results"]["results"]
    found = dict.fromkeys(kinds, "ok")
    for one in results:
        if not one["success"]:
            found[one["provider"]["id"].split(":")[1]] = str(one.get("error"))[:300]
    return found


def lm_eval_client() -> str:
    """Install lm-eval with what its clients of servers need; that has no PyTorch in it."""
    return python_client("lm_eval[api]", ".venv-lm-eval")


def lm_eval(url: str) -> Features:
    """Score choices by the log-probabilities of prompts, and let answers be written."""
    program = ROOT / ".venv-lm-eval" / "bin" / "lm_eval"
    return evaluated(program, url, model=MODEL, environment=os.environ | QUIET)


if __name__ == "__main__":
    main()
