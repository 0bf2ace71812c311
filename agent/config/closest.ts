// A mistyped key and the keys there are -> the one most likely meant.

/** The nearest of `candidates`, or undefined where none is near: one edit, and one for each three letters. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestEdits = Math.floor(word.length / 3) + 2;
  for (const candidate of candidates) {
    // So many letters have to be put in or left out at least; who writes a book for a key meant none of ours.
    if (Math.abs(word.length - candidate.length) >= bestEdits) continue;
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Damerau-Levenshtein (optimal string alignment): letters put in, left out, replaced, or swapped. */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)]; // (from + 1, to + 1)
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    const above = rows[i - 1]!;
    for (let j = 1; j <= to.length; j++) {
      const replace = above[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swap = isSwap ? rows[i - 2]![j - 2]! + 1 : replace;
      row.push(Math.min(replace, swap, above[j]! + 1, row[j - 1]! + 1));
    }
    rows.push(row);
  }
  return rows[from.length]![to.length]!;
}
