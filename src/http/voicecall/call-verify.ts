/** POST /rest/httpsessions/callVerify/v1.0 (spec 04): from the request's body to a call that may be placed. */
import {
  checkNumbers,
  framed,
  type ParsedRequest,
  parseFrame,
  parseNumbers,
  type RequestContext,
} from './call-request.ts';
import { Parameters } from './parameters.ts';

/** Chinese: the only language that the service documents. */
const CHINESE = 2;

const MOST_REPETITIONS = 9;

/** How often a code is read unless the request says otherwise. */
const USUAL_REPETITIONS = 3;

/**
 * @throws {Refused} 1010002 naming the parameter, 1010023, 1010025, 1020151
 */
export function parseCallVerify(body: unknown, context: RequestContext): ParsedRequest {
  const parameters = new Parameters(body);
  const asked = parseNumbers(parameters);
  parameters.integer('languageType', CHINESE, CHINESE);
  const code = {
    preTone: parameters.fileName('preTone'),
    verifyCode: parameters.digits('verifyCode', 2, 8),
    posTone: parameters.optionalFileName('posTone'),
    times: parameters.integer('times', 0, MOST_REPETITIONS, USUAL_REPETITIONS),
  };
  const frame = parseFrame(parameters, context);
  return framed(frame, { capability: 'verification', ...checkNumbers(asked, context), ...code });
}
