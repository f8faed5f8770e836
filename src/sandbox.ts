/** What is ready-made in the sandbox, so that the first call of each kind is one command away. */
import type { Capability } from './accounts/account.ts';
import type { Administration } from './accounts/administration.ts';
import type { VoiceFileAdministration } from './accounts/voice-file-administration.ts';
import { greetingChime } from './audio/tone.ts';
import { writeWav } from './audio/wav.ts';

/** One ready-made app. */
export interface SandboxApp {
  readonly appKey: string;
  readonly appSecret: string;
  /** What its calls show; absent when an operator suspended or moved it. */
  readonly displayNumber: string | undefined;
}

/** The callback app, and beside it those of the other capabilities. */
export interface SandboxAccess extends SandboxApp {
  readonly notification: SandboxApp;
  readonly verification: SandboxApp;
}

/** The voice file that is there from the start. */
export const SANDBOX_VOICE_FILE = 'pretone.wav';

export async function prepareSandbox(
  administration: Administration,
  voiceFiles: VoiceFileAdministration,
): Promise<SandboxAccess> {
  const access = {
    ...(await sandboxApp(administration, 'callback')),
    notification: await sandboxApp(administration, 'notification'),
    verification: await sandboxApp(administration, 'verification'),
  };
  // Whatever an operator made of the file of this name stays.
  if (!(await voiceFiles.list()).some(({ name }) => name === SANDBOX_VOICE_FILE)) {
    await voiceFiles.submit({
      name: SANDBOX_VOICE_FILE,
      description: 'A chime to begin with',
      source: writeWav(greetingChime()),
      approve: true,
      by: 'platform',
    });
  }
  return access;
}

async function sandboxApp(administration: Administration, capability: Capability): Promise<SandboxApp> {
  const { app, number } = await administration.ensureSandboxApp(capability);
  return { appKey: app.appKey, appSecret: app.appSecret, displayNumber: number?.number };
}
