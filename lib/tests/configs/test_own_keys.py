from tokenworks.configs import own_keys
from tokenworks.configs.families import FAMILIES


def test_own_keys_are_exact_names():
    assert all(name.replace("_", "").isalnum() for f in FAMILIES.values() for name in f.own)
    assert "mamba_chunk_size" in own_keys.SSM
    assert own_keys.SSM < own_keys.JAMBA
