"""What a machine can see of the widgets' files: stems, whose rule stands where, what JS may do."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from widget_page import FOLDER, STEMS

from tokenworks.widgets.stage import KIT
from tools.repository import ROOT

SHEETS = sorted(path.stem for path in FOLDER.glob("*.css") if path.stem != "theme")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
CLASS = re.compile(r"\.(tw-[\w-]+)")
NAMED = re.compile(r"tw-[a-z0-9]+(?:-[a-z0-9]+)*(?![\w-])")
FILLED = re.compile(r'url\("#(tw-[\w-]+)"\)')  # a pattern is named by its id
GENERATED = re.compile(r"(tw-[a-z0-9-]+-)\$\{")  # `tw-job-${i}` is any class that begins so
TOP_NAMES = re.compile(r"^(?:function|const|let) (?:(\w+)|\[([\w, ]+)\])", re.MULTILINE)
PLAIN = {"abs", "ceil", "floor", "max", "min", "round"}  # of Math; no function of physics


def text(name):
    path = FOLDER / name
    return COMMENT.sub("", path.read_text(encoding="utf-8")) if path.is_file() else ""


def script_of(stem):
    """Return a widget's own JavaScript, or a part of the kit."""
    apart = sorted(path.name for path in FOLDER.glob(f"_{stem}_*.js"))
    return "".join(text(name) for name in (f"_{stem}.js", *apart, f"{stem}.js"))


def selectors(sheet):
    """Return every selector of a sheet, one for each rule and comma."""
    heads = re.findall(r"([^{}]+)\{", text(f"{sheet}.css"))
    rules = (head.strip() for head in heads if not head.strip().startswith("@"))
    return [one.strip() for rule in rules for one in rule.split(",") if one not in ("from", "to")]


def used(stem, css_class):
    """Whether the JavaScript or the Python of a stem names a class, or generates it."""
    source = script_of(stem) + text(f"{stem.lstrip('_')}.py")
    generated = (css_class.startswith(begin) for begin in GENERATED.findall(source))
    return css_class in NAMED.findall(source) or any(generated)


def owners(css_class):
    return [stem for stem in STEMS if used(stem, css_class)]


def test_the_files_are_found():
    assert len(STEMS) >= 15
    assert set(KIT) < {path.stem for path in FOLDER.glob("*.js")}


def test_stems_match():
    stages = {p.stem for p in FOLDER.glob("*.py") if re.search(r"\(Stage\):", text(p.name))}
    assert set(STEMS) == stages
    assert set(SHEETS) <= {*STEMS, *KIT}


def test_the_theme_is_the_palette_alone():
    declared = re.findall(r"([\w-]+)\s*:[^;{}]*;", text("theme.css"))
    assert {name[:5] for name in declared} == {"--tw-"}
    assert not CLASS.search(text("theme.css"))


@pytest.mark.parametrize("stem", [sheet for sheet in SHEETS if sheet in STEMS])
def test_a_rule_stands_in_the_sheet_of_its_only_widget(stem):
    for selector in selectors(stem):
        assert any(owners(one) == [stem] for one in CLASS.findall(selector)), selector


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if sheet in KIT])
def test_the_kits_rules_are_the_kits_own_or_of_several_widgets(sheet):
    for one in {name for selector in selectors(sheet) for name in CLASS.findall(selector)}:
        assert any(used(part, one) for part in KIT) or len(owners(one)) > 1, one


@pytest.mark.parametrize("sheet", SHEETS)
def test_no_class_is_styled_that_nothing_has(sheet):
    for selector in selectors(sheet):
        for one in CLASS.findall(selector):
            assert owners(one) or any(used(part, one) for part in KIT), one


def test_no_class_is_given_that_nothing_styles_or_finds():
    styled = {one for sheet in SHEETS for one in CLASS.findall(text(f"{sheet}.css"))}
    readers = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("book/_ext/*.py"), FOLDER / "_loader.js"]
    found = set(NAMED.findall("".join(p.read_text(encoding="utf-8") for p in readers)))
    scripts = "".join(script_of(name) for name in (*KIT, *STEMS))
    colours = set(NAMED.findall(text("theme.css"))) | {"tw-steps"}  # custom properties
    styled |= {one for sheet in SHEETS for one in FILLED.findall(text(f"{sheet}.css"))}
    assert set(NAMED.findall(scripts)) - styled - found - colours == set()


def test_a_page_links_the_rules_and_scripts_of_its_own_widgets(folder):
    pages = {"plain": [], "hostile": ["quiz"], "index": STEMS}
    for page, stems in pages.items():
        html = (folder / f"{page}.html").read_text(encoding="utf-8")
        sheets = re.findall(r'href="_static/widgets/(\w+)\.(\w+)\.css[?"]', html)
        scripts = re.findall(r'src="_static/widgets/(\w+)\.(\w+)\.js"', html)
        assert [name for name, _ in sheets] == ["theme", "widgets"][: 2 if stems else 1]
        assert [name for name, _ in scripts] == ["widgets"][: 1 if stems else 0]
        if stems:
            rules, script = (
                (folder / f"_static/widgets/widgets.{digest}.{kind}").read_text(encoding="utf-8")
                for kind, ((_, digest),) in {"css": sheets[1:], "js": scripts}.items()
            )
            for stem in STEMS:
                own = FOLDER / f"{stem}.css"
                if own.is_file():
                    assert (own.read_text(encoding="utf-8") in rules) == (stem in stems)
                assert script.count(f'tokenworks.widgets["{stem}"]') == (stem in stems)
            assert script.count("function stage(") == 1


def test_a_sheet_or_a_script_may_stand_inside_a_page():
    for path in [*FOLDER.glob("*.css"), *FOLDER.glob("*.js")]:
        assert not re.search(r"</|<!--", path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("stem", STEMS)
def test_a_widget_computes_no_physics(stem):
    """Sums, differences, products and quotients of tabulated numbers; the rest is the kit's."""
    script = script_of(stem)
    assert set(re.findall(r"\bMath\.(\w+)", script)) <= PLAIN
    assert "**" not in script
    assert not re.search(r"\bimport\b|\bfetch\b|\beval\b|\bFunction\b", script)


@pytest.mark.parametrize("stem", STEMS)
def test_what_the_kit_makes_no_widget_makes_again(stem):
    """Look-ups in the grid, the buttons that many have, and sentences below the controls."""
    again = r"grid\b[^;]*\.indexOf\(|button\(\"(?:Reset|Start over|Optimum|Play)\"|\"tw-story"
    assert re.findall(again, script_of(stem)) == []


def test_only_the_kit_has_more_than_plain_arithmetic():
    functions = Counter(re.findall(r"\bMath\.(\w+)", "".join(text(f"{one}.js") for one in KIT)))
    assert set(functions) - PLAIN == {"exp", "log", "log10"}
    assert functions["exp"] == 1  # softmax, tested against its twin


@pytest.mark.parametrize("stem", STEMS)
def test_no_name_of_the_kit_is_taken_twice(stem):
    """A second function of a name would replace the kit's without a word."""
    names = Counter()
    for part in (*KIT, stem):
        for one, several in TOP_NAMES.findall(script_of(part)):
            names.update([one] if one else several.split(", "))
    assert [name for name, times in names.items() if times > 1] == []
