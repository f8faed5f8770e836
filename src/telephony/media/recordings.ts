/** The recordings of a media worker. */
import type { OpenRecordingFile } from '../recording-file.ts';
import type { FromWorker, RecordingId, StreamId, ToWorker } from './protocol.ts';
import { Recorder, type TappedLeg } from './recorder.ts';

export class Recordings {
  readonly #recorders = new Map<RecordingId, Recorder>();
  readonly #open: OpenRecordingFile;
  readonly #tell: (message: FromWorker) => void;

  constructor(open: OpenRecordingFile, tell: (message: FromWorker) => void) {
    this.#open = open;
    this.#tell = tell;
  }

  start(
    { recording, streams, layout, path }: Extract<ToWorker, { kind: 'record' }>,
    legOf: (stream: StreamId) => TappedLeg | undefined,
    now: number,
  ): void {
    const recorder = new Recorder({
      legs: [legOf(streams[0]), legOf(streams[1])],
      layout,
      path,
      open: this.#open,
      now,
      tell: (event) => {
        if (event.kind === 'stopped') this.#recorders.delete(recording);
        this.#tell({ kind: 'recording', recording, event });
      },
    });
    this.#recorders.set(recording, recorder);
  }

  stop(recording: RecordingId): void {
    void this.#recorders.get(recording)?.stop();
  }

  leave(leg: TappedLeg): void {
    for (const recorder of this.#recorders.values()) recorder.leave(leg);
  }

  /** Resolves when all files are complete. */
  async shutDown(): Promise<void> {
    await Promise.all(Array.from(this.#recorders.values(), (recorder) => recorder.stop()));
  }
}
