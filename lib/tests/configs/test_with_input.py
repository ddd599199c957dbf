"""Keys and values of an encoder's input or of an image, apart from the text's."""

from tokenworks.configs import read_cache
from tokenworks.cost.cache_memory import cache_bytes, input_cache_bytes

WHISPER = {"model_type": "whisper", "is_encoder_decoder": True, "d_model": 1280,
           "decoder_layers": 32, "decoder_attention_heads": 20, "encoder_layers": 32,
           "encoder_attention_heads": 20, "max_source_positions": 1500,
           "max_target_positions": 448}  # fmt: skip
T5 = {"model_type": "t5", "is_encoder_decoder": True, "d_model": 1024, "d_kv": 64,
      "num_heads": 16, "num_layers": 24, "num_decoder_layers": 24, "n_positions": 512}  # fmt: skip
MLLAMA = {"model_type": "mllama",
          "text_config": {"model_type": "mllama_text_model", "num_hidden_layers": 40,
                          "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096,
                          "cross_attention_layers": [3, 8, 13, 18, 23, 28, 33, 38],
                          "max_position_embeddings": 131072},
          "vision_config": {"image_size": 560, "patch_size": 14, "max_num_tiles": 4}}  # fmt: skip


def both(config, tokens):
    cache = read_cache(config)
    positions = cache.input_tokens
    return (
        positions,
        cache_bytes(cache, tokens, bytes_per_value=2),
        input_cache_bytes(cache, positions, bytes_per_value=2),
    )


def test_an_encoder_decoder_keeps_both():
    layer = 2 * 1280 * 2  # key and value of 20 heads of 64, two bytes each
    assert both(WHISPER, 448) == (1500, 32 * layer * 448, 32 * layer * 1500)
    layer = 2 * 16 * 64 * 2
    assert both(T5, 100) == (512, 24 * layer * 100, 24 * layer * 512)


def test_layers_for_an_image_keep_the_image_and_not_the_text():
    layer = 2 * 8 * 128 * 2
    assert both(MLLAMA, 1000) == (4 * 1601, 32 * layer * 1000, 8 * layer * 6404)
