/** One phone of the sandbox in this page: its socket, its sound, and what it does at the moment. */
import { type CallAudio, openCallAudio, ringBell } from './phone-audio.ts';

export type PhoneState =
  | { readonly kind: 'connecting' }
  /** Somebody else holds this phone. */
  | { readonly kind: 'taken' }
  /** The platform does not answer any more. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'ringing'; readonly caller: string }
  | { readonly kind: 'talking'; readonly since: number; readonly microphone: boolean };

/** What the platform's socket says (src/http/console/phone-socket.ts). */
type FromPlatform =
  | { readonly kind: 'held' | 'taken' | 'answered' | 'over' }
  | { readonly kind: 'ringing'; readonly caller: string };

/** By which this page has its phones again when it is loaded again in the middle of a call. */
function holder(): string {
  const kept = sessionStorage.getItem('ovc-holder') ?? crypto.getRandomValues(new Uint32Array(4)).join('-');
  sessionStorage.setItem('ovc-holder', kept);
  return kept;
}

export class BrowserPhone {
  readonly #socket: WebSocket;
  #state: PhoneState = { kind: 'connecting' };
  readonly #listeners = new Set<() => void>();
  #audio: Promise<CallAudio & { readonly microphone: boolean }> | undefined;
  #ear: CallAudio | undefined;
  #silence = (): void => {};

  constructor(number: string) {
    const { protocol, host } = window.location;
    const path = `/admin/v1/phones/${encodeURIComponent(number)}/hold?holder=${holder()}`;
    this.#socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${path}`);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.#receive(JSON.parse(data) as FromPlatform);
      else this.#ear?.hear(new Int16Array(data));
    });
    this.#socket.addEventListener('close', () => {
      this.#endCall();
      if (this.#state.kind !== 'taken') this.#become({ kind: 'lost' });
    });
  }

  /** Stable between changes, as React wants it. */
  readonly state = (): PhoneState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  answer(): void {
    this.#silence();
    this.#audio ??= this.#openAudio();
    this.#say({ kind: 'answer' });
  }

  reject(): void {
    this.#say({ kind: 'reject' });
  }

  hangUp(): void {
    this.#say({ kind: 'hang-up' });
  }

  /** 0-9, *, #. */
  press(key: string): void {
    this.#say({ kind: 'key', key });
  }

  /** Puts the phone back. */
  close(): void {
    this.#listeners.clear();
    this.#socket.close();
    this.#endCall();
  }

  #openAudio(): ReturnType<typeof openCallAudio> {
    return openCallAudio((samples) => {
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(samples.buffer as ArrayBuffer);
    });
  }

  #say(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #receive(message: FromPlatform): void {
    switch (message.kind) {
      case 'held':
        return this.#become({ kind: 'idle' });
      case 'taken':
        return this.#become({ kind: 'taken' });
      case 'ringing':
        this.#silence = ringBell();
        return this.#become({ kind: 'ringing', caller: message.caller });
      case 'answered':
        return void this.#talk();
      case 'over':
        this.#endCall();
        return this.#become({ kind: 'idle' });
    }
  }

  async #talk(): Promise<void> {
    this.#silence();
    this.#audio ??= this.#openAudio();
    const opening = this.#audio;
    this.#become({ kind: 'talking', since: Date.now(), microphone: true });
    const audio = await opening;
    // The call may be over before somebody allowed the microphone.
    if (audio === undefined || this.#audio !== opening) return;
    this.#ear = audio;
    if (!audio.microphone) this.#become({ kind: 'talking', since: Date.now(), microphone: false });
  }

  #endCall(): void {
    this.#silence();
    this.#silence = () => {};
    const audio = this.#audio;
    this.#audio = undefined;
    this.#ear = undefined;
    void audio?.then((opened) => opened.close());
  }

  #become(state: PhoneState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
