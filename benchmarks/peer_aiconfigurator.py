"""AIConfigurator and we predict the same served rows; who is closer, and how sure is that.

    python3.11 -m venv /tmp/aiconfigurator
    /tmp/aiconfigurator/bin/pip install aiconfigurator==0.12.0
    rm /tmp/aiconfigurator/lib/*/site-packages/aiconfigurator_core/systems/silicon_sample.csv
    python -m benchmarks.peer_aiconfigurator [--peer /tmp/aiconfigurator/bin/python]
    python -m benchmarks.peer_aiconfigurator --ours

The last one needs no peer: it puts our predictions of today beside the answers on record.

The peer (https://github.com/ai-dynamo/aiconfigurator, Apache-2.0) has its own environment: it is
no dependency, and CI does not run it. The third line takes away the served rows in its wheel, a
quarter of which is kept for a blind test; it reads them nowhere.

It is asked in its fairest setting: first the number formats that a label leaves open, chosen for
each model, format, backend and chip; then how it models the scheduler, chosen once for all rows.
Both are chosen on the very rows that score it, in its favour. Beside `peer` stand `peer_unseen`,
whose formats are chosen on the other configurations alone, and `peer_as_labelled`, with those of
its own checkpoints; in both it models the scheduler as it does by itself.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.aiconfigurator_jobs import (
    DATABASES,
    SETTINGS,
    Answer,
    Modes,
    Peer,
    job,
    ways,
)
from benchmarks.peer_summary import METRICS, rows_of, score, summary
from benchmarks.provenance import provenance
from tokenworks.data.silicon import LICENCE, ServedRow, end_to_end_rows
from tokenworks.row_flags import flag_of
from tokenworks.validate import predict_rows

RESULT = Path(__file__).parent / "results" / "peer_aiconfigurator.json"
PEER = Path("/tmp/aiconfigurator/bin/python")
COLUMNS = (  # of the record's rows; times in ms
    *("row", "configuration", "class", "flag", "formats", "database", "fits", "reason"),
    *("tpot", "tpot_peer", "tpot_peer_unseen", "tpot_peer_as_labelled", "tpot_ours"),
    *("ttft", "ttft_peer", "ttft_peer_unseen", "ttft_peer_as_labelled", "ttft_ours"),
)
# What else is scored for the record, in the default setting: its tables alone, its formulas alone.
OTHER_DATABASES = (["SILICON"], ["EMPIRICAL"], ["SOL"])
OVERLAP = (
    "The wheel carries these served rows as systems/silicon_sample.csv. Its code says of what it "
    "adds to vLLM's first token (0.8 ms a layer, 1 + log2(batch) / 8) that it was calibrated to "
    "'the full silicon corpus' (sdk/backends/vllm_backend.py), and of the three steps that it "
    "leaves out of TPOT for TensorRT-LLM and SGLang that they are an 'empirical correction'. Its "
    "TTFT of vLLM is in sample. Its kernel tables are those that our constants are fitted to."
)
COMMAND = "python -m benchmarks.peer_aiconfigurator"


def main() -> None:
    """Ask both, compare, record and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--peer", type=Path, default=PEER, help="the Python that has it")
    options.add_argument("--ours", action="store_true", help="keep what it answered last time")
    chosen, rows = options.parse_args(), end_to_end_rows()
    if chosen.ours:
        asked = json.loads(RESULT.read_text(encoding="utf-8"))
        table = rows_of(asked)
    else:
        peer = Peer(chosen.peer)
        asked, table = ask(rows, peer)
        asked["peer"] = provenance(f"{COMMAND} --peer", ()) | {"versions": peer.versions}
    record = provenance(COMMAND + " --ours" * chosen.ours, ("numpy",))
    record |= {"licence": LICENCE, "overlap": OVERLAP}
    record |= {key: asked[key] for key in ("peer", "its_tables", "fairest", "settings")}
    for place, row in enumerate(table):
        row |= blank(place, rows[place])
    for row, flag, own in zip(table, flag_of(rows), ours(rows), strict=True):
        row |= {"flag": flag, **own}
    cells = [[rounded(row[column]) for column in COLUMNS] for row in table]
    record |= {"columns": COLUMNS, "rows": cells}
    record["summary"] = summary(rows_of(record))
    RESULT.write_text(text(record), encoding="utf-8")
    print(json.dumps({k: record[k] for k in ("fairest", "settings", "summary")}, indent=1))


