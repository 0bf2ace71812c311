# A clip -> for each frame the share of its largest moving blob, by OpenCV's Gaussian mixture background (MOG2).
# usage: opencv-motion.py CLIP
import json
import sys

import cv2
import numpy as np

capture = cv2.VideoCapture(sys.argv[1])
background = cv2.createBackgroundSubtractorMOG2(history=100, varThreshold=25, detectShadows=False)
shares = []
while True:
    there, frame = capture.read()
    if not there:
        break
    small = cv2.GaussianBlur(cv2.resize(frame, (384, 216), interpolation=cv2.INTER_AREA), (3, 3), 0)
    mask = cv2.morphologyEx(background.apply(small), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    areas = stats[1:, cv2.CC_STAT_AREA]
    shares.append(float(areas.max()) / mask.size if len(areas) else 0)
print(json.dumps(shares))
