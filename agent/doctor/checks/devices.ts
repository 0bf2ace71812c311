// Video and graphics devices and the user's rights -> findings. Pure.

import type { DeviceFacts, OpenedDevice } from '../facts/video-devices.js';
import { error, type Finding, note, ok, type Remedy, warning } from '../finding.js';
import type { Subject } from '../subject.js';
import { formatText } from '../video-formats.js';

export function judgeDevices({ video, graphics }: DeviceFacts, subject: Subject): Finding[] {
  // Cameras of telephones and laptops have a second device that gives no pictures; who does not tell may be one.
  const cameras = video.filter(({ isCamera }) => isCamera !== false);
  if (cameras.length === 0)
    return [
      note('cameras.devices', 'no video device (/dev/video*): none of USB or on the board is plugged in'),
      ...judgeGraphics(graphics, subject),
    ];
  const found = cameras.map((device): Finding => {
    const { path, name, isUsable, formats } = device;
    const id = `cameras.devices.${path.split('/').at(-1)}`;
    if (!isUsable) return refused(id, device, subject, error);
    if (formats === undefined)
      return note(id, `${path}: ${name}`, 'v4l2-ctl, to see its sizes and rates', { install: ['v4l-utils'] });
    return formats.length === 0
      ? note(id, `${path}: ${name}, no formats`, 'a camera: this device may be its second one')
      : ok(id, `${path}: ${name}; ${formats.map(formatText).join(', ')}`);
  });
  return [...found, ...judgeGraphics(graphics, subject)];
}

/** Without the graphics processor the software decoders do it. */
function judgeGraphics(graphics: readonly OpenedDevice[], subject: Subject): Finding[] {
  const refusedOne = graphics.find(({ isUsable }) => !isUsable);
  if (refusedOne !== undefined) return [refused('cameras.graphics', refusedOne, subject, warning)];
  return graphics.length === 0 ? [] : [ok('cameras.graphics', graphics.map(({ path }) => path).join(', '))];
}

function refused(
  id: string,
  { path, group }: OpenedDevice,
  { who, service, fileIs }: Subject,
  severity: typeof error,
): Finding {
  const seen = `${who.user} may not open ${path}${group === undefined ? '' : `, of group ${group}`}`;
  const after =
    fileIs === 'of the service' && service !== undefined ? 'the service starts anew' : 'the next login';
  if (group === undefined || group === 'root')
    return severity(id, seen, 'a device of group video', `look at the udev rule that makes ${path}`);
  const remedy: Remedy = { run: ['usermod', '-aG', group, who.user], asRoot: true };
  // Changed after this process began: the kernel goes by what it was.
  const seenNow = who.groups.includes(group) ? `${seen}, whom it belongs to: not yet in force` : seen;
  return severity(id, seenNow, `${who.user} in group ${group}; it counts from when ${after}`, remedy);
}
