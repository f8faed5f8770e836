/** The rules of voice templates (spec 11, 语音模板): what one may say, and what may be filled into it. */
import { type Revised, type RevisionChange, submittedRevision } from './revision.ts';
import { RuleViolation } from './rule-violation.ts';

/** Octets of UTF-8. */
export const LONGEST_CONTENT = 900;

/** Octets of UTF-8 in one variable's value. */
const LONGEST_VALUE = 32;

const LONGEST_NAME = 64;

/** As in the sibling product (spec 11): 0 is normal, 500 the fastest. */
export const SLOWEST = -200;
export const FASTEST = 500;

/** What is reviewed of a template. */
export interface TemplateContent {
  readonly text: string;
}

/** A text with variables, spoken when a call plays it. */
export interface Template extends Revised<TemplateContent> {
  /** 32 hexadecimal digits: `templateId` on the wire. */
  readonly templateId: string;
  readonly spId: string;
  readonly name: string;
  /** -200 to 500; 0 is normal. */
  readonly speed: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What fills a gap: text of at most `most` octets, a number of at most `most` digits, a date, a time. */
export type TemplateVariable =
  | { readonly kind: 'TXT'; readonly most: number }
  | { readonly kind: 'NUM'; readonly most: number }
  | { readonly kind: 'DATE' }
  | { readonly kind: 'TIME' };

export type TemplatePart = { readonly kind: 'text'; readonly text: string } | TemplateVariable;

export const octetsOf = (text: string): number => new TextEncoder().encode(text).length;

/**
 * Takes a content apart, in order of appearance.
 * @throws {RuleViolation} content-invalid
 */
export function templateParts(content: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (let start = content.indexOf('${'); start >= 0; start = content.indexOf('${', at)) {
    if (start > at) parts.push({ kind: 'text', text: content.slice(at, start) });
    const end = content.indexOf('}', start);
    if (end < 0) throw invalidContent('A variable begins with ${ and is never closed.');
    parts.push(variableOf(content.slice(start + 2, end)));
    at = end + 1;
  }
  if (at < content.length) parts.push({ kind: 'text', text: content.slice(at) });
  return parts;
}

function variableOf(text: string): TemplateVariable {
  if (text === 'DATE' || text === 'TIME') return { kind: text };
  const [, kind, digits] = /^(TXT|NUM)_([1-9]\d?)$/.exec(text) ?? [];
  const most = Number(digits);
  if (kind === undefined || most > LONGEST_VALUE) {
    throw invalidContent(
      'There is a variable of an unknown form.',
      `Variables are \${TXT_n} and \${NUM_n} with n from 1 to ${LONGEST_VALUE}, \${DATE} and \${TIME}; split longer text into several.`,
    );
  }
  return { kind: kind as 'TXT' | 'NUM', most };
}

function invalidContent(message: string, remedy?: string): RuleViolation {
  return new RuleViolation('content-invalid', message, { field: 'content', remedy });
}

/** @throws {RuleViolation} content-invalid */
export function checkContent(content: string): void {
  const octets = octetsOf(content);
  if (octets > LONGEST_CONTENT) {
    throw invalidContent(
      `The content has ${octets} octets of UTF-8; at most ${LONGEST_CONTENT} are allowed.`,
      'A Chinese character or punctuation mark counts 3, an ASCII one 1.',
    );
  }
  if (!content.isWellFormed())
    throw invalidContent('The content is not Unicode text: half a character is in it.');
  if (!/^\p{Script=Han}/u.test(content)) {
    throw invalidContent(
      'The content does not begin with a Chinese character.',
      'Begin with one, for example 您好; a variable or a punctuation mark cannot be first.',
    );
  }
  checkNeighbours(templateParts(content));
}

/**
 * What may be submitted and is hardly meant: a variable whose $ was forgotten, or in full width, is spoken as text.
 * @returns a sentence for each
 */
export function templateWarnings(content: string): string[] {
  const lookalikes = content.matchAll(/(?<!\$)[{｛](TXT_\d+|NUM_\d+|DATE|TIME)[}｝]/gi);
  return [...lookalikes].map(
    ([text, name]) => `${text} is spoken as it stands; a variable is written \${${name!.toUpperCase()}}.`,
  );
}

/** "DATE and TIME next to each other must be separated by a comma": nothing, or only blanks, between them is refused. */
function checkNeighbours(parts: readonly TemplatePart[]): void {
  const spoken = parts.filter((part) => part.kind !== 'text' || part.text.trim() !== '');
  for (const [index, part] of spoken.entries()) {
    const pair = [part.kind, spoken[index + 1]?.kind];
    if (pair.includes('DATE') && pair.includes('TIME')) {
      throw invalidContent(
        '${DATE} and ${TIME} stand next to each other.',
        'Put a comma between them: ${DATE},${TIME}.',
      );
    }
  }
}

export interface NewTemplate {
  readonly name: string;
  readonly content: string;
  readonly speed?: number;
  /** Approved at once, without a review of its own. */
  readonly approve?: boolean | 'automatically';
  /** Who submits it. */
  readonly by?: string;
}

/** Absent members stay as they are. */
export interface TemplateChange {
  readonly name?: string;
  readonly content?: string;
  readonly speed?: number;
  readonly approve?: 'automatically';
  /** Who changes it. */
  readonly by?: string;
}

/** @throws {RuleViolation} name-invalid, content-invalid, speed-invalid */
export function newTemplate(
  { name, content, speed = 0, approve, by }: NewTemplate,
  { templateId, spId, now }: { readonly templateId: string; readonly spId: string; readonly now: number },
): Template {
  checkTemplate(name, speed);
  checkContent(content);
  const { revisions } = submittedRevision(undefined, { text: content }, { approve, by, now, lastNumber: 0 });
  return { templateId, spId, name, speed, ...revisions, createdAt: now, updatedAt: now };
}

/**
 * `template` with `change` applied. Another content than the latest is a new revision, to be reviewed; another name or speed
 * holds at once.
 * @throws {RuleViolation} name-invalid, content-invalid, speed-invalid
 */
export function changedTemplate(
  template: Template,
  change: TemplateChange,
  now: number,
): { readonly template: Template; readonly change: RevisionChange<TemplateContent> } {
  const { latest, inService } = template;
  const { name = template.name, speed = template.speed, content = latest.content.text, approve, by } = change;
  checkTemplate(name, speed);
  checkContent(content);
  return {
    template: { ...template, name, speed },
    change:
      content === latest.content.text
        ? { revisions: { latest, inService }, changed: latest }
        : submittedRevision(inService, { text: content }, { approve, by, now, lastNumber: latest.number }),
  };
}

function checkTemplate(name: string, speed: number): void {
  if (name.trim() !== name || name.length === 0 || name.length > LONGEST_NAME) {
    throw new RuleViolation(
      'name-invalid',
      `A name has 1-${LONGEST_NAME} characters and no blanks around it.`,
      {
        field: 'name',
      },
    );
  }
  if (!Number.isInteger(speed) || speed < SLOWEST || speed > FASTEST) {
    throw new RuleViolation('speed-invalid', `The speed is a whole number from ${SLOWEST} to ${FASTEST}.`, {
      field: 'speed',
      remedy: '0 is the normal speed.',
    });
  }
}

export type Filling =
  | { readonly kind: 'text'; readonly text: string }
  /** Not as many values as variables. */
  | { readonly kind: 'count'; readonly variables: number }
  /** The value at `index` (from 0) is not one that its variable takes. */
  | { readonly kind: 'value'; readonly index: number; readonly variable: TemplateVariable };

/**
 * The text a call speaks: `paras` in place of the variables, in order of appearance.
 * @throws {RuleViolation} when the content was never checked
 */
export function fillTemplate(content: string, paras: readonly string[]): Filling {
  const parts = templateParts(content);
  const variables = parts.filter((part) => part.kind !== 'text');
  if (variables.length !== paras.length) return { kind: 'count', variables: variables.length };
  const wrong = variables.findIndex((variable, index) => !accepts(variable, paras[index]!));
  if (wrong >= 0) return { kind: 'value', index: wrong, variable: variables[wrong]! };
  let next = 0;
  const text = parts.map((part) => (part.kind === 'text' ? part.text : paras[next++])).join('');
  return { kind: 'text', text };
}

/** As it is written: `${NUM_6}`. */
export const variableName = (variable: TemplateVariable): string =>
  'most' in variable ? `\${${variable.kind}_${variable.most}}` : `\${${variable.kind}}`;

/** What it takes, in words. */
export function valuesOf(variable: TemplateVariable): string {
  switch (variable.kind) {
    case 'TXT':
      return `text of at most ${variable.most} octets of UTF-8`;
    case 'NUM':
      return `1 to ${variable.most} digits`;
    case 'DATE':
      return 'a day of the calendar, such as 2017/07/16';
    case 'TIME':
      return 'a time of day, such as 14:30 or 14:30:30';
  }
}

/** Whether a variable takes a value. */
export function accepts(variable: TemplateVariable, value: string): boolean {
  switch (variable.kind) {
    case 'TXT':
      // Counted in octets, as all limits of templates are.
      return value.isWellFormed() && octetsOf(value) <= variable.most;
    case 'NUM':
      return /^[0-9]+$/.test(value) && value.length <= variable.most;
    case 'DATE':
      return isDate(value);
    case 'TIME':
      return /^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$/.test(value);
  }
}

/** `YYYY/MM/DD`, a day of the calendar. */
function isDate(value: string): boolean {
  if (!/^\d{4}\/\d{2}\/\d{2}$/.test(value)) return false;
  const day = new Date(`${value.replaceAll('/', '-')}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === value.replaceAll('/', '-');
}
