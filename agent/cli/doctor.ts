// `cspcam doctor`: what is wrong with this machine, its cameras and its broker, and what to do.

import type { Command } from 'commander';
import { interruption } from '#common/condition.js';
import { expectWithin } from '#common/time-limit.js';
import { forgetElements } from '../../pipelines/elements.js';
import { examine } from '../doctor/examine.js';
import { CHECKS } from '../doctor/registry.js';
import { type Step, stepsFor } from '../doctor/remedies.js';
import { type DoctorReport, reportOf } from '../doctor/report.js';
import { readSubject } from '../doctor/subject.js';
import { actInOrder, newCommand } from './command.js';
import { fix } from './doctor/fix.js';
import { reportText } from './doctor/text.js';
import { print } from './models/text.js';
import { showProgress } from './progress.js';

interface DoctorOptions {
  readonly config?: string;
  readonly json?: true;
  readonly fix?: true;
  readonly yes?: true;
  readonly offline?: true;
}

export function doctorCommand(): Command {
  return newCommand('doctor', {
    summary: 'look at machine, cameras, broker and service; say what is wrong and what to do',
    examples: [
      'cspcam doctor                          # the service where there is one, else ./cspcam.yaml, else the machine',
      'cspcam doctor --config cspcam.yaml',
      'sudo cspcam doctor --fix               # asks before each thing that it does',
      'sudo cspcam doctor --fix --yes         # in scripts',
      'cspcam doctor --json --offline         # for machines; asks neither cameras nor the broker',
    ],
  })
    .option('--config <file>', 'configuration to look at')
    .option('--json', 'print one JSON object (agent/doctor/doctor.schema.json)')
    .option(
      '--fix',
      'do what is safe, each said before: packages, groups, folders, time synchronisation, stale files',
    )
    .option('--yes', 'with --fix: do not ask')
    .option('--offline', 'ask neither cameras nor the broker')
    .addHelpText(
      'after',
      `
Each camera is asked by one connection and one login, the broker by one, under the client id of the agent with -doctor.
--fix changes neither clocks nor power modes nor the configuration; what needs root is printed where you are not.
Exit codes: 0 no errors (warnings and notes may be), 1 errors were found or it was interrupted, 2 wrong usage; ended by SIGKILL,
after the report, where a disk does not answer.`,
    )
    .action(actInOrder(doctor));
}

/** Reading the subject asks systemd and reads the configuration: a disk that does not answer must not hold it up. */
const SUBJECT_MS = 30_000;
/** What a check has left behind when its time was up is looked after so often, and so many times. */
const LINGER_MS = 500;
const MOST_LOOKS = 6;

async function doctor(options: DoctorOptions, signal: AbortSignal): Promise<void> {
  try {
    await examineAndTell(options, signal);
  } finally {
    // Nothing was found out.
    if (signal.aborted) process.exitCode = 1;
    leaveSoon();
  }
}

async function examineAndTell(options: DoctorOptions, signal: AbortSignal): Promise<void> {
  const { json, fix: isFixing, yes } = options;
  let { report, steps } = await look(options, signal);
  if (isFixing) {
    if (!json) tell(report);
    const fixed = await fix(steps, { isAgreed: yes === true, isRoot: process.getuid?.() === 0, signal });
    if (fixed.length > 0) ({ report } = await look(options, signal));
    if (json) tell({ ...report, fixed }, json);
    else if (fixed.length > 0) tell(report);
  } else tell(report, json);
  if (report.worst === 'error') process.exitCode = 1;
}

function tell(report: DoctorReport, asJson = false): void {
  if (asJson) print(JSON.stringify(report, undefined, 2));
  else print(reportText(report, process.stdout.isTTY && process.stdout.hasColors()));
}

/** Node waits for the kernel at its end: where that does not answer of a file, only a signal helps. */
function leaveSoon(): void {
  let looks = 0;
  setInterval(() => {
    const waits = process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
    if (!waits) process.exit();
    if (++looks === MOST_LOOKS) process.kill(process.pid, 'SIGKILL');
  }, LINGER_MS).unref();
}

async function look(
  { config, offline }: DoctorOptions,
  signal: AbortSignal,
): Promise<{ report: DoctorReport; steps: Step[] }> {
  // What was installed since the first look is seen by the second.
  forgetElements();
  const reading = Promise.race([readSubject(config, signal), interruption(signal)]);
  const subject = await expectWithin(SUBJECT_MS, reading, 'an answer', config ?? 'this machine');
  const checks = CHECKS.filter(({ asksNetwork }) => !(offline && asksNetwork));
  const progress = showProgress('looking', checks.length);
  try {
    const groups = await examine(checks, subject, { signal, onDone: () => progress.advance() });
    const steps = stepsFor(groups.flatMap(({ findings }) => findings));
    return { report: reportOf(groups, subject), steps };
  } finally {
    progress.end();
  }
}
