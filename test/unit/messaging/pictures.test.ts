// Pictures, and the room that there is for them -> which are put, in which size, and which are given up.

import { expect, test } from 'vitest';
import type { Outgoing } from '../../../agent/messaging/broker/client.js';
import { Pictures } from '../../../agent/messaging/pictures.js';

const picture = (text: string, topic = 'a') =>
  ({ topic, payload: Buffer.from(text), options: { qos: 0, retain: true } }) as const;

function setUp(isPossible = true) {
  const put: string[] = [];
  let room = Number.POSITIVE_INFINITY;
  const waiting: (() => void)[] = [];
  const pictures = new Pictures({
    fit: async (jpeg, most) => {
      await new Promise<void>((done) => waiting.push(done));
      return isPossible ? jpeg.subarray(0, most) : undefined;
    },
    room: ({ payload }: Outgoing) => {
      expect(payload).toBe('');
      return room;
    },
    put: ({ topic, payload }) => put.push(`${topic}=${payload}`),
    onTooLarge: ({ topic }, most) => put.push(`${topic} is too large for ${most}`),
  });
  const setRoom = (bytes: number) => {
    room = bytes;
  };
  const encoded = async () => {
    for (const done of waiting.splice(0)) done();
    await new Promise((done) => setImmediate(done));
  };
  return { pictures, put, setRoom, encoded };
}

test('what there is room for goes as it is', () => {
  const { pictures, put } = setUp();
  pictures.publish(picture('12345'));
  expect(put).toEqual(['a=12345']);
});

test('a longer one is made smaller; the newest wins, whichever is encoded first', async () => {
  const { pictures, put, setRoom, encoded } = setUp();
  setRoom(3);
  pictures.publish(picture('12345'));
  pictures.publish(picture('67890'));
  pictures.publish(picture('abcde', 'b'));
  await encoded();
  expect(put).toEqual(['a=678', 'b=abc']);
});

test('one that was refused is made smaller; other topics are not asked about', async () => {
  const { pictures, put, setRoom, encoded } = setUp();
  pictures.publish(picture('12345'));
  setRoom(2);
  pictures.refused('a');
  pictures.refused('b');
  await encoded();
  expect(put).toEqual(['a=12345', 'a=12']);
});

test('one that cannot be made so small is told; without any room the connection says why', async () => {
  const { pictures, put, setRoom, encoded } = setUp(false);
  setRoom(3);
  pictures.publish(picture('12345'));
  await encoded();
  setRoom(-40);
  pictures.publish(picture('67890'));
  pictures.refused('a');
  await encoded();
  expect(put).toEqual(['a is too large for 3', 'a=67890']);
});
