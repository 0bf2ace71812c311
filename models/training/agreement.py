"""A clip, the teacher and what `cspcam detect CLIP --json` said of it -> precision and recall of persons, and counts.

For precision and recall every tenth frame counts; the teacher's boxes of --truth or more are the truth, at an overlap
of a half. Counts are compared with those made by eye in the frames of --counts, in which vehicles that lie on a better
one of another label are counted too.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from data.boxes import pairwise_iou
from data.data_sets import CLASSES
from inputs import expect_file
from measure.average_precision import Found
from measure.second_labels import doubly_labelled
from teacher.teacher import TEACHER, Teacher, expect_teacher

PERSON = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, default=TEACHER)
    parser.add_argument("--detections", type=Path, required=True, help="JSON lines, one per frame")
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--truth", type=float, default=0.5)
    parser.add_argument("--counts", type=Path, help="as demo-counts.json: persons by frame")
    options = parser.parse_args()
    expect_teacher(options.teacher)
    expect_file(options.clip, "--clip")
    expect_file(options.detections, "--detections")
    if options.counts is not None:
        expect_file(options.counts, "--counts")
    lines = [json.loads(line) for line in options.detections.read_text().splitlines()]
    teacher = Teacher(options.teacher)
    truths, found = [], []
    for frame, picture in every(options.clip, options.every):
        boxes, probabilities = teacher.detect(picture, options.truth)
        truths.append(boxes[probabilities[:, PERSON] >= options.truth])
        found.append([(d["score"], d["box"]) for d in lines[frame]["detections"] if d["label"] == "person"])
    counted = {} if options.counts is None else json.loads(options.counts.read_text())["persons"]
    print("min score  precision  recall  mean error of persons counted  second labels of vehicles")
    for least in np.arange(0.2, 0.75, 0.05):
        hits, said = 0, 0
        for truth, scored in zip(truths, found, strict=True):
            kept = sorted((item for item in scored if item[0] >= least), reverse=True)
            said += len(kept)
            hits += matched(truth, [box for _, box in kept])
        total = sum(len(truth) for truth in truths)
        error = count_error(lines, counted, least)
        second = sum(doubly_labelled(found_in(lines[int(frame)]), least) for frame in counted)
        print(f"{least:9.2f}  {hits / max(said, 1):9.3f}  {hits / max(total, 1):6.3f}  {error:29.2f}  {second:25d}")


def found_in(line: dict) -> Found:
    """What `cspcam detect --json` says of a frame, of the classes that are measured."""
    known = [one for one in line["detections"] if one["label"] in CLASSES]
    return Found(
        np.array([one["box"] for one in known], float).reshape(-1, 4),
        np.array([one["score"] for one in known], float),
        np.array([CLASSES.index(one["label"]) for one in known], int),
    )


def count_error(lines: list[dict], counted: dict[str, int], least: float) -> float:
    """Mean absolute difference of the persons found and counted, a frame; NaN without frames."""
    errors = [
        abs(sum(d["label"] == "person" and d["score"] >= least for d in lines[int(frame)]["detections"]) - persons)
        for frame, persons in counted.items()
    ]
    return float(np.mean(errors)) if errors else float("nan")


def every(clip: Path, step: int):
    """Frame numbers and BGR pictures."""
    video = cv2.VideoCapture(str(clip))
    number = 0
    while True:
        read, picture = video.read()
        if not read:
            return
        if number % step == 0:
            yield number, picture
        number += 1


def matched(truth: np.ndarray, boxes: list[list[float]]) -> int:
    """How many of `boxes`, the best first, find a box of the truth of their own."""
    free = list(range(len(truth)))
    hits = 0
    for box in boxes:
        if not free:
            break
        overlap = pairwise_iou(np.array([box], np.float32), truth[free])[0]
        best = int(overlap.argmax())
        if overlap[best] >= 0.5:
            free.pop(best)
            hits += 1
    return hits


if __name__ == "__main__":
    main()
