"""The app's pages in a real browser: upload, camera, dashboard; keyboard, phone, dark, offline."""

import io
import json
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image, ImageColor
from test_webapp import EIGHT, TWO, tiny_model
from werkzeug.serving import make_server

from browser import ADVICE, find_chromium
from helpers.rendering import contact_sheet
from webapp import create_app

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=ADVICE)
HERE_ONLY = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
NAMES = "name => document.querySelector('#top .name')?.textContent === name"
SAYS = "text => document.querySelector('#state').textContent.includes(text)"
PAGES = ("/", "/live", "/dashboard")


@contextmanager
def serving(model=None):
    server = make_server("127.0.0.1", 0, create_app(model), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def address():
    with serving() as served:
        yield served


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    """Three seconds of a happy face, three of a surprised one, again and again."""
    frames = []
    for expression in ("happy", "surprise"):
        face = contact_sheet([expression], 1, 260, seed=2, photograph=False)
        picture = np.pad(face, ((110, 110), (190, 190)), "edge")
        file = io.BytesIO()
        Image.fromarray(picture).convert("RGB").save(file, "JPEG", quality=90)
        frames += [file.getvalue()] * 90
    path = tmp_path_factory.mktemp("camera") / "film.mjpeg"
    path.write_bytes(b"".join(frames))
    return path


@contextmanager
def browser(address, path="/", film=None, allow=True, script="", **options):
    """Open a page; afterwards nothing was asked of another host, and no script failed."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", f"--host-resolver-rules={HERE_ONLY}"]
    if film:
        flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    if film and allow:
        flags.append("--use-fake-ui-for-media-stream")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=find_chromium(), args=flags)
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        page, asked, wrong = context.new_page(), [], []
        context.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Security" in said.text else 0)
        page.add_init_script(script)
        page.goto(address + path, wait_until="load")
        yield page
        chromium.close()
        assert wrong == []
        assert [url for url in asked if not url.startswith((address, "blob:", "data:"))] == []


def photo(expression=None, form="PNG") -> dict:
    pixels = np.full((300, 300), 128, np.uint8)
    if expression:
        pixels = np.pad(contact_sheet([expression], 1, photograph=False), 40, "edge")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return {"name": "me.png", "mimeType": "image/png", "buffer": file.getvalue()}


def first(page) -> str:
    return page.locator("#top li .name").first.inner_text()


def test_upload_shows_the_top_three_and_a_chart(address):
    with browser(address) as page:
        page.set_input_files("#file", photo("happy"))
        page.wait_for_selector("#result:not([hidden])")
        assert first(page) == "happy"
        assert page.locator("#top li").count() == 3
        assert page.locator("#top .emoji").first.inner_text() == "😀"
        assert "happy" in page.locator("#chart svg").get_attribute("aria-label")
        assert page.locator("#chart rect").count() == 7
        assert page.locator("#state").inner_text().startswith("One face found: happy")

        page.set_input_files("#file", photo("surprise"))  # a second one takes its place
        page.wait_for_function(NAMES, arg="surprise")
        assert page.locator(".box").count() == 1


@pytest.mark.parametrize("task", [TWO, EIGHT], ids=lambda task: task.name)
def test_any_task_is_shown(task, tmp_path):
    names = list(task.classes)
    with serving(tiny_model(tmp_path, task)) as address, browser(address) as page:
        page.set_input_files("#file", photo("happy"))
        page.wait_for_selector("#result:not([hidden])")
        assert page.locator("h1").inner_text() == task.question
        likeliest = names[:-4:-1]
        assert page.locator("#top .name").all_inner_texts() == likeliest
        emoji = [task.emoji[name] for name in likeliest if task.emoji]
        assert page.locator("#top .emoji:visible").all_inner_texts() == emoji
        assert page.locator("#chart rect").count() == len(names)
        assert page.locator("#chart text:not(.value)").all_text_contents() == names
        colours = page.locator("#chart rect").evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
        wanted = [f"rgb{ImageColor.getrgb(task.colour(name))}" for name in names]
        assert colours == wanted
        chart, words = (page.locator(one).first.bounding_box() for one in ("#chart", "#chart text"))
        assert words["x"] >= chart["x"], "a name is cut off"

        page.goto(f"{address}/dashboard")
        page.wait_for_selector(".cell")
        assert page.locator(".cell").count() == len(names) ** 2
        assert page.locator("#confusion tbody th").all_inner_texts() == names
        assert "PublicTest" in page.locator("#confusion-title").inner_text()
        assert page.locator("#confusion .emoji:visible").count() == len(task.emoji)
        page.locator(".cell").first.focus()
        for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowUp"):  # the last leads nowhere
            page.keyboard.press(key)
        assert f"are classified as {names[1]}" in page.locator("#told").inner_text()


#: Hands a picture, given as numbers, to the page as the event of a kind would.
HAND_OVER = """([kind, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "given.png", {type: "image/png"}));
  const event = kind === "paste" ? new ClipboardEvent(kind, {clipboardData: data, bubbles: true})
    : new DragEvent(kind, {dataTransfer: data, bubbles: true});
  document.body.dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_pictures_are_pasted_and_dropped(address, kind):
    with browser(address) as page:
        page.evaluate(HAND_OVER, [kind, list(photo("surprise")["buffer"])])
        page.wait_for_function(NAMES, arg="surprise")


def test_results_are_downloaded(address, tmp_path):
    with browser(address) as page:
        page.set_input_files("#file", photo("happy"))
        page.wait_for_selector("#result:not([hidden])")
        with page.expect_download() as scores:
            page.click("#save-scores")
        assert scores.value.suggested_filename == "me-scores.json"
        assert len(json.loads(scores.value.path().read_text())["faces"]) == 1
        with page.expect_download() as picture:
            page.click("#save-picture")
        pixels = np.asarray(Image.open(picture.value.path()).convert("RGB")).astype(int)
        assert pixels.shape == (272, 272, 3)
        assert (pixels.max(axis=2) - pixels.min(axis=2)).max() > 100  # a coloured box on grey


def test_no_face_and_no_picture_are_friendly(address):
    with browser(address) as page:
        page.set_input_files("#file", photo())
        page.wait_for_function(SAYS, arg="No face")
        assert not page.is_visible("#result")
        text = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
        page.set_input_files("#file", text)
        page.wait_for_function(SAYS, arg="no picture")
        page.evaluate("document.body.dataset.most = 2 ** 20")
        page.set_input_files("#file", text | {"buffer": b"0" * (2**20 + 1)})
        page.wait_for_function(SAYS, arg="larger than 1 MB")


def test_several_faces_are_chosen_by_their_boxes(address):
    pair = contact_sheet(["happy", "surprise"], 1, photograph=False)
    pair = np.pad(np.hstack([pair[:192], np.full((192, 60), 128, np.uint8), pair[192:]]), 40, "edge")
    file = io.BytesIO()
    Image.fromarray(pair).save(file, "PNG")
    with browser(address) as page:
        page.set_input_files("#file", photo() | {"buffer": file.getvalue()})
        page.wait_for_selector("#result:not([hidden])")
        seen = {first(page)}
        page.locator(".box").nth(1).click()
        seen.add(first(page))
        assert seen == {"happy", "surprise"}
        assert page.locator("#state").inner_text().startswith("2 faces found; face 2")


def test_keyboard_alone_is_enough(address):
    with browser(address) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "file"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the first rendered face
        page.wait_for_selector("#result:not([hidden])")
        page.locator(".box").focus()
        page.keyboard.press("Enter")
        assert page.locator(".box").get_attribute("aria-pressed") == "true"


def test_live_label_follows_the_face_and_the_camera_goes_out(address, camera):
    with browser(address, "/live", camera) as page:
        page.click("#switch")
        for expression in ("happy", "surprise", "happy"):
            page.wait_for_function(NAMES, arg=expression, timeout=20_000)
        assert page.locator("#timeline path.score").count() == 7
        assert "pictures a second" in page.locator("#speed").inner_text()
        page.evaluate("window.track = document.querySelector('video').srcObject.getTracks()[0]")
        page.click("#switch")
        assert page.evaluate("window.track.readyState") == "ended"
        assert not page.is_visible("#stage")


#: Makes every request take longer than the pace asks for, and counts those on their way.
SLOW = """
  window.flying = window.most = window.sent = 0;
  const real = window.fetch;
  window.fetch = async (...words) => {
    window.sent += 1;
    window.most = Math.max(window.most, ++window.flying);
    await new Promise((resolve) => setTimeout(resolve, 250));
    try { return await real(...words); } finally { window.flying -= 1; }
  };
"""


def test_live_never_has_two_pictures_in_flight(address, camera):
    with browser(address, "/live", camera, script=SLOW) as page:
        page.click("#switch")
        page.wait_for_function("() => window.sent >= 4")
        assert page.evaluate("window.most") == 1


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_live_rests_while_its_tab_is_hidden(address, camera):
    with browser(address, "/live", camera, script=SLOW) as page:
        page.click("#switch")
        page.wait_for_function("() => window.sent >= 2")
        page.evaluate(HIDE, True)
        page.wait_for_timeout(600)  # the one on its way may arrive
        before = page.evaluate("window.sent")
        page.wait_for_timeout(1200)
        assert page.evaluate("window.sent") == before
        page.evaluate(HIDE, False)
        page.wait_for_function("before => window.sent > before", arg=before)


def test_refused_camera_is_told(address, camera):
    with browser(address, "/live", camera, allow=False, permissions=[]) as page:
        page.click("#switch")
        page.wait_for_function(SAYS, arg="refused")


def test_missing_camera_is_told(address):
    with browser(address, "/live") as page:
        page.context.grant_permissions(["camera"])
        page.click("#switch")
        page.wait_for_function(SAYS, arg="no camera")


def test_dashboard_tells_each_cell(address):
    with browser(address, "/dashboard") as page:
        page.wait_for_selector(".cell")
        assert page.locator(".cell").count() == 49
        page.locator(".cell").first.focus()
        page.keyboard.press("ArrowRight")
        assert "labelled angry" in page.locator("#told").inner_text()
        assert "classified as disgust" in page.locator("#told").inner_text()
        assert "deeper cnn" in page.locator("#leaderboard").inner_text()
        page.click("summary")
        card = page.locator("#card")
        assert card.locator("li strong").inner_text() == "Not for judging people"
        assert "model.onnx" in card.locator("table").nth(1).inner_text()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(address, path, scheme):
    from axe_playwright_python.sync_playwright import Axe

    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme, "bypass_csp": True}
    with browser(address, path, **phone) as page:
        if path == "/":
            page.set_input_files("#file", photo("surprise" if scheme == "light" else "happy"))
            page.wait_for_selector("#result:not([hidden])")
        if path == "/dashboard":
            page.wait_for_selector(".cell")
        page.wait_for_timeout(600)  # what moves has come to rest
        found = Axe().run(page).response["violations"]
        assert {one["id"]: [n["html"][:120] for n in one["nodes"]] for one in found} == {}
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0
        assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
