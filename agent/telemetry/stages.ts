// The stages of a frame whose times are measured.

/** wait: until the detector was free; publish: writing the message; total: capture to publish. */
export const stages = ['wait', 'inference', 'decode', 'publish', 'total'] as const;
export type Stage = (typeof stages)[number];
