"""The website as a reader meets it: in Chromium, served from here, with no other network."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("[0-9][0-9]-*.md"))
# Without a site, one page: the fixture `built` then fails, which no page at all would skip.
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in (SITE / "book").rglob("*.html")
    if "_static" not in path.parts
) or ["book/index.html"]
# Milliseconds: a page takes one of the hundreds, but the machine may be busy with other things.
PATIENCE = 300_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Return the browser: $CHROMIUM, or the first that is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.fail("Chromium is missing: apt-get install chromium, or name one in CHROMIUM")
    return found


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """Fail early where there is no site to test."""
    if not (SITE / "index.html").is_file():
        pytest.fail("there is no site in _build/html: run make site")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the site on this machine and yield its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS, timeout=PATIENCE
        )
        yield started
        started.close()


@dataclass
class Visit:
    """A page in the browser and what went wrong while it was open."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the site and wait until its formulas are set."""
        self.page.goto(urljoin(self.address, path), wait_until="load")
        self.page.wait_for_function(
            "() => !window.MathJax || (MathJax.startup && MathJax.startup.promise)"
        )
        self.page.evaluate("() => window.MathJax && MathJax.startup.promise.then(() => null)")
        return self.page

    def check(self) -> None:
        """Nothing failed, and nothing came from elsewhere."""
        assert not self.errors
        assert not self.outside


@dataclass
class Chapter:
    """A chapter's page, open in the browser."""

    name: str
    page: Page
    visit: Visit


def visited(browser: Browser, address: str, **options: Any) -> Iterator[Visit]:
    """A fresh page, in a browser's context with these options."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    visit = Visit(context.new_page(), address)

    def requested(request: Request) -> None:
        if urlsplit(request.url).scheme in ("data", "blob"):
            return
        if not request.url.startswith(address):
            visit.outside.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.errors.append(message.text)

    def refused(response: Response) -> None:
        if response.status >= 400:
            visit.errors.append(response.url)

    context.on("request", requested)
    context.on("console", said)
    context.on("weberror", lambda error: visit.errors.append(str(error.error)))
    context.on("response", refused)
    yield visit
    context.close()


@pytest.fixture
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh page; parametrize indirectly with options for the browser's context."""
    yield from visited(browser, address, **getattr(request, "param", {}))


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Chapter]:
    """A chapter, opened once for all that is looked at on a wide screen."""
    for visit in visited(browser, address, color_scheme="light"):
        yield Chapter(request.param, visit.open(f"book/{request.param}.html"), visit)
        visit.check()


@pytest.mark.parametrize("path", [path for path in PAGES if Path(path).stem not in CHAPTERS])
def test_page_opens_without_error_and_without_another_host(visit: Visit, path: str) -> None:
    page = visit.open(path)
    assert page.locator("article h1").first.is_visible()
    assert page.locator("mjx-merror").count() == 0
    visit.check()


def test_chapter_opens_without_error_and_without_another_host(chapter: Chapter) -> None:
    assert chapter.page.locator("article h1").first.is_visible()
    assert chapter.page.locator("mjx-merror").count() == 0
    chapter.visit.check()


def test_root_leads_to_the_first_page(visit: Visit) -> None:
    visit.page.goto(visit.address)
    visit.page.wait_for_url("**/book/index.html")


def test_chapter_has_its_formulas_figures_and_results(chapter: Chapter) -> None:
    page = chapter.page
    assert page.locator("mjx-container").count() > 20
    # Every formula that the text holds has been set.
    assert page.locator(".math").count() <= page.locator(".math:has(mjx-container)").count()
    figures = page.locator("article img")
    assert figures.count() >= 2
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        description = figure.get_attribute("alt") or ""
        shown = figure.evaluate("async image => (await image.decode(), image.naturalWidth)")
        assert shown > 0
        assert len(description) > 10, f"{figure.get_attribute('src')} has no alternative text"
        assert not description.startswith(("_images", "../")), "the alternative text is a path"
    assert page.locator(".cell_output .traceback, .cell_output .stderr").count() == 0
    chapter.visit.check()


