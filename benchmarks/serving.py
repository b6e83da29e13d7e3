"""How many pictures a second the app's server reads, how long each waits, and what a crowd gets.

    python benchmarks/serving.py [--requests 5000] [--clients 8]

Starts `fer serve` on a free port and sends it one photograph of 640 x 480 with one face (the astronaut that
scikit-image carries) from several clients, each of which waits for its answer. Then a burst of many more at once than
may wait. Clients and server share this machine's cores.
"""

import argparse
import http.client
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import skimage.data
from PIL import Image

from helpers.config import RESULTS

WARM = 50
RECORD = RESULTS / "benchmarks" / "serving.csv"


def photo() -> bytes:
    picture = Image.fromarray(skimage.data.astronaut()).resize((640, 640)).crop((0, 0, 640, 480))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def memory(process: subprocess.Popen) -> float:
    """Megabytes that a process holds (Linux only)."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


class Client(threading.Thread):
    """Sends one picture after the other over one connection."""

    def __init__(self, port: int, content: bytes, left: list[int]):
        super().__init__()
        self.port, self.content, self.left = port, content, left
        self.times, self.codes = [], Counter()

    def run(self):
        """Until nothing is left to send."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while self.left:
            try:
                self.left.pop()
            except IndexError:
                break
            start = time.perf_counter()
            connection.request("POST", "/api/v1/predict", self.content, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                self.times.append(time.perf_counter() - start)
            self.codes[answer.status] += 1


def load(port: int, content: bytes, requests: int, clients: int):
    left = list(range(requests))
    crowd = [Client(port, content, left) for _ in range(clients)]
    start = time.perf_counter()
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    seconds = time.perf_counter() - start
    times = np.sort(np.concatenate([one.times for one in crowd]))
    return seconds, times, sum((one.codes for one in crowd), Counter())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--record", action="store_true", help="keep it in results/benchmarks/")
    options = parser.parse_args()
    content = photo()
    command = [sys.executable, "-m", "helpers", "serve", "--port", "0"]
    begun = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        port = int(server.stdout.readline().split()[2].rsplit(":", 1)[1])
        print(f"started in {time.perf_counter() - begun:.1f} s")
        load(port, content, WARM, 2)
        before = memory(server)
        seconds, times, codes = load(port, content, options.requests, options.clients)
        print(
            f"{options.requests} requests from {options.clients} clients: "
            f"{len(times) / seconds:.1f} answered a second; "
            f"median {1000 * np.median(times):.0f} ms, "
            f"p99 {1000 * np.quantile(times, 0.99):.0f} ms, answers {dict(codes)}"
        )
        if options.record:
            row = {
                "requests": options.requests,
                "clients": options.clients,
                "answered": codes[200],
                "a second": round(codes[200] / seconds, 1),
                "median, ms": round(1000 * np.median(times)),
                "p99, ms": round(1000 * np.quantile(times, 0.99)),
                "memory, MB": round(memory(server)),
            }
            RECORD.parent.mkdir(parents=True, exist_ok=True)
            pd.Series(row, name="serving").to_csv(RECORD)
        print(f"memory {before:.0f} MB before, {memory(server):.0f} MB after")
        _, _, codes = load(port, content, 200, 64)
        print(f"a burst of 200 from 64 clients at once: answers {dict(codes)}")
        _, times, codes = load(port, content, 20, 1)
        print(f"afterwards: {1000 * np.median(times):.0f} ms each, answers {dict(codes)}")
        server.send_signal(signal.SIGTERM)
        print(f"stopped with {server.wait(30)}")
    finally:
        server.kill()


if __name__ == "__main__":
    main()
