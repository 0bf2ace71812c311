// A configuration and the labels of the model that will run -> what can never be found, as problems that stop nothing.

import { listed } from '#common/listed.js';
import { VEHICLES } from '../../models/decode/one-label.js';
import { closest } from './closest.js';
import type { Problem } from './problem.js';
import type { Config } from './schema.js';

interface Model {
  readonly name: string;
  readonly labels: readonly string[];
}

export function againstModel(config: Config, model: Model): Problem[] {
  const ofCameras = Object.entries(config.cameras).flatMap(([id, { labels, zones, lines, masks, clips }]) => {
    const reported = labels ?? model.labels;
    const scenes = { zones, lines };
    return [
      ...unknown(`cameras.${id}.labels`, labels, model),
      ...(['zones', 'lines'] as const).flatMap((kind) =>
        Object.entries(scenes[kind]).flatMap(([name, scene]) => [
          ...unknown(`cameras.${id}.${kind}.${name}.labels`, scene.labels, model),
          ...leftOut(`cameras.${id}.${kind}.${name}.labels`, scene.labels, reported, model),
        ]),
      ),
      ...masks.objects.flatMap((mask, i) =>
        unknown(`cameras.${id}.masks.objects.${i}.labels`, mask.labels, model),
      ),
      ...unknown(`cameras.${id}.clips.labels`, clips?.labels, model),
      ...leftOut(`cameras.${id}.clips.labels`, clips?.labels, reported, model),
    ];
  });
  const ofGroups = config.inference.oneLabelOf.flatMap((group, i) =>
    // The default is for models of any kind.
    String(group) === String(VEHICLES) ? [] : unknown(`inference.oneLabelOf.${i}`, group, model),
  );
  return [...ofCameras, ...unknown('clips.labels', config.clips.labels, model), ...ofGroups];
}

function unknown(key: string, labels: readonly string[] | undefined, model: Model): Problem[] {
  return (labels ?? [])
    .filter((label) => !model.labels.includes(label))
    .map((label) => {
      const meant = closest(label, model.labels);
      return {
        key,
        expected: `one of the labels of ${model.name} (${listed(model.labels)})`,
        received: `${label}${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      };
    });
}

/** Labels that the model knows and the camera does not report: such a zone is never occupied by them, and no clip is kept of them. */
function leftOut(
  key: string,
  labels: readonly string[] | undefined,
  reported: readonly string[],
  model: Model,
): Problem[] {
  return (labels ?? [])
    .filter((label) => model.labels.includes(label) && !reported.includes(label))
    .map((label) => ({
      key,
      expected: `one of the labels that the camera reports (${listed(reported)})`,
      received: label,
    }));
}
