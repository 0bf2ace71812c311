// Title, words and a drawing or table -> a card of the page; rows of cells -> a table. Pure.

import { escaped } from '#common/chart/svg.js';

/** @param isWide over all columns of the page */
export function card(title: string, about: string, content: string, isWide = false): string {
  return `<section class="card${isWide ? ' wide' : ''}"><h2>${escaped(title)}</h2><p>${escaped(about)}</p>${content}</section>`;
}

export interface TableColumn<T> {
  readonly name: string;
  readonly isWord: boolean;
  readonly cell: (row: T) => string;
}

/** @param caption for those who do not see what is around it */
export function tableOf<T>(caption: string, columns: readonly TableColumn<T>[], rows: readonly T[]): string {
  const className = ({ isWord }: TableColumn<T>) => (isWord ? ' class="word"' : '');
  const head = columns.map((column) => `<th scope="col"${className(column)}>${escaped(column.name)}</th>`);
  const lines = rows.map(
    (row) =>
      `<tr>${columns.map((column) => `<td${className(column)}>${escaped(column.cell(row))}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escaped(caption)}"><table><thead><tr>${head.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}
