// --box-voting of an import -> the description of the model that says so.

import { withBoxVoting } from '../../../models/decode/registry.js';
import type { ModelDescription } from '../../../models/folder/description.js';

type Undescribed = Omit<ModelDescription, 'files'>;

/** @throws CspcamError for a model that suppresses nothing */
export function withVoting(description: Undescribed, least: number | undefined): Undescribed {
  if (least === undefined) return description;
  return { ...description, decoder: withBoxVoting(description.decoder, least) };
}
