/** POST /rest/httpsessions/click2Call/v2.0 (spec 02): from the request's body to a call that may be placed. */
import type { App, DisplayNumber } from '../../accounts/account.ts';
import { isE164 } from '../../accounts/e164.ts';
import { chooseDisplayNumber } from '../../accounts/numbers.ts';
import type { CallbackOrder } from '../../call/call-record.ts';
import type { CallRequest } from '../../call/call-service.ts';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import type { Random } from '../../call/ports.ts';
import { Parameters } from './parameters.ts';
import { Refused } from './refused.ts';

/** Numbers are String(4-31), plus sign included. */
const NUMBER_LENGTH = [4, 31] as const;

/** Minutes in a day. */
const LONGEST_CALL = 1_440;

export interface Click2CallContext {
  readonly app: App;
  /** All numbers of the app. */
  readonly numbers: readonly DisplayNumber[];
  readonly random: Random;
  readonly sandbox: boolean;
}

export interface Click2Call {
  readonly request: CallRequest;
  readonly returnIdlePort: boolean;
}

/**
 * @throws {Refused} 1010002 naming the parameter, 1010023, 1010024, 1010025, 1020151, 1012012
 */
export function parseClick2Call(body: unknown, context: Click2CallContext): Click2Call {
  const parameters = new Parameters(body);
  const { app, sandbox } = context;
  const asked = parseOrder(parameters);
  const statusUrl = parameters.url('statusUrl') ?? app.statusUrl;
  const feeUrl = parameters.url('feeUrl') ?? app.feeUrl;
  const userData = parameters.userData();
  const returnIdlePort = parameters.flag('returnIdlePort');
  const order = withNumbersChecked(asked, context);
  if (order.recordFlag && !app.recording) throw new Refused(resultCodes.recordingNotEnabled);
  const owner = { appKey: app.appKey, spId: app.spId };
  return {
    request: { owner, ports: app.ports, order, statusUrl, feeUrl, userData, sandbox },
    returnIdlePort,
  };
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
    lastMinVoice: parameters.fileName('lastMinVoice'),
    lastMinToUE: parameters.oneOf('lastMinToUE', ['both', 'toa', 'tob'], 'both'),
    playPreVoice: parameters.flag('playPreVoice'),
    preVoice: parameters.fileName('preVoice'),
    waitVoice: parameters.fileName('waitVoice'),
    calleeMedia: parameters.oneOf('calleeMedia', ['all', 'none', 'fail'], 'all'),
    recordFlag: parameters.flag('recordFlag'),
    recordHintTone: parameters.fileName('recordHintTone'),
    callBackTone: parameters.fileName('callBackTone'),
    partyTypeRequiredInDisconnect: parameters.flag('partyTypeRequiredInDisconnect'),
  };
}

/** Settles what each phone shows and whether both can be dialled at all. */
function withNumbersChecked(order: CallbackOrder, context: Click2CallContext): CallbackOrder {
  const { numbers } = context;
  const shown = (wanted: string): string => {
    const choice = chooseDisplayNumber(wanted, numbers, order.bindNbr, context.random);
    if (choice.kind === 'chosen') return choice.number;
    throw new Refused(
      choice.kind === 'invalid' ? resultCodes.invalidDisplayNumber : resultCodes.bindNumberInvalid,
    );
  };
  const displayNbr = shown(order.displayNbr);
  // Both phones asked to show one number show one number, also when it is replaced.
  const displayCalleeNbr =
    order.displayCalleeNbr === order.displayNbr ? displayNbr : shown(order.displayCalleeNbr);
  if (!isE164(order.callerNbr)) throw new Refused(resultCodes.invalidCallerNumber);
  if (!isE164(order.calleeNbr)) throw new Refused(resultCodes.invalidCalleeNumber);
  const bound = numbers.some(({ number, kind }) => kind === 'service' && number === order.bindNbr);
  return { ...order, displayNbr, displayCalleeNbr, bindNbr: bound ? order.bindNbr : undefined };
}
