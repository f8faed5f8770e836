/** A customer of notifications and verifications: an app with its number, voice files, and signed requests. */
import { parseWav, wavSamples, writeWav } from '../../src/audio/wav.ts';
import { type AppAccess, type EndedCall, type PlatformAccess, PlatformClient } from './platform-client.ts';
import { callApi } from './signed-request.ts';

/** The number that the official examples show, and the one they call. */
export const EXAMPLE_DISPLAY = '+8653159511234';
export const EXAMPLE_CALLEE = '+8613500000001';

/** Samples of a sweep between two frequencies: no moment of it sounds like another. */
export function sweep(from: number, to: number, milliseconds: number): Int16Array {
  const length = milliseconds * 8;
  let phase = 0;
  return Int16Array.from({ length }, (_, index) => {
    phase += (2 * Math.PI * (from + ((to - from) * index) / length)) / 8_000;
    return 8_000 * Math.sin(phase);
  });
}

/** Uploads an approved voice file. @returns what calls play */
export async function uploadVoice(
  { http, token }: PlatformAccess,
  name: string,
  samples: Int16Array,
): Promise<Int16Array> {
  const headers = { authorization: `Bearer ${token}` };
  const form = new FormData();
  form.set('name', name);
  form.set('approve', 'true');
  form.set('file', new Blob([new Uint8Array(writeWav(samples))]), name);
  const uploaded = await fetch(`${http}/admin/v1/voice-files`, { method: 'POST', headers, body: form });
  if (!uploaded.ok) throw new Error(await uploaded.text());
  const audio = await fetch(`${http}/admin/v1/voice-files/${name}/audio`, { headers });
  return wavSamples(parseWav(new Uint8Array(await audio.arrayBuffer())));
}

export class VoiceCustomer {
  readonly platform: PlatformClient;
  readonly app: AppAccess;
  readonly #path: string;

  private constructor(platform: PlatformClient, app: AppAccess, path: string) {
    this.platform = platform;
    this.app = app;
    this.#path = path;
  }

  static async of(
    platform: PlatformClient,
    capability: 'notification' | 'verification',
    display = EXAMPLE_DISPLAY,
  ): Promise<VoiceCustomer> {
    const app = await PlatformClient.createApp(platform.access, { capability, ports: 50 }, [display]);
    const name = capability === 'notification' ? 'callnotify/v2.0' : 'callVerify/v1.0';
    return new VoiceCustomer(platform, app, `/rest/httpsessions/${name}`);
  }

  /** {@link uploadVoice} to the customer's platform. */
  upload(name: string, samples: Int16Array): Promise<Int16Array> {
    return uploadVoice(this.platform.access, name, samples);
  }

  /** A signed request that must be accepted. @returns its session */
  async accepted(body: object): Promise<string> {
    const answer = await callApi(this.platform.access.http, this.#path, this.app, body);
    if (answer.status !== 200 || answer.body.resultcode !== '0' || !answer.body.sessionId)
      throw new Error(JSON.stringify(answer));
    return answer.body.sessionId;
  }

  /** A call from the request to its end. */
  async called(body: object): Promise<EndedCall> {
    return this.platform.ended(await this.accepted(body));
  }
}
