"""Speculative decoding: a draft writes ahead, the model checks all of it in one pass.

- `draft`: what a draft is, and what it hands over
- `rejection`: which of its tokens stand, so that the law of the text stays the model's own
- `text_law`: that law, enumerated
- `speculation`, `draft_length`: a draft and how far it runs ahead
- `lookup`, `suffix_automaton`: drafts that copy on from an earlier place of the text
- `model_draft`: the model's own first layers, or its weights in fewer bits, as a draft
- `eagle`, `draft_layer`, `draft_file`: a trained layer that continues the model's states
- `medusa`, `least_squares`: heads that reach further ahead, and how both drafts start
- `named_drafts`: those of them that a command line can ask for
- `loop`, `counts`: one text, against a dense cache, and what became of its drafts
- `tree`, `tree_loop`: the same with several guesses for a place
"""

from typing import TYPE_CHECKING

from tokenworks import no_tpu as no_tpu  # before JAX starts: no search for a TPU where none is
from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.speculation.counts import Counts as Counts
    from tokenworks.speculation.draft import Draft as Draft
    from tokenworks.speculation.draft import Drafted as Drafted
    from tokenworks.speculation.draft import DraftSequence as DraftSequence
    from tokenworks.speculation.draft import check_vocabulary as check_vocabulary
    from tokenworks.speculation.draft import drafted as drafted
    from tokenworks.speculation.draft_file import draft_record as draft_record
    from tokenworks.speculation.draft_file import trained_draft as trained_draft
    from tokenworks.speculation.draft_length import DraftLength as DraftLength
    from tokenworks.speculation.eagle import EagleDraft as EagleDraft
    from tokenworks.speculation.least_squares import LeastSquares as LeastSquares
    from tokenworks.speculation.lookup import PromptLookup as PromptLookup
    from tokenworks.speculation.lookup import SuffixLookup as SuffixLookup
    from tokenworks.speculation.loop import Speculated as Speculated
    from tokenworks.speculation.loop import speculate as speculate
    from tokenworks.speculation.medusa import MedusaDraft as MedusaDraft
    from tokenworks.speculation.medusa import fit_medusa as fit_medusa
    from tokenworks.speculation.model_draft import ModelDraft as ModelDraft
    from tokenworks.speculation.model_draft import early_exit as early_exit
    from tokenworks.speculation.model_draft import quantized_draft as quantized_draft
    from tokenworks.speculation.named_drafts import named_draft as named_draft
    from tokenworks.speculation.rejection import Verdict as Verdict
    from tokenworks.speculation.rejection import acceptance as acceptance
    from tokenworks.speculation.rejection import check_drafted as check_drafted
    from tokenworks.speculation.rejection import replacement as replacement
    from tokenworks.speculation.rejection import residual as residual
    from tokenworks.speculation.rejection import verify as verify
    from tokenworks.speculation.speculation import Speculation as Speculation
    from tokenworks.speculation.text_law import output_law as output_law
    from tokenworks.speculation.text_law import plain_law as plain_law
    from tokenworks.speculation.text_law import tree_law as tree_law
    from tokenworks.speculation.tree import DraftedTree as DraftedTree
    from tokenworks.speculation.tree import TreeDraftSequence as TreeDraftSequence
    from tokenworks.speculation.tree import TreeVerdict as TreeVerdict
    from tokenworks.speculation.tree import grow_tree as grow_tree
    from tokenworks.speculation.tree import verify_tree as verify_tree
    from tokenworks.speculation.tree_loop import speculate_tree as speculate_tree
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
