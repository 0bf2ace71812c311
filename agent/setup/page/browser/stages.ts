// Ids of questions -> which of the stages of the first steps that is. Pure.

export const STAGES = ['Look around', 'Cameras', 'Broker', 'Write', 'First detection'] as const;

const LAST = STAGES.length - 1;
/** By the first word of their id. */
const STAGE_OF: Readonly<Record<string, number>> = {
  cameras: 1,
  camera: 1,
  broker: 2,
  device: 2,
  page: 3,
  finish: 3,
};

/** @param id of the last question; @param isOpen whether it waits for its answer */
export function stageOf(id: string, isOpen: boolean): number {
  if (id === 'finish' && !isOpen) return LAST;
  return STAGE_OF[id.split('-')[0]!] ?? 0;
}
