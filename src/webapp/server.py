"""Serve the app. In: an address. Out: a server that finishes what it began when it is stopped."""

import _thread
import logging
import os
import signal
import sys
import threading
import time
import webbrowser

import waitress
from flask import Flask

#: Threads beside those of the workers and the queue: pages and refusals go past the queue.
SPARE = 8
#: How long a stopped server finishes what is in flight, in seconds.
PATIENCE = 10


def serve(app: Flask, host: str, port: int, threads: int, show: bool = False) -> None:
    """Serve until a signal comes; then finish what is in flight. A second signal waits for nothing.

    `threads` are as many as may work and wait; `show` opens a browser.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a crowd is no news
    most = app.config["MAX_CONTENT_LENGTH"]
    server = waitress.create_server(
        app,
        host="127.0.0.1" if host == "localhost" else host,  # one socket, not one for each family
        port=port,
        threads=threads + SPARE,
        connection_limit=4 * (threads + SPARE),
        max_request_body_size=2 * most,  # beyond `most` the app itself answers, in JSON
        inbuf_overflow=2 * most,  # uploads stay in memory
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    limiter = app.blueprints["api"].limiter

    def stop(*_):
        if app.config.get("DRAINING"):
            raise SystemExit
        app.config["DRAINING"] = True
        server.accepting = False
        threading.Thread(target=_drain, args=(server, limiter), daemon=True).start()

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stop)
    name = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host
    address = f"http://{f'[{name}]' if ':' in name else name}:{server.effective_port}"
    print(f"Facial expressions: {address}  (Ctrl+C stops it)", flush=True)
    if show and _has_screen():
        webbrowser.open(address)
    server.run()


def _has_screen() -> bool:
    """Without one, Python would open a browser of text in this very terminal."""
    return sys.platform != "linux" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))


def _drain(server, limiter) -> None:
    """Wait for the requests in flight and for answers on their way, then end the server's loop."""
    until = time.monotonic() + PATIENCE
    while (limiter.in_flight or _sending(server)) and time.monotonic() < until:
        time.sleep(0.05)
    _thread.interrupt_main(signal.SIGTERM)
    server.pull_trigger()  # wakes the loop


def _sending(server) -> bool:
    channels = list(server.active_channels.values())
    return any(channel.requests or channel.total_outbufs_len for channel in channels)
