// Passwords that are tried, and when -> who is in, and how long who guesses has to wait.

import { expect, test } from 'vitest';
import { LoginThrottle } from '../../../agent/page/server/login-throttle.js';
import { Logins } from '../../../agent/page/server/logins.js';

const SECRET = 'blue s3cret word';
const HOUR = 3600 * 1000;

function clocked(password: string | undefined) {
  const clock = { nowMs: 1000 };
  return { clock, logins: new Logins(password, () => clock.nowMs) };
}

const sessionOf = (attempt: ReturnType<Logins['login']>) => {
  if (typeof attempt === 'string' || !('session' in attempt)) throw new Error('not let in');
  return attempt.session;
};

test('the password lets in, with a session of its own each time', () => {
  const { logins } = clocked(SECRET);
  const [one, other] = [sessionOf(logins.login(SECRET, 'a')), sessionOf(logins.login(SECRET, 'a'))];
  expect(one).toMatch(/^[\w-]{43}$/);
  expect(one).not.toBe(other);
  expect([one, other, undefined, '', `${one}x`].map((session) => logins.isIn(session))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  logins.logout(one);
  expect([logins.isIn(one), logins.isIn(other)]).toEqual([false, true]);
});

test('a password that opens one session opens no other', () => {
  const logins = new Logins(SECRET, () => 1000, true);
  expect(logins.login('another', 'a')).toBe('wrong');
  const session = sessionOf(logins.login(SECRET, 'a'));
  expect(logins.login(SECRET, 'a')).toBe('wrong');
  expect(logins.isIn(session)).toBe(true);
});

test.each(['', 'blue s3cret wor', 'blue s3cret word ', 'Blue s3cret word', 'x'.repeat(10_000), '\u0000'])(
  'wrong: %j',
  (password) => {
    expect(clocked(SECRET).logins.login(password, 'a')).toBe('wrong');
  },
);

test('without a password everybody is in', () => {
  const { logins } = clocked(undefined);
  expect([logins.needsPassword, logins.isIn(undefined)]).toEqual([false, true]);
});

test('a session ends twelve hours after its last use, and the oldest where there are too many', () => {
  const { clock, logins } = clocked(SECRET);
  const used = sessionOf(logins.login(SECRET, 'a'));
  const unused = sessionOf(logins.login(SECRET, 'a'));
  clock.nowMs += 11 * HOUR;
  expect(logins.isIn(used)).toBe(true);
  clock.nowMs += 2 * HOUR;
  expect([logins.isIn(used), logins.isIn(unused)]).toEqual([true, false]);
  for (let i = 0; i < 199; i++) logins.login(SECRET, 'a');
  expect(logins.isIn(used)).toBe(true);
  for (let i = 0; i < 200; i++) logins.login(SECRET, 'a');
  expect(logins.isIn(used)).toBe(false);
});

test('who guesses waits twice as long each time, others do not, and a right one begins anew', () => {
  const throttle = new LoginThrottle();
  let nowMs = 0;
  const told = Array.from({ length: 10 }, () => {
    throttle.failed('10.0.0.7', nowMs);
    const waitMs = throttle.waitMs('10.0.0.7', nowMs);
    nowMs += waitMs;
    return waitMs / 1000;
  });
  expect(told).toEqual([0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
  expect(throttle.waitMs('10.0.0.8', nowMs)).toBe(0);
  throttle.succeeded('10.0.0.7');
  expect(throttle.waitMs('10.0.0.7', nowMs)).toBe(0);
});

test('while somebody has to wait, the right password is not looked at either', () => {
  const { clock, logins } = clocked(SECRET);
  for (let i = 0; i < 3; i++) expect(logins.login('guess', 'a')).toBe('wrong');
  expect(logins.login(SECRET, 'a')).toEqual({ retryInMs: 1000 });
  expect(logins.login(SECRET, 'b')).toHaveProperty('session');
  clock.nowMs += 1000;
  expect(logins.login(SECRET, 'a')).toHaveProperty('session');
});

test.each<[one: string, other: string, isSame: boolean]>([
  ['::ffff:10.0.0.7', '10.0.0.7', true],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['fe80::1%eth0', 'fe80::2', true],
  ['10.0.0.7', '10.0.0.8', false],
])('%s and %s share their wait: %s', (one, other, isSame) => {
  const throttle = new LoginThrottle();
  for (let i = 0; i < 3; i++) throttle.failed(one, 0);
  expect(throttle.waitMs(other, 0) > 0).toBe(isSame);
});

test('a hundred thousand addresses together guess sixty times a minute, and fill no memory', () => {
  const throttle = new LoginThrottle();
  let guesses = 0;
  for (let i = 0; i < 100_000; i++) {
    const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    // All of them within two minutes.
    const nowMs = (i * 120_000) / 100_000;
    if (throttle.waitMs(address, nowMs) > 0) continue;
    throttle.failed(address, nowMs);
    guesses++;
  }
  expect(guesses).toBe(120);
});
