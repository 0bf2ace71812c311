// Environment -> a service manager that hears what it is told, one that does not, or none.

import { expect, test } from 'vitest';
import { serviceManager } from '../../../agent/service/service-manager.js';
import { closeAfterEach } from '../../support/ending.js';
import { openNotifySocket } from '../../support/notify-socket.js';

const closing = closeAfterEach();

test('what is told arrives as lines of a datagram', async () => {
  const socket = closing(await openNotifySocket());
  const manager = await serviceManager({ NOTIFY_SOCKET: socket.path });
  expect(manager!.tell('READY=1', 'STATUS=läuft')).toBe(true);
  await socket.next((line) => line.startsWith('STATUS'));
  expect(socket.told).toEqual(['READY=1', 'STATUS=läuft']);
});

test('nobody listens: that is said, and nothing is thrown', async () => {
  const manager = await serviceManager({ NOTIFY_SOCKET: '/nonexistent/socket' });
  expect(manager!.tell('READY=1')).toBe(false);
});

test.each([{}, { NOTIFY_SOCKET: '' }])('no manager with %j', async (environment) => {
  expect(await serviceManager(environment)).toBeUndefined();
});

test('a name that is no path is an error, not a start without end', async () => {
  await expect(serviceManager({ NOTIFY_SOCKET: '@/abstract' })).rejects.toThrow(
    'expected the path of a socket for NOTIFY_SOCKET, received @/abstract',
  );
});

test.each<[watchdogMs: number | undefined, environment: Record<string, string>]>([
  [30_000, { WATCHDOG_USEC: '30000000', WATCHDOG_PID: `${process.pid}` }],
  [30_000, { WATCHDOG_USEC: '30000000' }],
  [undefined, { WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' }],
  [undefined, { WATCHDOG_USEC: '0' }],
  [undefined, {}],
])('a watchdog of %s ms with %j', async (watchdogMs, environment) => {
  const manager = await serviceManager({ NOTIFY_SOCKET: '/run/systemd/notify', ...environment });
  expect(manager!.watchdogMs).toBe(watchdogMs);
});
