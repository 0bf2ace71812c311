// Logits <-> probabilities, and the parts of a softmax.

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

export function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

/** NaN where one of them is. */
export function greatest(values: Float32Array, first: number, count: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = first; at < first + count; at++) most = Math.max(most, values[at]!);
  return most;
}

/** @param less subtracted from each before, so that none overflows */
export function sumOfExponentials(values: Float32Array, first: number, count: number, less: number): number {
  let sum = 0;
  for (let at = first; at < first + count; at++) sum += Math.exp(values[at]! - less);
  return sum;
}
