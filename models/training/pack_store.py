"""A picture store -> one small file of WebP pictures and rows, to carry to another machine; and back (--unpack).

Sets keep the shares of --megabytes that batches give them, and of each a part is left out where they are too large.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from data.picture_store import PictureStore, StoreWriter
from data.targets import ROW
from inputs import expect_file, expect_store
from pictures.batches import DRAWN_MORE

QUALITY = 45  # of WebP; blocks begin to show in flat areas below
MEGABYTE = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="folder that prepare.py wrote")
    parser.add_argument("--unpack", type=Path, metavar="FILE", help="make a store of this file")
    parser.add_argument("--out", type=Path, required=True, help="file; with --unpack, folder")
    parser.add_argument("--megabytes", type=float, default=45)
    parser.add_argument("--side", type=int, default=352, help="pixels of the longer side, at most")
    parser.add_argument("--without", action="append", default=[], metavar="SET")
    options = parser.parse_args()
    if options.unpack is not None:
        expect_file(options.unpack, "--unpack")
        unpack(options.unpack, options.out)
        return
    if options.store is None:
        raise SystemExit("expected --store or --unpack, received neither")
    expect_store(options.store, "--store")
    counts = pack(PictureStore(options.store), options.out, options.megabytes, options.side, frozenset(options.without))
    print(f"{options.out}: {options.out.stat().st_size / MEGABYTE:.1f} MB, {dict(counts)}")


def pack(store: PictureStore, out: Path, megabytes: float, side: int, without: frozenset[str]) -> Counter:
    """Test pictures first and all of them; then pictures of all sets in turn of how much a set has had of its share."""
    waiting: dict[str, list[int]] = {}
    for number in store.numbers("train", without):
        waiting.setdefault(store.entries[number]["set"], []).append(number)
    rng = np.random.default_rng(1)
    for numbers in waiting.values():
        rng.shuffle(numbers)
    shares = {name: len(numbers) * DRAWN_MORE.get(name, 1.0) for name, numbers in waiting.items()}
    chosen: list[tuple[int, bytes, np.ndarray]] = [(n, *shrunk(store, n, side)) for n in store.numbers("test")]
    room = megabytes * MEGABYTE - sum(len(data) for _, data, _ in chosen)
    had: Counter = Counter()
    while waiting and room > 0:
        name = min(waiting, key=lambda name: had[name] / shares[name])
        number = waiting[name].pop()
        if not waiting[name]:
            del waiting[name]
        data, rows = shrunk(store, number, side)
        room -= len(data)
        had[name] += 1
        chosen.append((number, data, rows))
    entries = [{key: store.entries[number][key] for key in ("set", "file", "use")} for number, _, _ in chosen]
    index = json.dumps({"licences": store.licences, "pictures": entries})
    arrays = dict(
        index=np.frombuffer(index.encode(), np.uint8),
        sizes=np.array([len(data) for _, data, _ in chosen]),
        pictures=np.frombuffer(b"".join(data for _, data, _ in chosen), np.uint8),
        counts=np.array([len(rows) for _, _, rows in chosen]),
        rows=np.concatenate([rows for _, _, rows in chosen]).astype(np.float32),
    )
    with out.open("wb") as file:  # a path would get the ending .npz
        np.savez(file, **arrays)
    return had


def shrunk(store: PictureStore, number: int, side: int) -> tuple[bytes, np.ndarray]:
    pixels, rows = store.pixels(number), store.rows(number).copy()
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    shape = (round(width * scale), round(height * scale))
    small = cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA)
    rows[:, :4] *= np.array([shape[0] / width, shape[1] / height] * 2, np.float32)
    done, data = cv2.imencode(".webp", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    if not done:
        raise SystemExit(f"expected WebP of {store.entries[number]['file']}, received none")
    return data.tobytes(), rows


def unpack(file: Path, out: Path) -> None:
    packed = np.load(file)
    index = json.loads(packed["index"].tobytes())
    ends, row_ends = packed["sizes"].cumsum(), packed["counts"].cumsum()
    pictures, rows = packed["pictures"], packed["rows"].reshape(-1, ROW)
    writer = StoreWriter(out)
    for entry, end, size, row_end, count in zip(
        index["pictures"], ends, packed["sizes"], row_ends, packed["counts"], strict=True
    ):
        pixels = cv2.cvtColor(cv2.imdecode(pictures[end - size : end], cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        writer.add(entry["set"], entry["file"], pixels, rows[row_end - count : row_end], entry["use"])
    writer.close(index["licences"])


if __name__ == "__main__":
    main()
