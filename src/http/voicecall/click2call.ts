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
  const asked = parseOrder(parameters);
  const frame = parseFrame(parameters, context);
  const order = withNumbersChecked(asked, context);
  if (order.recordFlag && !context.app.recording) throw new Refused(resultCodes.recordingNotEnabled);
  return framed(frame, withRecordingPrompt(order, context.app.recordingPrompt));
}

function parseOrder(parameters: Parameters): CallbackOrder {
  return {
    capability: 'callback',
    displayNbr: parameters.text('displayNbr', ...NUMBER_LENGTH),
    callerNbr: parameters.text('callerNbr', ...NUMBER_LENGTH),
    displayCalleeNbr: parameters.text('displayCalleeNbr', ...NUMBER_LENGTH),
    calleeNbr: parameters.text('calleeNbr', ...NUMBER_LENGTH),
    bindNbr: parameters.optionalText('bindNbr', ...NUMBER_LENGTH),
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

/** The request's own prompt, else the app's (spec 12), else the platform's words. */
function withRecordingPrompt(order: CallbackOrder, appPrompt: string | undefined): CallbackOrder {
  if (!order.recordFlag || order.recordHintTone !== undefined || appPrompt === undefined) return order;
  return appPrompt === NO_PROMPT
    ? { ...order, recordHintOff: true }
    : { ...order, recordHintTone: appPrompt };
}

/** Settles what each phone shows and whether both can be dialled at all. */
function withNumbersChecked(order: CallbackOrder, context: RequestContext): CallbackOrder {
  const { bindNbr } = order;
  const displayNbr = shownNumber(order.displayNbr, bindNbr, context);
  // Both phones asked to show one number show one number, also when it is replaced.
  const displayCalleeNbr =
    order.displayCalleeNbr === order.displayNbr
      ? displayNbr
      : shownNumber(order.displayCalleeNbr, bindNbr, context);
  checkDialled(order.callerNbr, resultCodes.invalidCallerNumber, context);
  checkDialled(order.calleeNbr, resultCodes.invalidCalleeNumber, context);
  return { ...order, displayNbr, displayCalleeNbr, bindNbr: boundNumber(bindNbr, context) };
}
