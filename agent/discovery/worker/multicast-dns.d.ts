// What is used of multicast-dns, which comes without types.

declare module 'multicast-dns' {
  import type { EventEmitter } from 'node:events';

  interface Question {
    readonly name: string;
    readonly type: 'PTR' | 'SRV' | 'A';
  }

  interface Multicast extends EventEmitter {
    query(questions: readonly Question[]): void;
    destroy(): void;
  }

  export default function multicastDns(options: {
    /** Own address of the network. */
    readonly interface: string;
    /** To listen on. */
    readonly bind: string;
  }): Multicast;
}
