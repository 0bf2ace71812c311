// What a configuration file may say of the page that the agent serves.

import { z } from 'zod';
import { isLoopback } from './broker-address.js';
import { hasKeys, text } from './values.js';

/** What is shorter can be guessed, however slowly. */
const SHORTEST_PASSWORD = 8;

/** @returns what should stand there; nothing where the password will do */
export function pagePasswordMistake(password: string): string | undefined {
  return [...password].length < SHORTEST_PASSWORD
    ? `a password of at least ${SHORTEST_PASSWORD} characters`
    : undefined;
}

/** As browsers write it: without scheme and port. */
const hostName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i, 'a name of a host');

export const page = z
  .strictObject({
    host: text
      .default('127.0.0.1')
      .describe('Address to listen on; 0.0.0.0 serves the whole network, and needs a password'),
    port: z.int().min(1).max(65535).default(8765).describe('The page is at http://<host>:<port>/'),
    password: text.optional().meta({
      description: 'Password of the page; better kept out of this file',
      examples: [`\${PAGE_PASSWORD}`],
      writeOnly: true,
    }),
    passwordFile: text.optional().meta({
      description: 'File whose first line is the password, instead of password',
      examples: ['/etc/cspcam/page-password'],
    }),
    hosts: z
      .array(hostName)
      .max(32)
      .default([])
      .meta({
        description:
          'Names by which browsers may reach the page, beside addresses, localhost, the name of this machine and host; that of a proxy before it, for example',
        examples: [['cameras.example.org']],
      }),
    edit: z
      .boolean()
      .default(true)
      .describe('Whether zones, lines and masks may be changed in the page, and with them this file'),
    picturesPerSecond: z
      .number()
      .min(0.1)
      .max(30)
      .default(5)
      .describe('Pictures of a camera, while somebody looks at it; each is made once for all who do'),
    maxViewers: z.int().min(1).max(1000).default(32).describe('Open pages at the same time'),
  })
  .refine(({ password, passwordFile }) => password === undefined || passwordFile === undefined, {
    error: 'either password or passwordFile, not both',
    path: ['passwordFile'],
    when: hasKeys,
  })
  .superRefine(({ password }, { addIssue }) => {
    const mistake = password ? pagePasswordMistake(password) : undefined;
    if (mistake !== undefined) addIssue({ code: 'custom', message: mistake, path: ['password'] });
  })
  .refine(
    ({ host, password, passwordFile }) => (password ?? passwordFile) !== undefined || isLoopback(host),
    {
      error: 'a password (or passwordFile) beside it, as others reach that address, or 127.0.0.1',
      path: ['host'],
      when: hasKeys,
    },
  );
