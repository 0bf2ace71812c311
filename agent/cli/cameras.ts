// `cspcam cameras discover`: the cameras of the network, and the YAML to paste.

import { lookup } from 'node:dns/promises';
import { type Command, Option } from 'commander';
import { expected, misused } from '#common/errors.js';
import type { Credentials } from '../../pipelines/relay/authorization.js';
import { camerasYaml } from '../config/cameras-yaml.js';
import type { Answer } from '../discovery/answers.js';
import { askAll } from '../discovery/ask-all.js';
import { ask, probe } from '../discovery/discover.js';
import type { FoundDevice } from '../discovery/found-device.js';
import { networksText, wantedNetworks } from '../discovery/networks.js';
import { PASSWORD_VARIABLE, suggestedCameras } from '../discovery/suggestion.js';
import { type NamedService, namedService } from './cameras/named-service.js';
import { deviceJson, deviceText } from './cameras/text.js';
import { actInOrder, newCommand } from './command.js';
import { print } from './models/text.js';
import { positiveNumber } from './numbers.js';
import { readPassword } from './password.js';
import { showProgress } from './progress.js';

interface DiscoverOptions {
  readonly host?: NamedService;
  readonly interface?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly user?: string;
  readonly json?: true;
  readonly yaml?: true;
}

/** Of the time to answer the call; a camera takes half a second for each of ten questions. */
const ASKING = 4;

export function camerasCommand(): Command {
  const cameras = newCommand('cameras', {
    summary: 'find the cameras of the network',
    examples: ['cspcam cameras discover --user admin'],
  });
  cameras.addCommand(
    newCommand('discover', {
      summary: 'find cameras by ONVIF, name their streams, and print the YAML that watches them',
      examples: [
        'cspcam cameras discover                                   # what is there',
        'cspcam cameras discover --user admin                      # asks for the password, then for the streams',
        'cspcam cameras discover --host 192.168.1.20 --user admin  # one camera, without a call to the network',
        `read -rs ${PASSWORD_VARIABLE}; export ${PASSWORD_VARIABLE}          # the password for it`,
        'cspcam cameras discover --user admin --yaml >> cameras.yaml',
      ],
    })
      .option('--user <name>', 'user of the cameras; the password is asked for, or read from standard input')
      .addOption(
        new Option('--host <host>', 'one camera: host, host:port, or the address of its ONVIF service')
          .argParser(namedService)
          .conflicts('interface'),
      )
      .option(
        '--interface <name>',
        'network to call on, by name or own address; default all but the loopback',
      )
      .option('--timeout <seconds>', 'how long answers to the call are waited for', positiveNumber, 5)
      .addOption(new Option('--json', 'print the devices as JSON').conflicts('yaml'))
      .option('--yaml', 'print nothing but the YAML for below cameras:')
      .addHelpText(
        'after',
        `
The password is in $${PASSWORD_VARIABLE}, is asked for on a terminal, or is the first line of standard input. It is sent
as a digest alone, once to each camera that asks for it, and the YAML names the variable in its place. There it is a part
of an address: for cspcam run it has to be percent-encoded (%40 for @, %2F for /), if it is not of letters and digits alone.
Exit codes: 0 streams were found, 1 none or interrupted, 2 wrong usage.`,
      )
      .action(actInOrder(discover)),
  );
  return cameras;
}

async function discover(options: DiscoverOptions, signal: AbortSignal): Promise<void> {
  const { user, json, yaml } = options;
  const networks = options.host === undefined ? networksOf(options.interface) : [];
  const login =
    user === undefined ? undefined : { user, password: await readPassword(`password of ${user}: `, signal) };
  const devices = options.host
    ? [await askNamed(options.host, options, login, signal)]
    : await askWith(await called(networks, options, signal), options, login, signal);
  const text = devices.map((device) => deviceText(device, login));
  if (json)
    print(JSON.stringify({ devices: devices.map((device) => deviceJson(device, login)) }, undefined, 2));
  else if (yaml) process.stderr.write(`${text.join('\n\n')}\n`);
  else print(text.join('\n\n'));
  if (devices.every(({ streams }) => streams.length === 0)) process.exitCode = 1;
  else if (!json) printYaml(devices, login, yaml === true);
}

function printYaml(devices: readonly FoundDevice[], login: Credentials | undefined, isAlone: boolean): void {
  const cameras = suggestedCameras(devices, login);
  const variable = login === undefined ? '' : `, with the password in $${PASSWORD_VARIABLE}`;
  if (!isAlone) print(`\n# below cameras: in the configuration${variable}`);
  print(camerasYaml(cameras));
  if (login !== undefined && encodeURIComponent(login.password) !== login.password)
    process.stderr.write(
      `for cspcam run the password in $${PASSWORD_VARIABLE} has to be percent-encoded (%40 for @, %2F for /, %25 for %), as it is a part of the addresses\n`,
    );
}

/** @returns names of networks; @throws UsageError where there is none like that */
function networksOf(wanted: string | undefined): string[] {
  const found = wantedNetworks(wanted).map(({ name }) => name);
  if (found.length > 0) return found;
  throw misused(`one of the networks ${networksText()}`, '--interface', wanted);
}

/** @throws CspcamError where nobody answers */
async function called(
  interfaces: readonly string[],
  { timeout }: DiscoverOptions,
  signal: AbortSignal,
): Promise<Answer[]> {
  const progress = showProgress('devices that answered', undefined);
  const failures: string[] = [];
  try {
    const answers = await probe(
      {
        interfaces,
        waitMs: 1000 * timeout,
        onAnswer: () => progress.advance(),
        onFailure: (line) => failures.push(line),
      },
      signal,
    );
    if (answers.length > 0) return answers;
  } finally {
    progress.end();
  }
  const where = `the call on ${interfaces.join(', ')}`;
  throw expected(`an ONVIF device that answers within ${timeout} s`, where, failures[0] ?? 'none');
}

async function askWith(
  answers: readonly Answer[],
  { timeout }: DiscoverOptions,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<FoundDevice[]> {
  const progress = showProgress('asking devices', answers.length);
  const limitMs = ASKING * 1000 * timeout;
  try {
    return await askAll(answers, { credentials, limitMs, onDone: () => progress.advance() }, signal);
  } finally {
    progress.end();
  }
}

async function askNamed(
  service: NamedService,
  { timeout }: DiscoverOptions,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<FoundDevice> {
  const { address } = await lookup(service.host).catch((error: NodeJS.ErrnoException) => {
    throw expected('a host name that can be resolved', '--host', `${service.host} (${error.code})`, error);
  });
  const hosts = [service.host, address];
  const limitMs = ASKING * 1000 * timeout;
  const device = await ask({ ...service, host: address }, { hosts, credentials, limitMs }, signal);
  return { ...device, ...(service.host !== address && { name: service.host }) };
}
