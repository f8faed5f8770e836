/**
 * What the signalling thread and a media worker say to each other. Everything is plain structured-cloneable values;
 * prompts travel as shared memory.
 */
import type { QualityRows } from '../../call/leg-quality.ts';
import type { RemoteReception } from '../../rtp/rtcp-session.ts';
import type { JitterBufferCounters } from '../../rtp/jitter-buffer.ts';
import type { RemoteAddress } from '../../rtp/source-latch.ts';
import type { Key } from '../../rtp/telephone-event.ts';
import type { AgreedAudio } from '../../sdp/offer-answer.ts';
import type { MachineVerdict } from '../../audio/answering-machine.ts';
import type { RecordingLayout } from '../recording-wav.ts';
import type { DriverChoice, DriverInUse } from './choose-driver.ts';
import type { KeySource } from './key-presses.ts';
import type { LatenessSnapshot } from './lateness.ts';
import type { HeardAudio } from './level-meter.ts';
import type { RecorderEvent } from './recorder.ts';
import type { PriorityChoice, PriorityInUse } from './thread-priority.ts';
import type { Prompt } from './prompt.ts';

/** Names a stream within its worker. */
export type StreamId = number;

/** Names a recording within its worker. */
export type RecordingId = number;

/** The beep of an answering machine. */
export interface HeardBeep {
  /** When it ended, in milliseconds since 1970-01-01T00:00:00Z: one can begin to speak. */
  readonly at: number;
  /** How long it was, to 10 ms. */
  readonly milliseconds: number;
  /** Hz. */
  readonly frequency: number;
}

/** `AgreedAudio` with addresses that can be sent to; undefined where there is none (hold, a name not resolved yet). */
export interface StreamAudio extends Omit<AgreedAudio, 'remote' | 'rtcp'> {
  readonly remote: RemoteAddress | undefined;
  readonly rtcp: RemoteAddress | undefined;
}

/** `workerData` of a media worker's thread. */
export interface WorkerSettings {
  /** The address that ports are bound to. */
  readonly host: string;
  readonly firstPort: number;
  readonly lastPort: number;
  /** Milliseconds that a pair of ports rests between two streams. */
  readonly portCoolDown: number;
  /** Milliseconds without RTP or RTCP after which a stream that should hear some is reported silent. */
  readonly silentAfter: number;
  readonly driver: DriverChoice;
  readonly priority: PriorityChoice;
  /** Counts messages to the thread, each after it was posted. */
  readonly calls: SharedArrayBuffer;
}

export type ToWorker =
  | {
      readonly kind: 'open';
      readonly stream: StreamId;
      /** Where the headers of its RTP packets are noted (`HeaderRing`); absent: nowhere. */
      readonly headers?: SharedArrayBuffer | undefined;
    }
  | { readonly kind: 'configure'; readonly stream: StreamId; readonly audio: StreamAudio }
  | {
      readonly kind: 'play';
      readonly stream: StreamId;
      readonly playback: number;
      readonly prompt: Prompt;
      readonly loop: boolean;
    }
  | { readonly kind: 'stop'; readonly stream: StreamId; readonly playback: number }
  | { readonly kind: 'hear'; readonly stream: StreamId; readonly source: StreamId | undefined }
  | { readonly kind: 'statistics'; readonly stream: StreamId; readonly request: number }
  | { readonly kind: 'quality'; readonly stream: StreamId; readonly request: number }
  | { readonly kind: 'restartJudgement'; readonly stream: StreamId }
  | {
      readonly kind: 'watchForMachine';
      readonly stream: StreamId;
      readonly longest: number | undefined;
      readonly beepsFor: number;
    }
  | { readonly kind: 'stopWatching'; readonly stream: StreamId }
  | {
      readonly kind: 'record';
      readonly recording: RecordingId;
      readonly streams: readonly [StreamId, StreamId];
      readonly layout: RecordingLayout;
      readonly path: string;
    }
  | { readonly kind: 'stopRecording'; readonly recording: RecordingId }
  | { readonly kind: 'close'; readonly stream: StreamId }
  | { readonly kind: 'lateness'; readonly request: number }
  /** Close all streams with a goodbye, then let the thread end. */
  | { readonly kind: 'shutDown' };

