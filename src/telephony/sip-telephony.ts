import type {
  BuiltInTone,
  DialRequest,
  LegListener,
  Logger,
  PromptRef,
  Random,
  Telephony,
} from '../call/ports.ts';
import { SipLeg } from './sip-leg.ts';
import type { MediaPool, Prompt } from './media/media-pool.ts';
import type { SipEndpoint } from './sip-endpoint.ts';
import { inviteOrder, type Trunk } from './trunk.ts';

export interface SipTelephonyOptions {
  readonly endpoint: SipEndpoint;
  readonly media: MediaPool;
  /** Where calls leave by default: the operator's trunk, or the sandbox where there is none. */
  readonly trunk: Trunk;
  /** The sandbox's switchboard, for calls that must never reach a trunk; absent where there is a trunk. */
  readonly sandbox?: Trunk;
  /** 16-bit samples at 8000 Hz of each tone that stands for a prompt. */
  readonly tones: Record<BuiltInTone, Int16Array>;
  readonly random: Random;
  readonly log: Logger;
}

/** Dials over SIP: the domain's `Telephony` on one endpoint, one media pool and a trunk. */
export class SipTelephony implements Telephony {
  readonly #options: SipTelephonyOptions;
  readonly #prompts: ReadonlyMap<BuiltInTone, Prompt>;

  constructor(options: SipTelephonyOptions) {
    this.#options = options;
    const tones = Object.entries(options.tones) as [BuiltInTone, Int16Array][];
    this.#prompts = new Map(tones.map(([name, samples]) => [name, options.media.prepare(samples)]));
  }

  dial(request: DialRequest, listener: LegListener): SipLeg {
    const { endpoint, media, random, log } = this.#options;
    const trunk = this.#trunkFor(request);
    return new SipLeg(request, listener, {
      openMedia: (sessionId) => media.open(sessionId),
      prompt: (ref) => this.#prompt(ref),
      invite: (order, events) => endpoint.invite(order, events),
      order: (request, offer) => inviteOrder(trunk, request, endpoint.publicAddress.host, offer),
      sdpSessionId: () => String(random.integer(2 ** 32)),
      act: (action) => endpoint.act(action),
      failed: (error, message) => log.error({ sessionId: request.sessionId, err: error }, message),
    });
  }

  #trunkFor(request: DialRequest): Trunk {
    const { trunk, sandbox } = this.#options;
    if (request.route === 'default') return trunk;
    if (sandbox === undefined)
      throw new Error('a sandbox call was accepted, but no sandbox phones are running');
    return sandbox;
  }

  #prompt(ref: PromptRef): Prompt {
    const prompt = this.#prompts.get(ref.tone);
    if (prompt === undefined) throw new Error(`tone '${ref.tone}' was not prepared`);
    return prompt;
  }
}
