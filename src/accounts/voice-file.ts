/** The rules of voice files (spec 11, 放音文件): what one is called, how large it may be, when calls may use it. */
import type { RandomIntegers } from './random-source.ts';
import { submitted, type Review } from './review.ts';
import { RuleViolation } from './rule-violation.ts';

/** What an upload may weigh, in octets. */
export const LARGEST_SOURCE = 6 * 1024 * 1024;

/** What it may weigh once it is A-law at 8000 Hz, in octets: about 262 s. */
export const LARGEST_VOICE_FILE = 2 * 1024 * 1024;

const LONGEST_NAME = 128;

const LONGEST_DESCRIPTION = 256;

/** Every kind of file that an upload may be, by its content. */
export type SourceContainer = 'WAV' | 'MP3' | 'Ogg Opus' | 'FLAC';

/** What was uploaded. */
export interface VoiceFileSource {
  readonly container: SourceContainer;
  /** For people: `MP3, 44100 Hz, stereo`. */
  readonly description: string;
  /** Octets. */
  readonly size: number;
}

/** One prompt of an account, by name. What it sounds like is kept elsewhere, under its revision. */
export interface VoiceFile extends Review {
  readonly spId: string;
  readonly name: string;
  /** For the reviewer; may be empty. */
  readonly description: string;
  /** New with every upload under this name, never used again: 32 hexadecimal digits. */
  readonly revision: string;
  readonly source: VoiceFileSource;
  /** ms. */
  readonly duration: number;
  readonly createdAt: number;
  /** When the present revision was uploaded. */
  readonly uploadedAt: number;
}

/** Whether API and operator may call a voice file this. */
export function isVoiceFileName(name: string): boolean {
  return name.length <= LONGEST_NAME && /^[0-9A-Za-z\-_.@]+\.wav$/i.test(name);
}

/** @throws {RuleViolation} name-invalid, description-invalid */
export function checkVoiceFile(name: string, description: string): void {
  if (!isVoiceFileName(name)) {
    throw new RuleViolation(
      'name-invalid',
      `A voice file has a name of at most ${LONGEST_NAME} characters.`,
      {
        field: 'name',
        remedy:
          'Use digits, letters and - _ . @ only, and end it in .wav whatever was uploaded, for example notify.wav.',
      },
    );
  }
  if (description.length > LONGEST_DESCRIPTION) {
    throw new RuleViolation(
      'description-invalid',
      `A description has at most ${LONGEST_DESCRIPTION} characters.`,
      { field: 'description' },
    );
  }
}

export interface Submission {
  readonly spId: string;
  readonly name: string;
  readonly description: string;
  readonly revision: string;
  readonly source: VoiceFileSource;
  readonly duration: number;
  readonly approve?: boolean;
}

/** The file that a submission makes; in place of `previous` of the same name, and reviewed again. */
export function submittedVoiceFile(
  { approve, ...submission }: Submission,
  previous: VoiceFile | undefined,
  now: number,
): VoiceFile {
  return {
    ...submission,
    ...submitted(approve),
    createdAt: previous?.createdAt ?? now,
    uploadedAt: now,
  };
}

/** `file` with another review; everything else as it was. */
export function reviewedVoiceFile({ reason: _old, ...file }: VoiceFile, review: Review): VoiceFile {
  return { ...file, ...review };
}

/** 128 bits as 32 hexadecimal digits: a revision, or the id of a template. */
export function newIdentifier(random: RandomIntegers): string {
  return Array.from({ length: 32 }, () => random.integer(16).toString(16)).join('');
}
