"""The built book as files: pages, links, what they load, numbers, search, weight."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

from tools import book, site_weight
from tools.repository import ROOT, repository

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
NAMES = [entry["file"] for part in TOC["parts"] for entry in part["chapters"]]
CHAPTERS = [name for name in NAMES if name.startswith("chapters/")]
PAGES = [TOC["root"], *NAMES]
PAGE_BYTES, SITE_BYTES = 500e3, 40e6
# Namespaces, licences and credits inside vendored scripts: named, never fetched.
NAMED_IN_SCRIPTS = {"www.w3.org", "clipboardjs.com", "github.com", "developer.mozilla.org"}


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path: Path) -> set[str]:
    """Return every place of a page that a link can name."""
    return {found["id"] for found in soup(path).select("[id]")}


def page(site: Path, name: str) -> BeautifulSoup:
    return soup(site / f"{name}.html")


def every_page(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*.html") if path.name != "index.html")


def test_the_chapters_are_files_of_the_repository():
    assert len(CHAPTERS) >= 2
    assert sorted(CHAPTERS) == list(CHAPTERS)
    for name in CHAPTERS:
        assert (ROOT / f"{name}.ipynb").is_file(), name


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_toc_is_built_with_one_title(site: Path, name: str):
    titles = page(site, name).select("article h1")
    assert len(titles) == 1
    assert len(page(site, name).select("meta[name=viewport]")) == 1
    assert page(site, name).html["lang"] == "en"
    assert "\N{REPLACEMENT CHARACTER}" not in page(site, name).get_text()


def test_the_front_door_leads_to_the_first_page(site: Path):
    assert f"url={TOC['root']}.html" in (site / "index.html").read_text(encoding="utf-8")


def test_nothing_is_loaded_from_another_host(site: Path):
    for path in every_page(site):
        for address in site_weight.resources(path):
            assert not urlsplit(address).netloc, (path.name, address)
        for loader in soup(path).select("object, embed, video, audio, [srcset], base"):
            pytest.fail(f"{path.name} holds {loader.name}, which this test does not follow")
    for sheet in site.rglob("*.css"):
        for address in site_weight.style_addresses(sheet.read_text(encoding="utf-8")):
            assert not urlsplit(address).netloc, (sheet.name, address)


def test_scripts_name_no_other_host(site: Path):
    for path in site.rglob("*.js"):
        text = re.sub(r"^\s*(?://|\*|/\*).*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        if path.name == "search_index.js" or path.name.startswith("data-"):
            continue
        hosts = {urlsplit(url).netloc for url in re.findall(r"https?://[\w./-]+", text)}
        assert hosts <= NAMED_IN_SCRIPTS, (path.name, hosts)


def test_what_a_page_loads_is_there(site: Path):
    for path in every_page(site):
        missing = [found for found in site_weight.files(path) if not found.is_file()]
        assert missing == [], path.name


def test_every_internal_link_and_anchor_resolves(site: Path):
    broken = []
    for path in every_page(site):
        for link in soup(path).select("a[href]"):
            address = urlsplit(link["href"])
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            found = target.is_file()
            if found and address.fragment and target.suffix == ".html":
                found = unquote(address.fragment) in anchors(target)
            if not found:
                broken.append((str(path.relative_to(site)), link["href"]))
    assert broken == []


def test_the_index_of_search_holds_every_page_and_the_terms_of_the_glossary(site: Path):
    text = (site / "_static" / "search_index.js").read_text(encoding="utf-8")
    index = json.loads(re.search(r"= (\[.*\]);", text, re.DOTALL).group(1))
    assert {one["page"] for one in index} >= set(PAGES)
    terms = {heading for one in index if one["kind"] == "term" for _, heading, _ in one["entries"]}
    assert {"prefill", "logits", "bandwidth", "TTFT"} <= terms
    for one in index:
        places = {place for place, _, _ in one["entries"] if place}
        assert places <= anchors(site / f"{one['page']}.html"), one["page"]


def test_the_bibliography_is_in_order(site: Path):
    labels = [one.get_text() for one in page(site, "book/bibliography").select(".citation .label")]
    first = [label.strip("[]")[0].lower() for label in labels]  # of the first author's name
    assert len(first) > 50
    assert first == sorted(first)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_one_text_link_to_its_own_notebook_in_colab(site: Path, name: str):
    place = repository()
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    assert place == (config["url"], config["branch"])
    badges = [
        link
        for link in page(site, name).select("article a[href*='colab.research.google.com']")
        if link["href"].endswith(f"/{name}.ipynb")
    ]
    assert [link["href"] for link in badges] == [place.colab(f"{name}.ipynb")]
    assert badges[0].get_text(strip=True) != ""
    assert badges[0].find("img") is None


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_offers_the_committed_notebook(site: Path, name: str):
    (link,) = page(site, name).select("a[download]")
    served = (site / f"{name}.html").parent / link["href"]
    assert served.read_bytes() == (ROOT / f"{name}.ipynb").read_bytes()


def test_math_is_mathml_and_no_script_typesets_it(site: Path):
    assert len(page(site, "book/notation").select("math")) >= 20
    for path in every_page(site):
        scripts = " ".join(tag.get("src", "") for tag in soup(path).select("script")).lower()
        assert "mathjax" not in scripts, path.name
        assert "katex" not in scripts, path.name
        assert not soup(path).select("article .math"), path.name
        assert "$$" not in soup(path).article.get_text(), path.name


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_formula_of_a_chapter_is_typeset(site: Path, name: str):
    cells = json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    shown = len(re.findall(r"\$\$.+?\$\$", prose, re.DOTALL))
    assert len(page(site, name).select(".formula > math")) == shown


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_bibliography_lists_every_source_of_a_chapter(site: Path, name: str):
    place = repository()
    own = (place.url, "https://colab.research.google.com/")
    cells = json.loads((ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    cited = {
        url for url in re.findall(r"\]\((https?://[^)\s]+)\)", prose) if not url.startswith(own)
    }
    listed = {link["href"] for link in page(site, "book/bibliography").select("article a[href]")}
    assert cited - listed == set()


def test_every_page_is_light(site: Path):
    weights = {p.name: site_weight.transfer_bytes(p) for p in every_page(site)}
    heavy = {name: size for name, size in weights.items() if size > PAGE_BYTES}
    assert heavy == {}
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) <= SITE_BYTES


def test_the_build_stops_at_a_broken_link_and_at_a_wrong_formula(
    tmp_path: Path, capfd, monkeypatch
):
    monkeypatch.setattr(book, "write", lambda _: False)  # what runs Python in a page
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/teaching\n")
    shutil.copytree(ROOT / "book", tmp_path / "book")
    page = tmp_path / "book" / "teaching.md"
    sound = page.read_text()
    page.write_text(sound + "\n[gone](nowhere.md) and $\\nosuchmacro{x}$\n")
    assert book.build(tmp_path) == 1
    said = capfd.readouterr().err
    assert "nowhere.md" in said
    assert "nosuchmacro" in said
    assert not (tmp_path / "_build" / "html").exists()
    page.write_text(sound)
    assert book.build(tmp_path) == 0, "it stopped at something else"
