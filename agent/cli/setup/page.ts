// `cspcam setup --page`: the address in the terminal, what is told on both sides, and the end of the page.

import type { Address } from '#common/listen.js';
import { PageFront } from '../../setup/page/page-front.js';
import type { Outcome, Tone } from '../../setup/page/protocol.js';
import { serveSteps } from '../../setup/page/serve.js';
import type { Narrator } from './narrator.js';
import { toldWords } from './text.js';

export interface StepsPage {
  readonly front: PageFront;
  /** Whether who is asked may be at another machine. */
  readonly isRemote: boolean;
  say(text: string, tone: Tone): void;
  /** The last word, and the end of the server; only the first outcome counts. */
  end(outcome: Outcome): Promise<void>;
}

const LOOPBACK: Address = { host: '127.0.0.1', port: 0 };

/** @throws CspcamError for an address that is not free; the reason of the signal */
export async function openPage(
  listen: Address = LOOPBACK,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<StepsPage> {
  const front = new PageFront({ wordsOf: toldWords, onTold: (told) => narrator.tell(told) });
  const { addresses, isOpen, stop } = await serveSteps(listen, front, signal);
  narrator.say('open this in a browser, once; Ctrl-C ends setup:');
  for (const address of addresses) narrator.say(`  ${address}`);
  if (isOpen)
    narrator.say(
      '! others on this network can read on the way what is typed there, passwords too: ssh -L PORT:127.0.0.1:PORT and --listen 127.0.0.1:PORT is safer',
    );
  let ended: Promise<void> | undefined;
  return {
    front,
    isRemote: isOpen,
    say: (text, tone) => front.say([{ tone, text }]),
    end: (outcome) => {
      ended ??= front.end(outcome).finally(stop);
      return ended;
    },
  };
}
