// A YAML file, the environment and the files it names -> a checked configuration, or every problem at once.

import { createReadStream, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { utf8 } from '#common/utf8.js';
import { parseSource } from '../../pipelines/sources.js';
import { profileNames } from '../device/profiles.js';
import { certificateMistake, isPair, passwordIn, type Unfit } from './credential-files.js';
import { environmentFor, secretsBeside, whyNoSecret, withCredentials } from './credentials.js';
import { readDocument, type SourceDocument } from './document.js';
import type { Environment } from './fill-in.js';
import { AUTO, isBundledName } from './model-words.js';
import { pagePasswordMistake } from './page.js';
import { ConfigError, inFileOrder, mayComeYet, type Problem, whyUnreadable } from './problem.js';
import { problemsOf } from './problems.js';
import { type Config, complete, configFile, usesEmbeddedBroker } from './schema.js';
import { keepFilledIn, keepSecretsOf } from './secrets-of.js';

/** Some hundred cameras with zones; what is longer would take seconds to read. */
const MOST_BYTES = 128 * 1024;
/** All authorities of a distribution together are a quarter of that. */
const MOST_CERTIFICATE_BYTES = 1024 * 1024;

/**
 * Reads and checks a configuration. Paths inside it are relative to the file.
 *
 * @throws ConfigError listing every problem, one line each
 */
export async function loadConfig(
  file: string,
  environment: Environment = withCredentials(process.env),
): Promise<Config> {
  return checkConfig(await readConfigFile(file), file, environment);
}

/** @returns its bytes, a few more than are allowed at the most. @throws ConfigError where it cannot be read */
export function readConfigFile(file: string): Promise<Buffer> {
  return readBytes(file).catch((error: NodeJS.ErrnoException) => {
    // One that is not there is a wrong name.
    const mayPass = mayComeYet(error) && error.code !== 'ENOENT' && error.code !== 'ENOTDIR';
    const received = whyUnreadable(error);
    throw new ConfigError(file, [{ key: '', expected: 'a readable file', received, mayPass }]);
  });
}

/**
 * The same of contents that a file has, or is to have.
 *
 * @throws ConfigError listing every problem, one line each
 */
export async function checkConfig(
  bytes: Buffer,
  file: string,
  environment: Environment = withCredentials(process.env),
): Promise<Config> {
  if (bytes.byteLength > MOST_BYTES)
    throw new ConfigError(file, [{ key: '', expected: `at most ${MOST_BYTES} bytes`, received: 'more' }]);
  const read = utf8(bytes);
  if ('notUtf8' in read)
    throw new ConfigError(file, [{ key: '', expected: 'text in UTF-8', received: read.notUtf8 }]);
  const values = { ...secretsBeside(file), ...environmentFor(file, environment) };
  const document = readDocument(read.text, values, (name) => whyNoSecret(file, name));
  keepFilledIn(document.filledIn);
  if (document.values === undefined) throw new ConfigError(file, document.problems);
  if (document.values === null) {
    throw new ConfigError(file, [
      { key: '', expected: 'keys such as device, mqtt and cameras', received: 'an empty file' },
    ]);
  }
  const checked = configFile.safeParse(withoutExtensions(document.values));
  const unset = new Set(document.problems.map(({ key }) => key));
  const unfit = problemsOf(checked.error?.issues ?? [], document).filter(({ key }) => !unset.has(key));
  const problems = [...document.problems, ...unfit];
  if (!checked.success) throw new ConfigError(file, inFileOrder(problems));

  const inFolder = (path: string) => resolve(dirname(file), path);
  const { mqtt, page, model, models } = checked.data;
  const config = complete(checked.data);
  if (model !== undefined && model !== AUTO && !isBundledName(model)) config.model = inFolder(model);
  if (models !== undefined) config.models = inFolder(models);
  if (config.profile.endsWith('.json')) config.profile = inFolder(config.profile);
  else problems.push(...(await unknownProfile(config, document)));
  const { directory } = config.mqtt.outbox;
  if (directory !== undefined) config.mqtt.outbox.directory = inFolder(directory);
  if (config.clips.folder !== undefined) config.clips.folder = inFolder(config.clips.folder);
  for (const camera of Object.values(config.cameras)) {
    const source = parseSource(camera.source, existsSync);
    if (source.scheme === 'file') camera.source = `file:${inFolder(source.path)}`;
    if (camera.tls?.ca !== undefined) camera.tls.ca = inFolder(camera.tls.ca);
  }
  const passwords: [string[], string | undefined, { password?: string | undefined } | undefined][] = [
    [['mqtt'], mqtt.passwordFile, config.mqtt],
    [['mqtt', 'embeddedBroker'], mqtt.embeddedBroker?.passwordFile, config.mqtt.embeddedBroker],
    [['page'], page?.passwordFile, config.page],
  ];
  for (const [path, file, of] of passwords) {
    if (file === undefined || of === undefined) continue;
    const read = await readPassword([...path, 'passwordFile'], inFolder(file), document);
    if ('password' in read) of.password = read.password;
    else problems.push(read);
  }
  const short = page?.passwordFile && config.page?.password && pagePasswordMistake(config.page.password);
  if (short)
    problems.push(
      holding(document, ['page', 'passwordFile'], inFolder(page.passwordFile!), {
        expected: `${short} in its first line`,
        received: 'a shorter one',
      }),
    );
  const { embeddedBroker } = config.mqtt;
  if (usesEmbeddedBroker(config.mqtt) && config.mqtt.username === undefined) {
    const { username, password } = embeddedBroker!;
    Object.assign(config.mqtt, username !== undefined && { username, password });
  }
  problems.push(...(await readCertificates(config, document, inFolder)));
  if (problems.length > 0) throw new ConfigError(file, inFileOrder(problems));
  keepSecretsOf(config);
  return config;
}

/** A file may come with its disk; a name that the package does not have stays wrong. */
async function unknownProfile({ profile }: Config, document: SourceDocument): Promise<Problem[]> {
  if (profile === 'auto') return [];
  const names = await profileNames();
  if (names.includes(profile)) return [];
  const written = document.writtenAs(['profile']);
  return [
    {
      ...document.positionOf(['profile']),
      key: 'profile',
      expected: `auto, one of ${names.join(', ')}, or a file NAME.json`,
      received: written === undefined ? profile : `what ${written} stands for`,
    },
  ];
}

async function readPassword(
  key: string[],
  path: string,
  document: SourceDocument,
): Promise<{ password: string } | Problem> {
  try {
    const found = passwordIn(await readBytes(path));
    return 'password' in found ? found : holding(document, key, path, found);
  } catch (error) {
    return unreadable(document, key, path, error as NodeJS.ErrnoException);
  }
}

/** As in Compose files: keys that begin with `x-` are for what is used elsewhere by its name. */
function withoutExtensions(values: unknown): unknown {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return values;
  return Object.fromEntries(Object.entries(values).filter(([key]) => !key.startsWith('x-')));
}

/** Completes the paths of the broker's certificates in the configuration. */
async function readCertificates(
  { mqtt }: Config,
  document: SourceDocument,
  inFolder: (path: string) => string,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const fine: { cert?: Buffer; key?: Buffer; ca?: Buffer } = {};
  for (const part of ['ca', 'cert', 'key'] as const) {
    const given = mqtt.tls?.[part];
    if (given === undefined) continue;
    const path = inFolder(given);
    mqtt.tls = { ...mqtt.tls!, [part]: path };
    const key = ['mqtt', 'tls', part];
    try {
      const bytes = await readBytes(path, MOST_CERTIFICATE_BYTES);
      const mistake = certificateMistake(part, bytes);
      if (mistake === undefined) fine[part] = bytes;
      else problems.push(holding(document, key, path, mistake));
    } catch (error) {
      problems.push(unreadable(document, key, path, error as NodeJS.ErrnoException));
    }
  }
  const { cert, key } = fine;
  if (cert !== undefined && key !== undefined && !isPair(cert, key)) {
    const another = { expected: 'the key of mqtt.tls.cert', received: 'that of another certificate' };
    problems.push(holding(document, ['mqtt', 'tls', 'key'], mqtt.tls!.key!, another));
  }
  return problems;
}

/** Reads a byte more than is allowed at the most: a file may be a device that has no end. */
async function readBytes(file: string, most = MOST_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: most })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A file that can be read and holds something else. */
function holding(
  document: SourceDocument,
  path: string[],
  file: string,
  { expected, received }: Unfit,
): Problem {
  return { ...document.positionOf(path), key: path.join('.'), expected, received: `${file} (${received})` };
}

function unreadable(
  document: SourceDocument,
  path: string[],
  file: string,
  error: NodeJS.ErrnoException,
): Problem {
  const place = document.positionOf(path);
  return {
    ...place,
    key: path.join('.'),
    expected: 'a readable file',
    received: `${file} (${whyUnreadable(error)})`,
    mayPass: mayComeYet(error),
  };
}
