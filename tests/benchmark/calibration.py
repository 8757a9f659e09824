"""A piece of work that is always the same, by which the CPU times of different machines can be compared."""

import hashlib
import json
import time

# What it took on the machine whose figures the README shows, when that had nothing else to do.
RECORDED_MS = 5.1
ITEM = {"pk": "REQUEST#1", "status": "QUEUED", "images": [{"index": n, "file_size": 1_402_311} for n in range(4)]}
TIMES = 900


def loop_ms() -> float:
    """Milliseconds of CPU: dictionaries, JSON and digests, which are what a handler is made of."""
    began = time.thread_time()
    text = json.dumps(ITEM)
    for _ in range(TIMES):
        item = json.loads(text)
        text = json.dumps({name: value for name, value in item.items() if value is not None})
        hashlib.sha256(text.encode()).hexdigest()
    return (time.thread_time() - began) * 1000
