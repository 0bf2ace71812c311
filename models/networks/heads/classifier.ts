// The end of a classifier: one number per class from the mean of the last map.

import type { Feature, NetworkBuilder } from '../builder.js';

export function classify(net: NetworkBuilder, x: Feature): void {
  net.softmax(net.output(net.globalAverage(x), net.options.classes));
}

/** Classes of every cell first, their mean then: the published resnet50.cfg has it so. */
export function classifyCells(net: NetworkBuilder, x: Feature): void {
  net.softmax(net.globalAverage(net.output(x, net.options.classes)));
}
