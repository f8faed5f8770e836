/** GET /rest/provision/voice/record/v1.0 (spec 06): where a recording can be downloaded. */
import type { FastifyRequest } from 'fastify';
import type { App } from '../../accounts/account.ts';
import { resultCodes } from '../../call/catalogue/result-codes.ts';
import type { CallQueries } from '../../call/queries.ts';
import type { RecordingDownloads } from '../recording-downloads.ts';
import { Parameters } from './parameters.ts';
import { Refused } from './refused.ts';

export interface DownloadContext {
  readonly queries: Pick<CallQueries, 'recorded'>;
  readonly downloads: RecordingDownloads;
}

/**
 * @returns the address
 * @throws {Refused} 1010002 naming the parameter, 1012012, 1012007
 */
export async function recordingAddress(
  app: App,
  request: FastifyRequest,
  { queries, downloads }: DownloadContext,
): Promise<string> {
  const parameters = new Parameters(request.query);
  const fileName = parameters.text('fileName', 1, 128);
  // Wanted by the service, which has several; ours are told apart by their names.
  parameters.text('recordDomain', 1, 128);
  if (!app.recording) throw new Refused(resultCodes.recordingNotEnabled);
  const call = await queries.recorded(fileName);
  const address = call?.owner.appKey === app.appKey ? await downloads.addressOf(call, request) : undefined;
  if (address === undefined) throw new Refused(resultCodes.recordMissing);
  return address;
}
