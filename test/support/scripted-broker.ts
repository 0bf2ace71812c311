// What a broker is to do with each packet -> a broker that does it, and what it has seen. Keeps its clients to its limits.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';

/** Limits of the CONNACK, which the broker also holds its clients to, as Mosquitto and HiveMQ do. */
export interface ScriptedLimits {
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly maximumQoS?: 0 | 1;
  readonly retainAvailable?: false;
  readonly wildcardSubscriptionAvailable?: false;
  readonly serverKeepAlive?: number;
}

/** `close` without a word, or the code of a DISCONNECT, which MQTT 3.1.1 does not have. */
export type HangUp = 'close' | number;

export interface Script {
  readonly limits?: ScriptedLimits;
  /** What it says to the CONNECT: a code, or nothing at all. */
  readonly connect?: (packet: IConnectPacket, nth: number) => number | 'close' | 'silent';
  /** Code of the PUBACK or SUBACK, or what it does instead. */
  readonly publish?: (packet: IPublishPacket, bytes: number) => number | 'silent' | { hangUp: HangUp };
  readonly subscribe?: (filter: string) => number | { hangUp: HangUp };
  /** Does not let its clients know of limits, and hangs up on who passes them. */
  readonly isMute?: boolean;
  /** Closes once it has accepted a connection. */
  readonly isBusy?: boolean;
  readonly answersAfterMs?: number;
}

export interface Seen {
  /** Of the connections, from 1. */
  readonly connection: number;
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly bytes: number;
  readonly payload: string;
}

export interface ScriptedBroker {
  readonly port: number;
  readonly url: string;
  /** May be changed at any time. */
  script: Script;
  /** The CONNECT of each connection. */
  readonly connects: IConnectPacket[];
  /** Whatever came, taken or not. */
  readonly received: Seen[];
  /** What it has taken. */
  readonly taken: Seen[];
  readonly filters: string[];
  /** Connections that it ended, and why. */
  readonly hangUps: { readonly connection: number; readonly why: string }[];
  /** Most unacknowledged at once. */
  readonly peak: number;
  /** Sends a message on every connection. */
  send(topic: string, payload: Buffer, qos?: 0 | 1): void;
  /** Ends all connections without a word. */
  cut(): void;
  /** Acknowledgements of what it sent, by packet id. */
  readonly acknowledged: number[];
  readonly pings: number;
  close(): Promise<void>;
}

