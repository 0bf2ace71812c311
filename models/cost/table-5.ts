// Table 5 of the paper: frames per second by device, without quantization. Facts, not ours.

export const PAPER_DEVICES = ['GTX 1080 Ti', 'i9-9900K', 'Jetson TX2'] as const;
export type PaperDevice = (typeof PAPER_DEVICES)[number];

export interface PaperRow {
  /** As the catalogue names it. */
  readonly model: string;
  readonly size: number;
  /** Nothing where the paper has none. The CPU ran OpenCV, the GPUs Darknet. */
  readonly fps: Readonly<Partial<Record<PaperDevice, number>>>;
  /** Percent. */
  readonly ap50: number;
}

export const TABLE_5: readonly PaperRow[] = [
  {
    model: 'yolov3-tiny',
    size: 416,
    fps: { 'GTX 1080 Ti': 330, 'i9-9900K': 54, 'Jetson TX2': 37 },
    ap50: 33.1,
  },
  {
    model: 'yolov3-tiny-prn',
    size: 416,
    fps: { 'GTX 1080 Ti': 400, 'i9-9900K': 71, 'Jetson TX2': 49 },
    ap50: 33.1,
  },
  { model: 'csppeleenet-ref-efm-sam', size: 320, fps: { 'GTX 1080 Ti': 205, 'Jetson TX2': 41 }, ap50: 44.6 },
  { model: 'cspdensenet-ref-efm-sam', size: 320, fps: { 'GTX 1080 Ti': 235, 'Jetson TX2': 49 }, ap50: 42.2 },
  {
    model: 'csppeleenet-ref-prn-3l',
    size: 320,
    fps: { 'GTX 1080 Ti': 267, 'i9-9900K': 52, 'Jetson TX2': 38 },
    ap50: 40,
  },
  {
    model: 'csppeleenet-ref-prn',
    size: 320,
    fps: { 'GTX 1080 Ti': 306, 'i9-9900K': 75, 'Jetson TX2': 52 },
    ap50: 38.5,
  },
  {
    model: 'cspdensenet-ref-prn',
    size: 320,
    fps: { 'GTX 1080 Ti': 387, 'i9-9900K': 95, 'Jetson TX2': 64 },
    ap50: 35.4,
  },
  {
    model: 'cspdensenetb-ref-prn',
    size: 320,
    fps: { 'GTX 1080 Ti': 400, 'i9-9900K': 102, 'Jetson TX2': 73 },
    ap50: 34.2,
  },
];
