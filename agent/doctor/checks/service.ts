// Unit, package and ports -> findings. Pure.

import { basename } from 'node:path';
import type { PortFacts } from '../facts/ports.js';
import type { ServiceFacts } from '../facts/service.js';
import { error, type Finding, note, ok, warning } from '../finding.js';
import type { Subject } from '../subject.js';

const UNIT = 'cspcam.service';

/** Keys that the unit of this version sets for a reason: what overrides them hides later versions of it. */
const OF_UNIT = ['ExecStart', 'Type', 'User', 'WatchdogSec', 'NotifyAccess', 'RestartPreventExitStatus'];

export function judgeService(facts: ServiceFacts | undefined, version: string, subject: Subject): Finding[] {
  if (facts === undefined)
    return [
      note(
        'service.unit',
        `no ${UNIT}: the agent runs when somebody starts it`,
        'a service, so that it starts with the machine',
        installing(subject),
      ),
    ];
  return [
    judgeState(facts, subject),
    judgeVersions(facts, version, subject),
    ...judgeOverrides(facts, subject),
  ].flat();
}

/** Once it runs by hand as it should. */
function installing({ sudo, installer }: Subject): string {
  return installer === undefined ? 'install the package of cspcam' : `${sudo}${installer}`;
}

/** Of the installer of a checkout, beside the unit that it wrote. */
const OWN_DROP_IN = /^\d\d-(supervision|sandbox|systemd-\d+|jetson)\.conf$/;

function judgeState({ isBooted, unitFiles, state }: ServiceFacts, { sudo }: Subject): Finding[] {
  const id = 'service.unit';
  const [file] = unitFiles;
  if (file === undefined)
    return [
      error(
        id,
        `the package is installed, and no ${UNIT}`,
        'its unit',
        `${sudo}apt-get install --reinstall cspcam`,
      ),
    ];
  if (!isBooted) return [note(id, `${file}; systemd does not run here`)];
  const { ActiveState, SubState, Result, UnitFileState, NRestarts, ExecMainStatus, StatusText } = state;
  const said = StatusText ? `; it says: ${StatusText}` : '';
  const restarts = Number(NRestarts) > 0 ? `, started again ${NRestarts} times` : '';
  const reload =
    state['NeedDaemonReload'] === 'yes'
      ? [
          warning(
            'service.reload',
            'the unit has changed since systemd read it',
            'the unit that is on the disk',
            { run: ['systemctl', 'daemon-reload'], asRoot: true },
          ),
        ]
      : [];
  // One that ends again and again is hardly ever `failed`: it is started anew without an end.
  const isEnding = ActiveState === 'activating' && SubState === 'auto-restart';
  if (ActiveState === 'failed' || isEnding)
    return [
      error(
        id,
        `${isEnding ? 'ends again and again' : 'failed'} (${Result}, exit code ${ExecMainStatus})${restarts}`,
        'a service that runs',
        `journalctl -u cspcam -n 30 says why; then: ${sudo}systemctl restart cspcam`,
      ),
      ...reload,
    ];
  if (ActiveState !== 'active' && ActiveState !== 'reloading')
    return [
      note(
        id,
        `${ActiveState}, ${UnitFileState}${restarts}`,
        'a service that runs',
        `${sudo}systemctl enable --now cspcam`,
      ),
      ...reload,
    ];
  if (UnitFileState !== 'enabled')
    return [
      note(
        id,
        `${ActiveState} (${SubState}), ${UnitFileState}${restarts}${said}`,
        'a service that starts with the machine',
        `${sudo}systemctl enable cspcam`,
      ),
      ...reload,
    ];
  return [ok(id, `${ActiveState} (${SubState}), ${UnitFileState}${restarts}${said}`), ...reload];
}

function judgeVersions(
  { programVersion, packageVersion, command }: ServiceFacts,
  version: string,
  { sudo }: Subject,
): Finding[] {
  const id = 'service.version';
  const ofPackage = packageVersion === undefined ? '' : `, package ${packageVersion}`;
  if (programVersion === undefined)
    return command.length === 0
      ? []
      : [
          warning(
            id,
            `no program at ${command.slice(0, 2).join(' ')}`,
            'the program that the unit starts',
            'install cspcam again',
          ),
        ];
  if (programVersion !== version)
    return [
      note(
        id,
        `the service runs ${programVersion}${ofPackage}; this is ${version}`,
        'one version',
        `${sudo}systemctl restart cspcam, after an update`,
      ),
    ];
  // Debian's own number comes after the last hyphen.
  if (
    packageVersion !== undefined &&
    packageVersion.replace(/-[^-]*$/, '') !== version &&
    packageVersion !== version
  )
    return [
      note(
        id,
        `program ${version}${ofPackage}`,
        'the program of the package',
        'dpkg -V cspcam shows what was changed',
      ),
    ];
  return [ok(id, `the service runs ${programVersion}${ofPackage}`)];
}

function judgeOverrides({ unitFiles, dropIns, packageVersion }: ServiceFacts, { sudo }: Subject): Finding[] {
  const [first, ...others] = unitFiles;
  const hidden =
    first !== undefined && others.length > 0
      ? [
          warning(
            'service.override',
            `${first} hides ${others.join(', ')}${packageVersion === undefined ? '' : ' of the package'}`,
            'one unit',
            `look at what differs, then ${sudo}rm ${first} && ${sudo}systemctl daemon-reload`,
          ),
        ]
      : [];
  const old = dropIns.flatMap(({ file, keys }) => {
    const overridden = keys.filter((key) => OF_UNIT.includes(key));
    // Those of the package lie where packages write.
    if (overridden.length === 0 || !file.startsWith('/etc/')) return [];
    if (OWN_DROP_IN.test(basename(file)) && first?.startsWith('/etc/')) return [];
    return [
      note(
        `service.drop-in.${basename(file, '.conf')}`,
        `${file} sets ${overridden.join(', ')}`,
        'the keys of the unit, which later versions change',
        'systemd-delta --type=extended shows both; remove what is no longer wanted',
      ),
    ];
  });
  return [...hidden, ...old];
}

export function judgePorts(ports: readonly PortFacts[], { file }: Subject): Finding[] {
  return ports.map(({ key, host, port, failure, holder }) => {
    const id = `service.port.${key}`;
    const where = `${host}:${port} (${key})`;
    if (failure === undefined) return ok(id, `${where}: free`);
    if (holder?.isAgent) return ok(id, `${where}: held by the agent that runs, process ${holder.pid}`);
    const who = holder === undefined ? failure : `in use by ${holder.program}, process ${holder.pid}`;
    // An agent that cannot be scraped watches all the same.
    const severity = key === 'mqtt.embeddedBroker' ? error : warning;
    return severity(
      id,
      `${where}: ${who}`,
      'a port that is free',
      `set ${key}.port in ${file} to another, or stop that program`,
    );
  });
}
