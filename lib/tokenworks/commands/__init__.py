"""Commands: `kv` and `fit` compute, `plan` plans, `serve` serves; how they ask and answer."""
