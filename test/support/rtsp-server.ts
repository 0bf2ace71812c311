// RTP launch strings -> a real RTSP server (gst-rtsp-server through python3-gi) on a port of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

export interface RtspServer {
  readonly port: number;
  /** Without user information. */
  url(path: string): string;
  /** Ends it, connections and all; `restart()` brings it back on the same port. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing comes. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** H.264 of a test pattern at 25 frames a second. */
export function h264(pattern: string, width = 640, height = 360): string {
  return (
    `videotestsrc is-live=true pattern=${pattern} ! video/x-raw,width=${width},height=${height},framerate=25/1 ! ` +
    'openh264enc gop-size=25 ! h264parse ! rtph264pay name=pay0 config-interval=1'
  );
}

/**
 * @param streams launch strings that end in payloaders, by path
 * @param user `name:password` that clients must give, in clear (Basic)
 * @param isDigest where they must give a digest of it
 */
export async function startRtspServer(
  streams: Readonly<Record<string, string>>,
  user?: string,
  isDigest = false,
): Promise<RtspServer> {
  const program = resolve(import.meta.dirname, 'rtsp-server.py');
  const mounts = Object.entries(streams).map(([path, launch]) => `${path}=${launch}`);
  let child: ChildProcess | undefined;

  const start = async (port: number): Promise<number> => {
    const options = [
      '--port',
      String(port),
      ...(user === undefined ? [] : ['--user', user]),
      ...(isDigest ? ['--digest'] : []),
    ];
    // Debian's python3-gi belongs to Debian's Python.
    const started = spawn('/usr/bin/python3', [program, ...options, ...mounts], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child = started;
    for await (const line of createInterface({ input: started.stdout })) {
      const listening = /^port (\d+)$/.exec(line);
      if (listening !== null) return Number(listening[1]);
    }
    throw new Error('the RTSP server ended before it listened');
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  const port = await start(0);
  return {
    port,
    url: (path) => `rtsp://127.0.0.1:${port}${path}`,
    stop,
    restart: async () => {
      await stop();
      await start(port);
    },
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    close: stop,
  };
}
