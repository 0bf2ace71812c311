# Frames of true and guessed boxes on standard input -> what py-motmetrics makes of each sequence.
# Needs motmetrics 1.4.0 and a numpy before 2, both from PyPI.

import json
import sys

import motmetrics

METRICS = [
    "mota", "idf1", "num_objects", "num_misses", "num_false_positives", "num_switches", "num_fragmentations",
]


def boxes(entries):
    return [[x1, y1, x2 - x1, y2 - y1] for x1, y1, x2, y2 in (entry["box"] for entry in entries)]


def ids(entries):
    return [entry["id"] for entry in entries]


def figures(frames):
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for frame in frames:
        truths, guesses = frame["truths"], frame["guesses"]
        distances = motmetrics.distances.iou_matrix(boxes(truths), boxes(guesses), max_iou=0.5)
        accumulator.update(ids(truths), ids(guesses), distances)
    summary = motmetrics.metrics.create().compute(accumulator, metrics=METRICS, return_dataframe=False)
    mota, idf1, objects, misses, false_positives, switches, fragmentations = (
        float(summary[metric]) for metric in METRICS
    )
    return {
        "mota": mota,
        "idf1": idf1,
        "objects": objects,
        "misses": misses,
        "falsePositives": false_positives,
        "switches": switches,
        "fragmentations": fragmentations,
    }


print(json.dumps([figures(frames) for frames in json.load(sys.stdin)["sequences"]]))
