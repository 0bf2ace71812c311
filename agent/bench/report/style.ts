// The style sheet of a report, for light and dark screens and for paper.

import { PALETTE } from '#common/palette.js';

const GREY = { light: '#606b78', dark: '#a9b4c0' } as const;
/** Of series and marks: those of the palette that stand out from the card, then a grey; the last is for what matters least. */
const SERIES = {
  light: [
    ...[PALETTE.blue, PALETTE.vermillion, PALETTE.bluishGreen, PALETTE.reddishPurple],
    ...[PALETTE.orange, PALETTE.skyBlue, '#7f6a1d', GREY.light],
  ],
  dark: [
    ...[PALETTE.skyBlue, PALETTE.orange, PALETTE.bluishGreen, PALETTE.reddishPurple],
    ...[PALETTE.vermillion, PALETTE.yellow, '#7ea6e0', GREY.dark],
  ],
} as const;

const variables = (colours: readonly string[]) => colours.map((colour, i) => `--c${i}: ${colour};`).join(' ');

export const style = `
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --ink: #1b1f24; --soft: #5b6470; --grid: #e4e7eb; --axis: #9aa3ad;
  --accent: var(--c0); --accent2: var(--c1); --warn: #8a5a00; --warn-card: #fff6e0;
  ${variables(SERIES.light)} }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --card: #1d2228; --ink: #e8ebee; --soft: #9ba6b2; --grid: #2c333b; --axis: #5b6672;
  --warn: #ffd479; --warn-card: #33290f;
  ${variables(SERIES.dark)} } }
* { box-sizing: border-box; }
body { margin: 0; padding: 28px clamp(12px, 4vw, 48px) 48px; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1320px; margin: 0 auto; }
h1 { margin: 0 0 4px; font-size: 26px; letter-spacing: -0.01em; }
h2 { margin: 0 0 2px; font-size: 16px; }
.sub { margin: 0; color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 14px 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 13.5px; }
.facts b { color: var(--ink); font-weight: 600; }
.notes { margin: 16px 0 0; padding: 9px 14px; border-radius: 8px; background: var(--warn-card); color: var(--warn); font-size: 14px; }
.notes p { margin: 2px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; margin: 20px 0; }
.tile, .card { background: var(--card); border-radius: 10px; box-shadow: 0 1px 2px rgb(0 0 0 / 0.12); }
.tile { padding: 13px 16px; }
.tile b { display: block; font-size: 25px; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.columns { columns: 2; column-gap: 18px; }
@media (max-width: 1000px) { .columns { columns: 1; } }
.card { padding: 16px 18px 14px; margin: 0 0 18px; }
.columns .card { break-inside: avoid; }
.card > p { margin: 0 0 8px; color: var(--soft); font-size: 13.5px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; text-align: right; border-bottom: 1px solid var(--axis); padding: 5px; white-space: normal; vertical-align: bottom; }
td { text-align: right; padding: 5px; border-bottom: 1px solid var(--grid); }
th.word, td.word { text-align: left; }
tr:last-child td { border-bottom: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 12px; font-family: inherit; }
svg text.name { font-size: 12.5px; }
svg text.strong, svg text.label { fill: var(--ink); font-weight: 600; }
svg text.label { font-size: 13px; }
.grid { stroke: var(--grid); fill: none; }
.axis { stroke: var(--axis); fill: none; }
.roof { stroke: var(--ink); stroke-width: 2; fill: none; }
.layer { fill-opacity: 0.5; stroke-width: 1; }
.layer.compute { fill: var(--c0); stroke: var(--c0); }
.layer.bandwidth { fill: var(--c1); stroke: var(--c1); }
.layer.overhead { fill: var(--c7); stroke: var(--c7); }
.mark { stroke: var(--card); stroke-width: 1.5; }
.mark.measured { fill: var(--c3); }
.mark.predicted { fill: var(--card); stroke: var(--ink); stroke-width: 2; }
.bar, .measured-bar { fill: var(--accent); }
.predicted-bar { fill: var(--axis); }
.published-bar { fill: var(--accent2); }
.limit { stroke: var(--accent2); stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke: var(--c); }
${SERIES.light.map((_, i) => `.c${i} { --c: var(--c${i}); }`).join(' ')}
.point { fill: var(--axis); stroke: var(--card); stroke-width: 1.5; }
.point.front { fill: var(--c0); }
.point.missed { fill: var(--c1); }
.front-line { fill: none; stroke: var(--c0); stroke-width: 1.5; stroke-dasharray: 5 4; }
.kind.convolution { fill: var(--c0); background: var(--c0); }
.kind.move { fill: var(--c1); background: var(--c1); }
.kind.other { fill: var(--c7); background: var(--c7); }
.said { stroke: var(--ink); stroke-width: 1.5; }
.legend i.said { background: var(--ink); }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.beside { display: grid; grid-template-columns: minmax(0, 1fr) max-content; gap: 18px 28px; align-items: start; }
@media (max-width: 1000px) { .beside { grid-template-columns: minmax(0, 1fr); } }
.legend { display: flex; flex-wrap: wrap; gap: 3px 18px; margin: 8px 0 0; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.legend svg { width: 12px; height: 12px; flex: none; }
.legend i { width: 16px; height: 3px; border-radius: 2px; background: var(--c); }
footer { margin-top: 22px; color: var(--soft); font-size: 13px; }
@media print { body { background: #fff; } .card, .tile { box-shadow: none; border: 1px solid #ccc; break-inside: avoid; } }
`;
