/** What customers and operators do with voice files, in whole steps over the store and the archive. */
import { DEFAULT_SP_ID, NO_PROMPT } from './apps.ts';
import type { VoiceFileArchive, VoiceFileConverter, VoiceFileForm, VoiceFileStore } from './ports.ts';
import type { RandomIntegers } from './random-source.ts';
import { ReviewedAdministration } from './reviewed-administration.ts';
import { type Revised, submittedRevision } from './revision.ts';
import { RuleViolation } from './rule-violation.ts';
import {
  checkVoiceFile,
  LARGEST_SOURCE,
  newIdentifier,
  soundsOf,
  type SourceContainer,
  type VoiceFile,
  type VoiceFileContent,
} from './voice-file.ts';
import { VoiceFileRefusal } from './voice-file-refusal.ts';

export interface VoiceFileUpload {
  readonly name: string;
  readonly description?: string;
  /** At most LARGEST_SOURCE octets of a WAV, MP3, Ogg Opus or FLAC file. */
  readonly source: Uint8Array;
  /** Approved at once, without a review of its own. */
  readonly approve?: boolean;
  /** Who uploads it. */
  readonly by?: string;
}

export interface VoiceFileAdministrationOptions {
  readonly store: VoiceFileStore;
  readonly archive: VoiceFileArchive;
  readonly converter: VoiceFileConverter;
  readonly now: () => number;
  readonly random: RandomIntegers;
  /** Everything submitted is approved at once. */
  readonly approvesAll?: boolean;
}

/** What an upload made of a voice file. */
export interface SubmittedVoiceFile {
  readonly file: VoiceFile;
  /** As it was before, where there was one of this name. */
  readonly previous: VoiceFile | undefined;
}

/** Every method rejects with RuleViolation when a rule forbids it. `spId` is the account whose files are meant. */
export class VoiceFileAdministration extends ReviewedAdministration<VoiceFileContent, VoiceFile> {
  readonly #options: VoiceFileAdministrationOptions;

  constructor(options: VoiceFileAdministrationOptions) {
    super(options.store, options.now);
    this.#options = options;
  }

  /**
   * Converts an upload and keeps it as the latest revision of its name; the one in service stays so until this one is
   * approved. Rejects with VoiceFileRefusal when its content is not accepted; then everything is as before.
   */
  async submit(
    { name, description = '', source, approve, by }: VoiceFileUpload,
    spId = DEFAULT_SP_ID,
  ): Promise<SubmittedVoiceFile> {
    checkVoiceFile(name, description);
    checkSize(source);
    const { store, archive, converter, random, approvesAll } = this.#options;
    const approval = approve || (approvesAll && 'automatically');
    const converted = await converter.convert(source);
    return this.turns.take(async () => {
      const now = this.#options.now();
      const sound = newIdentifier(random);
      await archive.keep(sound, { original: source, converted: converted.wav });
      try {
        const previous = await store.find(spId, name);
        const lastNumber = (await store.revisions(spId, name)).at(-1)?.number ?? 0;
        const { wav: _wav, ...found } = converted;
        const content = { description, sound, ...found };
        const change = submittedRevision(previous?.inService, content, {
          approve: approval,
          by,
          now,
          lastNumber,
        });
        const origin = previous ?? { spId, name, createdAt: now, ...change.revisions };
        return { file: await this.keep(origin, change, now), previous };
      } catch (error) {
        await this.#removeUnused(sound, name, spId);
        throw error;
      }
    });
  }

  /** The sound of a revision, else of the latest, as uploaded or as calls play it. */
  async audio(
    name: string,
    { form, revision }: { readonly form: VoiceFileForm; readonly revision?: number },
    spId?: string,
  ): Promise<{ readonly audio: Uint8Array; readonly container: SourceContainer }> {
    const { latest, inService } = await this.find(name, spId);
    const wanted = revision ?? latest.number;
    const found = [latest, inService].find((kept) => kept?.number === wanted);
    if (found === undefined) throw soundGone(`The sound of revision ${wanted} is not kept.`);
    const { sound, source } = found.content;
    const audio = await this.#options.archive.read(sound, form);
    if (audio === undefined) throw soundGone('The sound of this voice file is gone.');
    return { audio, container: source.container };
  }

  /** That an app may have this recording prompt: a file in service, or none at all. */
  async checkRecordingPrompt(name: string | null | undefined, spId = DEFAULT_SP_ID): Promise<void> {
    if (name === undefined || name === null || name === NO_PROMPT) return;
    const file = await this.#options.store.find(spId, name);
    if (file?.inService !== undefined) return;
    const field = 'recordingPrompt';
    if (file === undefined) {
      throw new RuleViolation('recording-prompt-unusable', 'There is no voice file of this name.', {
        field,
        remedy: `Upload it (openvoicecall voice add) and have it approved, or say ${NO_PROMPT} to play no prompt.`,
      });
    }
    throw new RuleViolation('recording-prompt-unusable', 'This voice file is not approved.', {
      field,
      remedy: `Approve it: openvoicecall voice approve ${name} --revision ${file.latest.number}.`,
    });
  }

  protected unknown(): RuleViolation {
    return new RuleViolation('voice-file-unknown', 'There is no voice file of this name.', {
      field: 'name',
      remedy: 'openvoicecall voice list shows the files there are.',
    });
  }

  protected changed(file: VoiceFile, revisions: Revised<VoiceFileContent>): VoiceFile {
    return { ...file, ...revisions };
  }

  /** Sounds that nobody plays or reviews any more. */
  protected override async discard(before: VoiceFile, after?: VoiceFile): Promise<void> {
    const needed = after === undefined ? [] : soundsOf(after);
    for (const sound of soundsOf(before))
      if (!needed.includes(sound)) await this.#options.archive.remove(sound);
  }

  /** What failed may have been stored all the same. Where the store does not tell, the next start sweeps the sound away. */
  async #removeUnused(sound: string, name: string, spId: string): Promise<void> {
    const kept = await this.#options.store.find(spId, name).then(
      (file) => file !== undefined && soundsOf(file).includes(sound),
      () => true,
    );
    if (!kept) await this.#options.archive.remove(sound);
  }
}

const soundGone = (message: string): RuleViolation =>
  new RuleViolation('voice-file-unknown', message, {
    field: 'revision',
    remedy: 'The latest revision and the one in service can be heard; upload any other again.',
  });

function checkSize({ length }: Uint8Array): void {
  if (length === 0) throw new VoiceFileRefusal('empty', 'empty', 'a WAV, MP3, Ogg Opus or FLAC file');
  if (length <= LARGEST_SOURCE) return;
  const mebibytes = (length / 2 ** 20).toFixed(1);
  throw new VoiceFileRefusal('too-large', `${mebibytes} MB large`, 'a file of at most 6 MB');
}
