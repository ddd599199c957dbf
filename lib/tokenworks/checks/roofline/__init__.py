"""The roofline.

Which roof an operation meets, how busy it keeps a chip, which batch fills the arithmetic, and what
a dollar buys. All sizes are in bytes and all rates per second, without prefixes.
"""

CHAPTER = "04-roofline"
MINUTES = 50