export async function startScriptedBroker(script: Script = {}): Promise<ScriptedBroker> {
  const sockets = new Map<Socket, number>();
  const state = {
    script,
    connects: [] as IConnectPacket[],
    received: [] as Seen[],
    taken: [] as Seen[],
    filters: [] as string[],
    hangUps: [] as { connection: number; why: string }[],
    acknowledged: [] as number[],
    peak: 0,
    pings: 0,
  };
  const server: Server = createServer((socket) => {
    serve(socket, state, (version) => sockets.set(socket, version));
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    send(topic: string, payload: Buffer, qos: 0 | 1 = 0) {
      for (const [socket, protocolVersion] of sockets) {
        const packet = { cmd: 'publish', topic, payload, qos, retain: false, dup: false } as const;
        const id = qos === 1 ? { messageId: 7 } : {};
        socket.write(mqttPacket.generate({ ...packet, ...id }, { protocolVersion }));
      }
    },
    cut() {
      for (const socket of sockets.keys()) socket.destroy();
    },
    async close() {
      for (const socket of sockets.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

type State = Pick<
  ScriptedBroker,
  'script' | 'connects' | 'received' | 'taken' | 'filters' | 'hangUps' | 'acknowledged'
> & { peak: number; pings: number };

function serve(socket: Socket, state: State, onVersion: (version: number) => void): void {
  let version = 4;
  let connection = 0;
  let unacknowledged = 0;
  let isOpen = true;
  const parser = mqttPacket.parser();
  const send = (packet: Packet) => {
    if (socket.writable) socket.write(mqttPacket.generate(packet, { protocolVersion: version }));
  };
  const hangUp = (why: HangUp) => {
    isOpen = false;
    state.hangUps.push({ connection, why: String(why) });
    if (typeof why === 'number' && version === 5) send({ cmd: 'disconnect', reasonCode: why });
    socket.end();
  };
  const answer = (packet: Packet) => {
    const { answersAfterMs } = state.script;
    if (answersAfterMs === undefined) send(packet);
    else setTimeout(() => send(packet), answersAfterMs);
  };

  const onConnect = (packet: IConnectPacket) => {
    version = packet.protocolVersion ?? 4;
    onVersion(version);
    connection = state.connects.push(packet);
    const { connect, limits, isMute } = state.script;
    const said = connect?.(packet, connection) ?? 0;
    if (said === 'silent') return;
    if (said === 'close') {
      isOpen = false;
      socket.end();
      return;
    }
    const properties = version === 5 && !isMute && limits ? { properties: limits } : {};
    send({ cmd: 'connack', sessionPresent: false, returnCode: said, reasonCode: said, ...properties });
    if (said !== 0 || state.script.isBusy) {
      isOpen = false;
      socket.end();
    }
  };

  const onPublish = (packet: IPublishPacket) => {
    const { topic, qos, retain, payload, messageId } = packet;
    const bytes = totalBytes(packet.length ?? 0);
    const seen = { connection, topic, qos, retain, bytes, payload: payload.toString() };
    state.received.push(seen);
    const { limits = {}, publish, isMute } = state.script;
    if (qos > 0) unacknowledged++;
    state.peak = Math.max(state.peak, unacknowledged);
    const breach = breachOf(limits, packet, bytes, unacknowledged);
    if (breach !== undefined) {
      hangUp(isMute ? 'close' : breach);
      return;
    }
    const said = publish?.(packet, bytes) ?? 0;
    if (said === 'silent') return;
    if (typeof said === 'object') {
      hangUp(said.hangUp);
      return;
    }
    if (said < 128) state.taken.push(seen);
    if (qos !== 1) return;
    const ack = () => {
      unacknowledged--;
      send({ cmd: 'puback', messageId: messageId!, reasonCode: said });
    };
    if (state.script.answersAfterMs === undefined) ack();
    else setTimeout(ack, state.script.answersAfterMs);
  };

  parser.on('packet', (packet) => {
    if (!isOpen) return;
    switch (packet.cmd) {
      case 'connect':
        onConnect(packet);
        break;
      case 'publish':
        onPublish(packet);
        break;
      case 'subscribe': {
        const granted: number[] = [];
        for (const { topic } of packet.subscriptions) {
          state.filters.push(topic);
          const said = state.script.subscribe?.(topic) ?? 1;
          if (typeof said === 'object') {
            hangUp(said.hangUp);
            return;
          }
          granted.push(said);
        }
        answer({ cmd: 'suback', messageId: packet.messageId!, granted });
        break;
      }
      case 'pingreq':
        state.pings++;
        answer({ cmd: 'pingresp' });
        break;
      case 'puback':
        state.acknowledged.push(packet.messageId!);
        break;
      case 'disconnect':
        socket.end();
    }
  });
  parser.on('error', () => socket.destroy());
  socket.on('data', (bytes: Buffer) => parser.parse(bytes));
  socket.on('error', () => {});
}

/** Code of the DISCONNECT, as MQTT 5 has it. */
function breachOf(
  { receiveMaximum, maximumPacketSize, maximumQoS, retainAvailable }: ScriptedLimits,
  { qos, retain }: IPublishPacket,
  bytes: number,
  unacknowledged: number,
): number | undefined {
  if (receiveMaximum !== undefined && unacknowledged > receiveMaximum) return 147;
  if (maximumPacketSize !== undefined && bytes > maximumPacketSize) return 149;
  if (maximumQoS !== undefined && qos > maximumQoS) return 155;
  if (retainAvailable === false && retain) return 154;
  return undefined;
}

function totalBytes(remaining: number): number {
  return 1 + (remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4) + remaining;
}
