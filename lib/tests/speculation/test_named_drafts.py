import subprocess
import sys

import pytest

from tokenworks.speculation import EagleDraft, named_draft
from tokenworks.speculation.named_drafts import DRAFTS


def test_every_name_is_a_draft_for_the_models_vocabulary(tiny):
    for name in DRAFTS.keys() - {"eagle"}:
        assert named_draft(name, tiny).vocab_size == tiny.spec.vocab_size
    assert named_draft("early-exit", tiny).spec.n_layers == tiny.spec.n_layers // 2


@pytest.mark.model
def test_the_trained_draft_has_a_name_too(lm, tiny):
    assert isinstance(named_draft("eagle", lm), EagleDraft)
    with pytest.raises(ValueError, match="not of tiny"):
        named_draft("eagle", tiny)


def test_another_name_is_refused_with_those_there_are(tiny):
    with pytest.raises(ValueError, match="a draft is one of prompt-lookup, suffix-lookup"):
        named_draft("ngram", tiny)


def test_the_names_are_known_without_numpy():
    code = "import sys, tokenworks.speculation.named_drafts; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
