// The classifiers of tables 1 and 3, a row each.

import { cspDarknet53 } from './backbones/cspdarknet-53.js';
import { cspDenseNetReference } from './backbones/cspdensenet-reference.js';
import { cspPeleeNet } from './backbones/csppeleenet.js';
import { cspPeleeNetFusionFirst } from './backbones/csppeleenet-fusion-first.js';
import { cspPeleeNetReference } from './backbones/csppeleenet-reference.js';
import { cspResNet50, cspResNeXt50 } from './backbones/cspresnet.js';
import { cspResNet10 } from './backbones/cspresnet-10.js';
import { darknetReference } from './backbones/darknet-reference.js';
import { cspDenseNet201Elastic, denseNet201Elastic } from './backbones/densenet-201-elastic.js';
import { peleeNet } from './backbones/peleenet.js';
import { resNet10, resNet50, resNeXt50 } from './backbones/resnet.js';
import type { Feature, NetworkBuilder } from './builder.js';
import { countConvolutions } from './count.js';
import { countElastic } from './elastic-count.js';
import { classify, classifyCells } from './heads/classifier.js';
import type { NetworkSpec, Published } from './network-spec.js';
import type { Backbone } from './pyramid.js';

const TABLE_1 = 'paper, table 1';
const TABLE_3 = 'paper, table 3';
const REPOSITORY = 'WongKinYiu/CrossStagePartialNetworks';
const DARKNET_SITE = 'pjreddie.com';

const FUSION_FIRST = 'the three BFLOPs of table 1, to half a percent; no rule fits them exactly';
const FUSION_LAST = 'the three BFLOPs of table 1: neither stem nor last transition is drawn';
const EXCITATION = 'the parameters that it adds to the network without';
const REFERENCE = 'figures of tables 3 and 4 and differences between their rows; none is drawn';

type Row = Omit<Published, 'size'> &
  Pick<NetworkSpec, 'name' | 'count' | 'inferred' | 'weights'> & {
    readonly last: (net: NetworkBuilder) => Feature;
    /** 224 where absent. */
    readonly size?: number;
    readonly activation?: NetworkSpec['activation'];
    readonly classify?: typeof classify;
  };

const lastOf =
  (backbone: Backbone): Row['last'] =>
  (net) =>
    backbone(net).stride32;

