import io

from tokenworks.model.progress import Bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_the_share_and_the_size():
    out = Terminal()
    with Bar("fetching", 50_000_000, out=out) as bar:
        bar.show(25_000_000)
    last = out.getvalue().split("\r")[-1]
    assert last == "fetching [############            ] 25 of 50 MB \n"


def test_anything_else_sees_nothing():
    out = io.StringIO()
    with Bar("fetching", 10, out=out) as bar:
        bar.show(10)
    assert out.getvalue() == ""


def test_more_than_expected_does_not_overflow():
    out = Terminal()
    with Bar("x", 10, out=out) as bar:
        bar.show(99)
    assert "#" * 25 not in out.getvalue()
