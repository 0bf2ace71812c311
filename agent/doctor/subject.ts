// The options of the command and this machine -> what the checks look at: configuration, user, folders, service.

import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { delimiter, join, relative, resolve } from 'node:path';
import { type CpuFeatures, readCpuFeatures } from '#common/cpu-features.js';
import { CspcamError } from '#common/errors.js';
import { cacheDirectory, stateDirectory } from '#common/folders.js';
import { textOf } from '#common/kernel-files.js';
import { packageFile } from '#common/package.js';
import { expectWithin } from '#common/time-limit.js';
import { environmentIn } from '../config/environment-file.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { type ChosenMachine, chooseMachine } from '../device/this-machine.js';
import { machineOf } from '../inference/execution.js';
import { type Distribution, readDistribution } from './facts/distribution.js';
import { programBehind } from './facts/program-behind.js';
import { readService, type ServiceFacts } from './facts/service.js';
import { readSelf, readWho, type Who } from './facts/who.js';

export interface Folders {
  readonly state: string;
  readonly cache: string;
  readonly outbox: string;
  readonly tmp: string;
}

export interface Subject {
  readonly distribution: Distribution;
  readonly who: Who;
  /** What root's commands begin with here: `sudo `, or nothing for root. */
  readonly sudo: string;
  /** What this program is started with here: `cspcam`, `node dist/agent/cli/main.js`. */
  readonly program: string;
  /** `./scripts/install` of a checkout; nothing for an installed package. */
  readonly installer?: string;
  /** The demo clip, for whoever has no camera yet. */
  readonly clip: string;
  readonly file?: string;
  /** Why it is that file: it was asked for, it is the service's, it lies here. */
  readonly fileIs: 'given' | 'of the service' | 'here' | 'none';
  readonly config?: Config;
  /** Why there is a file and no configuration. */
  readonly configError?: string;
  readonly folders: Folders;
  readonly service?: ServiceFacts;
  /** Nothing on a machine of another architecture. */
  readonly machine?: ChosenMachine;
  readonly features: CpuFeatures;
}

/** Where `cspcam config init` writes. */
const USUAL_FILE = 'cspcam.yaml';
const SERVICE_FILE = '/etc/cspcam/cspcam.yaml';
/** Of a disk of the network that does not answer. */
const LOAD_MS = 10_000;

/**
 * Without a file that is asked for, the service is looked at where there is one: as its user, in its folders.
 *
 * @param given file of `--config`
 */
export async function readSubject(given: string | undefined, signal: AbortSignal): Promise<Subject> {
  const [distribution, service, self, features, program] = await Promise.all([
    readDistribution(),
    readService(signal),
    readSelf(signal),
    readCpuFeatures(),
    programWords(),
  ]);
  const { file, fileIs } = fileFor(given, service);
  const ofService = fileIs === 'of the service' ? service : undefined;
  const environment = ofService === undefined ? process.env : await environmentOf(ofService);
  const loaded = file === undefined ? {} : await load(file, environment);
  const who = (await readUser(ofService, self, signal)) ?? self;
  const machine = await (loaded.config === undefined ? chooseMachine() : machineOf(loaded.config)).catch(
    () => undefined,
  );
  return {
    distribution,
    who,
    sudo: self.uid === 0 ? '' : 'sudo ',
    program,
    ...installerOf(),
    clip: packageFile('agent/demo/street.mp4'),
    ...(file !== undefined && { file }),
    fileIs,
    ...loaded,
    folders: foldersOf(loaded.config, ofService !== undefined, who),
    ...(service && { service }),
    ...(machine && { machine }),
    features,
  };
}

function fileFor(
  given: string | undefined,
  service: ServiceFacts | undefined,
): Pick<Subject, 'fileIs'> & { file?: string } {
  if (given !== undefined) return { file: given, fileIs: 'given' };
  const named = service?.command[service.command.indexOf('--config') + 1];
  if (service !== undefined)
    return { file: named?.startsWith('/') ? named : SERVICE_FILE, fileIs: 'of the service' };
  return existsSync(USUAL_FILE) ? { file: USUAL_FILE, fileIs: 'here' } : { fileIs: 'none' };
}

async function load(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Pick<Subject, 'config' | 'configError'>> {
  try {
    return {
      config: await expectWithin(LOAD_MS, loadConfig(file, environment), 'an end', `reading ${file}`),
    };
  } catch (error) {
    if (error instanceof CspcamError) return { configError: error.message };
    throw error;
  }
}

/** What `${NAME}` in its configuration stands for. */
async function environmentOf({ environmentFiles }: ServiceFacts): Promise<Record<string, string>> {
  const texts = await Promise.all(environmentFiles.map((file) => textOf(file)));
  return Object.assign({}, ...texts.map((text) => environmentIn(text ?? '')));
}

/** Behind sudo stands a person, who will run the agent without it. */
async function readUser(
  service: ServiceFacts | undefined,
  self: Who,
  signal: AbortSignal,
): Promise<Who | undefined> {
  const user = service?.user ?? (self.uid === 0 ? process.env['SUDO_USER'] : undefined);
  if (user === undefined || (user === self.user && service === undefined)) return self;
  return readWho(user, signal, service?.groups);
}

function foldersOf(config: Config | undefined, isService: boolean, { isSelf, home }: Who): Folders {
  const device = config?.device ?? 'machine';
  const environment = isService
    ? { CACHE_DIRECTORY: '/var/cache/cspcam', STATE_DIRECTORY: '/var/lib/cspcam' }
    : isSelf
      ? process.env
      : { XDG_CACHE_HOME: join(home, '.cache'), XDG_STATE_HOME: join(home, '.local/state') };
  const state = stateDirectory(device, environment);
  return {
    state,
    cache: cacheDirectory(environment),
    outbox: join(config?.mqtt.outbox.directory ?? state, 'outbox'),
    tmp: process.env['TMPDIR'] ?? '/tmp',
  };
}

function installerOf(): Pick<Subject, 'installer'> {
  const script = packageFile('scripts/install');
  // Packages carry the scripts too; Debian's is installed already.
  if (!existsSync(script) || !existsSync(packageFile('package-lock.json'))) return {};
  return { installer: process.cwd() === packageFile('.') ? './scripts/install' : script };
}

/** So that what the doctor says can be typed as it stands. */
async function programWords(): Promise<string> {
  if (process.env['npm_command'] === 'exec') return 'npx cspcam';
  const main = packageFile('dist/agent/cli/main.js');
  const real = await realpath(main).catch(() => main);
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if ((await programBehind(join(folder, 'cspcam'))) === real) return 'cspcam';
  }
  const here = relative(process.cwd(), main);
  return `node ${here.startsWith('..') ? resolve(main) : here}`;
}
