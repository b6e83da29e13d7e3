"""The app's service: good and bad pictures, headers, foreign senders, crowds, stopping."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import layouts
import numpy as np
import pytest
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from PIL import Image
from schemathesis.specs.openapi.checks import positive_data_acceptance
from werkzeug.serving import make_server

from helpers import profile, runs
from helpers.cli.main import main
from helpers.config import COLOURS, EXPRESSIONS
from helpers.inference import pictures
from helpers.rendering import contact_sheet
from webapp import MEGABYTES, create_app
from webapp.gate import Busy, Gate
from webapp.guard import HEADERS
from webapp.pages import ASSETS

APP = create_app()
schema = schemathesis.openapi.from_dict(APP.test_client().get("/api/v1/openapi.json").json)


@pytest.fixture
def client():
    return APP.test_client()


def face(expression: str = "happy", form: str = "PNG", **options) -> bytes:
    pixels = np.pad(contact_sheet([expression], 1, photograph=False), 40, "edge")
    return encoded(Image.fromarray(pixels), form, **options)


def encoded(picture: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def predict(client, content: bytes, **options):
    return client.post("/api/v1/predict", data=content, content_type="image/png", **options)


def test_a_form_and_a_body_give_the_same_faces(client):
    body = predict(client, face()).json
    form = client.post("/api/v1/predict", data={"picture": (io.BytesIO(face()), "../../x.png")})
    assert form.json["faces"] == body["faces"]
    (found,) = body["faces"]
    assert found["top"][0]["name"] == "happy" and found["top"][0]["emoji"] == "😀"
    assert sum(found["scores"].values()) == pytest.approx(1, abs=0.001)
    assert (body["width"], body["height"]) == (272, 272)


def test_no_face_is_no_error(client):
    grey = encoded(Image.new("L", (300, 200), 128), "PNG")
    answer = predict(client, grey)
    assert answer.status_code == 200 and answer.json["faces"] == []


def test_unusual_pictures_are_read(client):
    picture = Image.open(io.BytesIO(face()))
    deep = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    frames = [picture, Image.new("L", picture.size)]
    unusual = {
        "CMYK": encoded(picture.convert("RGB").convert("CMYK"), "JPEG"),
        "16 bits": encoded(deep, "PNG"),
        "alpha": encoded(picture.convert("RGBA"), "PNG"),
        "animated": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "20 megapixels": encoded(picture.resize((4500, 4500)), "JPEG"),
    }
    for name, content in unusual.items():
        answer = predict(client, content)
        assert answer.status_code == 200, name
        assert [one["top"][0]["name"] for one in answer.json["faces"]] == ["happy"], name


def bad_pictures():
    whole = face(form="JPEG")
    bomb = layouts.png_that_claims(20_000)
    return {
        "empty": (b"", 400, "empty"),
        "text": (b"I am no picture", 422, "no picture"),
        "truncated": (whole[: len(whole) // 2], 422, "cut off"),
        "bomb": (bomb, 413, "pixels"),
        "too large": (b"\0" * (MEGABYTES * 1024 * 1024 + 1), 413, f"{MEGABYTES} MB"),
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "no picture"),
    }


BAD = bad_pictures()


@pytest.mark.parametrize("name", BAD)
def test_bad_pictures_get_a_reason(client, name):
    content, code, reason = BAD[name]
    for answer in (
        predict(client, content),
        client.post("/api/v1/predict", data={"picture": (io.BytesIO(content), "a.jpg")}),
    ):
        assert answer.status_code == code
        assert answer.json["error"]["code"] == code
        assert reason in answer.json["error"]["message"]


def test_other_bad_requests(client):
    assert client.post("/api/v1/predict", data={"other": "x"}).status_code == 415
    nameless = {"other": (io.BytesIO(b"x"), "x")}
    assert client.post("/api/v1/predict", data=nameless).status_code == 400
    assert client.post("/api/v1/predict", json={}).status_code == 415
    wrong = client.get("/api/v1/predict")
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]
    assert client.get("/api/v1/nothing").json["error"]["code"] == 404


def test_another_sites_page_is_refused(client):
    answer = predict(client, face(), headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert predict(client, face(), headers={"Origin": "http://["}).status_code == 403
    own = predict(client, face(), headers={"Origin": "http://localhost"})
    assert own.status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/live", "/dashboard", "/nothing", "/api/v1/health", "/api/v1/nothing"]
)
def test_every_answer_is_guarded(client, path):
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert b"<script>" not in answer.data and b"style=" not in answer.data


def test_assets_come_from_installed_packages_and_nothing_else_is_given(client):
    for name, (_, _, kind) in ASSETS.items():
        answer = client.get(f"/assets/{name}")
        assert answer.status_code == 200 and answer.mimetype == kind and len(answer.data) > 100_000
    for path in (
        "/assets/../api.py",
        "/assets/%2e%2e/api.py",
        "/samples/x.png",
        "/static/../api.py",
    ):
        assert client.get(path).status_code == 404


def test_pages_and_figures_have_the_same_colours(client):
    style = client.get("/static/app.css").text
    assert all(f"--{name}: {colour};" in style for name, colour in COLOURS.items())


def test_samples_are_faces(client):
    for name in EXPRESSIONS:
        answer = client.get(f"/samples/{name}.png")
        assert len(predict(client, answer.data).json["faces"]) == 1, name


def test_dashboard_shows_what_is_recorded(client):
    model, results = (client.get(f"/api/v1/{what}").json for what in ("model", "results"))
    assert model["classes"] == list(EXPRESSIONS)
    assert np.sum(results["confusion"]) == 3589
    right = np.trace(results["confusion"]) / 3589
    assert results["metrics"]["PrivateTest"]["accuracy"] == pytest.approx(right, abs=1e-4)
    assert model["experiment"] in {row["experiment"] for row in results["ladder"]}
    told = {row["experiment"]: f"{row['PrivateTest']:.1f}" for row in results["ladder"]}
    table = runs.table(profile.load().leaked)["PrivateTest"]
    assert told == table.map("{:.1f}".format).to_dict(), "rounded twice"


def test_uploads_stay_in_memory(client, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a picture was written to the disk")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("tempfile.SpooledTemporaryFile", refuse)
    noise = np.random.default_rng(0).integers(0, 256, (900, 900, 3), np.uint8)
    large = encoded(Image.fromarray(noise), "PNG")
    assert len(large) > 2_000_000
    answer = client.post("/api/v1/predict", data={"picture": (io.BytesIO(large), "a.png")})
    assert answer.status_code == 200


def test_gate_lets_in_so_many():
    gate, inside, leave = Gate(1, queue_size=1), threading.Event(), threading.Event()

    def stay():
        with gate.entered():
            inside.set()
            leave.wait(5)

    first, second = (threading.Thread(target=stay) for _ in range(2))
    first.start()
    inside.wait(5)
    second.start()
    while gate.inside < 2:
        time.sleep(0.01)
    with pytest.raises(Busy), gate.entered():
        pass
    leave.set()
    first.join()
    second.join()
    with gate.entered():
        assert gate.inside == 1


def test_a_crowd_is_told_to_come_again_and_the_server_recovers():
    app = create_app(workers=1, queue_size=0)
    gate = app.blueprints["api"].gate
    with gate.entered():
        answer = predict(app.test_client(), face())
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "1"
    assert predict(app.test_client(), face()).status_code == 200


def test_errors_inside_tell_nothing(client, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(pictures, "_rgb", broken)
    monkeypatch.setattr("webapp.api.read_picture", broken)
    answer = predict(client, face())
    assert answer.status_code == 500 and "secret" not in answer.text


@pytest.fixture(scope="module")
def served():
    server = make_server("127.0.0.1", 0, APP, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1"
    server.shutdown()


@schema.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_api_is_as_described(case, served):
    """Only that no bytes but a picture's are a picture, no description can say."""
    case.call_and_validate(base_url=served, excluded_checks=[positive_data_acceptance])


