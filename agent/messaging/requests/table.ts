// The requests the agent knows: what each may say. Their answers are made by whoever implements RequestHandlers.

import { z } from 'zod';
import type { REQUESTS } from '../../config/requests.js';

const camera = z.string('the id of a camera');
const parameters = { ofOneCamera: z.strictObject({ camera }), none: z.strictObject({}) };

export type RequestName = (typeof REQUESTS)[number];

export interface RequestRow {
  readonly about: string;
  /** Every key holds a plain value; messages are what was expected, as in the one error form. */
  readonly parameters: z.ZodObject;
}

/** By the last level of their topic, `request/<name>`. */
export const requestTable = {
  snapshot: { about: 'a picture of now, on `camera/<id>/snapshot`', parameters: parameters.ofOneCamera },
  restart: {
    about: 'opens the source of a camera anew; one that is switched off stays so',
    parameters: parameters.ofOneCamera,
  },
  enable: { about: 'opens a camera', parameters: parameters.ofOneCamera },
  disable: {
    about: 'closes a camera',
    parameters: parameters.ofOneCamera,
  },
  thresholds: {
    about: 'the least score of what is reported, of one camera or of all',
    parameters: z.strictObject({
      camera: camera.optional(),
      minScore: z
        .number('a number from 0 to 1')
        .min(0, 'a number from 0 to 1')
        .max(1, 'a number from 0 to 1'),
    }),
  },
  log: {
    about: 'what is logged',
    parameters: z.strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error'], 'one of debug, info, warn, error'),
    }),
  },
  bench: {
    about: 'what `cspcam bench` gives of one network, single stream, beside the work of the cameras',
    parameters: z.strictObject({
      seconds: z
        .number('a number from 1 to 20')
        .min(1, 'a number from 1 to 20')
        .max(20, 'a number from 1 to 20')
        .default(5),
    }),
  },
  reload: {
    about: 'reads the configuration file anew, as SIGHUP does; `data.done` says what it came to',
    parameters: parameters.none,
  },
  config: { about: 'the configuration with its defaults, passwords hidden', parameters: parameters.none },
} as const satisfies Record<RequestName, RequestRow>;

/** Checked parameters of a request; `camera` is one of the configuration. */
export type RequestParameters<Name extends RequestName> = z.output<(typeof requestTable)[Name]['parameters']>;

/** What a request says of who asks; the broker does not tell. */
export interface By {
  readonly request: RequestName;
  readonly by?: string;
}

/** Plain data for the `data` of the response; an error becomes a response with the first line of its message. */
export type RequestHandlers = {
  readonly [Name in RequestName]: (
    parameters: RequestParameters<Name>,
    by: By,
  ) => Promise<object | undefined>;
};
