"""Drafts by name, for a command line: what one of them needs is imported when it is made."""

from __future__ import annotations

from typing import Any

DRAFTS = {
    "prompt-lookup": "what followed the last 2 to 4 tokens where they stood before",
    "suffix-lookup": "what followed the longest end of the text that stood before",
    "early-exit": "the model's first half of layers",
    "eagle": "a trained layer on the model's last state, for SmolLM2-135M alone",
}


def named_draft(name: str, lm: Any) -> Any:
    """Return the draft of a name for a LanguageModel; another name raises ValueError."""
    if name == "prompt-lookup":
        from tokenworks.speculation.lookup import PromptLookup

        return PromptLookup(lm.spec.vocab_size)
    if name == "suffix-lookup":
        from tokenworks.speculation.lookup import SuffixLookup

        return SuffixLookup(lm.spec.vocab_size)
    if name == "early-exit":
        from tokenworks.speculation.model_draft import early_exit

        return early_exit(lm, max(1, lm.spec.n_layers // 2))
    if name == "eagle":
        from tokenworks.speculation.draft_file import trained_draft

        return trained_draft(lm)
    raise ValueError(f"a draft is one of {', '.join(DRAFTS)}, got {name!r}")
