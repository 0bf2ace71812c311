// Connects of a session -> connections made by hand, whose events a test gives and whose calls it reads.

import type { Connect, ConnectionEvents, Outgoing } from '../../agent/messaging/broker/client.js';

export interface FakeConnection {
  readonly protocol: string;
  readonly will: Outgoing | undefined;
  readonly events: ConnectionEvents;
  /** `subscribe <filter>`, `unsubscribe <filter>`, the topic of each message, `goodbye`, `destroy`. */
  readonly calls: string[];
  unsentBytes: number;
  /** Whether what is sent stays unsent. */
  isStalled: boolean;
}

/** Every message of QoS 1 is acknowledged at once. */
export function fakeBroker(): { readonly connect: Connect; readonly connections: FakeConnection[] } {
  const connections: FakeConnection[] = [];
  const connect: Connect = async (_, protocol, will, events) => {
    const unsent = { unsentBytes: 0, isStalled: false };
    const connection: FakeConnection = { protocol, will, events, calls: [], ...unsent };
    const { calls } = connection;
    connections.push(connection);
    return {
      get unsentBytes() {
        return connection.unsentBytes;
      },
      send: ({ topic, payload }, done) => {
        calls.push(topic);
        if (connection.isStalled) connection.unsentBytes += payload.length;
        done?.({ kind: 'delivered' });
      },
      ping: (done) => done({ kind: 'delivered' }),
      subscribe: (filter, done) => {
        calls.push(`subscribe ${filter}`);
        done({ kind: 'delivered' });
      },
      unsubscribe: (filters) => {
        calls.push(...filters.map((filter) => `unsubscribe ${filter}`));
      },
      goodbye: async () => {
        calls.push('goodbye');
      },
      destroy: () => {
        calls.push('destroy');
      },
    };
  };
  return { connect, connections };
}
