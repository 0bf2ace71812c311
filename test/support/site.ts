// -> A camera that plays a street by RTSP (gst-rtsp-server) and tells of it by ONVIF, and a Mosquitto, each with a login.

import { resolve } from 'node:path';
import { type Mosquitto, startMosquitto } from './mosquitto.js';
import { inTurn } from './multicast-turn.js';
import { OnvifDevice, STREAMS } from './onvif-device.js';
import { type RtspServer, startRtspServer } from './rtsp-server.js';

export const CAMERA = { user: 'admin', password: 'right/and secret' };
export const BROKER = { name: 'porch', password: 'brokers-own-secret' };
export const WRONG = 'wrong-and-secret';

/** People and cars, as a camera would send them, and the same in a smaller size. */
const CLIP = resolve(import.meta.dirname, '../../agent/demo/street.mp4');
const PLAYED = `filesrc location=${CLIP} ! qtdemux ! h264parse`;
const PAYLOADED = 'rtph264pay name=pay0 config-interval=-1';
export const MAIN = `${PLAYED} ! ${PAYLOADED}`;
const SUB = `${PLAYED} ! openh264dec ! videoscale ! video/x-raw,width=480,height=360 ! openh264enc gop-size=10 ! h264parse ! ${PAYLOADED}`;

export interface Site {
  readonly broker: Mosquitto;
  readonly rtsp: RtspServer;
  /** Runs the work while the camera, and no other of the tests, answers calls on the loopback. */
  whileCalled(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function startSite(): Promise<Site> {
  const broker = await startMosquitto({ user: BROKER });
  const rtsp = await startRtspServer(
    { '/main': MAIN, '/sub': SUB },
    `${CAMERA.user}:${CAMERA.password}`,
    true,
  );
  const streams = STREAMS.map((stream) => ({
    ...stream,
    codec: 'H264',
    uri: `rtsp://HOST:${rtsp.port}/${stream.token}`,
  }));
  return {
    broker,
    rtsp,
    whileCalled: (work) =>
      inTurn(async () => {
        const device = await OnvifDevice.start({ login: CAMERA, streams });
        await device.listen();
        try {
          await work();
        } finally {
          await device.close();
        }
      }),
    close: async () => {
      await rtsp.close();
      await broker.close();
    },
  };
}
