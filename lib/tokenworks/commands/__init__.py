"""Commands that compute: `kv` and `fit`, what they accept and how they answer."""
