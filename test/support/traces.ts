// Arguments -> a `cspcam` with folders of its own, and what is left of it when it has ended: processes, files, `state`.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cspcam } from './cspcam.js';
import { mosquittoPub } from './mosquitto.js';
import { subscribe } from './subscriber.js';

export interface Traces {
  /** Ids of processes that have inherited its environment. */
  readonly processes: readonly number[];
  /** In its folder for temporary files: sockets as well. */
  readonly temporary: readonly string[];
  /** Beside the networks that it keeps for the next start. */
  readonly cache: readonly string[];
}

/** @param cache of optimized networks; default a new one, as at the first start on a machine */
export function startTraced(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cache?: string,
): { readonly agent: Cspcam; left(): Traces } {
  const folder = mkdtempSync(join(tmpdir(), 't-'));
  const [temporary, ownCache] = [join(folder, 'tmp'), cache ?? join(folder, 'cache')];
  mkdirSync(temporary);
  // Of its environment, the daemon hands little on to its capture processes; this is part of it.
  const mark = `TMPDIR=${temporary}`;
  const agent = new Cspcam(args, {
    TMPDIR: temporary,
    XDG_CACHE_HOME: ownCache,
    XDG_STATE_HOME: join(folder, 'state'),
    ...environment,
  });
  return {
    agent,
    left: () => ({
      processes: marked(mark),
      temporary: filesBelow(temporary),
      cache: filesBelow(join(ownCache, 'cspcam')).filter((name) => !name.endsWith('.onnx')),
    }),
  };
}

export const NOTHING: Traces = { processes: [], temporary: [], cache: [] };

function marked(mark: string): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => environmentOf(id).includes(mark)).map(Number);
}

/** Empty for one that is gone, and for one of another user. */
function environmentOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/environ`, 'utf8');
  } catch {
    return '';
  }
}

function filesBelow(folder: string): string[] {
  try {
    return (readdirSync(folder, { recursive: true }) as string[]).toSorted();
  } catch {
    return [];
  }
}

/** What a client that comes now gets of `cspcam/<device>/state`, by device. */
export async function retainedStates(port: number): Promise<Record<string, string>> {
  const late = await subscribe(port, 'cspcam/+/state', ['-t', 'end']);
  // The broker sends what it has retained before anything that is published after the subscription.
  await mosquittoPub(port, 'end', 'end');
  await late.next(({ topic }) => topic === 'end');
  late.close();
  const states = late.seen.filter(({ topic }) => topic !== 'end');
  return Object.fromEntries(states.map(({ topic, payload }) => [topic.split('/')[1]!, payload.state]));
}
