"""Every picture of the book; the only importer of matplotlib.

- `picture`: lays a picture out for a wide screen and for a phone, and checks both
- `scene`, `box`, `text_size`: what a drawing is made of, and that no two words touch
- `marks`, `matrices`, `memory_layout`, `timelines`, `strips`: the vocabulary, all to scale
- `bar_chart`, `line_chart`: `bars`, and `curves` through `Points`
- `roofline_chart`: `roofline` below each `Roof`; `chip_roof` gives that of a chip
- `theme`: the colours of the page, and the picture as inline SVG with its alt text
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.figures.bar_chart import bars as bars
    from tokenworks.figures.line_chart import Points as Points
    from tokenworks.figures.line_chart import curves as curves
    from tokenworks.figures.memory_layout import Part as Part
    from tokenworks.figures.memory_layout import memory_bar as memory_bar
    from tokenworks.figures.picture import drawing as drawing
    from tokenworks.figures.roofline_chart import Roof as Roof
    from tokenworks.figures.roofline_chart import chip_roof as chip_roof
    from tokenworks.figures.roofline_chart import roofline as roofline
    from tokenworks.figures.theme import Figure as Figure
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
