// The detectors of tables 2 and 4 and the YOLO networks they are compared with, a row each.

import { cspDarknet53 } from './backbones/cspdarknet-53.js';
import { cspDenseNetReference } from './backbones/cspdensenet-reference.js';
import { cspPeleeNet } from './backbones/csppeleenet.js';
import { cspPeleeNetReference } from './backbones/csppeleenet-reference.js';
import { cspResNet50, cspResNeXt50 } from './backbones/cspresnet.js';
import { tinyBackbone } from './backbones/darknet-reference.js';
import { peleeNet } from './backbones/peleenet.js';
import { yolov4TinyBackbone } from './backbones/yolov4-tiny.js';
import { countFile } from './count.js';
import { cem } from './heads/cem.js';
import { efm } from './heads/efm.js';
import { gfm } from './heads/gfm.js';
import { narrowYolo } from './heads/narrow-yolo.js';
import { panetSpp } from './heads/panet-spp.js';
import { prn } from './heads/prn.js';
import { prn3l } from './heads/prn-3l.js';
import { yolov3Tiny } from './heads/yolov3-tiny.js';
import { yolov4Tiny } from './heads/yolov4-tiny.js';
import type { NetworkSpec } from './network-spec.js';
import type { Backbone, Head } from './pyramid.js';

const TABLE_2 = 'paper, table 2';
const TABLE_4 = 'paper, table 4';
const REPOSITORY = 'WongKinYiu/CrossStagePartialNetworks';
const PRN_REPOSITORY = 'WongKinYiu/PartialResidualNetworks';
const DARKNET = 'AlexeyAB/darknet';

const FITS = 'its BFLOPs; the paper does not draw it';
const EFM = 'figure 7, which gives every convolution; which maps its two pools read is unknown';
const REFERENCE = 'the backbone from figures of tables 3 and 4; none is drawn';
const THIRD_SCALE = 'its BFLOPs, continuing the published two scales';

type Row = Pick<NetworkSpec, 'name' | 'published' | 'count' | 'inferred' | 'weights'> & {
  readonly backbone: Backbone;
  readonly head: Head;
  readonly activation?: NetworkSpec['activation'];
};

