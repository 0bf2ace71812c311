// Calls like `net.conv(64, 3)` -> the text of a Darknet .cfg; published networks written from their architecture.

type Options = Readonly<Record<string, string | number>>;

const BN_LEAKY = { batch_normalize: 1, activation: 'leaky' };

/** Each call adds a layer and returns its index. */
export class CfgText {
  #layers = 0;
  #text: string;

  constructor(
    width: number,
    height = width,
    readonly anchors = '10,14, 23,27, 37,58, 81,82, 135,169, 344,319',
  ) {
    this.#text = `[net]\nwidth=${width}\nheight=${height}\nchannels=3\n`;
  }

  get text(): string {
    return this.#text;
  }

  add(section: string, options: Options = {}): number {
    const lines = Object.entries(options).map(([key, value]) => `${key}=${value}\n`);
    this.#text += `\n[${section}]\n${lines.join('')}`;
    return this.#layers++;
  }

  conv(filters: number, size: number, options: Options = {}): number {
    return this.add('convolutional', { ...BN_LEAKY, filters, size, stride: 1, pad: 1, ...options });
  }

  maxpool(size: number, stride: number): number {
    return this.add('maxpool', { size, stride });
  }

  route(...layers: number[]): number {
    return this.add('route', { layers: layers.join(',') });
  }

  shortcut(from: number, activation = 'leaky'): number {
    return this.add('shortcut', { from, activation });
  }

  upsample(): number {
    return this.add('upsample', { stride: 2 });
  }

  /** The output convolution and its [yolo]; 80 classes. */
  head(mask: string): void {
    this.add('convolutional', { filters: 255, size: 1, stride: 1, pad: 1, activation: 'linear' });
    this.add('yolo', { mask, anchors: this.anchors, num: this.anchors.split(',').length / 2, classes: 80 });
  }
}

/** Convolutions of 16 to 256 channels, each but the last pooled; returns the map at 1/16. */
function tinyBackbone(net: CfgText): number {
  for (const filters of [16, 32, 64, 128]) {
    net.conv(filters, 3);
    net.maxpool(2, 2);
  }
  return net.conv(256, 3);
}

export function yolov3Tiny(): string {
  const net = new CfgText(416);
  const sixteenth = tinyBackbone(net);
  net.maxpool(2, 2);
  net.conv(512, 3);
  net.maxpool(2, 1);
  net.conv(1024, 3);
  const neck = net.conv(256, 1);
  net.conv(512, 3);
  net.head('3,4,5');
  net.route(neck);
  net.conv(128, 1);
  net.route(net.upsample(), sixteenth);
  net.conv(256, 3);
  net.head('0,1,2');
  return net.text;
}

/** Partial residual networks: sums in place of concatenations, over the channels that both maps have. */
export function yolov3TinyPrn(): string {
  const net = new CfgText(416);
  const sixteenth = tinyBackbone(net);
  net.maxpool(2, 2);
  const wide = net.conv(512, 3);
  net.maxpool(2, 1);
  net.conv(512, 3);
  net.shortcut(wide);
  const neck = net.conv(256, 1);
  net.conv(256, 3);
  net.shortcut(neck);
  net.head('3,4,5');
  net.route(neck);
  net.conv(128, 1);
  const up = net.upsample();
  net.shortcut(sixteenth);
  net.conv(128, 3);
  net.shortcut(up);
  net.shortcut(sixteenth);
  net.head('1,2,3');
  return net.text;
}

export function yolov4Tiny(): string {
  const net = new CfgText(416);
  net.conv(32, 3, { stride: 2 });
  net.conv(64, 3, { stride: 2 });
  let sixteenth = 0;
  for (const filters of [64, 128, 256]) {
    const whole = net.conv(filters, 3);
    net.add('route', { layers: -1, groups: 2, group_id: 1 });
    const first = net.conv(filters / 2, 3);
    net.route(net.conv(filters / 2, 3), first);
    sixteenth = net.conv(filters, 1);
    net.route(whole, sixteenth);
    net.maxpool(2, 2);
  }
  net.conv(512, 3);
  const neck = net.conv(256, 1);
  net.conv(512, 3);
  net.head('3,4,5');
  net.route(neck);
  net.conv(128, 1);
  net.route(net.upsample(), sixteenth);
  net.conv(256, 3);
  net.head('1,2,3');
  return net.text;
}

export function csresnext50PanetSpp(size: number): string {
  const nine = '10,13, 16,30, 33,23, 30,61, 62,45, 59,119, 116,90, 156,198, 373,326';
  const net = new CfgText(size, size, nine);
  net.conv(64, 7, { stride: 2 });
  let previous = net.maxpool(2, 2);
  const stages = [3, 3, 5, 2].map((blocks, stage) => {
    previous = resnextStage(net, previous, 128 << stage, stage === 0 ? 64 : 128 << stage, blocks);
    const fused = previous;
    if (stage < 3) previous = net.conv(256 << stage, 3, { groups: 32, stride: 2 });
    return fused;
  });
  panet(net, stages[2]!, stages[1]!);
  return net.text;
}

/** Both parts by 1x1 convolutions, residual blocks of 32 groups on the second, a transition, their fusion. */
function resnextStage(net: CfgText, input: number, width: number, inner: number, blocks: number): number {
  const bypass = net.conv(width, 1);
  net.route(input);
  let before = net.conv(inner, 1);
  for (let block = 0; block < blocks; block++) {
    net.conv(width, 1);
    net.conv(width, 3, { groups: 32 });
    net.conv(width, 1, { activation: 'linear' });
    before = net.shortcut(before);
  }
  net.route(net.conv(width, 1), bypass);
  return net.conv(2 * width, 1);
}

function panet(net: CfgText, sixteenth: number, eighth: number): void {
  /** 1x1 and 3x3 convolutions in turn, first and last 1x1. */
  const stack = (filters: number, count: number): number => {
    for (let i = 1; i < count; i++) net.conv(i % 2 === 1 ? filters : 2 * filters, i % 2 === 1 ? 1 : 3);
    return net.conv(filters, 1);
  };
  const before = stack(512, 3);
  const pools = [5, 9, 13].map((size) => {
    net.route(before);
    return net.maxpool(size, 1);
  });
  net.route(...pools.reverse(), before);
  const down32 = stack(512, 3);
  const up = (filters: number, lateral: number): number => {
    net.conv(filters, 1);
    const raised = net.upsample();
    net.route(lateral);
    net.route(net.conv(filters, 1), raised);
    return stack(filters, 5);
  };
  const down16 = up(256, sixteenth);
  const down8 = up(128, eighth);
  net.conv(256, 3);
  net.head('0,1,2');
  const down = (filters: number, from: number, lateral: number): number => {
    net.route(from);
    net.route(net.conv(filters, 3, { stride: 2 }), lateral);
    return stack(filters, 5);
  };
  const out16 = down(256, down8, down16);
  net.conv(512, 3);
  net.head('3,4,5');
  down(512, out16, down32);
  net.conv(1024, 3);
  net.head('6,7,8');
}
