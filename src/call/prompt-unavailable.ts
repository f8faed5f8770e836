/** Why there is no audio for a prompt: release causes 8006 and 8005. */
export class PromptUnavailable extends Error {
  override readonly name = 'PromptUnavailable';
  readonly reason: 'missing' | 'speech-failed';

  constructor(reason: 'missing' | 'speech-failed', message: string = reason) {
    super(message);
    this.reason = reason;
  }
}
