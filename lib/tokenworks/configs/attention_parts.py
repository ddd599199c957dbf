"""A layer's heads, their size and what they keep, read from a config."""

from __future__ import annotations

from tokenworks.configs.reading import HEAD, HEADS, LAYERS, WIDTH, Keys
from tokenworks.layer_cache import CachePart

FALCON = {"falcon", "refinedweb", "refinedwebmodel"}
NO_GROUPS = {
    *(
        "gpt2",
        "gptj",
        "gpt_neo",
        "gpt_neox",
        "gpt_neox_japanese",
        "bloom",
        "opt",
        "codegen",
        "qwen",
    ),
}
KV_HEADS = ("num_key_value_heads", "num_kv_heads", "n_head_kv", "n_kv_heads")
MOST = 10_000


def layer_count(keys: Keys) -> int:
    """Return the number of layers; more than any model has raises ValueError."""
    n_layers = keys.integer(*LAYERS)
    keys.understood(*LAYERS)
    named = keys.config.get("layers_block_type")
    if n_layers is None and isinstance(named, list):
        n_layers = len(named)  # the newer Nemotron-H configs count them so
    n_layers = n_layers or keys.required(*LAYERS)
    if n_layers > MOST:
        raise ValueError(f"{n_layers} layers are no model: above {MOST:,}")
    return n_layers


def attends(keys: Keys) -> CachePart:
    """Return what a layer of plain attention keeps: a key and a value of each KV head."""
    heads = kv_heads(keys)
    size = head_size(keys)
    stated = keys.integer("v_head_dim", least=0)  # 0 beside latent attention switched off
    if stated and stated != size:
        raise ValueError(f"v_head_dim {stated} differs from head_dim {size}")
    return CachePart(what="attention", heads=heads, d_key=size, d_value=size)


def latent(keys: Keys) -> CachePart:
    """Return what a layer of multi-head latent attention keeps: a latent and one rotated key."""
    rank, rope = keys.required("kv_lora_rank"), keys.required("qk_rope_head_dim")
    nope, value = keys.integer("qk_nope_head_dim", least=0) or 0, keys.integer("v_head_dim") or 0
    keys.understood(*KV_HEADS, *HEAD)  # of no effect: all heads read one latent
    said = f"latent attention: {rank} + {rope} values a position and layer, for all heads"
    heads = keys.integer(*HEADS)
    if heads and nope and value:
        times = heads * (nope + rope + value) / (rank + rope)
        said += f"; an engine that does not absorb the up-projection keeps {times:.0f} times that"
    keys.note(said)
    return CachePart(what="latent", d_key=rank + rope)


def is_latent(keys: Keys) -> bool:
    """Tell whether the config describes latent attention, and not only names its keys."""
    switched_off = keys.raw("use_mla") is False or keys.raw("mla") is False
    if switched_off:
        return False
    if "kv_lora_rank" in keys.config:
        return bool(keys.raw("kv_lora_rank"))
    return keys.default("kv_lora_rank") is not None


def kv_heads(keys: Keys) -> int:
    """Return the KV heads of a layer."""
    n_heads = keys.integer(*HEADS)
    keys.understood(*HEADS)
    if n_heads is not None and n_heads > MOST:
        raise ValueError(f"{n_heads} heads are no model: above {MOST:,}")
    found = _stated_kv_heads(keys, n_heads)
    if found is None:
        found = keys.default("num_key_value_heads")
    if found is None:
        found = keys.required(*HEADS)
        keys.note_taken("num_key_value_heads", found, "one a query head, as transformers does")
    if n_heads is not None and n_heads % found:
        raise ValueError(f"num_key_value_heads {found} does not divide {n_heads} query heads")
    return found


def _stated_kv_heads(keys: Keys, n_heads: int | None) -> int | None:
    all_heads = n_heads if n_heads is not None else keys.default(HEADS[0])
    if keys.model_type in {*FALCON, *NO_GROUPS, "gpt_bigcode", "chatglm", "mpt"}:
        keys.understood(*KV_HEADS)  # these classes have a rule of their own
    if keys.model_type in FALCON:
        return _falcon_kv_heads(keys, all_heads)
    if keys.model_type == "gpt_bigcode":
        return 1 if keys.flag("multi_query", default=True) else all_heads
    if keys.model_type == "chatglm":
        groups = keys.integer("multi_query_group_num") or 1
        return groups if keys.flag("multi_query_attention") else all_heads
    if keys.raw("attn_config.attn_type") == "multiquery_attention":
        return 1
    if keys.model_type == "gpt2" and keys.raw("attention_head_type") == "multiquery":
        return 1  # SantaCoder: its own class under the name of gpt2
    stated = keys.integer(*KV_HEADS[:3], "attn_config.kv_n_heads")
    if keys.model_type in NO_GROUPS:
        return stated or all_heads  # these classes know nothing else
    return stated or keys.integer("n_kv_heads", "num_attention_groups")


def _falcon_kv_heads(keys: Keys, n_heads: int | None) -> int | None:
    """Return Falcon's KV heads: the stated number counts in its new architecture only."""
    stated = keys.integer("num_kv_heads", "n_head_kv")
    if keys.flag("new_decoder_architecture") or keys.model_type == "refinedweb":
        return stated or n_heads
    return 1 if keys.flag("multi_query", default=True) else n_heads


def head_size(keys: Keys) -> int:
    """Return the size of a head: stated, the class default, or the width over the heads."""
    stated = keys.integer(*HEAD)
    if stated is None:
        stated = keys.default("head_dim")
    if stated is not None:
        return stated
    n_heads, width = keys.required(*HEADS), keys.integer(*WIDTH) or keys.default(WIDTH[0])
    if width is None:
        raise ValueError("the config has no head_dim and no hidden_size to divide")
    if width % n_heads:
        raise ValueError(f"head_dim is missing and {n_heads} heads do not divide {width}")
    keys.note_taken("head_dim", width // n_heads, "hidden_size / heads, as transformers does")
    return width // n_heads
