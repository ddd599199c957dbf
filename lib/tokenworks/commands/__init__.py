"""Commands: `kv` and `fit` compute, `serve` serves; what they accept and how they answer."""
