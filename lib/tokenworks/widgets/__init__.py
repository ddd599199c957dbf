"""Simulations in the browser over numbers that the library tabulated.

- `stage`: the frame; one class per widget, alive with a kernel and as static HTML without
- `kit`: the arithmetic and formats of `_kit.js` in Python
- `lifecycle`: SIM-01, a request's tokens through the six stages
- `decode_loop`: SIM-02, the real model's candidates and the filters before the draw
- `quiz`: a question whose four options are explained
- `theme.css`: the palette of widgets, figures and book
"""