const ROWS: readonly Row[] = [
  {
    name: 'csppeleenet-prn',
    backbone: cspPeleeNet(),
    head: prn,
    published: [{ source: TABLE_2, size: 416, bflops: 3.59, ap: 23.1, ap50: 44.5, ap75: 22.0 }],
  },
  {
    name: 'csppeleenet-prn-swish',
    backbone: cspPeleeNet(),
    head: prn,
    activation: 'swish',
    published: [{ source: TABLE_2, size: 416, bflops: 3.59, ap: 24.1, ap50: 45.8, ap75: 23.3 }],
  },
  {
    name: 'csppeleenet-prn-3l',
    backbone: cspPeleeNet(),
    head: prn3l,
    published: [{ source: TABLE_2, size: 416, bflops: 4.586, ap: 23.7, ap50: 46.0, ap75: 22.2 }],
    inferred: THIRD_SCALE,
  },
  {
    name: 'csppeleenet-cem',
    backbone: cspPeleeNet(),
    head: cem(),
    published: [{ source: TABLE_2, size: 416, bflops: 4.049, ap: 23.8, ap50: 45.4, ap75: 22.6 }],
    inferred: FITS,
  },
  {
    name: 'csppeleenet-cem-sam',
    backbone: cspPeleeNet(),
    head: cem({ attention: true }),
    published: [{ source: TABLE_2, size: 416, bflops: 4.165, ap: 24.1, ap50: 46.0, ap75: 23.1 }],
    inferred: FITS,
  },
  {
    name: 'csppeleenet-gfm',
    backbone: cspPeleeNet(),
    head: gfm,
    published: [{ source: TABLE_2, size: 416, bflops: 4.605, ap: 24.3, ap50: 46.2, ap75: 23.3 }],
    inferred: FITS,
  },
  {
    name: 'csppeleenet-efm',
    backbone: cspPeleeNet(),
    head: efm(),
    published: [{ source: TABLE_2, size: 416, bflops: 4.868, ap: 26.4, ap50: 48.6, ap75: 26.3 }],
    inferred: EFM,
  },
  {
    name: 'csppeleenet-efm-sam',
    backbone: cspPeleeNet(),
    head: efm({ attention: true }),
    published: [
      { source: TABLE_2, size: 416, parameters: 4.31, bflops: 5.068, ap: 26.8, ap50: 49.0, ap75: 26.7 },
      { source: TABLE_4, size: 512, parameters: 4.31, bflops: 7.68, ap: 27.6, ap50: 50.4, ap75: 27.7 },
    ],
    inferred: EFM,
  },
  {
    name: 'csppeleenet-efm-spp',
    backbone: cspPeleeNet(),
    head: efm({ pyramidPooling: true }),
    published: [{ source: TABLE_2, size: 416, bflops: 4.863, ap: 26.2, ap50: 48.5, ap75: 25.7 }],
    inferred: `${EFM}; the place of SPP from this row's BFLOPs`,
  },
  {
    name: 'peleenet-prn',
    backbone: peleeNet(),
    head: prn,
    count: countFile,
    published: [
      { source: TABLE_4, size: 416, parameters: 3.16, bflops: 4.04, ap: 23.3, ap50: 45.0, ap75: 22.0 },
    ],
  },
  {
    name: 'peleenet-yolo',
    backbone: peleeNet(),
    head: narrowYolo,
    published: [{ source: 'paper, figure 7', size: 416 }],
    inferred: 'the 80% by which the paper says that EFM lowers its bottleneck',
  },
  {
    name: 'csppeleenet-ref-efm-sam',
    backbone: cspPeleeNetReference(3),
    head: efm({ attention: true }),
    published: [
      { source: TABLE_4, size: 320, parameters: 5.67, bflops: 3.43, ap: 23.5, ap50: 44.6, ap75: 22.7 },
    ],
    inferred: REFERENCE,
  },
  {
    name: 'csppeleenet-ref-prn',
    backbone: cspPeleeNetReference(3),
    head: prn,
    count: countFile,
    published: [
      { source: TABLE_4, size: 320, parameters: 4.59, bflops: 2.56, ap: 18.8, ap50: 38.5, ap75: 16.6 },
    ],
    inferred: REFERENCE,
  },
  {
    name: 'csppeleenet-ref-prn-3l',
    backbone: cspPeleeNetReference(3),
    head: prn3l,
    count: countFile,
    published: [
      { source: TABLE_4, size: 320, parameters: 4.79, bflops: 3.15, ap: 19.4, ap50: 40.0, ap75: 17.0 },
    ],
    inferred: REFERENCE,
  },
  {
    name: 'cspdensenet-ref-efm-sam',
    backbone: cspDenseNetReference(3),
    head: efm({ attention: true }),
    published: [
      { source: TABLE_4, size: 320, parameters: 5.05, bflops: 2.89, ap: 21.7, ap50: 42.2, ap75: 20.6 },
    ],
    inferred: REFERENCE,
  },
  {
    name: 'cspdensenet-ref-prn',
    backbone: cspDenseNetReference(3),
    head: prn,
    count: countFile,
    published: [
      { source: TABLE_4, size: 320, parameters: 3.97, bflops: 2.01, ap: 16.8, ap50: 35.4, ap75: 14.3 },
    ],
    inferred: REFERENCE,
  },
  {
    name: 'cspdensenet-ref-prn-3l',
    backbone: cspDenseNetReference(3),
    head: prn3l,
    published: [{ source: 'none', size: 320 }],
    inferred: REFERENCE,
  },
  {
    name: 'cspdensenetb-ref-prn',
    backbone: cspDenseNetReference(1),
    head: prn,
    count: countFile,
    published: [
      { source: TABLE_4, size: 320, parameters: 1.87, bflops: 1.59, ap: 15.3, ap50: 34.2, ap75: 12.0 },
    ],
    inferred: REFERENCE,
  },
  {
    name: 'cspresnext50-panet-spp',
    backbone: cspResNeXt50,
    head: panetSpp,
    published: [
      { source: TABLE_4, size: 512, parameters: 56.9, bflops: 71.3, ap: 38.0, ap50: 60.0, ap75: 40.8 },
      { source: TABLE_4, size: 608, parameters: 56.9, bflops: 100.6, ap: 38.4, ap50: 60.6, ap75: 41.6 },
      { source: TABLE_4, size: 416, parameters: 56.9, bflops: 47.1, ap: 36.6, ap50: 58.1, ap75: 39.0 },
      { source: TABLE_4, size: 320, parameters: 56.9, bflops: 27.9, ap: 33.4, ap50: 54.0, ap75: 35.1 },
    ],
    weights: REPOSITORY,
  },
  {
    name: 'cspresnet50-panet-spp',
    backbone: cspResNet50,
    head: panetSpp,
    published: [{ source: REPOSITORY, size: 512, ap: 38.0, ap50: 60.5, ap75: 40.7 }],
    weights: REPOSITORY,
  },
  {
    name: 'cspdarknet53-panet-spp',
    backbone: cspDarknet53,
    head: panetSpp,
    // AlexeyAB/darknet gives the BFLOPs for YOLOv4, which is this network with Mish.
    published: [
      { source: REPOSITORY, size: 512, bflops: 91.1, ap: 38.7, ap50: 61.3, ap75: 41.7 },
      { source: `${DARKNET}, yolov4`, size: 608, bflops: 128.5 },
      { source: `${DARKNET}, yolov4`, size: 416, bflops: 60.1 },
      { source: `${DARKNET}, yolov4`, size: 320, bflops: 35.5 },
    ],
    weights: REPOSITORY,
  },
  {
    name: 'yolov3-tiny',
    backbone: tinyBackbone(1024),
    head: yolov3Tiny,
    count: countFile,
    published: [{ source: TABLE_4, size: 416, parameters: 8.86, bflops: 5.57, ap50: 33.1 }],
    weights: 'pjreddie.com',
  },
  {
    name: 'yolov3-tiny-prn',
    backbone: tinyBackbone(512, true),
    head: prn,
    count: countFile,
    published: [{ source: TABLE_4, size: 416, parameters: 4.96, bflops: 3.47, ap50: 33.1 }],
    weights: PRN_REPOSITORY,
  },
  {
    name: 'yolov4-tiny',
    backbone: yolov4TinyBackbone,
    head: yolov4Tiny,
    count: countFile,
    published: [{ source: DARKNET, size: 416, bflops: 6.9, ap50: 40.2 }],
    weights: DARKNET,
  },
];

export const DETECTORS: readonly NetworkSpec[] = ROWS.map(
  ({ backbone, head, activation = 'leaky', ...row }) => ({
    ...row,
    task: 'detection',
    activation,
    build: (net) => head(net, backbone(net)),
  }),
);
