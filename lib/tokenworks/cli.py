"""The command line: `tokenworks generate`, `serve`, `kv`, `fit`, `plan`, and the tables.

Exit codes: 0 done, 1 the weights cannot be fetched or read, 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, NoReturn

from tokenworks.commands.arguments import natural
from tokenworks.commands.fit import add_fit
from tokenworks.commands.kv import add_kv
from tokenworks.commands.plan import add_plan
from tokenworks.commands.prices import add_prices
from tokenworks.commands.serve import add_serve
from tokenworks.commands.step import add_step
from tokenworks.commands.tpu import add_tpu
from tokenworks.commands.validate import add_validate
from tokenworks.cost.parameters import parameter_count
from tokenworks.printed_table import table
from tokenworks.specs import chip, chips, model_spec, model_specs
from tokenworks.units import show_as

GENERATE_HELP = """examples:
  tokenworks generate "The capital of France is" --tokens 40 --temperature 0
  tokenworks generate "Why is the sky blue?" --chat --top-p 0.9 --seed 7 --json

The first run fetches the weights (93 MB) into a cache folder; TOKENWORKS_CACHE moves it."""
TABLE_HELP = """examples:
  tokenworks {0}
  tokenworks {0} {1} --json"""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Print the complaint and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except (ValueError, KeyError, OSError) as error:
        return _report(error)
    except ModuleNotFoundError as error:
        return _missing(options, error)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130
    return 0


def _report(error: Exception) -> int:
    if isinstance(error, BrokenPipeError):  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    message = error.args[0] if isinstance(error, KeyError) else error
    sys.stderr.write(f"tokenworks: {message}\n")
    return 1 if isinstance(error, OSError) else 2


def _missing(options: argparse.Namespace, error: ModuleNotFoundError) -> int:
    """Name the extra that brings what could not be imported, if the command has one."""
    if options.extra is None or (error.name or "").startswith("tokenworks"):
        raise error
    needs = f"tokenworks {options.command} needs the extra {options.extra}"
    sys.stderr.write(f"{needs}: pip install 'tokenworks[{options.extra}]'\n")
    return 2


def parser() -> Parser:
    """Return the parser of every command."""
    top = Parser(prog="tokenworks", description="LLM inference, computed.")
    top.set_defaults(extra=None)  # of the package, without which a command cannot run
    commands = top.add_subparsers(
        title="commands", required=True, metavar="COMMAND", dest="command"
    )
    _add_generate(commands)
    tables: list[tuple[str, str, Callable[[argparse.Namespace], None]]] = [
        ("models", "llama-3-70b", _models),
        ("chips", "h100-sxm", _chips),
    ]
    for name, example, run in tables:
        about = f"the {name} that the book computes with, and their sources"
        sub = _command(commands, name, about, epilog=TABLE_HELP.format(name, example))
        sub.add_argument("name", nargs="?", metavar="NAME", help="only this one")
        sub.add_argument("--json", action="store_true", help="print every field as JSON")
        sub.set_defaults(run=run)
    add_prices(partial(_command, commands))
    add_kv(partial(_command, commands))
    add_fit(partial(_command, commands))
    add_step(partial(_command, commands))
    add_plan(partial(_command, commands))
    add_tpu(partial(_command, commands))
    add_validate(partial(_command, commands))
    add_serve(partial(_command, commands))
    return top


def _command(commands: Any, name: str, about: str, *, epilog: str) -> Parser:
    raw = argparse.RawDescriptionHelpFormatter
    return commands.add_parser(
        name, help=about, description=about, epilog=epilog, formatter_class=raw
    )


def _add_generate(commands: Any) -> None:
    sub = _command(
        commands, "generate", "continue a text with the real model", epilog=GENERATE_HELP
    )
    sub.add_argument("prompt", type=_prompt, metavar="PROMPT", help="the text to continue")
    add = sub.add_argument
    add("--tokens", type=natural, default=40, metavar="N", help="at most this many (default 40)")
    add("--temperature", type=float, default=1.0, help="0 is greedy (default 1)")
    add("--top-k", type=int, metavar="K", help="keep the K most probable tokens")
    add("--top-p", type=float, default=1.0, metavar="P", help="keep the smallest set worth P")
    add("--min-p", type=float, default=0.0, metavar="P", help="keep those above P × the best")
    add("--seed", type=int, default=0, help="of the draws (default 0)")
    add("--chat", action="store_true", help="wrap the prompt in the chat template")
    add("--stop", action="append", default=[], metavar="TEXT", help="end before this text")
    add("--no-stop", action="store_true", help="go on after the end-of-sequence token")
    add("--no-cache", action="store_true", help="recompute everything for every token")
    add("--json", action="store_true", help="print one object instead of the text")
    sub.set_defaults(run=_generate, extra="model")


def _prompt(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the prompt is empty")
    return text


def _generate(options: argparse.Namespace) -> None:
    from tokenworks import model  # JAX takes a second to import; the tables do without it

    sampling = model.Sampling(
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        min_p=options.min_p,
        seed=options.seed,
    )
    answer: Any = (model.generate if options.json else model.stream)(
        model.load(),
        options.prompt,
        max_tokens=options.tokens,
        sampling=sampling,
        stop=options.stop,
        chat=options.chat,
        ignore_eos=options.no_stop,
        cached=not options.no_cache,
    )
    if options.json:
        print(json.dumps(asdict(answer)))
        return
    for step in answer:
        print(step.text, end="", flush=True)
    print()


def _models(options: argparse.Namespace) -> None:
    rows = model_specs() if options.name is None else [model_spec(options.name)]
    shown = [
        {
            "model": row.name,
            "parameters": show_as(parameter_count(row), "params"),
            "layers": row.n_layers,
            "width": row.d_model,
            "query/KV heads": f"{row.n_heads}/{row.n_kv_heads}",
            "vocabulary": row.vocab_size,
            "context": row.context_tokens,
            "source": row.source,
            "accessed": row.accessed,
        }
        for row in rows
    ]
    _print_table(rows, shown, as_json=options.json)


def _chips(options: argparse.Namespace) -> None:
    rows = chips() if options.name is None else [chip(options.name)]
    shown = [
        {
            "chip": row.name,
            "sold as": row.marketed,
            "physical": _memory_text(row.physical_bytes),
            "usable": _memory_text(row.usable_bytes),
            "bandwidth": show_as(row.hbm_bytes_per_s, "bytes_per_s"),
            "bf16": show_as(row.bf16_flops_per_s, "flops_per_s"),
            "source": row.source,
            "accessed": row.accessed,
        }
        for row in rows
    ]
    _print_table(rows, shown, as_json=options.json)


def _memory_text(size: int | None) -> str:
    return "not known" if size is None else show_as(size, "bytes")


def _print_table(rows: list[Any], shown: list[dict[str, Any]], *, as_json: bool) -> None:
    print(json.dumps([asdict(row) for row in rows], indent=2) if as_json else repr(table(shown)))
