import { eventually, udpFree } from '../test/support/peer-process.ts';
import { Sipp } from '../test/support/sipp.ts';
import { RtpTalkers } from './rtp-talkers.ts';
import { answeringAt } from './sipp-scenarios.ts';

/** Phones whose signalling is SIPp's and whose audio is {@link RtpTalkers}'. */
export class TalkingPhones {
  readonly #sipp: Sipp;
  readonly #legs: number;
  readonly talkers: RtpTalkers;

  private constructor(sipp: Sipp, legs: number, talkers: RtpTalkers) {
    this.#sipp = sipp;
    this.#legs = legs;
    this.talkers = talkers;
  }

  static async start(directory: string, legs: number): Promise<TalkingPhones> {
    const sipp = await Sipp.start({
      directory,
      name: 'phones',
      calls: legs + 1,
      steps: answeringAt('auto_media_port'),
      mediaPorts: legs * 4,
      args: ['-l', String(legs * 2)],
    });
    // SIPp holds the first media port itself: the first leg says nothing, all others talk.
    await eventually(async () => !(await udpFree(sipp.host, sipp.mediaPort)), 'SIPp took its media port');
    return new TalkingPhones(sipp, legs, await RtpTalkers.open(sipp.host, sipp.mediaPort + 4, legs - 1));
  }

  get trunk(): string {
    return `sip:${this.#sipp.host}:${this.#sipp.port}`;
  }

  async allTalk(): Promise<void> {
    await eventually(() => this.talkers.talking === this.#legs - 1, 'every leg talks');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.talkers.close();
    await this.#sipp[Symbol.asyncDispose]();
  }
}
