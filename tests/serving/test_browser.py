"""The review in a real browser: Debian's chromium, no network, every width and colour scheme."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.write import write_review
from orchestration.settings import Settings
from tests.serving.company import WEEK, served_company
from tests.serving.test_review import BLOCK, SECTIONS

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
# Elements that reach beyond the window, or beyond their card, and do not lie in a box made for scrolling.
SPILLED = """() => [...document.querySelectorAll("main *")].filter(element => {
  if (element.closest(".scroll") && !element.matches(".scroll")) return false;
  const box = element.getBoundingClientRect(), card = element.closest(".card")?.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1 || (card && box.right > card.right + 1));
}).map(element => element.tagName + " " + element.textContent.trim().slice(0, 60))"""
# Texts of one drawing that lie over one another.
OVERLAPS = """() => [...document.querySelectorAll("svg")].flatMap(svg => {
  const texts = [...svg.querySelectorAll("text")].filter(t => t.textContent.trim());
  const boxes = texts.map(t => [t, t.getBoundingClientRect()]);
  return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([b, q]) =>
    p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 2 && q.top < p.bottom - 2
  ).map(([b]) => a.textContent + " / " + b.textContent));
})"""
CLIPPED = """() => [...document.querySelectorAll("svg text")].filter(t => {
  const box = t.getBoundingClientRect(), svg = t.ownerSVGElement.getBoundingClientRect();
  return box.left < svg.left - 1 || box.right > svg.right + 1;
}).map(t => t.textContent)"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A week's page, a blocked one, the index."""
    pages: dict[str, Path] = {}
    for name, changes in (("blocked", BLOCK), ("week", [])):
        settings = Settings(home=tmp_path_factory.mktemp(name))
        served_company(settings, changes)
        with open_served(settings) as con:
            data = collect(con, WEEK, zone=settings.zone, currency=settings.currency)
        pages[name] = write_review(settings, data).latest
        pages["index"] = settings.reports / "index.html"
    return pages


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail(
            "the review is tested in a real browser: install chromium (`make browser`, or apt-get install chromium)"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, path: Path, viewport: dict[str, int], scheme: str) -> tuple[Page, list[str], list[str]]:
    """The page, what the console said, and every address requested beside files."""
    page = browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    said: list[str] = []
    requested: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(path.as_uri())
    return page, said, [url for url in requested if url != path.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", ["week", "blocked", "index"])
def test_the_page_fits_its_window_and_asks_for_nothing(
    browser: Browser, reports: dict[str, Path], name: str, viewport: dict[str, int], scheme: str
) -> None:
    page, said, requested = opened(browser, reports[name], viewport, scheme)
    assert (said, requested) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(SPILLED) == []
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(CLIPPED) == []
    page.close()


def test_every_section_is_there_and_visible(browser: Browser, reports: dict[str, Path]) -> None:
    page, *_ = opened(browser, reports["week"], DESKTOP, "light")
    for section in SECTIONS:
        assert page.locator(f"section#{section}").is_visible(), section
    assert page.locator("#controls svg polyline.s-line").count() == 8
    page.close()


def test_the_style_sheet_is_applied_under_the_policy(browser: Browser, reports: dict[str, Path]) -> None:
    page, *_ = opened(browser, reports["week"], DESKTOP, "light")
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderTopLeftRadius") == "11px"
    page.close()


def test_markup_that_slipped_through_could_neither_run_nor_restyle(browser: Browser, reports: dict[str, Path]) -> None:
    hostile = reports["week"].with_name("hostile.html")
    attack = "<style>body{display:none}</style><img src=x onerror='document.title=1'><script>document.title=1</script>"
    hostile.write_text(reports["week"].read_text().replace("<main>", f"<main>{attack}"))
    page, *_ = opened(browser, hostile, DESKTOP, "light")
    assert page.title() == "Weekly control review, week 13"
    assert page.locator("section#verdict").is_visible()
    page.close()


def test_dark_and_light_differ_and_both_are_readable(browser: Browser, reports: dict[str, Path]) -> None:
    colours: list[tuple[int, int]] = []
    for scheme in ("light", "dark"):
        page, *_ = opened(browser, reports["week"], DESKTOP, scheme)
        ground, ink = (
            sum(int(part) for part in page.evaluate(f"getComputedStyle(document.body).{name}")[4:-1].split(","))
            for name in ("backgroundColor", "color")
        )
        colours.append((ground, ink))
        page.close()
    (light_ground, light_ink), (dark_ground, dark_ink) = colours
    assert light_ground - light_ink > 500
    assert dark_ink - dark_ground > 500


def test_print_shows_everything_on_white(browser: Browser, reports: dict[str, Path]) -> None:
    page, *_ = opened(browser, reports["week"], DESKTOP, "dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth + 1)")
    page.close()


def test_a_box_that_scrolls_can_be_reached_by_keyboard(browser: Browser, reports: dict[str, Path]) -> None:
    page, *_ = opened(browser, reports["week"], PHONE, "light")
    boxes = page.locator(".scroll")
    assert boxes.count() > 3
    for place in range(boxes.count()):
        assert boxes.nth(place).get_attribute("tabindex") == "0"
        assert boxes.nth(place).get_attribute("aria-label")
    page.close()


def test_the_index_leads_to_the_week_and_back(browser: Browser, reports: dict[str, Path]) -> None:
    page, *_ = opened(browser, reports["index"], DESKTOP, "light")
    page.click("text=2026-W13")
    assert page.locator("section#verdict").is_visible()
    page.click("text=All weeks")
    assert page.locator("section#weeks").is_visible()
    page.close()
