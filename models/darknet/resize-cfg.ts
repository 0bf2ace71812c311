// Text of a .cfg, another input size -> the same text with that size; every other character stays.

/** @param size width and height of the picture, pixels */
export function resizeCfg(text: string, size: number): string {
  // Editors of Windows put a byte order mark before the first line.
  const header = /^\uFEFF?[ \t]*\[[ \t]*net(?:work)?[ \t]*\][^\n]*\n/im.exec(text);
  if (!header) return text;
  const start = header.index + header[0].length;
  const length = text.slice(start).search(/^[ \t]*\[/m);
  const end = length < 0 ? text.length : start + length;
  let net = text.slice(start, end);
  for (const key of ['width', 'height']) {
    const option = new RegExp(`^([ \\t]*${key}[ \\t]*=[ \\t]*)[^\\s#;]+`, 'gm');
    // In place, so that lines keep their numbers; a cfg that leaves the size out gets the two lines.
    net = net.search(option) < 0 ? `${key}=${size}\n${net}` : net.replaceAll(option, `$1${size}`);
  }
  return text.slice(0, start) + net + text.slice(end);
}
