/** What customers and operators do with voice files, in whole steps over the store and the archive. */
import { DEFAULT_SP_ID } from './apps.ts';
import type { VoiceFileArchive, VoiceFileConverter, VoiceFileForm, VoiceFileStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { approval, rejection, type Review } from './review.ts';
import { RuleViolation } from './rule-violation.ts';
import {
  checkVoiceFile,
  LARGEST_SOURCE,
  newIdentifier,
  reviewedVoiceFile,
  submittedVoiceFile,
  type VoiceFile,
} from './voice-file.ts';
import { VoiceFileRefusal } from './voice-file-refusal.ts';

export interface VoiceFileUpload {
  readonly name: string;
  readonly description?: string;
  /** At most LARGEST_SOURCE octets of a WAV, MP3, Ogg Opus or FLAC file. */
  readonly source: Uint8Array;
  /** Approved at once, without a review of its own. */
  readonly approve?: boolean;
}

export interface VoiceFileAdministrationOptions {
  readonly store: VoiceFileStore;
  readonly archive: VoiceFileArchive;
  readonly converter: VoiceFileConverter;
  readonly now: () => number;
  readonly random: RandomIntegers;
}

/** Every method rejects with RuleViolation when a rule forbids it. `spId` is the account whose files are meant. */
export class VoiceFileAdministration {
  readonly #options: VoiceFileAdministrationOptions;
  /** Changes run one after another, so that each sees what the one before it left. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: VoiceFileAdministrationOptions) {
    this.#options = options;
  }

  /**
   * Converts an upload and keeps it, in place of the file that has the name already. Rejects with VoiceFileRefusal
   * when its content is not accepted; then everything is as before.
   */
  async submit(
    { name, description = '', source, approve }: VoiceFileUpload,
    spId = DEFAULT_SP_ID,
  ): Promise<VoiceFile> {
    checkVoiceFile(name, description);
    checkSize(source);
    const { store, archive, converter, now, random } = this.#options;
    const converted = await converter.convert(source);
    return this.#alone(async () => {
      const revision = newIdentifier(random);
      await archive.keep(revision, { original: source, converted: converted.wav });
      const previous = await store.voiceFile(spId, name);
      const submission = { spId, name, description, revision, approve };
      const { source: format, duration } = converted;
      const file = submittedVoiceFile({ ...submission, source: format, duration }, previous, now());
      try {
        await store.putVoiceFile(file);
      } catch (error) {
        await archive.remove(revision);
        throw error;
      }
      if (previous !== undefined) await archive.remove(previous.revision);
      return file;
    });
  }

  /** In order of creation. */
  files(spId = DEFAULT_SP_ID): Promise<VoiceFile[]> {
    return this.#options.store.voiceFiles(spId);
  }

  async file(name: string, spId = DEFAULT_SP_ID): Promise<VoiceFile> {
    const file = await this.#options.store.voiceFile(spId, name);
    if (file !== undefined) return file;
    throw new RuleViolation('voice-file-unknown', 'There is no voice file of this name.', {
      field: 'name',
      remedy: 'openvoicecall voice list shows the files there are.',
    });
  }

  /** The sound of a file, as uploaded or as calls play it. */
  async audio(name: string, form: VoiceFileForm, spId?: string): Promise<Uint8Array> {
    const { revision } = await this.file(name, spId);
    const audio = await this.#options.archive.read(revision, form);
    if (audio !== undefined) return audio;
    throw new RuleViolation('voice-file-unknown', 'The sound of this voice file is gone.', {
      field: 'name',
      remedy: 'Upload it again: openvoicecall voice add.',
    });
  }

  approve(name: string, spId?: string): Promise<VoiceFile> {
    return this.#review(name, approval, spId);
  }

  /** Also takes back an approval: the file cannot be used any more. */
  async reject(name: string, reason: string, spId?: string): Promise<VoiceFile> {
    return this.#review(name, rejection(reason), spId);
  }

  remove(name: string, spId = DEFAULT_SP_ID): Promise<void> {
    return this.#alone(async () => {
      const { revision } = await this.file(name, spId);
      await this.#options.store.removeVoiceFile(spId, name);
      await this.#options.archive.remove(revision);
    });
  }

  #review(name: string, review: Review, spId?: string): Promise<VoiceFile> {
    return this.#alone(async () => {
      const reviewed = reviewedVoiceFile(await this.file(name, spId), review);
      await this.#options.store.putVoiceFile(reviewed);
      return reviewed;
    });
  }

  #alone<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function checkSize({ length }: Uint8Array): void {
  if (length === 0) throw new VoiceFileRefusal('empty', 'empty', 'a WAV, MP3, Ogg Opus or FLAC file');
  if (length <= LARGEST_SOURCE) return;
  const mebibytes = (length / 2 ** 20).toFixed(1);
  throw new VoiceFileRefusal('too-large', `${mebibytes} MB large`, 'a file of at most 6 MB');
}