export type FromWorker =
  | { readonly kind: 'ready'; readonly driver: DriverInUse; readonly priority: PriorityInUse }
  | { readonly kind: 'opened'; readonly stream: StreamId; readonly port: number; readonly rtcpPort: number }
  | { readonly kind: 'refused'; readonly stream: StreamId; readonly why: OpenRefusal }
  | { readonly kind: 'firstPacket'; readonly stream: StreamId }
  | { readonly kind: 'silentMedia'; readonly stream: StreamId }
  | { readonly kind: 'key'; readonly stream: StreamId; readonly key: Key; readonly source: KeySource }
  | { readonly kind: 'machineVerdict'; readonly stream: StreamId; readonly verdict: MachineVerdict }
  | { readonly kind: 'beep'; readonly stream: StreamId; readonly beep: HeardBeep }
  | { readonly kind: 'recording'; readonly recording: RecordingId; readonly event: RecorderEvent }
  | {
      readonly kind: 'playbackFinished';
      readonly stream: StreamId;
      readonly playback: number;
      readonly how: PlaybackEnd;
    }
  | {
      readonly kind: 'statistics';
      readonly request: number;
      readonly statistics: StreamStatistics | undefined;
    }
  | { readonly kind: 'quality'; readonly request: number; readonly quality: QualityRows | undefined }
  | {
      readonly kind: 'closed';
      readonly stream: StreamId;
      readonly statistics: StreamStatistics;
      readonly quality: QualityRows | undefined;
    }
  | { readonly kind: 'lateness'; readonly request: number; readonly snapshot: LatenessSnapshot };

/** Why a stream got no ports: none is free, or the system's error code (the address is not ours, no descriptors left). */
export type OpenRefusal =
  | { readonly reason: 'noFreePort'; readonly pairs: number }
  | { readonly reason: 'bind'; readonly code: string };

export type PlaybackEnd = 'completed' | 'stopped';

/** One stream's media so far, all that `audioVerdict` needs. Times of day are milliseconds since 1970-01-01T00:00:00Z, durations milliseconds. */
export interface StreamStatistics {
  /** When these figures were taken. */
  readonly at: number;
  /** Whether the far end is to hear us and to be heard now; `inactive` before the session description came. */
  readonly direction: StreamAudio['direction'];
  /** Where we send, and where session descriptions said we should. They differ behind a NAT. */
  readonly destination: RemoteAddress | undefined;
  readonly signalled: RemoteAddress | undefined;
  readonly sent: { readonly packets: number; readonly octets: number };
  readonly received: {
    readonly packets: number;
    readonly octets: number;
    /** From gaps in the sequence numbers. */
    readonly lost: number;
    /** Arrived 100 ms or more behind the fastest: for most listeners that is lost too. */
    readonly late: number;
    readonly jitter: number;
    /** How often another SSRC took over. */
    readonly sourceChanges: number;
    /** Of RTP; undefined when none came. */
    readonly firstAt: number | undefined;
    readonly lastAt: number | undefined;
    /** Compound RTCP packets. */
    readonly reports: number;
  };
  /** What was to be heard of the far end, since the answer where `restartJudgement` told of it. */
  readonly heard: HeardAudio;
  /** What the far end reports of our packets; undefined until it does. */
  readonly farEnd: RemoteReception | undefined;
  /** Datagrams that went nowhere, by the reason. */
  readonly dropped: {
    readonly malformed: number;
    readonly malformedReports: number;
    /** From an address that is not the far end's. */
    readonly strangers: number;
    /** Of a payload type that was not agreed. */
    readonly unknownPayload: number;
    /** Before the session description came. */
    readonly unconfigured: number;
    /** Ours, that the system did not take. */
    readonly unsent: number;
  };
  /** Of the jitter buffer through which this stream hears another; undefined when packets are relayed as they come. */
  readonly playout: JitterBufferCounters | undefined;
}
