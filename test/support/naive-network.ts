// Text of a .cfg + weights + picture -> values of the last layer, by plain loops over Darknet's definitions.
// Shares no code with models/: the reference that exported networks are held to.

export interface Map3 {
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly values: Float64Array; // (channels, height, width)
}

type Options = Readonly<Record<string, string>>;

export type WeightName = 'biases' | 'scales' | 'means' | 'variances' | 'kernel';

/** Asked in the order of a .weights file. */
export type Weights = (count: number, name: WeightName) => Float32Array;

/** @param picture values 0..1 */
export function evaluateNaively(cfg: string, weights: Weights, picture: Map3): Map3 {
  const done: Map3[] = [];
  for (const section of cfg.split(/^\[/m).slice(2)) {
    const name = section.slice(0, section.indexOf(']'));
    const options = Object.fromEntries([...section.matchAll(/^(\w+)=(.*)$/gm)].map(([, k, v]) => [k, v]));
    const at = (index: number) => done[index < 0 ? done.length + index : index]!;
    done.push(layer(name, options, done.at(-1) ?? picture, at, weights));
  }
  return done.at(-1)!;
}

function layer(
  name: string,
  options: Options,
  input: Map3,
  at: (index: number) => Map3,
  take: Weights,
): Map3 {
  const n = (key: string, fallback: number) => Number(options[key] ?? fallback);
  const activate = (map: Map3) => apply(options.activation ?? 'linear', map);
  const [channels, height, width] = input.shape;
  switch (name) {
    case 'convolutional':
      return activate(convolution(options, input, take));
    case 'maxpool':
      if (n('maxpool_depth', 0) === 1) return maxout(input, n('out_channels', 1));
      return pool(options, input, (window) => Math.max(...window));
    case 'local_avgpool':
      return pool(options, input, mean);
    case 'avgpool':
      return make([channels, 1, 1], (c) =>
        mean(input.values.subarray(c * height * width, (c + 1) * height * width)),
      );
    case 'upsample': {
      const stride = n('stride', 2);
      return make([channels, height * stride, width * stride], (c, y, x) =>
        get(input, c, Math.floor(y / stride), Math.floor(x / stride)),
      );
    }
    case 'route': {
      const groups = n('groups', 1);
      const parts = options
        .layers!.split(',')
        .map((index) => group(at(Number(index)), groups, n('group_id', 0)));
      const values = Float64Array.from(parts.flatMap((part) => [...part.values]));
      return { shape: [parts.reduce((sum, part) => sum + part.shape[0], 0), ...tail(parts[0]!)], values };
    }
    case 'shortcut': {
      const others = options.from!.split(',').map((index) => at(Number(index)));
      const cell = (other: Map3, c: number, y: number, x: number) => {
        const stride = other.shape[1] / height;
        return c < other.shape[0] ? get(other, c, y * stride, x * stride) : 0;
      };
      return activate(
        make(input.shape, (c, y, x) =>
          others.reduce((sum, other) => sum + cell(other, c, y, x), get(input, c, y, x)),
        ),
      );
    }
    case 'batchnorm': {
      const [biases, scales] = [take(channels, 'biases'), take(channels, 'scales')];
      const [means, variances] = [take(channels, 'means'), take(channels, 'variances')];
      return make(input.shape, (c, y, x) => {
        const centred = get(input, c, y, x) - means[c]!;
        return (scales[c]! * centred) / Math.sqrt(variances[c]! + 1e-5) + biases[c]!;
      });
    }
    case 'activation':
      return activate(input);
    case 'bilinear_upsample': {
      const stride = n('stride', 2);
      // Between the middles of cells; at the edges the outermost cell goes on.
      const between = (side: number, position: number) => {
        const middle = Math.min(side - 1, Math.max(0, (position + 0.5) / stride - 0.5));
        const first = Math.floor(middle);
        return [first, Math.min(side - 1, first + 1), middle - first] as const;
      };
      return make([channels, height * stride, width * stride], (c, y, x) => {
        const [top, bottom, down] = between(height, y);
        const [left, right, along] = between(width, x);
        const row = (i: number) => (1 - along) * get(input, c, i, left) + along * get(input, c, i, right);
        return (1 - down) * row(top) + down * row(bottom);
      });
    }
    case 'sam': {
      const map = at(n('from', 0));
      return activate(make(map.shape, (c, y, x) => get(map, c, y, x) * get(input, c, y, x)));
    }
    case 'scale_channels': {
      const map = at(n('from', 0));
      const perCell = n('scale_wh', 0) === 1;
      const factor = (c: number, y: number, x: number) =>
        perCell ? get(input, 0, y, x) : get(input, c, 0, 0);
      return activate(make(map.shape, (c, y, x) => get(map, c, y, x) * factor(c, y, x)));
    }
    case 'softmax': {
      const sum = input.values.reduce((total, value) => total + Math.exp(value), 0);
      return { ...input, values: input.values.map((value) => Math.exp(value) / sum) };
    }
    case 'dropout':
    case 'cost':
    case 'yolo':
      return input;
  }
  throw new Error(`no reference for [${name}]`);
}

function convolution(options: Options, input: Map3, take: Weights): Map3 {
  const n = (key: string, fallback: number) => Number(options[key] ?? fallback);
  const [filters, size, stride, dilation] = [n('filters', 1), n('size', 1), n('stride', 1), n('dilation', 1)];
  const padding = n('pad', 0) ? Math.floor(size / 2) : n('padding', 0);
  const perGroup = input.shape[0] / n('groups', 1);
  const filtersPerGroup = filters / n('groups', 1);
  const biases = take(filters, 'biases');
  const norm = n('batch_normalize', 0)
    ? [take(filters, 'scales'), take(filters, 'means'), take(filters, 'variances')]
    : undefined;
  const kernel = take(filters * perGroup * size * size, 'kernel');
  const length = (side: number) => Math.floor((side + 2 * padding - size) / stride) + 1;
  return make([filters, length(input.shape[1]), length(input.shape[2])], (filter, y, x) => {
    let sum = 0;
    for (let c = 0; c < perGroup; c++)
      for (let ky = 0; ky < size; ky++)
        for (let kx = 0; kx < size; kx++)
          sum +=
            kernel[((filter * perGroup + c) * size + ky) * size + kx]! *
            get(
              input,
              Math.floor(filter / filtersPerGroup) * perGroup + c,
              y * stride + (ky - padding) * dilation,
              x * stride + (kx - padding) * dilation,
            );
    if (norm) {
      const [scales, means, variances] = norm;
      sum = (scales![filter]! * (sum - means![filter]!)) / Math.sqrt(variances![filter]! + 1e-5);
    }
    return sum + biases[filter]!;
  });
}

/** Windows begin at -padding/2; only cells inside the map count. */
function pool(options: Options, input: Map3, of: (window: number[]) => number): Map3 {
  const stride = Number(options.stride ?? 1);
  const size = Number(options.size ?? stride);
  const padding = Number(options.padding ?? size - 1);
  const begin = Math.floor(padding / 2);
  const length = (side: number) => Math.floor((side + padding - size) / stride) + 1;
  const [channels, height, width] = input.shape;
  return make([channels, length(height), length(width)], (c, y, x) => {
    const window: number[] = [];
    for (let i = y * stride - begin; i < y * stride - begin + size; i++)
      for (let j = x * stride - begin; j < x * stride - begin + size; j++)
        if (i >= 0 && j >= 0 && i < height && j < width) window.push(get(input, c, i, j));
    return of(window);
  });
}

function maxout(input: Map3, channels: number): Map3 {
  return make([channels, ...tail(input)], (k, y, x) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = k; c < input.shape[0]; c += channels) largest = Math.max(largest, get(input, c, y, x));
    return largest;
  });
}