const ROWS: readonly Row[] = [
  {
    name: 'peleenet',
    last: lastOf(peleeNet()),
    source: TABLE_3,
    ...{ parameters: 2.79, bflops: 1.017, top1: 70.7, top5: 90.0 },
  },
  {
    name: 'peleenet-swish',
    last: lastOf(peleeNet()),
    activation: 'swish',
    source: REPOSITORY,
    ...{ parameters: 2.79, bflops: 1.017, top1: 71.5, top5: 90.7 },
  },
  {
    name: 'sepeleenet-swish',
    last: lastOf(peleeNet({ excite: true })),
    activation: 'swish',
    source: REPOSITORY,
    ...{ parameters: 2.81, bflops: 1.017, top1: 72.1, top5: 91.0 },
    inferred: EXCITATION,
  },
  {
    name: 'speleenet',
    last: lastOf(peleeNet({ sparse: true })),
    source: TABLE_1,
    ...{ parameters: 2.39, bflops: 0.904, top1: 69.6 },
  },
  {
    name: 'peleenext',
    last: lastOf(peleeNet({ transitionGroups: 2 })),
    source: TABLE_1,
    ...{ bflops: 0.837, top1: 68.9 },
    inferred: 'the BFLOPs of table 1: transitions of two groups fit, other groupings may as well',
  },
  {
    name: 'csppeleenet-fusion-first-gamma-75',
    last: lastOf(cspPeleeNetFusionFirst(0.75)),
    source: TABLE_1,
    ...{ bflops: 0.649, top1: 68.4 },
    inferred: FUSION_FIRST,
  },
  {
    name: 'csppeleenet-fusion-first-gamma-50',
    last: lastOf(cspPeleeNetFusionFirst(0.5)),
    source: TABLE_1,
    ...{ bflops: 0.755, top1: 69.2 },
    inferred: FUSION_FIRST,
  },
  {
    name: 'csppeleenet-fusion-first-gamma-25',
    last: lastOf(cspPeleeNetFusionFirst(0.25)),
    source: TABLE_1,
    ...{ bflops: 0.861, top1: 70.0 },
    inferred: FUSION_FIRST,
  },
  {
    name: 'csppeleenet-fusion-last-gamma-75',
    last: lastOf(cspPeleeNet({ gamma: 0.75, fusion: 'last' })),
    source: TABLE_1,
    ...{ bflops: 0.716, top1: 69.2 },
    inferred: FUSION_LAST,
  },
  {
    name: 'csppeleenet-fusion-last-gamma-50',
    last: lastOf(cspPeleeNet({ gamma: 0.5, fusion: 'last' })),
    source: TABLE_1,
    ...{ bflops: 0.804, top1: 70.6 },
    inferred: FUSION_LAST,
  },
  {
    name: 'csppeleenet-fusion-last-gamma-25',
    last: lastOf(cspPeleeNet({ gamma: 0.25, fusion: 'last' })),
    source: TABLE_1,
    ...{ bflops: 0.902, top1: 70.8 },
    inferred: FUSION_LAST,
  },
  {
    name: 'csppeleenet-gamma-75',
    last: lastOf(cspPeleeNet({ gamma: 0.75 })),
    source: TABLE_1,
    ...{ bflops: 0.8, top1: 70.4 },
  },
  {
    name: 'csppeleenet',
    last: lastOf(cspPeleeNet()),
    source: TABLE_3,
    ...{ parameters: 2.83, bflops: 0.888, top1: 70.9, top5: 90.2 },
  },
  {
    name: 'csppeleenet-gamma-25',
    last: lastOf(cspPeleeNet({ gamma: 0.25 })),
    source: TABLE_1,
    ...{ bflops: 0.986, top1: 71.5 },
  },
  {
    name: 'csppeleenet-swish',
    last: lastOf(cspPeleeNet()),
    activation: 'swish',
    source: TABLE_3,
    ...{ parameters: 2.83, bflops: 0.888, top1: 71.7, top5: 90.8 },
  },
  {
    name: 'secsppeleenet-swish',
    last: lastOf(cspPeleeNet({ excite: true })),
    activation: 'swish',
    source: TABLE_3,
    ...{ parameters: 2.85, bflops: 0.888, top1: 72.4, top5: 91.0 },
    inferred: EXCITATION,
  },
  {
    name: 'darknet-ref',
    last: darknetReference,
    size: 256,
    source: TABLE_3,
    ...{ parameters: 7.31, bflops: 0.96, top1: 61.1, top5: 83.0 },
    count: countConvolutions,
    weights: DARKNET_SITE,
  },
  {
    name: 'cspdensenet-ref',
    last: lastOf(cspDenseNetReference(3)),
    classify: classifyCells,
    source: TABLE_3,
    ...{ parameters: 3.48, bflops: 0.886, top1: 65.7, top5: 86.6 },
    inferred: `${REFERENCE}; classes before the mean from this row's BFLOPs alone`,
  },
  {
    name: 'csppeleenet-ref',
    last: lastOf(cspPeleeNetReference(3)),
    source: TABLE_3,
    ...{ parameters: 4.1, bflops: 1.103, top1: 68.9, top5: 88.7 },
    inferred: REFERENCE,
  },
  {
    name: 'cspdensenetb-ref',
    last: lastOf(cspDenseNetReference(1)),
    source: REPOSITORY,
    ...{ parameters: 1.38, bflops: 0.631, top1: 64.2, top5: 85.5 },
    inferred: REFERENCE,
  },
  {
    name: 'csppeleenetb-ref',
    last: lastOf(cspPeleeNetReference(1)),
    source: REPOSITORY,
    ...{ parameters: 2.01, bflops: 0.897, top1: 67.8, top5: 88.1 },
    inferred: REFERENCE,
  },
  {
    name: 'resnet-10',
    last: lastOf(resNet10),
    size: 256,
    source: TABLE_3,
    ...{ parameters: 5.24, bflops: 2.273, top1: 63.5, top5: 85.0 },
    weights: REPOSITORY,
  },
  {
    name: 'cspresnet-10',
    last: lastOf(cspResNet10),
    size: 256,
    source: TABLE_3,
    ...{ parameters: 2.73, bflops: 1.905, top1: 65.3, top5: 86.5 },
    inferred: 'its own two figures, after the pattern of CSPResNet-50; other widths fit as well',
  },
  {
    name: 'resnet-50',
    last: lastOf(resNet50),
    size: 256,
    source: REPOSITORY,
    ...{ parameters: 22.73, bflops: 9.74, top1: 75.8, top5: 92.9 },
    weights: DARKNET_SITE,
  },
  {
    name: 'cspresnet-50',
    last: lastOf(cspResNet50),
    size: 256,
    source: REPOSITORY,
    ...{ parameters: 21.57, bflops: 8.97, top1: 76.6, top5: 93.3 },
    weights: REPOSITORY,
  },
  {
    name: 'resnext-50',
    last: lastOf(resNeXt50),
    size: 256,
    source: TABLE_3,
    ...{ parameters: 22.19, bflops: 10.11, top1: 77.8, top5: 94.2 },
    weights: DARKNET_SITE,
  },
  {
    name: 'cspresnext-50',
    last: lastOf(cspResNeXt50),
    size: 256,
    source: TABLE_3,
    ...{ parameters: 20.5, bflops: 7.93, top1: 77.9, top5: 94.0 },
    weights: REPOSITORY,
  },
  {
    name: 'cspdarknet-53',
    last: lastOf(cspDarknet53),
    size: 256,
    source: REPOSITORY,
    ...{ parameters: 27.61, bflops: 13.07, top1: 77.2, top5: 93.6 },
    weights: REPOSITORY,
  },
  {
    name: 'densenet-201-elastic',
    last: lastOf(denseNet201Elastic),
    activation: 'relu',
    source: TABLE_3,
    ...{ parameters: 19.48, bflops: 8.77, top1: 77.9, top5: 94.0 },
    count: countElastic,
  },
  {
    name: 'cspdensenet-201-elastic',
    last: lastOf(cspDenseNet201Elastic),
    activation: 'relu',
    source: TABLE_3,
    ...{ parameters: 20.17, bflops: 7.13, top1: 77.9, top5: 94.0 },
    count: countElastic,
    inferred: 'its own two figures; a second form fits about as well',
  },
];

export const CLASSIFIERS: readonly NetworkSpec[] = ROWS.map(
  ({
    name,
    last,
    classify: end = classify,
    activation = 'leaky',
    count,
    inferred,
    weights,
    ...published
  }) => ({
    name,
    task: 'classification',
    activation,
    build: (net) => end(net, last(net)),
    published: [{ size: 224, ...published }],
    ...(count && { count }),
    ...(inferred && { inferred }),
    ...(weights && { weights }),
  }),
);