@pytest.fixture
def running():
    command = [sys.executable, "-m", "helpers", "serve", "--port", "0"]
    begun = time.monotonic()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    line = server.stdout.readline()
    server.address = line.split()[2]
    server.starting = time.monotonic() - begun
    yield server
    server.kill()
    server.wait()


def fetch(address: str, content: bytes | None = None, **headers):
    request = urllib.request.Request(address, content, {"Content-Type": "image/png"} | headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_server_starts_soon_answers_and_finishes_what_is_in_flight(running):
    assert running.starting < 10  # seconds; about one on an idle machine
    assert fetch(f"{running.address}/api/v1/health")["status"] == "ready"
    large = encoded(Image.open(io.BytesIO(face())).resize((4500, 4500)), "PNG")
    said = []
    sender = threading.Thread(
        target=lambda: said.append(fetch(f"{running.address}/api/v1/predict", large))
    )
    sender.start()
    time.sleep(1)  # it has been sent, and takes about a second to read
    running.send_signal(signal.SIGTERM)
    sender.join()
    assert len(said[0]["faces"]) == 1
    assert running.wait(15) == 0


@pytest.mark.parametrize("path", ["/", "/api/v1/health"])
def test_a_foreign_name_is_refused(client, path):
    answer = client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


def test_server_says_what_is_wrong_with_an_address():
    done = CliRunner().invoke(main, ["serve", "--host", "no such host"])
    assert done.exit_code == 1 and "cannot be listened on" in done.output
    done = CliRunner().invoke(main, ["serve", "--model", "nobody"])
    assert done.exit_code == 1 and "there is no shipped model nobody" in done.output