function group(map: Map3, groups: number, id: number): Map3 {
  const channels = map.shape[0] / groups;
  return make([channels, ...tail(map)], (c, y, x) => get(map, id * channels + c, y, x));
}

const formulas: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  leaky: (x) => (x > 0 ? x : 0.1 * x),
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  logistic: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  elu: (x) => (x >= 0 ? x : Math.exp(x) - 1),
  swish: (x) => x / (1 + Math.exp(-x)),
  mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
  hard_mish: (x) => (x > 0 ? x : x > -2 ? (x * x) / 2 + x : 0),
};

function apply(activation: string, map: Map3): Map3 {
  return { ...map, values: map.values.map((value) => formulas[activation]!(value)) };
}

function make(shape: Map3['shape'], of: (c: number, y: number, x: number) => number): Map3 {
  const [channels, height, width] = shape;
  const values = new Float64Array(channels * height * width);
  let i = 0;
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) values[i++] = of(c, y, x);
  return { shape, values };
}

/** Zero outside. */
function get({ shape: [, height, width], values }: Map3, c: number, y: number, x: number): number {
  return y < 0 || x < 0 || y >= height || x >= width ? 0 : values[(c * height + y) * width + x]!;
}

function tail(map: Map3): [height: number, width: number] {
  return [map.shape[1], map.shape[2]];
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
