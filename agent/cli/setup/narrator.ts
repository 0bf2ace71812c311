// What the first steps tell -> lines as it comes, or one JSON object at the end.

import type { Told } from '../../setup/front.js';
import type { Found } from '../../setup/setup.js';
import { print } from '../models/text.js';
import { movingLine } from '../moving-line.js';
import { foundJson, toldLines, writtenText } from './text.js';

export class Narrator {
  hasWritten = false;
  readonly #asJson: boolean;
  readonly #line = movingLine();
  readonly #report: Record<string, unknown> = {};
  readonly #tried: unknown[] = [];

  constructor(asJson: boolean) {
    this.#asJson = asJson;
  }

  tell(told: Told): void {
    if (told.kind === 'doing') this.#line.tell(told.what);
    else {
      this.clear();
      if (this.#asJson) this.#keep(told);
      else for (const line of toldLines(told)) print(line);
    }
  }

  #keep(told: Told): void {
    if (told.kind === 'camera') this.#tried.push(told.camera);
    if (told.kind === 'broker') this.#report['broker'] = { url: told.url, says: told.says };
    if (told.kind === 'problem') process.stderr.write(`${toldLines(told).join('\n')}\n`);
  }

  found(found: Found): void {
    if (this.#asJson) this.#report['found'] = foundJson(found);
  }

  written(
    file: string,
    secrets: string | undefined,
    { questions, seconds }: { readonly questions: number; readonly seconds: number },
  ): void {
    this.hasWritten = true;
    if (this.#asJson) Object.assign(this.#report, { cameras: this.#tried, file, secrets });
    else {
      print(writtenText(file, secrets));
      print(`${questions} questions, ${seconds} s`);
    }
  }

  /** What becomes of it afterwards: beside the JSON, of which there is one object. */
  say(line: string): void {
    if (this.#asJson) process.stderr.write(`${line}\n`);
    else print(line);
  }

  /** What moves makes room for what stays. */
  clear(): void {
    this.#line.end();
  }

  end(): void {
    this.clear();
    if (this.#asJson) print(JSON.stringify(this.#report, undefined, 2));
  }
}
