// This process -> its memory in use. The kernel tells it in a file, for which there may be no descriptor left.

let known = 0;

/** @returns what was known last where it cannot be read now: a figure must not end the daemon */
export function residentBytes(): number {
  try {
    known = process.memoryUsage.rss();
  } catch {
    // The next one may be read.
  }
  return known;
}
