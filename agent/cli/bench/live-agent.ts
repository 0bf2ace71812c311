// A case of scenario live -> the whole agent on its source, and each frame as it was published.

import { findSource } from '../../../pipelines/find-source.js';
import type { OpenLiveAgent, PublishedFrame } from '../../bench/live.js';
import type { Case } from '../../bench/task.js';
import { AgentWithBroker } from '../agent-with-broker.js';

export const openLiveAgent: OpenLiveAgent = async (subject, source, onPublished, signal) => {
  const agent = new AgentWithBroker({
    keys: keysOf(subject, source),
    model: subject.folder,
    ownCache: true,
    filter: 'cspcam/bench/camera/+/detections',
    onMessage: (_, payload) => onPublished(JSON.parse(payload.toString()) as PublishedFrame),
  });
  await agent.start(signal);
  return { ended: agent.ended(signal), stop: () => agent.stop() };
};

function keysOf({ provider, wanted: precision, latency: { sessions, threads } }: Case, source: string) {
  const isFile = findSource(source).scheme === 'file';
  return {
    device: 'bench',
    inference: { provider, precision, mode: 'latency', sessions, threads },
    // A frame that nobody looks at would be counted as dropped.
    cameras: { live: { source, motion: { enabled: false }, ...(isFile && { loop: true }) } },
    log: { level: 'error' },
  };
}
