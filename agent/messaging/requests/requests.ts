// Messages on request/<name> -> one at a time to its handler -> response/<name>, whatever comes.

import { expected } from '#common/errors.js';
import { redacted, redactText } from '#common/redact.js';
import { expectWithin } from '#common/time-limit.js';
import type { Log } from '../../telemetry/log.js';
import type { Incoming } from '../broker/client.js';
import type { Body, Message } from '../schemas.js';
import { Allowance } from './allowance.js';
import { checkRequest, isRequestName, type ReadRequest, readObject, transactionOf } from './read.js';
import type { By, RequestHandlers, RequestName } from './table.js';

/** All of it is read with each request: a reload may change it. */
export interface RequestsOptions {
  readonly base: string;
  readonly device: string;
  /** Known camera ids, enabled or not. */
  readonly cameras: readonly string[];
  /** Those that the configuration permits. */
  readonly allowed: readonly RequestName[];
  readonly perMinute: number;
  /** Monotonic, ms. */
  readonly nowMs: () => number;
  readonly handlers: RequestHandlers;
  readonly publish: (message: Message) => void;
  readonly log: Pick<Log, 'debug' | 'info' | 'warn'>;
  /** A handler that takes longer has failed. */
  readonly timeoutMs?: number;
}

type Answer = Pick<Body<'response'>, 'request' | 'transaction'>;

interface Waiting extends ReadRequest {
  readonly answer: Answer;
}

const MOST_WAITING = 16;
const TIMEOUT_MS = 30_000;
const MAX_ERROR = 500;

/**
 * A request that is not right in every part changes nothing and is answered with an error; its name becomes a
 * topic only where the table has it. Retained requests are those of another day: they are ignored.
 */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #allowance: Allowance;
  readonly #waiting: Waiting[] = [];
  #working = false;
  #isStopped = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
    const { nowMs, log } = options;
    this.#allowance = new Allowance({
      get perMinute() {
        return options.perMinute;
      },
      nowMs,
      onDropped: (count) =>
        log.warn({ count, perMinute: options.perMinute }, 'more requests than are answered'),
    });
  }

  /** Topics to subscribe to. */
  get filters(): readonly string[] {
    return [`${this.#prefix}#`];
  }

  get #prefix(): string {
    const { base, device } = this.#options;
    return `${base}/${device}/request/`;
  }

  /** Messages on other topics are passed over. Never throws. */
  onMessage({ topic, payload, retained }: Incoming): void {
    if (this.#isStopped || retained || !topic.startsWith(this.#prefix)) return;
    if (!this.#allowance.take()) return;
    const name = topic.slice(this.#prefix.length);
    let answer: Answer = { request: isRequestName(name) ? name : 'unknown' };
    try {
      const message = readObject(payload);
      const transaction = transactionOf(message);
      if (transaction !== undefined) answer = { ...answer, transaction };
      if (isRequestName(name)) this.#expectAllowed(name);
      const request = checkRequest(name, message, this.#options.cameras);
      if (this.#waiting.length >= MOST_WAITING)
        throw expected(`at most ${MOST_WAITING} requests that wait`, 'the agent', 'one more: busy');
      this.#waiting.push({ ...request, answer });
    } catch (error) {
      // Whoever can send one can send thousands: they must not fill the log.
      this.#options.log.debug({ err: error, request: answer.request }, 'request refused');
      this.#refuse(answer, error);
      return;
    }
    void this.#work();
  }

  /** Requests that wait are given up. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting.length = 0;
  }

  #expectAllowed(name: RequestName): void {
    const { allowed } = this.#options;
    if (allowed.includes(name)) return;
    const which =
      allowed.length === 0
        ? 'no request, as requests.allow says'
        : `one of requests.allow (${allowed.join(', ')})`;
    throw expected(which, 'the topic', name);
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      await this.#carryOut(next);
    this.#working = false;
  }

  async #carryOut({ name, parameters, answer, by }: Waiting): Promise<void> {
    const { handlers, log, publish, timeoutMs = TIMEOUT_MS } = this.#options;
    const { transaction } = answer;
    const who: By = { request: name, ...(by !== undefined && { by }) };
    // Parameters on their own: `level` beside the others would be that of the line.
    const said = { ...who, ...(transaction !== undefined && { transaction }), parameters };
    try {
      const handler = handlers[name] as (parameters: unknown, by: By) => Promise<object | undefined>;
      const data = await expectWithin(timeoutMs, handler(parameters, who), 'an end', `request/${name}`);
      if (this.#isStopped) return;
      publish({
        kind: 'response',
        body: { ...answer, status: 'ok', ...(data !== undefined && { data: redacted(data) }) },
      });
      log.info(said, 'request');
    } catch (error) {
      if (this.#isStopped) return;
      log.warn({ err: error, ...said }, 'request failed');
      this.#refuse(answer, error);
    }
  }

  #refuse(answer: Answer, error: unknown): void {
    this.#options.publish({ kind: 'response', body: { ...answer, status: 'error', error: line(error) } });
  }
}

/** The first line of what went wrong, without passwords. */
function line(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const first = redactText(message.split(/[\r\n]/, 1)[0] ?? '').slice(0, MAX_ERROR);
  return first === '' ? 'failed' : first;
}
