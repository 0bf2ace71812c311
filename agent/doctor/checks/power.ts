// Power mode, clocks and heat -> findings; what to set is said and never done. Pure.

import type { PowerFacts } from '../facts/power.js';
import { type Finding, note, ok, warning } from '../finding.js';
import type { Subject } from '../subject.js';

/** Boards slow down from 80 to 97 degrees on. */
const HOT_C = 85;
/** Raspberry Pi's firmware: the same bits as of now, 16 further up, since its start. */
const SINCE_START = 16;
const SEEN = ['under-voltage', 'a capped clock', 'throttling', 'the soft temperature limit'];

export function judgePower(facts: PowerFacts, subject: Subject): Finding[] {
  return [judgeMode(facts, subject), judgeHeat(facts)].flat();
}

function judgeMode({ powerMode, governor }: PowerFacts, { machine, sudo }: Subject): Finding[] {
  if (machine === undefined) return [];
  const { profile, remarks } = machine.limits;
  const mode = profile.powerModes.find(({ id }) => id === powerMode);
  const first = profile.powerModes[0];
  const clocks = remarks.filter((remark) => / MHz$/.test(remark));
  const seen = [
    ...(mode === undefined ? [] : [`power mode ${mode.id} ${mode.name}`]),
    ...clocks,
    ...(governor === null ? [] : [`governor ${governor}`]),
  ].join(', ');
  const id = 'power.clocks';
  if (seen === '') return [ok(id, 'no clocks that could be read')];
  if (mode !== undefined && first !== undefined && mode.id !== first.id)
    return [
      note(
        id,
        seen,
        `${first.name} where speed counts more than power`,
        `${sudo}nvpmodel -m ${first.id} (yours to choose: the doctor changes no clocks)`,
      ),
    ];
  if (governor === 'powersave' && clocks.length > 0)
    return [
      note(
        id,
        seen,
        'another governor where speed counts more than power',
        'yours to choose: the doctor changes no clocks',
      ),
    ];
  return [ok(id, seen)];
}

function judgeHeat({ sensors, firmwareBits }: PowerFacts): Finding[] {
  const { temperatureC, heldBack, throttleEvents } = sensors;
  const id = 'power.heat';
  const degrees =
    temperatureC === null
      ? 'no temperature that could be read'
      : `${temperatureC.toFixed(0)} degrees at the hottest sensor`;
  if (heldBack.length > 0)
    return [
      warning(
        id,
        `held back now: ${heldBack.join(', ')}; ${degrees}`,
        'full clocks',
        heldBack.some((what) => what.includes('voltage'))
          ? 'use the power supply that is made for the board, and a short cable'
          : 'give it air or a larger heat sink, or fewer frames: cameras.ID.maxFps',
      ),
    ];
  const earlier = SEEN.filter((_, bit) => firmwareBits & (1 << (bit + SINCE_START)));
  if (earlier.length > 0)
    return [
      warning(
        id,
        `since the start the firmware has seen ${earlier.join(', ')}; ${degrees}`,
        'none',
        'use the power supply that is made for the board, and look at its cooling',
      ),
    ];
  if (temperatureC !== null && temperatureC >= HOT_C)
    return [warning(id, degrees, `less than ${HOT_C}`, 'give it air or a larger heat sink')];
  if ((throttleEvents ?? 0) > 0)
    return [note(id, `${degrees}; the kernel has counted ${throttleEvents} throttlings since the start`)];
  return [ok(id, degrees)];
}
