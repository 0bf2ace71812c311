// -> Colours that most colour-blind eyes tell apart, on black and on white (Okabe and Ito, Color Universal Design, 2008).

export const PALETTE = {
  orange: '#e69f00',
  skyBlue: '#56b4e9',
  bluishGreen: '#009e73',
  yellow: '#f0e442',
  blue: '#0072b2',
  vermillion: '#d55e00',
  reddishPurple: '#cc79a7',
} as const;

/** In their published order; begins anew after seven. */
export function paletteColour(index: number): string {
  const colours = Object.values(PALETTE);
  return colours[index % colours.length]!;
}
