"""Paths from the command line -> checked before anything is started, in the project's one form of error."""

from pathlib import Path


def expect_file(path: Path, where: str) -> None:
    if not path.is_file():
        raise SystemExit(f"expected a file for {where}, received {path}, {what_is_there(path)}")


def expect_folder(path: Path, where: str) -> None:
    if not path.is_dir():
        raise SystemExit(f"expected a folder for {where}, received {path}, {what_is_there(path)}")


def expect_store(folder: Path, where: str) -> None:
    """A folder that prepare.py finished; it writes the index last."""
    if not (folder / "index.json").is_file():
        raise SystemExit(f"expected a picture store for {where}, received {folder}, which has no index.json")


def what_is_there(path: Path) -> str:
    if not path.exists():
        return "which does not exist"
    return "which is a folder" if path.is_dir() else "which is no folder"
