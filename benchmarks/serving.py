"""How many pictures a second the app's server reads, how long each waits, and what a crowd gets.

    python benchmarks/serving.py [--requests 5000] [--clients 8]

Starts `fer serve` on a free port and sends it one photograph of 640 x 480 with one face (the astronaut that
scikit-image carries) from several clients, each of which waits for its answer. Then a burst of many more at once than
may wait. Clients and server share this machine's cores.
"""

import http.client
import io
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
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


def load(port: int, content: bytes, requests: int, clients: int) -> tuple[float, list[float], Counter]:
    """Seconds that all requests take, seconds of each that was answered, how often which code came."""
    left, times, codes = iter(range(requests)), [], []

    def send(_):
        """Send one picture after the other over one connection, until nothing is left to send."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in left:
            start = time.perf_counter()
            connection.request("POST", "/api/v1/predict", content, {"Content-Type": "image/jpeg"})
            answer = connection.getresponse()
            answer.read()
            codes.append(answer.status)
            if answer.status == 200:
                times.append(time.perf_counter() - start)

    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as crowd:
        list(crowd.map(send, range(clients)))
    return time.perf_counter() - begun, times, Counter(codes)


@click.command(help=__doc__.splitlines()[0])
@click.option("--requests", default=5000, show_default=True)
@click.option("--clients", default=8, show_default=True)
@click.option("--record", is_flag=True, help="Keep it in results/benchmarks/.")
def main(requests: int, clients: int, record: bool) -> None:
    content = photo()
    command = [sys.executable, "-m", "helpers", "serve", "--port", "0"]
    begun = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().split()[2].rsplit(":", 1)[1])
        print(f"started in {time.perf_counter() - begun:.1f} s")
        load(port, content, WARM, 2)
        before = memory(server)
        seconds, times, codes = load(port, content, requests, clients)
        row = {
            "requests": requests,
            "clients": clients,
            "answered": codes[200],
            "a second": round(codes[200] / seconds, 1),
            "median, ms": round(1000 * np.median(times)),
            "p99, ms": round(1000 * np.quantile(times, 0.99)),
            "memory, MB": round(memory(server)),
        }
        print(f"{', '.join(f'{what}: {value}' for what, value in row.items())}; answers {dict(codes)}")
        if record:
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
