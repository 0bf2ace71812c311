// Names -> one line of them, of which the first twenty stand there and the others are counted. Pure.

const MOST_LISTED = 20;

/** `a, b and 60 more` */
export function listed(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
