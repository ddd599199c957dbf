"""A quantity in words is a number: it is computed, or listed with its reason."""

import ast
import tomllib

import nbformat
import pytest

from tools.number_scan import plain_prose
from tools.number_words import SPELLED, spelled, unchecked_words, value_of
from tools.repository import ROOT

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
WORDS = tomllib.loads((ROOT / "tests/allowed_numbers.toml").read_text(encoding="utf-8"))["words"]
EVERYWHERE = set(WORDS["everywhere"])


def words_of(path):
    """List the quantities in words of a page, or of the strings of a module."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return [words for words, _ in spelled(plain_prose(text))]
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
    strings = (node.value for node in nodes if isinstance(node.value, str))
    return [words for string in strings for words, _ in spelled(string)]


OTHERS = {
    "book": sorted((ROOT / "book").glob("*.md")),
    "elsewhere": sorted((ROOT / "book/_ext/elsewhere").glob("*.py")),
    "cheat sheet": sorted((ROOT / "book/_ext/cheat_sheet").glob("*.py")),
    "outlook": sorted((ROOT / "book/_ext/outlook").glob("*.py")),
    "quizzes": [ROOT / "lib/tokenworks/data/quizzes.json"],
}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_every_quantity_in_words_is_computed_or_listed(path):
    found = set(unchecked_words(nbformat.read(path, as_version=4)))
    own = set(WORDS.get(path.stem, {}))
    assert found <= own | EVERYWHERE, "compute these in their section, or list them"
    assert own <= found, "remove what the text no longer says"
    assert len(own) <= 5


@pytest.mark.parametrize("kind", OTHERS)
def test_the_other_pages_have_no_quantity_in_words_that_is_not_listed(kind):
    found = {words for path in OTHERS[kind] for words in words_of(path)}
    own = set(WORDS.get(kind, {}))
    assert found <= own | EVERYWHERE, "say it in digits with a computation, or list it"
    assert own <= found, "remove what the text no longer says"


def notebook(text, output=""):
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("x")]
    cells[1].outputs = [nbformat.v4.new_output("stream", text=output)]
    return nbformat.v4.new_notebook(cells=cells)


def test_four_bits_that_are_nearly_six_are_found():
    text = "## Run\nIn the file they are packed into about four bits each."
    assert unchecked_words(notebook(text, "5.85 bits")) == ["four bits"]
    assert unchecked_words(notebook(text, "4 bits")) == []
    assert unchecked_words(notebook(f"{text}\n## Next", "4 bits")) == ["four bits"]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("half a second", "0.5 s"),
        ("a quarter of an hour", "0.25 h"),
        ("two hundred and five gigabytes", "205 GB"),
        ("Twenty-five percent", "25 %"),
        ("four thousand tokens a second", "4000 tokens/s"),
        ("ten cents", "USD 0.1"),
        ("sixteen-bit", "16 bits"),
        ("three-fold", "3 ×"),
        ("a hundred GB", "100 GB"),
    ],
)
def test_words_are_read_as_digits(text, digits):
    assert [found for _, found in spelled(f"It is {text}, or so.")] == [digits]


@pytest.mark.parametrize("text", ["2.3 billion a day", "eight a second", "two tokens", "one bite"])
def test_what_is_no_quantity_in_words_is_left_alone(text):
    assert not SPELLED.search(text)


def test_numbers_in_words_have_their_value():
    assert value_of("one million two hundred thousand and six") == 1_200_006
    assert value_of("hundred") == 100
