// `cspcam update FILE.deb`: another version of the package, and back to the one before where it does not work.

import { type Command, Option } from 'commander';
import { CspcamError, expected, misused } from '#common/errors.js';
import { plainText } from '#common/plain-text.js';
import { follow } from '../update/follow.js';
import { expectUpdatable, prepare } from '../update/prepare.js';
import { carryOut } from '../update/steps.js';
import { type Ended, Store, type Update } from '../update/store.js';
import { isUnitRunning, removeUnit, startUnit } from '../update/unit.js';
import { actInOrder, newCommand } from './command.js';
import { print } from './models/text.js';
import { movingLine } from './moving-line.js';
import { integer } from './numbers.js';
import { isByCtrlC } from './process-end.js';

interface UpdateOptions {
  readonly signature?: string;
  readonly unsigned?: true;
  readonly allowDowngrade?: true;
  readonly healthySeconds: number;
  readonly status?: true;
  readonly resume?: true;
  readonly back?: true;
  readonly json?: true;
  readonly carryOut?: true;
}

/** The version before is back: as scripts/install has it. */
const RETURNED = 3;

export function updateCommand(): Command {
  return newCommand('update', {
    summary:
      'install another version of the package; back to the one before, by itself, where it does not work',
    examples: [
      'sudo cspcam update cspcam_0.2.0_amd64.deb          # and its signature, cspcam_0.2.0_amd64.deb.minisig',
      'sudo cspcam update --status                        # what is installed, what is under way',
      'sudo cspcam update --back                          # of one that is under way: to the version before, now',
      'sudo cspcam update --unsigned cspcam_trial.deb     # from a source that you trust in another way',
    ],
  })
    .argument('[file]', 'Debian package of cspcam')
    .option('--signature <file>', 'signature by minisign (default FILE.minisig)')
    .option('--unsigned', 'take a package that nobody has signed')
    .option('--allow-downgrade', 'take a version from before the installed one')
    .option('--healthy-seconds <n>', 'how long all must be well, without a break', integer(1, 3600), 60)
    .option('--status', 'say what is installed and under way')
    .option('--resume', 'go on with an update that is under way or was interrupted')
    .option('--back', 'return from an update that is under way or was interrupted')
    .option('--json', 'print one JSON object')
    .addOption(new Option('--carry-out', 'the unit of an update').hideHelp())
    .addHelpText(
      'after',
      `
Needs no network. Keys of those who may sign: /etc/cspcam/update-keys/*.pub, as minisign writes them.
All is well while each agent that ran is active, was not started again by itself, runs as many cameras as before, infers
frames, and its detector works. The update is carried out by a unit of its own, cspcam-update, which goes on by itself after
a closed terminal, a kill or a power cut; Ctrl-C returns to the version before.
Exit codes: 0 the new version runs well, or was installed already; 1 refused, and nothing was touched, or neither version runs, as
is said; 2 wrong usage; 3 the version before is back.`,
    )
    .action(actInOrder(update, { isPatient: true, endsBySignal: true }));
}

async function update(file: string | undefined, options: UpdateOptions, signal: AbortSignal): Promise<void> {
  const store = new Store();
  const { status, resume, back } = options;
  if (options.carryOut) return carryOutAsUnit(store, signal);
  const asked = [
    file !== undefined && 'a file',
    status && '--status',
    resume && '--resume',
    back && '--back',
  ];
  const given = asked.filter((one) => typeof one === 'string');
  if (given.length !== 1)
    throw misused('a package, --status, --resume or --back', 'update', given.join(' and ') || 'nothing');
  if (file !== undefined) return install(file, options, store, signal);
  const { version } = await expectUpdatable();
  const underWay = await store.update();
  if (status) return tellStatus(version, underWay, store, options);
  if (underWay === undefined) throw expected('an update under way', 'cspcam update', 'none');
  if (back) await store.wantBack();
  if (!(await isUnitRunning())) await startUnit(store);
  await followToEnd(underWay, options, store, signal);
}

async function install(
  file: string,
  options: UpdateOptions,
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const begun = await begin(file, options, store, signal).finally(() => store.close());
  if (!('installed' in begun)) return followToEnd(begun, options, store, signal);
  const { installed } = begun;
  if (options.json) print(JSON.stringify({ outcome: 'unchanged', from: installed, to: installed }));
  else print(`${installed} is installed already`);
}

/** @returns the update that is under way, or the installed version where that is what the file holds */
async function begin(
  file: string,
  { signature, unsigned, allowDowngrade, healthySeconds }: UpdateOptions,
  store: Store,
  signal: AbortSignal,
): ReturnType<typeof prepare> {
  const line = movingLine();
  const request = {
    file,
    ...(signature !== undefined && { signature }),
    isUnsigned: unsigned === true,
    allowDowngrade: allowDowngrade === true,
    healthySeconds,
  };
  const prepared = await prepare(request, store, line.tell, signal)
    .finally(line.end)
    .catch((error: unknown) => {
      // Nothing was done, whatever the reason.
      process.exitCode = 1;
      throw error;
    });
  if ('installed' in prepared) return prepared;
  await store.write(prepared);
  await startUnit(store);
  return prepared;
}

async function followToEnd(
  { id }: Update,
  { json }: UpdateOptions,
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const line = movingLine();
  const leave = new AbortController();
  const onSignal = () => {
    if (isByCtrlC(signal)) void store.wantBack();
    else
      leave.abort(new CspcamError('the update goes on; cspcam update --resume follows it, --back returns'));
  };
  signal.addEventListener('abort', onSignal);
  if (signal.aborted) onSignal();
  const ended = await follow({ store, id, tell: line.tell, signal: leave.signal }).finally(line.end);
  if (ended.outcome !== 'updated') process.exitCode = ended.outcome === 'returned' ? RETURNED : 1;
  if (json) print(JSON.stringify(ended, undefined, 2));
  else tell(ended);
}

function tell({ outcome, from, to, signedBy, why, log }: Ended): void {
  if (outcome === 'updated') {
    const by = signedBy === undefined ? '' : `, signed by ${signedBy.keyId} (${signedBy.comment})`;
    print(`updated from ${from} to ${to}${by}`);
    return;
  }
  for (const text of log) process.stderr.write(`${plainText(text)}\n`);
  const end = outcome === 'returned' ? `${from} is back and runs` : `neither ${to} nor ${from} runs well`;
  process.stderr.write(`cspcam: ${plainText(why ?? 'it did not work')}; ${end}\n`);
}

async function tellStatus(
  version: string,
  underWay: Update | undefined,
  store: Store,
  { json }: UpdateOptions,
): Promise<void> {
  const last = await store.last();
  const isRunning = await isUnitRunning();
  if (json) {
    print(JSON.stringify({ installed: version, underWay, isRunning, last }, undefined, 2));
    return;
  }
  print(`installed: ${version}`);
  if (underWay !== undefined) {
    const { from, to, phase } = underWay;
    const state = isRunning ? ((await store.told()) ?? phase) : `interrupted while ${phase}`;
    print(`under way: from ${from.version} to ${to.version}, ${state}`);
    if (!isRunning) print('cspcam update --resume goes on with it, --back returns');
  } else if (last !== undefined) {
    print(
      `last: from ${last.from} to ${last.to}, ${last.outcome}${last.why === undefined ? '' : `: ${last.why}`}`,
    );
  }
}

async function carryOutAsUnit(store: Store, signal: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) throw new CspcamError('expected root for --carry-out, received another user');
  // Whatever is loaded later would be of the version that is installed meanwhile, were this not a copy of its own.
  await carryOut(store, signal);
  await removeUnit(store);
}
