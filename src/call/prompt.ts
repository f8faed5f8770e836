/** Audio played to a leg: named in orders and scenarios, turned into samples by the `PromptLibrary` port. */

/** An approved voice file of the account. */
export interface FilePrompt {
  readonly kind: 'file';
  readonly name: string;
}

/** A text to be read: a template with its values filled in. Never logged. */
export interface SpeechPrompt {
  readonly kind: 'speech';
  readonly text: string;
  /** -200 to 500; 0 is the voice's own speed. */
  readonly speed?: number;
  /** The template that the text was made of, where it was. */
  readonly templateId?: string;
}

/** What the platform itself says (spec 11, prompts and defaults); an operator may replace each by a voice file. */
export interface SystemPromptRef {
  readonly kind: 'system';
  readonly prompt: SystemPrompt;
}

export type SystemPrompt = 'transfer' | 'last-minute' | 'recording' | `digit-${Digit}`;
export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** Replaceable too. */
export interface TonePrompt {
  readonly kind: 'tone';
  readonly tone: 'waiting';
}

export type PromptRef = FilePrompt | SpeechPrompt | SystemPromptRef | TonePrompt;

/** Samples ready to be played. One object per content, so that who encodes it can keep the result with it. */
export interface PromptAudio {
  /** 16 bit, 8000 Hz, mono; never written after it was made. */
  readonly samples: Int16Array;
}

/** A key of a telephone. */
export type Key = Digit | '*' | '#' | 'A' | 'B' | 'C' | 'D';

/** What may be told of a prompt: never a text or a digit of a code. */
export interface ShownPrompt {
  /** `code`: the digits of a verification, which nobody else is told; `system`: the platform's own words or tone. */
  readonly kind: 'file' | 'template' | 'text' | 'system' | 'code';
  /** Of the file, the template or the platform's prompt. */
  readonly name?: string;
}

export function shownOf(ref: PromptRef): ShownPrompt {
  switch (ref.kind) {
    case 'file':
      return { kind: 'file', name: ref.name };
    case 'speech':
      return ref.templateId === undefined ? { kind: 'text' } : { kind: 'template', name: ref.templateId };
    case 'tone':
      return { kind: 'system', name: ref.tone };
    case 'system':
      return ref.prompt.startsWith('digit-') ? { kind: 'code' } : { kind: 'system', name: ref.prompt };
  }
}
