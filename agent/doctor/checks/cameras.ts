// What the cameras of the configuration said -> findings. Pure.

import type { CameraAnswer } from '../facts/cameras.js';
import { error, type Finding, note, ok } from '../finding.js';
import type { Subject } from '../subject.js';

export function judgeCameras(answers: readonly CameraAnswer[], subject: Subject): Finding[] {
  const { config, program } = subject;
  if (config === undefined)
    return [
      note(
        'cameras.none',
        'no configuration that names cameras',
        undefined,
        `${program} cameras discover --user NAME finds those of the network`,
      ),
    ];
  return answers.map(({ camera, key, scheme, answer }) => {
    const id = key === 'source' ? `cameras.${camera}` : `cameras.${camera}.detect`;
    if ('says' in answer) return ok(id, `${camera}: ${answer.says}`);
    const { failure, message } = answer;
    return error(
      id,
      `${camera}: ${message}`,
      EXPECTED[failure] ?? 'video',
      adviceFor(failure, scheme, subject),
    );
  });
}

const EXPECTED: Partial<Record<string, string>> = {
  unreachable: 'a camera that answers',
  dns: 'a host name that can be resolved',
  refused: 'a camera that listens there',
  certificate: 'a certificate that is trusted',
  unauthorized: 'a user name and password that the camera accepts',
  'not-found': 'a file, device or stream that is there',
  decode: 'video that can be read',
  'not-tried': 'a login that the camera accepts',
};

function adviceFor(
  failure: string,
  scheme: CameraAnswer['scheme'],
  { file, program, sudo, who, clip }: Subject,
): string {
  const inFile = `in ${file}`;
  switch (failure) {
    case 'unreachable':
    case 'refused':
    case 'dns':
      return `set its source ${inFile} to an address that ${program} cameras discover shows; without a camera: source: "file:${clip}" and loop: true`;
    case 'unauthorized':
      return `set user and password in its source ${inFile} (a / in a password is %2F); do not try often: cameras lock the account`;
    case 'certificate':
      return `set cameras.ID.tls.fingerprint ${inFile} to the fingerprint that is seen, if that is the camera's own`;
    case 'not-found':
      if (scheme === 'v4l2')
        return `ls -l /dev/video*, then set its source ${inFile}; no permission: ${sudo}usermod -aG video ${who.user}`;
      return scheme === 'file'
        ? `set its source ${inFile} to a file that is there and ${who.user} may read`
        : `set the path of its source ${inFile} to one that ${program} cameras discover --user NAME shows`;
    case 'not-tried':
      return 'mend the login of the other stream first';
    default:
      return `${program} zones preview CAMERA --config ${file} tries all of it`;
  }
}
