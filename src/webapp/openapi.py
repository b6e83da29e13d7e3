"""The API's description. In: the classes. Out: an OpenAPI 3.1 document."""

from helpers.inference.recognizer import TOP


def document(classes: tuple[str, ...], most: int) -> dict:
    """Describe the API of a model with these classes for programs; pictures have at most `most` bytes."""
    text, pixels = {"type": "string"}, {"type": "integer"}
    score = {"type": "number", "minimum": 0, "maximum": 1}
    angle = {"type": "number", "minimum": -180, "maximum": 180, "description": "degrees clockwise; 0 is upright"}
    box = dict.fromkeys(("left", "top", "width", "height"), pixels) | {"score": score, "angle": angle}
    likeliest = min(TOP, len(classes))
    top = {
        "type": "array",
        "description": "the likeliest classes; emoji is empty for a class without one",
        "minItems": likeliest,
        "maxItems": likeliest,
        "items": _object(name={"enum": list(classes)}, emoji=text, score=score),
    }
    face = _object(
        box={
            "description": "where the face lies, in pixels; how sure its finder is of it; how far it is turned",
            **_object(**box),
        },
        scores={"description": "EmoScores; together they make 1", **_object(**dict.fromkeys(classes, score))},
        top=top,
    )
    answer = _object(
        width=pixels,
        height=pixels,
        faces={"type": "array", "items": face},
        milliseconds={"type": "number", "minimum": 0},
    )
    refusals = {
        "400": "no picture was sent",
        "403": "the request comes from another site's page",
        "413": f"larger than {most // 1024**2} MB, or too many pixels",
        "415": "neither a form nor a picture",
        "422": "not a picture, cut off or damaged",
        "503": "too many wait already; Retry-After says when to come again",
    }
    binary = {"type": "string", "format": "binary"}
    bodies = {"multipart/form-data": _object(picture=binary)}
    bodies |= dict.fromkeys(("image/jpeg", "image/png", "application/octet-stream"), binary)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Facial expressions",
            "version": "1",
            "description": "Finds the faces in a picture and classifies them. Stores nothing.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": {
            "/predict": {
                "post": {
                    "operationId": "predict",
                    "summary": "Find and classify the faces in a picture",
                    "requestBody": {
                        "required": True,
                        "content": {kind: {"schema": schema} for kind, schema in bodies.items()},
                    },
                    "responses": {"200": _json(answer, "the faces, the largest first")}
                    | {code: _refusal(text) for code, text in refusals.items()},
                }
            },
            "/health": _get(
                "Is the server ready?",
                _object(status={"const": "ready"}, model=text),
                {"503": _refusal("the server is about to stop")},
            ),
            "/model": _get(
                "The model: its question, its classes and how they are shown",
                _object(
                    name=text,
                    task=text,
                    question=text,
                    classes={"const": list(classes)},
                    emoji={"type": "object", "additionalProperties": text},
                    colours={"type": "object", "required": list(classes)},
                ),
            ),
            "/results": _get("Metrics, confusion matrix, leaderboard", {"type": "object"}),
            "/openapi.json": _get("This document", {"type": "object"}),
        },
    }


def _get(summary: str, schema: dict, more: dict | None = None) -> dict:
    return {"get": {"summary": summary, "responses": {"200": _json(schema, "so")} | (more or {})}}


def _object(**properties: dict) -> dict:
    return {"type": "object", "required": list(properties), "properties": properties}


def _json(schema: dict, description: str) -> dict:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusal(description: str) -> dict:
    error = _object(error=_object(code={"type": "integer"}, message={"type": "string"}))
    return _json(error, description)
