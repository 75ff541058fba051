"""A small keep-alive HTTP client in a process of its own: so many connections, each waiting for its answer.

`python -m bench.load SPEC.json` prints {"answers", "seconds", "latencies", "statuses"}.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """What a run gave."""

    answers: int
    seconds: float
    latencies: tuple[float, ...]
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def quantile(self, share: float) -> float:
        """Latency in seconds that this share stays under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run(port: int, requests: list[str], *, connections: int, seconds: float) -> Result:
    """Send the raw requests in turn over so many connections for so long."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump({"port": port, "requests": requests, "connections": connections, "seconds": seconds}, file)
    try:
        done = subprocess.run([sys.executable, "-m", "bench.load", file.name], check=True, capture_output=True, text=True)
    finally:
        Path(file.name).unlink()
    said = json.loads(done.stdout)
    return Result(said["answers"], said["seconds"], tuple(said["latencies"]), said["statuses"])


def get(path: str, *, cookie: str = "", headers: str = "") -> str:
    """A raw GET."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\nAccept-Language: zh\r\n{_cookie(cookie)}{headers}\r\n"


def send(method: str, path: str, body: str, *, headers: str = "", cookie: str = "", kind: str = "application/json") -> str:
    """A raw writing request."""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body.encode())}\r\n{_cookie(cookie)}{headers}\r\n{body}"
    )


def _cookie(cookie: str) -> str:
    return f"Cookie: {cookie}\r\n" if cookie else ""


async def _answer(reader: asyncio.StreamReader) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    status = head[9:12].decode()
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        length = int(lower[at + 15 : lower.index(b"\r\n", at)])
        if length:
            await reader.readexactly(length)
    elif b"transfer-encoding: chunked" in lower:
        while (size := int(await reader.readline(), 16)):
            await reader.readexactly(size + 2)
        await reader.readline()
    return status


async def _main(spec: dict[str, Any]) -> dict[str, Any]:
    requests = [text.encode() for text in spec["requests"]]
    latencies: list[float] = []
    statuses: dict[str, int] = {}
    links = [await asyncio.open_connection("127.0.0.1", spec["port"]) for _ in range(spec["connections"])]
    start = time.perf_counter()
    until = start + spec["seconds"]

    async def one(number: int) -> None:
        reader, writer = links[number]
        turn = number
        while (sent := time.perf_counter()) < until:
            writer.write(requests[turn % len(requests)])
            turn += len(links)
            status = await _answer(reader)
            latencies.append(time.perf_counter() - sent)
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    await asyncio.gather(*(one(number) for number in range(len(links))))
    return {
        "answers": len(latencies),
        "seconds": time.perf_counter() - start,
        "latencies": latencies,
        "statuses": statuses,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(json.loads(Path(sys.argv[1]).read_text())))))
