// What a publisher is made with, and what it goes on with after a reload.

import type { SessionOptions } from './broker/session.js';
import type { Listener } from './broker/subscriptions.js';
import type { FitPicture } from './pictures.js';
import type { Message } from './schemas.js';

export interface PublisherOptions extends SessionOptions {
  readonly device: string;
  readonly bootId: string;
  /** Milliseconds since 1970, for messages. */
  readonly now: () => number;
  /** Takes what must not be lost; without it such messages are treated like all others. */
  readonly outbox?: MessageStore;
  /** Makes a picture smaller. */
  readonly fitPicture?: FitPicture;
  /** Whether the broker is to keep the latest picture of a camera; default that of all. */
  readonly keepsPictures?: (camera: string) => boolean;
  /** Is given each message that is published, connected or not: for other forms of it. */
  readonly onPublish?: (message: Message) => void;
  /** Is given each message that the broker is to forget. */
  readonly onClear?: (message: Message) => void;
}

/** What a publisher goes on with after it has left its broker. */
export interface Renewal extends Pick<PublisherOptions, 'mqtt' | 'device' | 'protocolMemory'> {
  readonly listeners: readonly Listener[];
  /** Called before it connects: whatever is to be retained, where the names are others, of which nothing is known. */
  readonly onRenewed: (hasOtherNames: boolean) => void;
}

/** What the publisher needs of an outbox, which sends by `Publisher.sendStored`. */
export interface MessageStore {
  put(topic: string, payload: string): void;
  connected(): void;
  disconnected(): void;
}
