"""What a page asks of the package while it runs in the page: text in, text out.

A web worker hands each question over (`book/_static/runner/`) and ends this process where an answer
takes too long. So nothing here keeps time, and what was found so far is told on the way.
"""

from typing import TYPE_CHECKING

from tokenworks.lazy_names import public_names

if TYPE_CHECKING:
    from tokenworks.runner.answers import answer as answer
else:
    __all__, __dir__, __getattr__ = public_names(__name__)
