"""A published `config.json` read into the shapes that the formulas take."""

from tokenworks.configs.attention_shape import read_attention as read_attention
from tokenworks.configs.attention_shape import read_cache as read_cache
from tokenworks.configs.model_shape import read_model as read_model
from tokenworks.configs.reading import load_config as load_config