LIGHTNESS = """selector => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const part = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    };
    const style = getComputedStyle(document.querySelector(selector));
    const ground = getComputedStyle(document.body).backgroundColor;
    return [light(parse(ground)), light(parse(style.color))];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_reader(
    chapter: Chapter, scheme: Literal["light", "dark"]
) -> None:
    page = chapter.page
    page.emulate_media(color_scheme=scheme)
    page.wait_for_selector(f"html[data-theme='{scheme}']")
    for selector in ("article p", "article h1", "article a.reference", "article mjx-container"):
        ground, ink = page.evaluate(LIGHTNESS, selector)
        assert (ground < 0.1) if scheme == "dark" else (ground > 0.9)
        contrast = (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05)
        assert contrast >= 4.5, f"{selector}: contrast {contrast:.1f}"
    chapter.visit.check()


@pytest.mark.parametrize("visit", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
@pytest.mark.parametrize("path", PAGES)
def test_page_fits_a_telephone(visit: Visit, path: str) -> None:
    page = visit.open(path)
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
            [...document.querySelectorAll('article *')]
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                .map(e => `${e.tagName} ${e.className}`)
                .slice(0, 5).concat(document.documentElement.scrollWidth)"""
    )
    assert not wide
    visit.check()


@pytest.mark.parametrize(
    "visit",
    [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}],
    indirect=True,
    ids=["dark", "telephone"],
)
def test_map_leads_to_each_chapter_and_to_what_links_them(visit: Visit) -> None:
    page = visit.open("book/map.html")
    boxes = page.locator("svg.course-map a.chapter")
    leads = sorted(boxes.evaluate_all("links => links.map(link => link.getAttribute('href'))"))
    assert leads == [f"{chapter}.html" for chapter in CHAPTERS]
    for selector in ("svg.course-map a.chapter text", "svg.course-map a.idea text"):
        ground, ink = page.evaluate(LIGHTNESS, selector)
        assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4.5, selector
        lowest = page.evaluate(
            """selector => Math.min(...[...document.querySelectorAll(selector)].map(
                text => text.getScreenCTM().a * parseFloat(getComputedStyle(text).fontSize)))""",
            selector,
        )
        assert lowest >= 11, f"{selector}: {lowest:.1f} pixels"
    boxes.nth(2).click(position={"x": 4, "y": 4})  # in the box, beside its text
    page.wait_for_url(f"**/{CHAPTERS[2]}.html")
    page.go_back()
    page.locator("svg.course-map a.idea").filter(has_text="Jacobians").click()
    page.wait_for_url("**/04-vanishing-and-exploding.html#product-of-jacobians")
    visit.check()


def test_map_in_words_says_the_same(visit: Visit) -> None:
    page = visit.open("book/map.html")
    drawn = page.locator("svg.course-map a.idea").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    page.locator("details.course-map-text summary").click()
    items = page.locator("details.course-map-text li")
    assert items.first.is_visible()
    written = items.evaluate_all(
        "items => items.map(item => item.querySelector('a:last-child').getAttribute('href'))"
    )
    assert written == drawn
    visit.check()


def test_search_finds_perplexity(visit: Visit) -> None:
    page = visit.page
    page.goto(urljoin(visit.address, "search.html?q=perplexity"))
    page.wait_for_selector("#search-results li a")
    found = [link.get_attribute("href") or "" for link in page.locator("#search-results a").all()]
    assert any("02-vanilla-rnn" in link for link in found)
    visit.check()


def test_assignment_can_be_downloaded(chapter: Chapter) -> None:
    page, name = chapter.page, chapter.name
    links = page.locator(f"article a[href$='{name}.ipynb']")
    assert links.count() >= 1
    with page.expect_download() as waiting:
        # A server that knows no type for .ipynb makes the browser save it, as most do.
        links.first.evaluate("link => (link.setAttribute('download', ''), link.click())")
    saved = Path(waiting.value.path()).read_text(encoding="utf-8")
    released = ROOT / "notebooks" / name / f"{name}.ipynb"
    assert json.loads(saved) == json.loads(released.read_text(encoding="utf-8"))
    chapter.visit.check()


class Links(HTMLParser):
    """Collects what a page links to and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.targets.add(value)
            elif name in ("id", "name") and value:
                self.anchors.add(value)


@functools.cache
def links(path: Path) -> Links:
    return Links(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*PAGES, "index.html", "search.html", "genindex.html"])
def test_every_internal_link_leads_somewhere(path: str) -> None:
    broken = []
    for target in sorted(links(SITE / path).targets):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        file = SITE / path
        if parts.path:
            file = (SITE / path).parent / unquote(parts.path)
        if file.is_dir():
            file = file / "index.html"
        anchor = unquote(parts.fragment)
        if not file.is_file() or (anchor and anchor not in links(file).anchors):
            broken.append(target)
    assert not broken
