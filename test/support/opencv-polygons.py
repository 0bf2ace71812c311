# {polygons, points} -> for each polygon, the signed distance of each point to its edges: above 0 inside.

import json
import sys

import cv2
import numpy as np

job = json.load(sys.stdin)
points = [tuple(map(float, point)) for point in job["points"]]
contours = [np.array(polygon, np.float32).reshape(-1, 1, 2) for polygon in job["polygons"]]
json.dump([[round(cv2.pointPolygonTest(c, p, True), 4) for p in points] for c in contours], sys.stdout)
