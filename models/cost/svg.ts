// Places and words -> parts of an SVG.

export function round(value: number): number {
  return Number(value.toFixed(2));
}

export function text(x: number, y: number, content: string, anchor = 'start', size = 12): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}">${safe}</text>`;
}
