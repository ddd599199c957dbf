"""Families without a cache that grows with the text, or whose state is not described here."""

from __future__ import annotations

# Families that keep no cache, or a state that is not described, whose configs look as if they did.
NO_CACHE = {
    "a state, not a cache, which is not described here": ("rwkv", "xlstm", "retnet"),
    "no cache: it reads a text once": (
        *(
            "albert",
            "bert",
            "bert-generation",
            "big_bird",
            "camembert",
            "canine",
            "clip",
            "convbert",
            "data2vec-text",
        ),
        *("deberta", "deberta-v2", "distilbert", "electra", "ernie", "esm", "eurobert", "flaubert"),
        *("funnel", "gte", "hubert", "ibert", "jina_bert", "layoutlm", "layoutlmv3", "longformer"),
        *("luke", "megatron-bert", "mobilebert", "modernbert", "mpnet", "mra", "neobert", "new"),
        *("nezha", "nomic_bert", "nystromformer", "perceiver", "rembert", "roberta", "roc_bert"),
        *("roberta-prelayernorm", "roformer", "siglip", "splinter", "squeezebert", "vit"),
        *("wav2vec2", "xlm", "xlm-roberta", "xlm-roberta-xl", "xmod", "yoso"),
    ),
}
ENCODER_HEADS = ("ForMaskedLM", "ForPreTraining", "ForMaskedLanguageModeling")
