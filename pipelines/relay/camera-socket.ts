// A camera's address -> a connected socket, or which of many reasons there is none; and whether it may be logged in to.

import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { CaptureError, type Failure, oneLine } from '../failure.js';
import type { CameraAddress } from './address.js';
import { type Challenge, readChallenges } from './authorization.js';
import { distrustOf, trustOptions } from './trust.js';

const CONNECT_TIMEOUT_MS = 5000;

/** @throws CaptureError that tells a name without an address, a refusal, silence and a certificate apart */
export async function openSocket({ host, port, tls }: CameraAddress): Promise<Socket> {
  const place = `${host}:${port}`;
  const socket = await anyConnected(host, port);
  if (tls === undefined) return socket;
  const encrypted = connectTls({ socket, ...trustOptions(host, tls) });
  await connected(encrypted, 'secureConnect', place);
  const distrust = distrustOf(encrypted, tls);
  if (distrust === undefined) return encrypted;
  encrypted.destroy();
  throw failed('certificate', distrust);
}

/** A name may have addresses of both kinds, and a camera that listens at one of them alone. */
async function anyConnected(host: string, port: number): Promise<Socket> {
  const found = await lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw failed('dns', `${host}: ${error.code ?? error.message}`);
  });
  let failure: unknown;
  for (const { address } of found)
    try {
      const socket = connect({ host: address, port, noDelay: true });
      return await connected(socket, 'connect', `${host}:${port}`);
    } catch (error) {
      failure = error;
    }
  throw failure;
}

/**
 * @param values of all WWW-Authenticate headers of an answer
 * @throws CaptureError where there is no password, none that the camera takes, or it may not be sent as it wants it
 */
export function expectChallenge(
  values: readonly string[],
  { credentials, tls, allowsBasic }: CameraAddress,
): Challenge {
  const { challenge, offered } = readChallenges(values);
  if (credentials === undefined)
    throw failed('unauthorized', 'the camera asks for a user name and a password');
  if (challenge === undefined) {
    const names = offered.join(', ') || 'nothing that is known';
    throw failed(
      'unauthorized',
      `the camera takes ${names}; Digest with MD5 or SHA-256, and Basic, are known here`,
    );
  }
  if (challenge.scheme === 'basic' && tls === undefined && !allowsBasic)
    throw failed(
      'unauthorized',
      'the camera takes the password in clear only (Basic): end the address with #auth=basic where the network is trusted',
    );
  return challenge;
}

export function refusedLogin(): CaptureError {
  return failed('unauthorized', 'the camera refuses the user name or the password');
}

export function failed(failure: Failure, message: string): CaptureError {
  // Cameras say parts of it.
  return new CaptureError({ failure, message: oneLine(message) });
}

const HANGS_UP = /^E(CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN)$/;

function connected<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  place: string,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(failed('unreachable', `no answer from ${place}`)), CONNECT_TIMEOUT_MS);
    const closedAtOnce = new Error('closed at once');
    const end = (error: CaptureError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') end(failed('refused', `connect ECONNREFUSED ${place}`));
      // One that is starting, or has no place left, hangs up as well.
      else if (event === 'secureConnect' && error !== closedAtOnce && !HANGS_UP.test(error.code ?? ''))
        end(failed('certificate', `no encrypted connection (${error.code ?? error.message})`));
      else end(failed('unreachable', `${error.code ?? error.message} ${place}`));
    };
    socket.once('error', onError);
    socket.once('close', () => onError(closedAtOnce));
    socket.once(event, () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').removeAllListeners('close');
      resolve(socket);
    });
  });
}
