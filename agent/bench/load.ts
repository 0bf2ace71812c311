// Processor times of the machine, of this process and of what it has started -> how many cores others keep busy.

import { join } from 'node:path';
import { textOf } from '#common/kernel-files.js';
import { familySeconds, TICKS_PER_SECOND } from './family-time.js';

export class OthersLoad {
  readonly #root: string;
  readonly #ownSeconds: () => Promise<number>;
  #start: { readonly busy: number; readonly total: number; readonly own: number } | undefined;
  #cpus = 0;

  /** @param ownSeconds processor time of this process and of those it has started, user and system */
  constructor(root = '/', ownSeconds = () => familySeconds(process.pid)) {
    this.#root = root;
    this.#ownSeconds = ownSeconds;
  }

  async start(): Promise<void> {
    this.#start = await this.#read();
  }

  /** Since the start, in cores; time that a hypervisor took is others', too. Null where the kernel does not tell. */
  async cores(): Promise<number | null> {
    const [start, now] = [this.#start, await this.#read()];
    if (start === undefined || now === undefined || now.total <= start.total) return null;
    const wall = (now.total - start.total) / this.#cpus;
    return Math.max(0, (now.busy - start.busy - (now.own - start.own)) / wall);
  }

  async #read() {
    const text = await textOf(join(this.#root, 'proc/stat'));
    const line = /^cpu +(.*)$/m.exec(text ?? '')?.[1];
    if (line === undefined) return undefined;
    this.#cpus = text!.match(/^cpu\d+ /gm)?.length ?? 1;
    const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, steal = 0] = line
      .split(' ')
      .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
    const busy = user + nice + system + irq + softIrq + steal;
    return { busy, total: busy + idle + wait, own: await this.#ownSeconds() };
  }
}
