// A benchmark + the layers behind its predictions -> one HTML page that needs nothing else. Pure.

import { escaped } from '#common/chart/svg.js';
import { columnsOf } from '../columns.js';
import { sharedText } from '../labels.js';
import type { BenchDocument, BenchResult } from '../result.js';
import { card, tableOf } from './card.js';
import { charts, type ReportedCase } from './charts.js';
import { footnote, header, tiles } from './head.js';
import { layersCard } from './layer-times.js';
import { startsCard } from './starts.js';
import { style } from './style.js';

const MOST_NAMES = 3;

export function benchReport(document: BenchDocument, cases: readonly ReportedCase[]): string {
  const { suite, environment, results, starts = [], layers = [] } = document;
  const models = [...new Set([...results, ...starts, ...layers].map(({ model }) => model))];
  const what = suite?.name ?? (models.length > MOST_NAMES ? `${models.length} networks` : models.join(', '));
  const title = `Benchmark: ${what}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${header(title, document)}
${results.length > 0 ? tiles(results) : ''}
${results.length > 0 ? card('Results', meaning(results), resultTable(results)) : ''}
${starts.length > 0 ? startsCard(starts) : ''}
${results.length > 0 ? `<div class="columns">\n${charts(document, cases).join('\n')}\n</div>` : ''}
${layers.map(layersCard).join('\n')}
<footer>${escaped(footnote(environment))}</footer>
</main>
</body>
</html>
`;
}

function resultTable(results: readonly BenchResult[]): string {
  return tableOf('results', columnsOf(results), results);
}

function meaning(results: readonly BenchResult[]): string {
  const untrained = results.some(({ weights }) => weights === 'random');
  const shared = sharedText(results);
  return `${shared && `All: ${shared}. `}Milliseconds of one frame from pixels to boxes; offline with its wait for a session; multistream from the camera; live, from capture to publishing.${untrained ? ' Random weights: for timing only.' : ''}`;
}
