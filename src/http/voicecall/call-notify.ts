/** POST /rest/httpsessions/callnotify/v2.0 and v1.0 (spec 03): from the request's body to a call that may be placed. */
import type { TemplateStore } from '../../accounts/ports.ts';
import { type Filling, fillTemplate, valuesOf, variableName } from '../../accounts/template.ts';
import type { NotificationSegment } from '../../call/call-record.ts';
import { invalidRequest, type ResultCode, resultCodes } from '../../call/catalogue/result-codes.ts';
import {
  checkNumbers,
  framed,
  type ParsedRequest,
  parseFrame,
  parseNumbers,
  type RequestContext,
} from './call-request.ts';
import { Parameters } from './parameters.ts';
import { Refused } from './refused.ts';

/** v1.0 is the legacy one, in which a segment may also be free text. */
export type NotifyVersion = 'v1.0' | 'v2.0';

export interface NotifyContext extends RequestContext {
  readonly templates: Pick<TemplateStore, 'find'>;
}

const MOST_SEGMENTS = 5;
const MOST_KEYS = 32;
const LONGEST_TEMPLATE_ID = 32;

/** Free text may be as long as a template, in octets of UTF-8 (spec 11); so it has no more characters either. */
const LONGEST_TEXT = 900;

/** More than any template of 900 octets has variables. */
const MOST_VALUES = 180;

/** What a segment says, before templates are looked up. */
type Content =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'speech'; readonly text: string }
  | { readonly kind: 'template'; readonly templateId: string; readonly paras: readonly string[] };

type AskedSegment = Omit<NotificationSegment, 'prompt'> & { readonly content: Content };

/**
 * @throws {Refused} 1010002 naming the parameter, 1010023, 1010025, 1020151, 1012002, 1012003, 1012004
 */
export async function parseCallNotify(
  version: NotifyVersion,
  body: unknown,
  context: NotifyContext,
): Promise<ParsedRequest> {
  const parameters = new Parameters(body);
  const asked = parseNumbers(parameters);
  const contents = parameters
    .objects('playInfoList', 1, MOST_SEGMENTS)
    .map((segment) => parseSegment(version, segment));
  const frame = parseFrame(parameters, context);
  const numbers = checkNumbers(asked, context);
  const segments: NotificationSegment[] = [];
  for (const [index, { content, ...keys }] of contents.entries()) {
    const unfit = (code: ResultCode, why: string): Refused =>
      new Refused(code, {
        reason: 'template-values',
        explanation: `Segment ${index + 1}: ${why}`,
        displayNbr: numbers.displayNbr,
        calleeNbr: numbers.calleeNbr,
      });
    segments.push({ prompt: await promptOf(content, context, unfit), ...keys });
  }
  return framed(frame, { capability: 'notification', ...numbers, segments });
}

function parseSegment(version: NotifyVersion, segment: Parameters): AskedSegment {
  return { content: parseContent(version, segment), ...parseKeys(segment) };
}

/** Exactly one of the ways to say something. */
function parseContent(version: NotifyVersion, segment: Parameters): Content {
  const name = segment.optionalFileName('notifyVoice');
  const templateId = segment.optionalText('templateId', 1, LONGEST_TEMPLATE_ID);
  const paras = segment.texts('templateParas', MOST_VALUES);
  const text = segment.optionalText('ttsContent', 1, LONGEST_TEXT);
  if (text !== undefined && (version === 'v2.0' || new TextEncoder().encode(text).length > LONGEST_TEXT)) {
    throw new Refused(invalidRequest('ttsContent'));
  }
  const contents: Content[] = [];
  if (name !== undefined) contents.push({ kind: 'file', name });
  if (templateId !== undefined) contents.push({ kind: 'template', templateId, paras });
  if (text !== undefined) contents.push({ kind: 'speech', text });
  const [content] = contents;
  if (content === undefined || contents.length > 1) throw new Refused(invalidRequest('notifyVoice'));
  return content;
}

function parseKeys(segment: Parameters): { collect: number; replayOn?: string } {
  const collect = segment.integer('collectInd', 0, MOST_KEYS, 0);
  const replays = segment.flag('replayAfterCollection');
  const replayOn = segment.optionalKeys('collectContentTriggerReplaying', 1, MOST_KEYS);
  if (replays && collect === 0) throw new Refused(invalidRequest('replayAfterCollection'));
  if (replayOn !== undefined && (!replays || replayOn.length > collect)) {
    throw new Refused(invalidRequest('collectContentTriggerReplaying'));
  }
  return { collect, replayOn };
}

/** @param unfit the refusal of values that do not fit, with the reason that is kept */
async function promptOf(
  content: Content,
  context: NotifyContext,
  unfit: (code: ResultCode, why: string) => Refused,
): Promise<NotificationSegment['prompt']> {
  if (content.kind !== 'template') return content;
  const template = await context.templates.find(context.app.spId, content.templateId);
  if (template === undefined) throw new Refused(resultCodes.templateMissing);
  if (template.inService === undefined) throw new Refused(resultCodes.templateNotApproved);
  const filling = fillTemplate(template.inService.content.text, content.paras);
  switch (filling.kind) {
    case 'text':
      return { kind: 'speech', text: filling.text, speed: template.speed, templateId: template.templateId };
    case 'count':
      throw unfit(resultCodes.templateParameterCount, countUnfit(filling, content.paras.length));
    case 'value':
      throw unfit(invalidRequest('templateParas'), valueUnfit(filling));
  }
}

const countUnfit = ({ variables }: Extract<Filling, { kind: 'count' }>, given: number): string =>
  `its template takes ${variables} value${variables === 1 ? '' : 's'}, and ${given} ${given === 1 ? 'was' : 'were'} given.`;

/** The value itself may be a secret. */
const valueUnfit = ({ index, variable }: Extract<Filling, { kind: 'value' }>): string =>
  `value ${index + 1} is not one of ${variableName(variable)}, which takes ${valuesOf(variable)}.`;
