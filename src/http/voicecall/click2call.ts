/** POST /rest/httpsessions/click2Call/v2.0 (spec 02): from the request's body to a call that may be placed. */
import { NO_PROMPT } from '../../accounts/apps.ts';
import type { CallbackOrder } from '../../call/call-record.ts';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import {
  boundNumber,
  checkDialled,
  framed,
  NUMBER_LENGTH,
  type ParsedRequest,
  parseFrame,
  type RequestContext,
  shownNumber,
  shownServiceNumber,
} from './call-request.ts';
import { Parameters } from './parameters.ts';
import { Refused } from './refused.ts';

/** Minutes in a day. */
const LONGEST_CALL = 1_440;

/**
 * @throws {Refused} 1010002 naming the parameter, 1010023, 1010024, 1010025, 1012001, 1020151, 1012012
 */
export function parseClick2Call(body: unknown, context: RequestContext): ParsedRequest {
  const parameters = new Parameters(body);
  const asked = parseOrder(parameters, context);
  const frame = parseFrame(parameters, context);
  const order = withNumbersChecked(asked, context, (name) => parameters.isAbsent(name));
  if (order.recordFlag && !context.app.recording) throw new Refused(resultCodes.recordingNotEnabled);
  return framed(frame, withRecordingPrompt(order, context.app.recordingPrompt));
}

function parseOrder(parameters: Parameters, context: RequestContext): CallbackOrder {
  return {
    capability: 'callback',
    ...parseNumbers(parameters, context),
    maxDuration: parameters.integer('maxDuration', 0, LONGEST_CALL, 0),
    lastMinVoice: parameters.optionalFileName('lastMinVoice'),
    lastMinToUE: parameters.oneOf('lastMinToUE', ['both', 'toa', 'tob'], 'both'),
    playPreVoice: parameters.flag('playPreVoice'),
    preVoice: parameters.optionalFileName('preVoice'),
    waitVoice: parameters.optionalFileName('waitVoice'),
    calleeMedia: parameters.oneOf('calleeMedia', ['all', 'none', 'fail'], 'all'),
    recordFlag: parameters.flag('recordFlag'),
    recordHintTone: parameters.optionalFileName('recordHintTone'),
    callBackTone: parameters.optionalFileName('callBackTone'),
    partyTypeRequiredInDisconnect: parameters.flag('partyTypeRequiredInDisconnect'),
  };
}

type CallbackNumbers = Pick<
  CallbackOrder,
  'displayNbr' | 'callerNbr' | 'displayCalleeNbr' | 'calleeNbr' | 'bindNbr'
>;

/**
 * Beside a `bindNbr`, as every body of 2017 had it, A is shown that unless `displayNbr` says otherwise, and B is shown A, who
 * has answered by then, unless `displayCalleeNbr` does (spec 02).
 */
function parseNumbers(parameters: Parameters, context: RequestContext): CallbackNumbers {
  const number = (name: string): string => parameters.text(name, ...NUMBER_LENGTH);
  const optional = (name: string): string | undefined => parameters.optionalText(name, ...NUMBER_LENGTH);
  const bindNbr = optional('bindNbr');
  const asked = optional('displayNbr');
  const displayNbr = asked ?? bindNbr ?? number('displayNbr');
  const callerNbr = number('callerNbr');
  // A number that is not the application's is as good as none; where it is needed, it is refused for itself.
  const is2017 =
    bindNbr !== undefined && (asked === undefined || boundNumber(bindNbr, context) !== undefined);
  const displayCalleeNbr = is2017 ? (optional('displayCalleeNbr') ?? callerNbr) : number('displayCalleeNbr');
  return { displayNbr, callerNbr, displayCalleeNbr, calleeNbr: number('calleeNbr'), bindNbr };
}

/** The request's own prompt, else the app's (spec 12), else the platform's words. */
function withRecordingPrompt(order: CallbackOrder, appPrompt: string | undefined): CallbackOrder {
  if (!order.recordFlag || order.recordHintTone !== undefined || appPrompt === undefined) return order;
  return appPrompt === NO_PROMPT
    ? { ...order, recordHintOff: true }
    : { ...order, recordHintTone: appPrompt };
}

/** Settles what each phone shows and whether both can be dialled at all. */
function withNumbersChecked(
  order: CallbackOrder,
  context: RequestContext,
  isAbsent: (name: string) => boolean,
): CallbackOrder {
  const { bindNbr } = order;
  const displayNbr = isAbsent('displayNbr')
    ? shownServiceNumber(order.displayNbr, context)
    : shownNumber(order.displayNbr, bindNbr, context);
  checkDialled(order.callerNbr, resultCodes.invalidCallerNumber, context);
  checkDialled(order.calleeNbr, resultCodes.invalidCalleeNumber, context);
  const displayCalleeNbr = isAbsent('displayCalleeNbr')
    ? order.callerNbr
    : shownToCallee(order, displayNbr, context);
  return { ...order, displayNbr, displayCalleeNbr, bindNbr: boundNumber(bindNbr, context) };
}

function shownToCallee(order: CallbackOrder, displayNbr: string, context: RequestContext): string {
  // Both phones asked to show one number show one number, also when it is replaced.
  return order.displayCalleeNbr === order.displayNbr
    ? displayNbr
    : shownNumber(order.displayCalleeNbr, order.bindNbr, context);
}
