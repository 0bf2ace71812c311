// A configuration that will do -> what in it is likely a mistake all the same, as problems that stop nothing. Pure.

import { listed } from '#common/listed.js';
import { unlikelyPort } from './broker-address.js';
import { clipsOf } from './clips.js';
import { closest } from './closest.js';
import type { Problem } from './problem.js';
import type { Config } from './schema.js';

type Clips = Pick<Config, 'clips' | 'cameras'>;

export function unlikelyIn(config: Pick<Config, 'mqtt'> & Clips): Problem[] {
  return [...unlikelyBroker(config), ...unknownZones(config)];
}

function unlikelyBroker({ mqtt }: Pick<Config, 'mqtt'>): Problem[] {
  const { protocol, port } = new URL(mqtt.url);
  const usual = unlikelyPort(mqtt.url);
  if (usual === undefined) return [];
  const received = `${protocol}// with port ${port}`;
  return [{ key: 'mqtt.url', expected: `${usual} at that port, as in most places`, received }];
}

/** Zones that clips are to be of: of one that is nowhere no clip is ever kept. */
function unknownZones(config: Clips): Problem[] {
  const withClips = Object.entries(config.cameras).filter(([id]) => clipsOf(config, id).enabled);
  const ofEach = withClips.flatMap(([id, { clips, zones }]) =>
    notAmong(`cameras.${id}.clips.zones`, clips?.zones, 'the camera', Object.keys(zones)),
  );
  const others = withClips.filter(([, { clips }]) => clips?.zones === undefined);
  if (others.length === 0) return ofEach;
  const zones = [...new Set(others.flatMap(([, camera]) => Object.keys(camera.zones)))];
  return [...ofEach, ...notAmong('clips.zones', config.clips.zones, 'the cameras with clips', zones)];
}

function notAmong(
  key: string,
  wanted: readonly string[] | undefined,
  whose: string,
  zones: readonly string[],
): Problem[] {
  return (wanted ?? [])
    .filter((zone) => !zones.includes(zone))
    .map((zone) => {
      const meant = closest(zone, zones);
      return {
        key,
        expected: `one of the zones of ${whose} (${listed(zones) || 'none'})`,
        received: `${zone}${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      };
    });
}