def ask(rows: Sequence[ServedRow], peer: Peer) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return its fairest setting with the score of every other, and a table of its answers."""
    table = [dict.fromkeys(COLUMNS) | blank(i, row) for i, row in enumerate(rows)]
    for row, flag in zip(table, flag_of(rows), strict=True):
        row["flag"] = flag
    chosen = choose_formats(rows, table, peer)
    tried = [{**setting, "databases": DATABASES} for setting in SETTINGS]
    tried += [{**SETTINGS[0], "databases": databases} for databases in OTHER_DATABASES]
    jobs = [job(rows[i], modes) for i, modes in chosen.items()]
    answers = dict(zip(chosen, peer.answers(jobs, tried), strict=True))
    scores = {
        metric: [
            scored(table, {i: a[s] for i, a in answers.items()}, metric) for s in range(len(tried))
        ]
        for metric in METRICS
    }
    best = {m: min(range(len(SETTINGS)), key=lambda s: scores[m][s]["median"]) for m in METRICS}
    for i, answer in answers.items():
        for metric in METRICS:
            fill(table[i], answer[best[metric]], "peer", metrics=[metric])
        table[i] |= {key: answer[best["tpot"]].get(key) for key in ("database", "fits", "reason")}
        table[i]["formats"] = " ".join(chosen[i].values()) or "of its checkpoint"
    found = {
        "its_tables": its_tables(rows, {i: a[best["tpot"]] for i, a in answers.items()}),
        "fairest": {metric: tried[place] for metric, place in best.items()},
        "settings": [
            {**how, **{metric: scores[metric][s] for metric in METRICS}}
            for s, how in enumerate(tried)
        ],
    }
    return found, table


def ours(rows: Sequence[ServedRow]) -> list[dict[str, Any]]:
    """Return each row's class and our times of it, in ms, under the names of their columns."""
    found: list[dict[str, Any]] = [{} for _ in rows]
    for one in predict_rows(rows):
        metric = one.metric.removesuffix("_ms")
        found[one.row] |= {"class": one.group, f"{metric}_ours": one.predicted}
    return found


def blank(place: int, row: ServedRow) -> dict[str, Any]:
    """Return what a row of the table says before anybody has predicted it."""
    labels = (row.model, row.system, row.backend, row.precision)
    layout = f"{row.gpus} chips, ep {row.ep}, dpa {row.dpa}"
    times = {"tpot": row.tpot_seconds, "ttft": row.ttft_seconds}
    return {
        "row": place,
        "configuration": f"{' '.join(labels)} {layout}",
        **{name: 1e3 * seconds for name, seconds in times.items() if seconds},
    }


def fill(
    row: dict[str, Any], answer: Answer, predictor: str, *, metrics: Sequence[str] = METRICS
) -> None:
    """Put what the peer said of a row into the table."""
    for metric in metrics:
        row[f"{metric}_{predictor}"] = answer.get(f"{metric}_ms")


def choose_formats(
    rows: Sequence[ServedRow], table: list[dict[str, Any]], peer: Peer
) -> dict[int, Modes]:
    """Return the formats that suit it best, for each row that is a deployment.

    One choice for each model, format, backend and chip: the way that answers most of the rows
    without a flag and, of those, the one with the lowest mean error of TPOT. Fills in what it says
    by its checkpoints, and by the choice that the other configurations of a group make.
    """
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        try:
            job(row, {})
        except ValueError as error:
            table[i]["reason"] = str(error)
            continue
        groups[row.model, row.precision, row.backend, row.system].append(i)
    asked = [(i, way) for group in groups.values() for i in group for way in ways(rows[i])]
    default = [{**SETTINGS[0], "databases": DATABASES}]
    found = peer.answers([job(rows[i], way) for i, way in asked], default)
    answers: dict[int, list[Answer]] = defaultdict(list)
    for (i, _), (answer,) in zip(asked, found, strict=True):
        answers[i].append(answer)
    chosen: dict[int, Modes] = {}
    for group in groups.values():
        tried = ways(rows[group[0]])
        best = tried[best_way(table, {i: answers[i] for i in group})]
        for i in group:
            fill(table[i], answers[i][0], "peer_as_labelled")
            chosen[i] = best
        for mine in dict.fromkeys(table[i]["configuration"] for i in group):
            here = [i for i in group if table[i]["configuration"] == mine]
            rest = {i: answers[i] for i in group if i not in here}
            way = best_way(table, rest) if rest else 0
            for i in here:
                said = answers[i][way]
                fill(table[i], said if "tpot_ms" in said else answers[i][0], "peer_unseen")
    return chosen


def best_way(table: list[dict[str, Any]], answers: dict[int, list[Answer]]) -> int:
    """Return the way that answers most of these rows and, of those, is closest in the mean."""
    ways_tried = range(len(next(iter(answers.values()))))
    results = [scored(table, {i: a[w] for i, a in answers.items()}, "tpot") for w in ways_tried]
    return min(ways_tried, key=lambda w: (-results[w]["count"], results[w]["mean"]))


def scored(
    table: list[dict[str, Any]], answers: dict[int, Answer], metric: str
) -> dict[str, float]:
    """Return count, mean, median and P90 of the peer's error over the rows without a flag."""
    rows = [
        {metric: table[i][metric], f"{metric}_peer": answer.get(f"{metric}_ms")}
        for i, answer in answers.items()
        if table[i]["flag"] == "ok" and table[i][metric]
    ]
    return score(rows, metric, "peer")


def its_tables(rows: Sequence[ServedRow], answers: dict[int, Answer]) -> dict[str, int]:
    """Count the answers by the version of its tables and by where they come from."""
    found: dict[str, int] = defaultdict(int)
    for i, answer in answers.items():
        if "tpot_ms" in answer:
            found[f"{rows[i].backend} {answer['version']} {answer['database']}"] += 1
    return dict(sorted(found.items()))


def rounded(value: Any) -> Any:
    """Return a time with five significant digits; anything else as it is."""
    return float(f"{value:.5g}") if isinstance(value, float) else value


def text(record: dict[str, Any]) -> str:
    """Return the record as JSON with one served row a line."""
    lines = ",\n".join(f"  {json.dumps(row)}" for row in record["rows"])
    head = json.dumps({key: value for key, value in record.items() if key != "rows"}, indent=1)
    return f'{head[:-2]},\n "rows": [\n{lines}\n ]\n}}\n'


if __name__ == "__main__":
    main()
