"""The app's service: pictures, models of any task, headers, foreign senders, crowds, stopping."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import jsonschema
import layouts
import numpy as np
import onnx
import pytest
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from onnx import TensorProto, helper
from PIL import Image
from schemathesis.specs.openapi.checks import positive_data_acceptance
from werkzeug.serving import make_server

from helpers.cli.main import main
from helpers.evaluation.leaderboards import leaderboard
from helpers.faces import EXPRESSIONS, TASKS, Task, description
from helpers.rendering import contact_sheet
from helpers.system import write_json
from webapp import MEGABYTES, create_app, recorded, samples
from webapp.concurrency import Busy, ConcurrencyLimiter
from webapp.pages import ASSETS
from webapp.security import HEADERS

#: Two classes without emoji, and eight with.
TWO = replace(TASKS["happy_or_not"], emoji={})
EIGHT = TASKS["ferplus"]

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


def tiny_model(folder: Path, task: Task, **about) -> Path:
    """Write a model that always says the last class of a task, as `fer export` would."""
    count = len(task.classes)
    weights = {
        "shape": np.array([-1, 48 * 48], np.int64),
        "weight": np.zeros((48 * 48, count), np.float32),
        "bias": np.arange(count, dtype=np.float32),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Reshape", ["faces", "shape"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weight", "bias"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["said"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 48, 48, 1])],
        [helper.make_tensor_value_info("said", TensorProto.FLOAT, ["n", count])],
        [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, folder / "model.onnx")
    measured = {"faces": 10 * count, "accuracy": 0.5, "balanced_accuracy": 0.5, "macro_f1": 0.5}
    required = {"name": "tiny", "classes": list(task.classes), "temperature": 1.0}
    optional = {
        "task": task.name,
        "question": task.question,
        "experiment": "tiny",
        "parameters": 2305 * count,
        "emoji": dict(task.emoji),
        "colours": {name: task.colour(name) for name in task.classes},
        "measured": {"PublicTest": measured},
        "confusion": {"PublicTest": (np.eye(count, dtype=int) * 4 + 1).tolist()},
    }
    write_json(folder / "model.json", required | optional | about)
    return folder


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


@pytest.mark.parametrize("task", [TWO, EIGHT], ids=lambda task: task.name)
def test_any_task_will_do(task, tmp_path):
    client = create_app(tiny_model(tmp_path, task)).test_client()
    body = predict(client, face()).json
    (found,) = body["faces"]
    assert tuple(found["scores"]) == task.classes
    names = [one["name"] for one in found["top"]]
    assert names == list(reversed(task.classes))[:3]
    assert [one["emoji"] for one in found["top"]] == [task.emoji.get(name, "") for name in names]
    assert 0 <= found["box"]["score"] <= 1

    described = client.get("/api/v1/openapi.json").json["paths"]
    for path, verb, answer in (("/predict", "post", body), ("/model", "get", client.get("/api/v1/model").json)):
        content = described[path][verb]["responses"]["200"]["content"]
        jsonschema.validate(answer, content["application/json"]["schema"])
    assert task.question in client.get("/").text

    results = client.get("/api/v1/results").json
    assert results["split"] == "PublicTest", "it was not reported yet"
    assert np.shape(results["confusion"]) == (len(task.classes),) * 2


def test_a_model_may_say_little_of_itself(tmp_path):
    folder = tiny_model(tmp_path, TWO)
    whole = json.loads((folder / "model.json").read_text())
    write_json(folder / "model.json", {key: whole[key] for key in ("name", "classes", "temperature")})
    client = create_app(folder).test_client()
    assert predict(client, face()).json["faces"][0]["top"][0]["name"] == "not happy"
    assert len(set(client.get("/api/v1/model").json["colours"].values())) == 2
    results = client.get("/api/v1/results").json
    assert results["confusion"] is None and results["metrics"] == {}
    assert client.get("/dashboard").status_code == 200


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


@pytest.mark.parametrize("path", ["/", "/live", "/dashboard", "/nothing", "/api/v1/health", "/api/v1/nothing"])
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
    for path in ("/assets/../api.py", "/assets/%2e%2e/api.py", "/samples/x.png", "/static/../api.py"):
        assert client.get(path).status_code == 404


def test_pages_and_figures_have_the_same_colours(client):
    assert client.get("/api/v1/model").json["colours"] == dict(EXPRESSIONS.colours)


def test_samples_are_faces(client):
    for name in EXPRESSIONS.classes:
        answer = client.get(f"/samples/{name}.png")
        assert len(predict(client, answer.data).json["faces"]) == 1, name
        kept = np.asarray(Image.open(io.BytesIO(answer.data)))
        np.testing.assert_array_equal(kept, samples.draw(name), "webapp.samples.write() draws them again")


def test_dashboard_shows_what_is_recorded(client):
    model, results = (client.get(f"/api/v1/{what}").json for what in ("model", "results"))
    assert model["classes"] == list(EXPRESSIONS.classes)
    assert np.sum(results["confusion"]) == 3589
    assert results["split"] == "PrivateTest"
    right = np.trace(results["confusion"]) / 3589
    assert results["metrics"]["PrivateTest"]["accuracy"] == pytest.approx(right, abs=1e-4)
    assert model["experiment"] in {row["experiment"] for row in results["leaderboard"]}
    told = {row["experiment"]: f"{row['PrivateTest']:.1f}" for row in results["leaderboard"]}
    table = leaderboard(description.load().leaked)["PrivateTest"]
    assert told == table.map("{:.1f}".format).to_dict(), "rounded twice"


def test_the_app_says_whose_answer_it_gives(client):
    assert "averages two heads" in client.get("/dashboard").text
    first = create_app(head="first").test_client()
    assert "takes the first of this model's two heads" in first.get("/dashboard").text
    given, other = (predict(one, face()).json["faces"][0]["scores"] for one in (client, first))
    assert given != other


def test_dashboard_needs_no_tables(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "helpers.evaluation.leaderboards", None)  # cannot be imported
    recorded._leaderboard.cache_clear()
    results = client.get("/api/v1/results").json
    recorded._leaderboard.cache_clear()
    assert results["leaderboard"] == [] and np.sum(results["confusion"]) == 3589


def test_app_starts_without_what_the_study_needs():
    code = (
        "import sys, webapp; webapp.create_app(); heavy = {'pandas', 'sklearn', 'matplotlib', "
        "'scipy', 'tensorflow', 'keras'}; assert not heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


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


def test_limiter_lets_so_many_work_and_wait():
    limiter, working, leave = ConcurrencyLimiter(1, 1), threading.Event(), threading.Event()

    def stay():
        with limiter.slot():
            working.set()
            leave.wait(5)

    first, second = (threading.Thread(target=stay) for _ in range(2))
    first.start()
    working.wait(5)
    second.start()
    while limiter.in_flight < 2:
        time.sleep(0.01)
    with pytest.raises(Busy), limiter.slot():
        pass
    leave.set()
    first.join()
    second.join()
    with limiter.slot():
        assert limiter.in_flight == 1


def test_a_crowd_is_told_to_retry_and_the_server_recovers():
    app = create_app(workers=1, queue_size=0)
    with app.blueprints["api"].limiter.slot():
        answer = predict(app.test_client(), face())
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "1"
    assert predict(app.test_client(), face()).status_code == 200


def test_errors_inside_tell_nothing(client, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret")

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
    sender = threading.Thread(target=lambda: said.append(fetch(f"{running.address}/api/v1/predict", large)))
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
    assert done.exit_code == 1 and "there is no exported model nobody" in done.output
