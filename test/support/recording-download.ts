import type { EndedCall, PlatformClient } from './platform-client.ts';
import { signedHeaders } from './signed-request.ts';

/** What the API says to who asks for the recording that the call's record names (spec 06). */
export function askForRecording(platform: PlatformClient, { cdr }: EndedCall): Promise<Response> {
  const { recordObjectName: fileName, recordDomain } = cdr as Record<string, string>;
  const query = new URLSearchParams({ fileName: fileName ?? '', recordDomain: recordDomain ?? '' });
  return fetch(`${platform.access.http}/rest/provision/voice/record/v1.0?${query}`, {
    headers: signedHeaders(platform.app.appKey, platform.app.appSecret),
    redirect: 'manual',
  });
}
