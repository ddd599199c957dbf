import pytest

from tokenworks.serving.server.calls import CallReader
from tokenworks.serving.server.tools import calls_text

ARGUMENTS = '{"city": "Bern}\\n]</tool", "unit": "C"}'
CALL = calls_text([("get_weather", ARGUMENTS)])


def read(pieces, *, ended=True):
    """Return what a reader makes of pieces: the text, the names and the arguments."""
    reader, content, names, arguments = CallReader(), "", [], ""
    for i, piece in enumerate(pieces):
        said = reader.read(piece, final=ended and i == len(pieces) - 1)
        content += said.content
        names += [said.name] if said.name else []
        arguments += said.arguments
    return content, names, arguments


@pytest.mark.parametrize("width", [1, 2, 3, 7, 20, 999])
def test_a_call_is_the_same_however_it_comes(width):
    pieces = [CALL[at : at + width] for at in range(0, len(CALL), width)]
    assert read(pieces) == ("", ["get_weather"], ARGUMENTS)


@pytest.mark.parametrize("width", [1, 4, 999])
@pytest.mark.parametrize("text", ["", "Hello!", "<", "<tool", "<tools> are good", " <tool_call>"])
def test_what_is_no_call_is_text(text, width):
    pieces = [text[at : at + width] for at in range(0, len(text), width)] or [""]
    assert read(pieces) == (text, [], "")


def test_text_is_not_held_back_once_it_cannot_be_a_call():
    reader = CallReader()
    assert reader.read("<tool", final=False).content == ""
    assert reader.read(" x", final=False).content == "<tool x"
    assert reader.read("y", final=False).content == "y"


def test_a_call_that_is_cut_short_keeps_what_there_is():
    cut = CALL.index("Bern") + 2
    assert read([CALL[:cut]]) == ("", ["get_weather"], '{"city": "Be')
    assert read([CALL[:20]]) == (CALL[:20], [], "")
