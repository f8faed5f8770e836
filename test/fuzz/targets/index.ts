import type { FuzzTarget } from '../engine/target.ts';
import { httpTarget } from './http.ts';
import { mediaPortTarget } from './media-port.ts';
import { rtcpTarget, rtpTarget } from './rtp.ts';
import { sdpTarget } from './sdp.ts';
import { sipMessageTarget, sipStreamTarget } from './sip.ts';
import { userAgentTarget } from './user-agent.ts';
import { voiceFileTarget } from './voice-file.ts';

/** Everything that takes bytes from strangers. */
export const targets: Readonly<Record<string, () => FuzzTarget | Promise<FuzzTarget>>> = {
  'sip-message': () => sipMessageTarget,
  'sip-stream': () => sipStreamTarget,
  'sip-user-agent': () => userAgentTarget,
  sdp: () => sdpTarget,
  rtp: () => rtpTarget,
  rtcp: () => rtcpTarget,
  'media-port': () => mediaPortTarget,
  http: httpTarget,
  'voice-file': () => voiceFileTarget,
};
