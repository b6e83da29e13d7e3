import base64
import doctest
import io

import nbformat
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from PIL import Image, ImageDraw

import exporter
import formulas
import publish
from browser import ADVICE, find_chromium, offline_browser
from chapters import describe
from formulas import PublishError, markdown_to_html, to_mathml

needs_browser = pytest.mark.skipif(find_chromium() is None, reason=ADVICE)

FORMULA = r"The entropy is $H(p) = -\sum_{k=1}^{K} p_k \log_2 p_k$."
QUIZ = "## Quiz\n\n<details><summary>Why?</summary>\n\nBecause **some** agree.\n\n</details>"
TABLE = (
    "<table class='dataframe'><thead><tr><th></th><th>faces</th></tr></thead><tbody>"
    + "".join(f"<tr><th>class {n}</th><td>{n * 100}</td></tr>" for n in range(7))
    + "</tbody></table>"
)


def plot():
    """A synthetic plot, larger than a slide."""
    picture = Image.new("RGB", (1600, 1200), "white")
    ImageDraw.Draw(picture).line([(20, 20), (600, 900), (1580, 1180)], fill="firebrick", width=9)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def markdown(source, slide=None):
    cell = nbformat.v4.new_markdown_cell(source)
    cell.metadata["slideshow"] = {"slide_type": slide or "-"}
    return cell


def code(source, output=None, slide="-", tags=()):
    outputs = [nbformat.v4.new_output("display_data", data=output)] if output else []
    cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=1)
    cell.metadata.update(slideshow={"slide_type": slide}, tags=list(tags))
    return cell


def save(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return path


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    return save(
        folder / "01_looking.ipynb",
        markdown("# 01 · Looking\n\nA first look.", "slide"),
        markdown("Greet the *audience*.", "notes"),
        markdown("## Aim\n\nSee **what** is there. Next: [more](02_more.ipynb#Aim).", "skip"),
        code("import secret_setup", slide="skip"),
        markdown(f"## Theory\n\n{FORMULA}\n\n$$\\frac{{a}}{{b}}$$", "slide"),
        markdown("### Counts\n\nSeven classes.", "slide"),
        code("counts", {"text/html": TABLE, "text/plain": "counts"}),
        markdown("### Picture\n\nIt falls.", "subslide"),
        code("draw()", {"image/png": plot(), "text/plain": "<Figure>"}),
        markdown("### A line\n\nof code.", "slide"),
        code("shown_line()", {"text/plain": "42"}, tags=["show-code"]),
        markdown("- and a thought", "fragment"),
        markdown(QUIZ, "skip"),
    )


@pytest.fixture(scope="module")
def second(notebook):
    return save(notebook.parent / "02_more.ipynb", markdown("# 02 · More", "slide"), code("1", {"text/plain": "1"}))


@pytest.fixture(scope="module")
def site(notebook, second, tmp_path_factory):
    return publish.write_site([second, notebook], tmp_path_factory.mktemp("site")).parent


@pytest.fixture(scope="module")
def deck(notebook, tmp_path_factory):
    return publish.export_deck(notebook, tmp_path_factory.mktemp("slides"))


def soup(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


# --- what is written -----------------------------------------------------------------------


def test_nothing_is_loaded_from_the_network(site, deck):
    for path in [*site.glob("*.html"), deck]:
        assert exporter.remote_resources(path.read_text("utf-8")) == [], path.name


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://a.org/a.js"></script>',
        '<link rel="stylesheet" href="http://a.org/a.css">',
        '<img src="//a.org/a.png">',
        '<img srcset="a.png 1x, https://a.org/b.png 2x">',
        "<style>@import 'https://a.org/a.css';</style>",
        "<p style=\"background: url('https://a.org/a.png')\">",
    ],
)
def test_what_would_be_loaded_is_found(html):
    assert len(exporter.remote_resources(html)) == 1


def test_examples_in_docstrings():
    for module in (exporter, formulas):
        result = doctest.testmod(module)
        assert result.attempted and not result.failed


def test_page_shows_code_and_leaves_speaker_notes_out(site):
    page = soup(site / "01_looking.html")
    assert "import secret_setup" in page.main.get_text()
    assert all(source.has_attr("open") for source in page.select("details.source"))
    assert "audience" not in page.main.get_text()


def test_page_lists_its_sections_and_links_resolve(site):
    page = soup(site / "01_looking.html")
    anchors = [a["href"][1:] for a in page.select(".toc a")]
    assert anchors == ["Aim", "Theory", "Counts", "Picture", "A-line", "Quiz"]
    assert all(page.find(id=anchor) for anchor in anchors)
    assert page.select_one('a[href="02_more.html#Aim"]')


