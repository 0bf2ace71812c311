// The part of gstreamer-superficial 1.7 that the capture process uses; the package has no types.

declare module 'gstreamer-superficial' {
  export interface BusMessage {
    readonly type: string;
    readonly message?: string;
    readonly debug?: string;
  }

  export interface AppSink {
    /** One call gives one sample; `null` at the end of the stream. */
    pull(callback: (buffer: Buffer | null, caps: Record<string, unknown>) => void): void;
    'max-buffers'?: number;
  }

  export interface AppSource {
    /** Copies it. */
    push(bytes: Buffer): void;
  }

  export interface Identity {
    /** Reading it leaks some hundred bytes: the binding never frees the value. */
    readonly stats?: string | null;
    'drop-probability'?: number;
  }

  export interface CapsFilter {
    /** Caps as text. Setting it leaks some hundred bytes. */
    caps: unknown;
  }

  export class Pipeline {
    /** @throws Error with GStreamer's text for a string that does not parse */
    constructor(launch: string);
    pause(): void;
    play(): void;
    stop(): void;
    findChild(name: string): unknown;
    pollBus(callback: (message: BusMessage) => void): void;
  }
}
