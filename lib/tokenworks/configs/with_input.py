"""Models that keep keys and values of something else than the text: of an encoder, of an image."""

from __future__ import annotations

from dataclasses import replace

from tokenworks.configs.attention_parts import attends, layer_count
from tokenworks.configs.family import Layer
from tokenworks.configs.layer_kinds import places
from tokenworks.configs.reading import LAYERS, Keys
from tokenworks.layer_cache import CachePart


def encoder_decoder(keys: Keys) -> list[Layer]:
    """BART, Whisper and their kin: each decoder layer keeps its own text and the encoder's."""
    keys.understood(*LAYERS)
    n_layers = keys.required("decoder_layers", "num_hidden_layers")
    heads = keys.required("decoder_attention_heads", "num_attention_heads")
    width = keys.required("d_model", "hidden_size")
    if width % heads:
        raise ValueError(f"{heads} decoder heads do not divide {width}")
    return _both(n_layers, heads, width // heads)


def t5(keys: Keys) -> list[Layer]:
    """T5: as an encoder-decoder, with heads of `d_kv`."""
    n_layers = keys.integer("num_decoder_layers") or keys.required("num_layers")
    return _both(n_layers, keys.required("num_heads"), keys.required("d_kv"))


def _both(n_layers: int, heads: int, size: int) -> list[Layer]:
    own = CachePart(what="attention", heads=heads, d_key=size, d_value=size)
    return [(own, replace(own, of_input=True))] * n_layers


def with_image_layers(keys: Keys) -> list[Layer]:
    """Llama 3.2 Vision: some layers keep the image's keys and values, the others the text's."""
    n_layers, own = layer_count(keys), attends(keys)
    crossing = places(keys, "cross_attention_layers", n_layers)
    return [(replace(own, of_input=i in crossing),) for i in range(n_layers)]


def input_positions(keys: Keys) -> int:
    """Return how many positions of an encoder or an image a sequence has at most, noted."""
    for outer in keys.around if "mllama" in keys.model_type else ():
        vision = Keys(outer, keys.notes).inner("vision_config")
        if vision.config:
            side, patch = vision.integer("image_size") or 560, vision.integer("patch_size") or 14
            tiles = vision.integer("max_num_tiles") or 4
            positions = tiles * ((side // patch) ** 2 + 1)
            keys.note(f"one image of {tiles} tiles: {positions:,} positions")
            return positions
    names = ("max_source_positions", "max_encoder_position_embeddings", "n_positions")
    stated = keys.integer(*names, "max_position_embeddings")
    stated = stated or keys.default("max_position_embeddings") or 0
    if keys.model_type == "speech_to_text":  # counted before its convolutions halve it
        return stated // 2 ** (keys.integer("num_conv_layers") or 2)
    return stated
