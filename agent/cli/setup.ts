// `cspcam setup`: from a machine without a configuration to an agent that runs, with few questions.

import { rmSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { misused } from '#common/errors.js';
import { redactText } from '#common/redact.js';
import { secretsFolder } from '../config/credentials.js';
import { wantedNetworks } from '../discovery/networks.js';
import { PASSWORD_VARIABLE } from '../discovery/suggestion.js';
import { readSubject, type Subject } from '../doctor/subject.js';
import { addCameras, takenIn } from '../setup/add.js';
import { BROKER_VARIABLE, EMBEDDED } from '../setup/broker-step.js';
import { type Draft, withPage } from '../setup/draft.js';
import type { Front } from '../setup/front.js';
import type { Outcome, Tone } from '../setup/page/protocol.js';
import { choosePage } from '../setup/page-step.js';
import { canServe } from '../setup/service.js';
import { chooseAll, chooseSome, type Found, type Given, lookAround } from '../setup/setup.js';
import { chooseTarget, type Target } from '../setup/target.js';
import { variablesOf } from '../setup/variables.js';
import { writeDraft } from '../setup/write.js';
import { actInOrder, newCommand } from './command.js';
import { positiveNumber } from './numbers.js';
import { beforeForcedEnd } from './process-end.js';
import { messageOf } from './report.js';
import {
  deviceOption,
  expectConsistent,
  givenIn,
  listenOption,
  namedBroker,
  namedCamera,
  type SetupOptions,
} from './setup/arguments.js';
import { Narrator } from './setup/narrator.js';
import { openPage, type StepsPage } from './setup/page.js';
import { plainPrompt } from './setup/plain.js';
import { PromptFront } from './setup/prompt-front.js';
import { startAndShow } from './setup/start.js';
import { writtenText } from './setup/text.js';
import { UsualFront } from './setup/usual.js';

export function setupCommand(): Command {
  return newCommand('setup', {
    summary: 'first steps: find cameras and a broker, try them, write the configuration, start',
    examples: [
      'cspcam setup                                            # asks; each question has a usual answer',
      'sudo cspcam setup                                       # where the service is installed: for it',
      'cspcam setup --page                                     # asks in a browser, where there is no terminal',
      'cspcam setup --json                                     # what is there, and nothing else',
      'cspcam setup --yes --camera demo --broker embedded      # a clip, without camera and broker',
      `read -rs ${PASSWORD_VARIABLE}; export ${PASSWORD_VARIABLE}`,
      'cspcam setup --yes --no-start --camera door=rtsp://admin@192.168.1.20/main --broker mqtt://192.168.1.5',
    ],
  })
    .option('--config <file>', 'where to write; default that of the service for root, else cspcam.yaml')
    .addOption(
      new Option('--camera <source>', 'SOURCE or ID=SOURCE: watch it; more than once; demo is a clip')
        .argParser(namedCamera)
        .default([], 'what is found'),
    )
    .option('--user <name>', `user of the cameras, with the password in ${PASSWORD_VARIABLE}`)
    .option('--broker <url>', `address of the broker, or ${EMBEDDED} for one inside the agent`, namedBroker)
    .option('--broker-user <name>', `user at the broker, with the password in ${BROKER_VARIABLE}`)
    .option('--broker-ca <file>', 'authority that signed the certificate of a broker with mqtts:// (PEM)')
    .option('--device <name>', 'name of this device; default that of the machine', deviceOption)
    .option('--interface <name>', 'network to look at, by name or own address; default all but the loopback')
    .option('--timeout <seconds>', 'how long answers of the network are waited for', positiveNumber, 5)
    .option('--no-start', 'write the configuration, and start nothing')
    .option('--yes', 'ask nothing: take what is said by options, and the usual answers')
    .option('--plain', 'ask in numbered lines, for readers of screens (also by ACCESSIBLE=1 or TERM=dumb)')
    .option('--page', 'ask in a browser, on a page of this machine; its address opens once')
    .option(
      '--listen <address>',
      'with --page: HOST or HOST:PORT, off the loopback with a warning; default 127.0.0.1 and any free port',
      listenOption,
    )
    .option('--stdin', 'with --yes: read lines NAME=password from standard input, of both names above')
    .option('--json', 'print one JSON object: what is there; with --yes, what was written as well')
    .addHelpText(
      'after',
      `
With --page a browser has the questions: on this machine, or by ssh -L PORT:127.0.0.1:PORT with --listen 127.0.0.1:PORT.
Passwords are typed unseen, or come from the environment or standard input; they are written into a folder beside the
configuration that its owner alone may read. With --yes a broker that only announces itself is not taken: name it.
Nothing is written before the last question, and a configuration that is there is never overwritten.
Exit codes: 0 written (and run, until a signal), 1 failed or interrupted, 2 wrong usage or a configuration is there.`,
    )
    .action(actInOrder(setup, { reloads: true, endsBySignal: true }));
}

async function setup(options: SetupOptions, signal: AbortSignal): Promise<void> {
  const begunMs = performance.now();
  expectConsistent(options);
  const narrator = new Narrator(options.json === true);
  const page = options.page ? await openPage(options.listen, narrator, signal) : undefined;
  try {
    const made = await make(options, narrator, page, signal);
    if (made !== undefined) {
      const seconds = Math.round((performance.now() - begunMs) / 1000);
      narrator.written(made.target.file, made.secrets, { questions: made.questions, seconds });
      page?.say(writtenText(made.target.file, made.secrets), 'good');
    }
    narrator.end();
    if (made?.isStarted) await start(made, narrator, page, signal);
    await page?.end(made === undefined ? NOTHING : { kind: 'written', lines: [laterText(made)] });
  } catch (error) {
    narrator.clear();
    const { lines } = narrator.hasWritten ? { lines: [] } : NOTHING;
    await page?.end({ kind: 'failed', lines: [redactText(messageOf(error)), ...lines] });
    if (signal.aborted && !narrator.hasWritten) process.exitCode = 1;
    throw error;
  }
}

const NOTHING: Outcome = { kind: 'nothing', lines: ['Nothing was written.'] };

interface Made {
  readonly target: Target;
  readonly secrets: string | undefined;
  readonly questions: number;
  readonly isStarted: boolean;
  /** Of the agent's own page, where the browser that was asked can open it. */
  readonly port?: number | undefined;
}

async function start(
  made: Made,
  narrator: Narrator,
  page: StepsPage | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { target, port } = made;
  const tell = (line: string, tone: Tone = 'detail') => {
    narrator.say(line);
    page?.say(line, tone);
  };
  const onShown = async () => page?.end({ kind: 'running', lines: [laterText(made)], port });
  await startAndShow(target, tell, onShown, signal);
}

function laterText({ target, isStarted }: Made): string {
  const { file, unit } = target;
  if (isStarted && unit !== undefined) return 'The service runs, and begins with the machine.';
  return isStarted
    ? `The agent runs until setup is ended in its terminal (Ctrl-C). Later: cspcam run --config ${file}`
    : `Run it with: cspcam run --config ${file}`;
}

/** @returns nothing where nothing was to be written */
async function make(
  options: SetupOptions,
  narrator: Narrator,
  page: StepsPage | undefined,
  signal: AbortSignal,
): Promise<Made | undefined> {
  const { config, device, timeout, yes, json } = options;
  const over = page === undefined ? signal : AbortSignal.any([signal, page.front.left]);
  const networks = wantedNetworks(options.interface);
  const front = page?.front ?? (await frontFor(options, narrator));
  const given = await givenIn(options);
  const subject = await readSubject(undefined, over);
  const isLooking = json === true && yes !== true;
  const target = isLooking ? undefined : await chooseTarget(config, subject, front, over);
  if (target === undefined && !isLooking) return undefined;
  const found = await lookAround({ subject, device, networks, waitMs: 1000 * timeout }, front, over);
  narrator.found(found);
  if (target === undefined) return undefined;
  const made = target.isAdded
    ? await add(target, found, given, front, over)
    : await write({ target, subject, start: options.start, page }, found, given, front, over);
  return made && { ...made, target, questions: front.asked };
}

interface WriteInput {
  readonly target: Target;
  readonly subject: Subject;
  readonly start: boolean;
  readonly page: StepsPage | undefined;
}

type Written = Pick<Made, 'secrets' | 'isStarted' | 'port'>;

async function write(
  { target, subject, start, page }: WriteInput,
  found: Found,
  given: Given,
  front: Front,
  signal: AbortSignal,
): Promise<Written | undefined> {
  const variables = variablesOf(target.file);
  const chosen = await chooseAll(found, given, variables, front, signal);
  const own = page && (await choosePage(page.isRemote, front, signal));
  const draft = own === undefined ? chosen : withPage(chosen, own, variables);
  const last = await askLast(target, draft, { subject, start }, front, signal);
  if (last === 'nothing') return undefined;
  signal.throwIfAborted();
  let forget = () => {};
  const secrets = await writeDraft(target.file, draft, target.owner, (aside) => {
    forget = beforeForcedEnd(() => rmSync(aside, { recursive: true, force: true }));
  });
  forget();
  // A page for this machine alone cannot be opened from another one.
  const port = own?.host === undefined && page?.isRemote ? undefined : own?.port;
  return { secrets, isStarted: last === 'start', port };
}

/** An agent that runs with it goes on as it is, until it is told to read the file anew. */
async function add(
  { file, owner }: Target,
  found: Found,
  given: Given,
  front: Front,
  signal: AbortSignal,
): Promise<Written | undefined> {
  const chosen = await chooseSome(found, given, await takenIn(file), front, signal);
  const ids = chosen.cameras.map(({ id }) => id);
  const question = {
    kind: 'choose',
    id: 'finish',
    message: `Add ${ids.join(', ')} to ${file}? (An agent that runs takes it by systemctl reload cspcam, or SIGHUP)`,
    choices: [
      { value: 'write', label: 'add it' },
      { value: 'nothing', label: 'leave the file as it is' },
    ],
    usual: 'write',
  } as const;
  if ((await front.ask(question, signal)) === 'nothing') return undefined;
  signal.throwIfAborted();
  return { secrets: await addCameras(file, chosen, owner), isStarted: false };
}

async function frontFor(
  { yes, json, plain }: SetupOptions,
  narrator: Narrator,
): Promise<Front & { readonly asked: number }> {
  if (yes || json) return new UsualFront((told) => narrator.tell(told));
  if (process.stdin.isTTY && process.stderr.isTTY) {
    if (plain || process.env['ACCESSIBLE'] || process.env['TERM'] === 'dumb')
      return new PromptFront(narrator, plainPrompt);
    const { terminalPrompt } = await import('./setup/terminal.js');
    return new PromptFront(narrator, terminalPrompt);
  }
  const what =
    'a terminal to ask on, --page to ask in a browser, or --yes with what differs from the usual (--camera SOURCE, --broker URL)';
  throw misused(what, 'cspcam setup', 'none');
}

async function askLast(
  { file, unit }: Target,
  { secrets }: Draft,
  { subject, start }: { readonly subject: Subject; readonly start: boolean },
  front: Front,
  signal: AbortSignal,
): Promise<string> {
  const files =
    Object.keys(secrets).length === 0 ? file : `${file}, and passwords into ${secretsFolder(file)}`;
  const how =
    unit !== undefined && canServe(subject.service)
      ? 'start the service, now and with the machine'
      : 'run it here';
  const question = {
    kind: 'choose',
    id: 'finish',
    message: `Write ${files}?`,
    choices: [
      ...(start ? [{ value: 'start', label: `write it, and ${how}` }] : []),
      { value: 'write', label: 'only write it' },
      { value: 'nothing', label: 'write nothing' },
    ],
    usual: start ? 'start' : 'write',
  } as const;
  return front.ask(question, signal);
}
