// A Range header and the bytes that there are -> the part that is wanted. Pure.

export interface Span {
  readonly start: number;
  readonly bytes: number;
}

/**
 * What is no single range of bytes is passed over, as RFC 9110 wants it.
 *
 * @returns nothing where all of it is wanted; `outside` where nothing of what is wanted is there
 */
export function spanOf(range: string | undefined, size: number): Span | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, bytes: end - start } : 'outside';
}
