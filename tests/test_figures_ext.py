"""The extension of the book that shows pictures: rules once, alt text demanded."""

import pytest

from book._ext import figures
from tokenworks.figures import colour_key


def page(body):
    context = {"body": body}
    figures.strip(None, "chapters/05-kv-cache", "page.html", context, None)
    return context["body"]


def test_the_rules_that_a_picture_brings_along_are_dropped():
    html = colour_key()._repr_html_()
    assert "<style" in html
    assert page(html) == html[: html.index("<style")] + html[html.index("</style>") + 8 :]


@pytest.mark.parametrize("alt", ["", 'aria-label=""', 'aria-label="  "'])
def test_a_picture_without_alt_text_stops_the_build(alt):
    with pytest.raises(ValueError, match="chapters/05-kv-cache: a picture has no alt text"):
        page(f'<div class="tw-drawing" role="img" {alt}><svg></svg></div>')


@pytest.mark.parametrize("alt", ["", ' alt=""', ' alt=" "', ' alt="../_images/0a1b.png"'])
def test_an_image_without_alt_text_stops_the_build(alt):
    with pytest.raises(ValueError, match="chapters/05-kv-cache: a picture has no alt text: <img"):
        page(f'<p>x<img{alt} src="../_images/0a1b.png" /></p>')
    image = '<img alt="A bar for each chip" src="../_images/0a1b.png" />'
    assert page(image) == image
