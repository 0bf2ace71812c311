// Figures over time -> small line charts with what they say now, in words too.

import type { StatsView } from '../protocol.js';
import { element, setText, svgElement } from './dom.js';
import { figure } from './words.js';

interface Series {
  readonly name: string;
  readonly className: string;
  readonly of: (stats: StatsView) => number | undefined;
}

interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
}

const sum = (key: 'capturedFps' | 'inferredFps' | 'droppedFps') => (stats: StatsView) =>
  Object.values(stats.cameras).reduce((all, camera) => all + camera[key], 0);

const CHARTS: readonly Chart[] = [
  {
    title: 'Frames per second',
    unit: '',
    series: [
      { name: 'captured', className: 'second', of: sum('capturedFps') },
      { name: 'looked at', className: 'first', of: sum('inferredFps') },
    ],
  },
  {
    title: 'Latency, capture to message',
    unit: ' ms',
    series: [
      { name: '95 of 100 below', className: 'second', of: ({ latency }) => latency?.p95 },
      { name: 'median', className: 'first', of: ({ latency }) => latency?.p50 },
    ],
  },
  {
    title: 'Dropped per second',
    unit: '',
    series: [{ name: 'for newer ones', className: 'first', of: sum('droppedFps') }],
  },
];

const WIDTH = 300;
const HEIGHT = 48;
const MOST = 120;

export class Charts {
  readonly node = element('div', { class: 'charts' });
  readonly #drawn = CHARTS.map((chart) => new DrawnChart(chart));
  #stats: StatsView[] = [];

  constructor() {
    this.node.append(...this.#drawn.map(({ node }) => node));
  }

  reset(stats: readonly StatsView[]): void {
    this.#stats = [...stats];
    this.#draw();
  }

  add(stats: StatsView): void {
    this.#stats = [...this.#stats, stats].slice(-MOST);
    this.#draw();
  }

  #draw(): void {
    for (const chart of this.#drawn) chart.draw(this.#stats);
  }
}

class DrawnChart {
  readonly node: HTMLElement;
  readonly #chart: Chart;
  readonly #lines: readonly SVGPolylineElement[];
  readonly #values: readonly HTMLElement[];
  readonly #scale = element('span', { class: 'scale' });

  constructor(chart: Chart) {
    this.#chart = chart;
    this.#lines = chart.series.map(({ className }) => svgElement('polyline', { class: className }));
    this.#values = chart.series.map(() => element('b', {}, '–'));
    const keys = chart.series.map(({ name, className }, i) =>
      element('span', { class: `key ${className}` }, this.#values[i], ` ${name}`),
    );
    const drawing = svgElement(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': true },
      ...this.#lines,
    );
    this.node = element(
      'figure',
      {},
      element('figcaption', {}, element('span', { class: 'title' }, chart.title), ...keys),
      element('div', { class: 'plot' }, drawing, this.#scale),
    );
  }

  draw(stats: readonly StatsView[]): void {
    const rows = this.#chart.series.map(({ of }) => stats.map(of));
    const top = niceTop(Math.max(...rows.flat().map((value) => value ?? 0)));
    setText(this.#scale, figure(top));
    for (const [i, row] of rows.entries()) {
      const points = row.flatMap((value, at) => {
        const x = WIDTH - (row.length - 1 - at) * (WIDTH / (MOST - 1));
        return value === undefined
          ? []
          : [`${x.toFixed(1)},${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`];
      });
      this.#lines[i]!.setAttribute('points', points.join(' '));
      const now = row.at(-1);
      setText(this.#values[i]!, now === undefined ? '–' : `${figure(now)}${this.#chart.unit}`);
    }
  }
}

/** The next of 1, 1.5, 2, 3, 5, 7, 10, 15 and so on. */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 0.1)));
  return power * ([1, 1.5, 2, 3, 5, 7, 10].find((step) => step * power >= most) ?? 10);
}
