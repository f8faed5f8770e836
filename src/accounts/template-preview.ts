/** What a template would say, while somebody still writes it: with samples in its gaps, and what is wrong with it. */
import { RuleViolation } from './rule-violation.ts';
import {
  accepts,
  checkContent,
  octetsOf,
  type TemplatePart,
  templateParts,
  templateWarnings,
  type TemplateVariable,
  variableName,
} from './template.ts';

export interface PreviewedGap {
  /** As it is written: `${NUM_6}`. */
  readonly name: string;
  /** What fills it here. */
  readonly value: string;
  /** Whether a call may fill it so. */
  readonly isAccepted: boolean;
}

export interface TemplatePreview {
  /** Octets of UTF-8 of the content. */
  readonly octets: number;
  /** The text in order of speaking; `gap` is an index of `gaps`. */
  readonly pieces: readonly { readonly text: string; readonly gap?: number }[];
  readonly gaps: readonly PreviewedGap[];
  /** Why this cannot be submitted; absent: it can be. */
  readonly violation: RuleViolation | undefined;
  /** What is hardly meant, and may be submitted all the same. */
  readonly warnings: readonly string[];
}

const NAME = '张女士';
const DIGITS = '20481639575028461937502846193750';

/** Something that the variable takes. */
function sampleOf(variable: TemplateVariable): string {
  switch (variable.kind) {
    case 'TXT': {
      const letters = [...NAME].filter(
        (_letter, index) => octetsOf(NAME.slice(0, index + 1)) <= variable.most,
      );
      return letters.length === 0 ? 'A' : letters.join('');
    }
    case 'NUM':
      return DIGITS.slice(0, Math.min(variable.most, DIGITS.length));
    case 'DATE':
      return '2026/05/01';
    case 'TIME':
      return '09:30';
  }
}

function violationOf(content: string): RuleViolation | undefined {
  try {
    checkContent(content);
    return undefined;
  } catch (error) {
    if (error instanceof RuleViolation) return error;
    throw error;
  }
}

/** The parts, as far as the content can be taken apart. */
function partsOf(content: string): readonly TemplatePart[] {
  try {
    return templateParts(content);
  } catch (error) {
    if (error instanceof RuleViolation) return [{ kind: 'text', text: content }];
    throw error;
  }
}

/** @param values for the gaps, in order; `null` or none: a sample */
export function previewOf(content: string, values: readonly (string | null)[]): TemplatePreview {
  const gaps: PreviewedGap[] = [];
  const pieces = partsOf(content).map((part) => {
    if (part.kind === 'text') return { text: part.text };
    const gap = gaps.length;
    const value = values[gap] ?? sampleOf(part);
    gaps.push({ name: variableName(part), value, isAccepted: accepts(part, value) });
    return { text: value, gap };
  });
  return {
    octets: octetsOf(content),
    pieces,
    gaps,
    violation: violationOf(content),
    warnings: templateWarnings(content),
  };
}

/**
 * The text to be spoken.
 * @throws {RuleViolation} content-invalid, value-invalid
 */
export function spokenPreview(content: string, values: readonly (string | null)[]): string {
  const { pieces, gaps, violation } = previewOf(content, values);
  if (violation !== undefined) throw violation;
  const wrong = gaps.findIndex(({ isAccepted }) => !isAccepted);
  if (wrong >= 0) {
    throw new RuleViolation('value-invalid', `${gaps[wrong]?.name} does not take this value.`, {
      field: `values.${wrong}`,
      remedy: 'Give one of its kind and length, or none for a sample.',
    });
  }
  return pieces.map(({ text }) => text).join('');
}
