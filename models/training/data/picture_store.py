"""Decoded pictures and their training rows <-> a folder with one flat file of RGB bytes and an index."""

import json
from pathlib import Path

import numpy as np

from data.targets import ROW


class StoreWriter:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.file = (folder / "pixels.bin").open("wb")
        self.entries: list[dict] = []
        self.rows: list[np.ndarray] = []

    def add(self, set_name: str, file: str, pixels: np.ndarray, rows: np.ndarray, use: str) -> None:
        """`pixels` (h, w, 3) RGB; `rows` as in targets.py; `use` is train, test or paste."""
        height, width = pixels.shape[:2]
        at = self.file.tell()
        self.file.write(np.ascontiguousarray(pixels).tobytes())
        self.entries.append({"set": set_name, "file": file, "at": at, "h": height, "w": width, "use": use})
        self.rows.append(rows)

    def close(self, licences: dict[str, str]) -> None:
        self.file.close()
        counts = np.array([len(rows) for rows in self.rows])
        np.savez_compressed(self.folder / "rows.npz", counts=counts, rows=np.concatenate(self.rows))
        index = {"licences": licences, "pictures": self.entries}
        (self.folder / "index.json").write_text(json.dumps(index))


class PictureStore:
    """Reads a folder that StoreWriter wrote; pixels stay on disk and in the page cache."""

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / "index.json").read_text())
        self.entries: list[dict] = index["pictures"]
        self.licences: dict[str, str] = index["licences"]
        self.bytes = np.memmap(folder / "pixels.bin", np.uint8, "r")
        rows = np.load(folder / "rows.npz")
        ends = rows["counts"].cumsum()
        self.all_rows = rows["rows"].reshape(-1, ROW)
        self.spans = list(zip(ends - rows["counts"], ends, strict=True))

    def size(self, number: int) -> tuple[int, int]:
        """Height and width."""
        return self.entries[number]["h"], self.entries[number]["w"]

    def pixels(self, number: int) -> np.ndarray:
        entry = self.entries[number]
        size = entry["h"] * entry["w"] * 3
        return self.bytes[entry["at"] : entry["at"] + size].reshape(entry["h"], entry["w"], 3)

    def rows(self, number: int) -> np.ndarray:
        start, end = self.spans[number]
        return self.all_rows[start:end]

    def numbers(self, use: str, without: frozenset[str] = frozenset()) -> list[int]:
        return [
            number for number, entry in enumerate(self.entries) if entry["use"] == use and entry["set"] not in without
        ]
