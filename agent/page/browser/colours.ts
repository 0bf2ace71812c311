// Labels, zones and lines -> colours that most colour-blind eyes tell apart (Okabe and Ito), as on the agent's pictures.

const PALETTE = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#cc79a7', '#d55e00', '#0072b2'] as const;
const ofLabels = new Map<string, string>();

export function paletteColour(index: number): string {
  return PALETTE[index % PALETTE.length]!;
}

/** The same for one label as long as the page is open. */
export function labelColour(label: string): string {
  // Zones begin at the other end.
  const known = ofLabels.get(label) ?? paletteColour(2 + ofLabels.size);
  ofLabels.set(label, known);
  return known;
}

/** What is written on it. */
export function inkOn(colour: string): string {
  return colour === '#0072b2' ? '#fff' : '#000';
}