def test_pages_lead_to_their_neighbours_and_the_index_to_all(site):
    assert soup(site / "01_looking.html").select_one("a[rel=next]")["href"] == "02_more.html"
    assert soup(site / "02_more.html").select_one("a[rel=prev]")["href"] == "01_looking.html"
    assert not soup(site / "02_more.html").select("a[rel=next]")
    index = soup(site / "index.html")
    assert [a["href"] for a in index.select(".chapters a")] == ["01_looking.html", "02_more.html"]
    assert index.select_one(".chapters .picture img")["src"].startswith("data:image/png")


def test_chapter_is_described(notebook):
    chapter = describe(notebook)
    assert (chapter.number, chapter.title) == ("01", "Looking")
    assert chapter.aim.startswith("See <strong>what</strong> is there.")


def test_answers_stay_inside_their_question(site):
    answer = soup(site / "01_looking.html").select_one(".prose details")
    assert "Because some agree." in answer.get_text()


def test_slides_hide_code_unless_asked(deck):
    text = soup(deck).select_one(".slides").get_text()
    assert "shown_line()" in text
    assert "secret_setup" not in text and "draw()" not in text


def test_slides_follow_the_slide_types(deck):
    slides = soup(deck).select_one(".slides").find_all("section", recursive=False)
    assert [len(slide.find_all("section")) for slide in slides] == [1, 1, 2, 1]
    assert "audience" in slides[0].select_one("aside.notes").get_text()
    assert "a thought" in slides[3].select_one(".fragment").get_text()
    assert "Because" not in soup(deck).get_text()


def test_slides_without_content_are_dropped(tmp_path):
    path = save(
        tmp_path / "a.ipynb",
        markdown("# Title", "slide"),
        code("silent = 1", slide="slide"),
        markdown("## End", "slide"),
        code("1", {"text/plain": "1"}),
    )
    assert len(soup(publish.export_deck(path, tmp_path)).select(".canvas")) == 2


def test_figures_keep_the_width_they_are_shown_at(tmp_path):
    drawn = code("draw()", {"image/png": plot()})
    drawn.outputs[0].metadata = {"image/png": {"width": 800}}  # as a Drawing says: half its pixels
    path = save(tmp_path / "a.ipynb", markdown("# A", "slide"), drawn)
    assert soup(publish.export_page(path, tmp_path)).select_one("figure img")["width"] == "800"


def test_figures_have_a_description(site):
    picture = soup(site / "01_looking.html").select_one("figure img")
    assert picture["alt"] == "Figure: Picture"


# --- formulas ------------------------------------------------------------------------------


def test_formulas_become_mathml():
    html = markdown_to_html(FORMULA + "\n\n$$\\begin{aligned} a &= b \\\\ c &< d \\end{aligned}$$")
    assert html.count("<math") == 2 and "$" not in html
    assert "<mtable" in html
    assert "&lt;" in html or "&#x0003C;" in html


def test_logarithm_keeps_its_distance():
    assert "<mspace" in to_mathml(r"p_k \log_2 p_k")
    assert "<mspace" not in to_mathml(r"\log(p)")


@pytest.mark.parametrize(
    ("formula", "complaint"), [(r"\unheard{x}", r"\\unheard"), (r"\frac{a", "brace"), (r"a_", "formula")]
)
def test_a_wrong_formula_is_named(formula, complaint):
    with pytest.raises(PublishError, match=complaint):
        to_mathml(formula)


# --- what goes wrong -----------------------------------------------------------------------


