// Global Fusion Model (figure 6b): all scales are gathered in one map, then handed down and up again.
// Inferred: table 2's BFLOPs fit, the wiring is a guess.

import { NINE_ANCHORS } from '../anchors.js';
import type { Feature } from '../builder.js';
import type { Head } from '../pyramid.js';
import { gatherContext } from './cem.js';

export const gfm: Head = (net, pyramid) => {
  const fineContext = net.conv(net.maxout(pyramid.stride8, 128), 64, 3, { stride: 2 });
  const gathered = net.conv(net.shortcut(gatherContext(net, pyramid), [fineContext]), 128, 3);
  const refine = (x: Feature) => net.conv(net.conv(x, 128, 1), 128, 3);

  const fine = net.conv(net.conv(net.upsample(gathered), 64, 1), 64, 3);
  net.yolo(fine, NINE_ANCHORS, [0, 1, 2]);
  const middle = refine(net.concat(net.conv(fine, 128, 3, { stride: 2 }), gathered));
  net.yolo(middle, NINE_ANCHORS, [3, 4, 5]);
  const coarse = refine(net.conv(middle, 256, 3, { stride: 2 }));
  net.yolo(coarse, NINE_ANCHORS, [6, 7, 8]);
};
