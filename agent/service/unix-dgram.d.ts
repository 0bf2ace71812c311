// The part of unix-dgram 2 that tells the service manager; the package has no types.

declare module 'unix-dgram' {
  export interface DatagramSocket {
    on(event: 'error', listener: (error: Error) => void): this;
    /** The callback is called before it returns. */
    send(
      message: Buffer,
      offset: number,
      length: number,
      path: string,
      callback: (error?: Error) => void,
    ): void;
    close(): void;
  }

  export function createSocket(type: 'unix_dgram'): DatagramSocket;
}
