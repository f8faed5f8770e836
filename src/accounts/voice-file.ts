/** The rules of voice files (spec 11, 放音文件): what one is called, how large it may be, when calls may use it. */
import type { RandomIntegers } from './random-source.ts';
import type { Revised } from './revision.ts';
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
  /** dBFS of what is not a pause; absent of silence, and of what was uploaded before it was measured. */
  readonly loudness?: number;
}

/** One upload under a name. */
export interface VoiceFileContent {
  /** For the reviewer; may be empty. */
  readonly description: string;
  /** What its sound is kept under: 32 hexadecimal digits, new with every upload. */
  readonly sound: string;
  readonly source: VoiceFileSource;
  /** ms. */
  readonly duration: number;
  /** dBFS, as calls play it; absent as that of the source. */
  readonly loudness?: number;
}

/** One prompt of an account, by name. */
export interface VoiceFile extends Revised<VoiceFileContent> {
  readonly spId: string;
  readonly name: string;
  readonly createdAt: number;
}

/** The sounds that are needed: of what calls play, and of what is to be reviewed. */
export const soundsOf = ({ latest, inService }: VoiceFile): string[] => [
  latest.content.sound,
  ...(inService === undefined ? [] : [inService.content.sound]),
];

/** Whether API and operator may call a voice file this. */
export function isVoiceFileName(name: string): boolean {
  return name.length <= LONGEST_NAME && /^[0-9A-Za-z\-_.@]+\.wav$/i.test(name);
}

/** What is wrong with a name that is none; of a long one only so much is repeated. */
function faultOfName(name: string): string {
  if (name.length > LONGEST_NAME)
    return `The name has ${name.length} characters; at most ${LONGEST_NAME} are allowed.`;
  const given = JSON.stringify(name);
  return /\.wav$/i.test(name)
    ? `The name ${given} has characters that no voice file may have, or none before .wav.`
    : `The name ${given} does not end in .wav.`;
}

/** @throws {RuleViolation} name-invalid, description-invalid */
export function checkVoiceFile(name: string, description: string): void {
  if (!isVoiceFileName(name)) {
    throw new RuleViolation('name-invalid', faultOfName(name), {
      field: 'name',
      remedy:
        'Use digits, letters and - _ . @ only, and end it in .wav whatever was uploaded, for example notify.wav.',
    });
  }
  if (description.length > LONGEST_DESCRIPTION) {
    throw new RuleViolation(
      'description-invalid',
      `A description has at most ${LONGEST_DESCRIPTION} characters.`,
      { field: 'description' },
    );
  }
}

/** 128 bits as 32 hexadecimal digits: of a sound, or the id of a template. */
export function newIdentifier(random: RandomIntegers): string {
  return Array.from({ length: 32 }, () => random.integer(16).toString(16)).join('');
}