def complain(tmp_path, verb, path):
    result = CliRunner().invoke(publish.main, [verb, str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert not result.exception or isinstance(result.exception, SystemExit)
    return result.output


@pytest.mark.parametrize("verb", ["site", "slides"])
def test_unknown_notebook(tmp_path, verb, notebook):
    message = complain(tmp_path, verb, notebook.parent / "09_none.ipynb")
    assert "09_none.ipynb: no such notebook" in message
    assert "01_looking.ipynb" in message


@pytest.mark.parametrize("verb", ["site", "slides"])
def test_notebook_that_was_not_run(tmp_path, verb):
    path = save(tmp_path / "a.ipynb", markdown("# A", "slide"), nbformat.v4.new_code_cell("1"))
    assert "none of its 1 code cells was run" in complain(tmp_path, verb, path)


def test_file_that_is_no_notebook(tmp_path):
    (tmp_path / "a.ipynb").write_text("not json")
    assert "not a notebook" in complain(tmp_path, "site", tmp_path / "a.ipynb")


def test_notebook_without_slides(tmp_path):
    path = save(tmp_path / "a.ipynb", nbformat.v4.new_markdown_cell("# A"))
    assert "no cell starts a slide" in complain(tmp_path, "slides", path)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("![x](https://a.org/a.png)", "asks the network for img https://a.org/a.png"),
        ("![x](missing.png)", "the picture missing.png does not exist"),
        (r"$\unheard{x}$", "unknown command"),
    ],
)
@pytest.mark.parametrize("verb", ["site", "slides"])
def test_cell_that_cannot_be_published(tmp_path, verb, source, complaint):
    path = save(tmp_path / "a.ipynb", markdown("# A", "slide"), markdown(source))
    message = complain(tmp_path, verb, path)
    assert complaint in message and "a.ipynb" in message
    assert not list((tmp_path / "out").glob("a.*"))


def test_other_notebooks_are_still_written(tmp_path, notebook):
    with pytest.raises(PublishError, match="no such notebook"):
        publish.write_site([notebook, notebook.parent / "09_none.ipynb"], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"01_looking.html", "index.html"}


# --- in a real browser, from a file, without a network -----------------------------------------


@needs_browser
def test_deck_in_a_browser(deck):
    with offline_browser() as browser:
        browser.open(deck)
        assert browser.page.evaluate("Reveal.isReady()")
        assert list(browser.slides()) == [1, 2, 3, 4, 5]
        assert browser.overflowing_slides() == {}
        assert browser.requests[0].startswith("file:")
        assert browser.remote_requests() == []
        assert browser.errors == []


@needs_browser
def test_picture_fills_its_slide(deck):
    with offline_browser() as browser:
        browser.open(deck)
        browser.page.evaluate("Reveal.slide(2, 1)")
        box = browser.page.locator("section.present figure img").last.bounding_box()
    assert box["height"] > 360 and box["y"] + box["height"] <= 720


@needs_browser
def test_speaker_view_opens_from_the_file(deck):
    with offline_browser() as browser:
        browser.open(deck)
        with browser.page.expect_popup() as popup:
            browser.page.keyboard.press("s")
        notes = popup.value.locator(".speaker-controls-notes .value")
        notes.get_by_text("Greet the audience.").wait_for(timeout=15_000)
        assert browser.remote_requests() == []


@needs_browser
@pytest.mark.parametrize(
    "crowd",
    [
        markdown("\n".join(f"- line {n}" for n in range(60))),
        code("wide", {"text/html": f"<table><tr>{'<td>1234567</td>' * 60}</tr></table>"}),
        code("long", {"text/plain": "word " * 80}),
    ],
    ids=["long list", "wide table", "long line"],
)
def test_overflow_is_noticed(tmp_path, crowd):
    path = save(tmp_path / "a.ipynb", markdown("# A", "slide"), markdown("## B", "slide"), crowd)
    publish.export_deck(path, tmp_path)  # writing is possible ...
    with pytest.raises(PublishError, match=r"too much on 1 slides.*\n  slide 2: "):
        publish.export_deck(path, tmp_path, check=True)  # ... checking finds out


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_page_in_a_browser(site, width, dark):
    with offline_browser(width, 844, dark=dark) as browser:
        for path in sorted(site.glob("*.html")):
            browser.open(path)
            assert browser.sideways_scroll() <= 0, path.name
            shown = "[...document.images].every((i) => i.complete && i.naturalWidth > 0)"
            assert browser.page.evaluate(shown)
            back = browser.page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, back[4:-1].split(","))) < 3 * 128) == dark
        assert len(browser.requests) >= 3
        assert browser.remote_requests() == []
        assert browser.errors == []


@needs_browser
def test_browser_notices_requests_and_wide_pages(tmp_path):
    page = tmp_path / "a.html"
    page.write_text('<img src="http://a.invalid/a.png"><div style="width: 900px">wide</div>')
    with offline_browser(390, 844) as browser:
        browser.open(page)
        assert browser.remote_requests() == ["http://a.invalid/a.png"]
        assert browser.sideways_scroll() > 400


@needs_browser
def test_buttons_of_a_page(site):
    with offline_browser() as browser:
        browser.open(site / "01_looking.html")
        browser.page.click("#code")
        assert browser.page.locator("details.source[open]").count() == 0
        browser.page.click("#theme")
        assert browser.page.evaluate("document.documentElement.style.colorScheme") == "dark"
