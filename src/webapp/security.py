"""What keeps the app to itself: security headers, no foreign senders, errors as JSON."""

from flask import Flask, Response, abort, current_app, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

#: Only this app's own files run or are shown; nobody frames it; the camera is for it alone.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(app: Flask) -> None:
    """Add headers to every answer, refuse what other sites send, and word errors."""
    app.before_request(_refuse_foreign)
    app.after_request(_with_headers)
    app.register_error_handler(HTTPException, _worded)
    app.register_error_handler(Exception, _unexpected)


def _refuse_foreign() -> None:
    """Another site's page may not use a visitor's browser to talk to this app."""
    own = (None, "", f"http://{request.host}", f"https://{request.host}")
    if request.method == "POST" and request.headers.get("Origin") not in own:
        abort(403, "this comes from another site")


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith("/api/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _worded(error: HTTPException):
    code, message = error.code or 500, error.description or error.name
    if message == RequestEntityTooLarge.description:
        message = f"the picture is larger than {(request.max_content_length or 0) // 1024**2} MB"
    if request.path.startswith("/api/"):
        answer = jsonify(error={"code": code, "message": message})
    elif isinstance(error, SecurityError):  # asked by a foreign name: no page has an address then
        answer = Response(message, mimetype="text/plain")
    else:
        answer = Response(render_template("error.html", code=code, message=message))
    answer.status_code = code
    answer.headers.extend([(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")])
    return answer


def _unexpected(error: Exception):
    current_app.logger.exception("an error in %s %s", request.method, request.path)
    return _worded(HTTPException("something went wrong here; the server's log says what"))
