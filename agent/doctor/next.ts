// Findings and the subject -> the commands to type next, until a camera runs. Pure.

import type { Finding } from './finding.js';
import { stepsFor } from './remedies.js';
import type { Subject } from './subject.js';
import { subscribing } from './subscribing.js';

export interface NextCommand {
  readonly command: string;
  readonly why: string;
}

const isGrave = ({ severity }: Finding) => severity === 'error' || severity === 'warning';

/** The first that has to be done, and what follows from it: each next run of the doctor goes on from there. */
export function nextCommands(findings: readonly Finding[], subject: Subject): NextCommand[] {
  const { program, sudo, file, fileIs, config, service, installer } = subject;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const ofConfig = fileIs === 'given' ? ` --config ${file}` : '';
  const again = { command: `${program} doctor${ofConfig}`, why: 'looks again' };
  if (errors.some(({ remedy }) => remedy !== undefined)) {
    const steps = stepsFor(findings.filter(isGrave));
    const asRoot = steps.some((step) => step.asRoot) ? sudo : '';
    return [
      {
        command: `${asRoot}${program} doctor${ofConfig} --fix`,
        why: `does ${steps.length} steps, and says each before it`,
      },
    ];
  }
  const basic = errors.find(({ id }) => /^(system\.(?!config)|video\.|model\.)/.test(id));
  if (basic !== undefined)
    return [{ command: again.command, why: `once ${basic.id} is mended, as said above` }];
  if (file === undefined)
    return [
      { command: `${program} setup`, why: 'finds cameras and a broker, writes a configuration, and starts' },
      {
        command: `${program} config init cspcam.yaml`,
        why: 'or by hand, a commented configuration: set device, mqtt and cameras in it',
      },
      { command: `${program} doctor --config cspcam.yaml`, why: 'looks at its cameras and broker' },
      { command: `${program} demo`, why: 'needs neither: a clip through the whole agent' },
    ];
  if (config === undefined) {
    const advice = errors.find(({ id }) => id === 'system.config')?.advice;
    return [{ command: advice ?? `${program} config validate ${file}`, why: 'for its configuration' }, again];
  }
  if (errors.length > 0)
    return [
      {
        command: again.command,
        why: `once ${errors.map(({ id }) => id).join(', ')} ${errors.length === 1 ? 'is' : 'are'} mended, as said above`,
      },
    ];
  if (service === undefined || fileIs === 'given' || fileIs === 'here') {
    const subscribe = subscribing(config.mqtt);
    return [
      { command: `${program} run --config ${file}`, why: 'watches its cameras; detections go to the broker' },
      ...(subscribe === undefined
        ? []
        : [
            {
              command: subscribe,
              why: 'in another terminal, of the package mosquitto-clients: what it publishes',
            },
          ]),
      ...(service === undefined && installer !== undefined
        ? [{ command: `${sudo}${installer}`, why: 'later: as a service, which starts with the machine' }]
        : []),
    ];
  }
  if (service.state['ActiveState'] === 'active')
    return [{ command: 'journalctl -u cspcam -f', why: 'what the service says' }];
  return [
    { command: `${sudo}systemctl enable --now cspcam`, why: 'starts the service, now and with the machine' },
  ];
}
