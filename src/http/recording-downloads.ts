import type { FastifyRequest } from 'fastify';
import type { CallRecord } from '../call/call-record.ts';
import type { Clock } from '../call/ports.ts';
import type { KeptRecording, RecordingArchive } from '../call/recording-archive.ts';
import type { RecordingLinks } from './recording-links.ts';

/** Recordings of shorter calls cannot be downloaded (spec 06), ms. */
const SHORTEST = 3_000;

export interface RecordingDownloadsOptions {
  readonly archive: RecordingArchive;
  readonly links: RecordingLinks;
  readonly clock: Pick<Clock, 'now'>;
  /** How long an address may be used, ms. */
  readonly lifetime: number;
  /** From the end of a call on, ms; then its recording cannot be had even where it was not yet removed. */
  readonly keepFor: number;
  /** Where clients reach us, without a slash at its end; otherwise where the request came. */
  readonly publicUrl?: string | undefined;
}

/** Which recordings may be fetched, where, and by whom. */
export class RecordingDownloads {
  readonly #options: RecordingDownloadsOptions;

  constructor(options: RecordingDownloadsOptions) {
    this.#options = options;
  }

  /** The address of a call's recording; undefined when there is none to be had, or no longer. */
  async addressOf(call: CallRecord, request: FastifyRequest): Promise<string | undefined> {
    const { archive, links, clock, lifetime, keepFor } = this.#options;
    const { recording, endedAt } = call;
    const now = clock.now();
    if (recording === undefined || endedAt === undefined || now >= endedAt + keepFor) return undefined;
    if (recording.milliseconds !== undefined && recording.milliseconds < SHORTEST) return undefined;
    const kept = await archive.locate(recording.objectName, lifetime);
    if (kept?.kind !== 'file') return kept?.url;
    const base = this.#options.publicUrl ?? `${request.protocol}://${request.host}`;
    return base + links.pathOf(recording.objectName, now + lifetime);
  }

  /**
   * What is behind an address of ours: `forbidden` when it is forged or expired, undefined when the recording is gone. It may
   * have been moved to a bucket since; then its address there is valid no longer than ours.
   */
  async behind(link: {
    objectName: string;
    expires: string;
    signature: string;
  }): Promise<KeptRecording | 'forbidden' | undefined> {
    const { archive, links, clock } = this.#options;
    const now = clock.now();
    if (!links.isValid(link, now)) return 'forbidden';
    return archive.locate(link.objectName, Number(link.expires) * 1_000 - now);
  }
}
