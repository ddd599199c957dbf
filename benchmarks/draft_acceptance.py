"""How much of a draft's text the model accepts, on held-out prompts, by draft and kind of text.

    python -m benchmarks.draft_acceptance FOLDER

FOLDER holds the corpus (benchmarks/draft_corpus.py); its held-out part is read, and for the
least-squares drafts the trained part too. A few short texts are kept in the record, with what the
trained draft reaches on them, so that a test can compute it again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.draft_data import Text, read_texts
from benchmarks.draft_measure import (
    PLACES,
    Contender,
    early_outputs,
    everything,
    layer_outputs,
    linear_outputs,
    measured,
    medusa_outputs,
    true_states,
)
from benchmarks.draft_prompts import KINDS
from benchmarks.draft_start import fitted_map
from benchmarks.provenance import provenance
from benchmarks.speculation_tables import rewrite
from tokenworks.model import LanguageModel, load
from tokenworks.model.compile_cache import enable_compile_cache
from tokenworks.speculation import EagleDraft, draft_record, fit_medusa, trained_draft

RESULT = Path(__file__).parent / "results" / "draft_acceptance.json"
FITTED_TEXTS = 800  # texts that the closed-form drafts are fitted on
KEPT, SHORT = 2, 150  # texts of each kind and temperature in the record, and their most tokens


def main() -> None:
    """Measure, print and record."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    chosen = options.parse_args()
    enable_compile_cache()
    lm = load()
    held_out = read_texts(chosen.folder, "held_out")
    draft = trained_draft(lm)
    runs = drafts(lm, read_texts(chosen.folder, "trained")[:FITTED_TEXTS], draft)
    record = provenance("python -m benchmarks.draft_acceptance FOLDER", ("jax", "jaxlib", "numpy"))
    record |= {
        "prompts": {kind: sum(t.kind == kind for t in held_out) // 2 for kind in KINDS},
        "tokens judged": sum(max(0, len(t.answer) - PLACES) for t in held_out),
        "places": PLACES,
        "draft": draft_record()["sha256"],
    }
    record["coverage with the prompt's own tokens"] = covered(held_out, proposals(draft))
    exact = true_states(lm)
    record["drafts"] = measured(lm, runs, held_out, states_of=exact)
    few = shortest(held_out)
    record["few"] = {
        "texts": [as_row(text) for text in few],
        "trained": measured(lm, {"trained": runs["trained"]}, few, states_of=exact)["trained"],
    }
    RESULT.write_text(json.dumps(record) + "\n")
    rewrite()
    print(json.dumps(record["drafts"], indent=1))


def drafts(lm: LanguageModel, texts: list[Text], draft: EagleDraft) -> dict[str, Contender]:
    """Return what is measured, by name: all but the early exit propose the same tokens."""
    heads = fit_medusa(lm, [text.states.astype(np.float32) for text in texts], PLACES)
    outputs = {
        "Medusa heads": medusa_outputs(heads.matrices, heads.intercepts),
        "least squares": linear_outputs(lm, fitted_map(lm, texts)),
        "trained": layer_outputs(lm, draft.weights),
    }
    exit_half = Contender(early_outputs(lm, lm.spec.n_layers // 2), everything(lm))
    proposed = proposals(draft)
    return {"early exit": exit_half} | {
        name: Contender(each, proposed) for name, each in outputs.items()
    }


def proposals(draft: EagleDraft) -> Any:
    """Return what a trained draft may propose after a text's prompt."""
    return lambda text: np.array(
        [*draft.vocabulary.tolist(), *draft.spare(text.ids[: text.prompt].tolist())]
    )


def covered(texts: list[Text], proposed: Callable[[Text], np.ndarray]) -> dict[str, float]:
    """Return the share of the answers' tokens that the draft may propose, by kind."""
    inside = {
        kind: np.concatenate([np.isin(t.answer, proposed(t)) for t in texts if t.kind == kind])
        for kind in KINDS
    }
    return {kind: round(float(each.mean()), 4) for kind, each in inside.items()}


def shortest(texts: list[Text]) -> list[Text]:
    """Return the first short texts of each kind and temperature."""
    short = [text for text in texts if len(text.ids) <= SHORT and len(text.answer) > 2 * PLACES]
    return [
        text
        for kind in KINDS
        for heat in (0.0, 1.0)
        for text in [t for t in short if (t.kind, t.temperature) == (kind, heat)][:KEPT]
    ]


def as_row(text: Text) -> dict[str, Any]:
    """Return a text as the record keeps it."""
    fields = ("prompt", "kind", "temperature", "number")
    return {name: getattr(text, name) for name in fields} | {"ids": text.ids.tolist()}


def from_row(row: dict[str, Any]) -> Text:
    """Return a text of the record; its states are not kept."""
    return Text(**row | {"ids": np.array(row["ids"], np.int32), "states": np.zeros((0, 0))})


if __name__ == "__main__":
    main()
