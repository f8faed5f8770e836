import { parseSessionDescription } from '../../src/sdp/parse.ts';
import type { SipRequest } from '../../src/sip/message/message.ts';
import { RawTrunk } from './raw-trunk.ts';
import { RtpPeer } from './rtp-peer.ts';

export interface TwoTalkersOptions {
  /** Hz of what each says. */
  readonly tones: { readonly A: number; readonly B: number };
  /** Which packets of A, counted from 0, are lost on their way. */
  readonly losesOfA?: (index: number) => boolean;
}

/** A trunk that answers callbacks for two parties, whose audio the test holds in its hands. */
export class TwoTalkers {
  readonly a: RtpPeer;
  readonly b: RtpPeer;
  /** Where the platform listens for each. */
  readonly ports = { A: 0, B: 0 };
  readonly #tones: TwoTalkersOptions['tones'];
  #trunk: RawTrunk | undefined;

  private constructor(a: RtpPeer, b: RtpPeer, tones: TwoTalkersOptions['tones']) {
    this.a = a;
    this.b = b;
    this.#tones = tones;
  }

  static async start({ tones, losesOfA }: TwoTalkersOptions): Promise<TwoTalkers> {
    const a = await RtpPeer.open({
      frequency: tones.A,
      telephoneEvent: 101,
      ...(losesOfA === undefined ? {} : { loses: losesOfA }),
    });
    const b = await RtpPeer.open({ frequency: tones.B, telephoneEvent: 101 });
    const talkers = new TwoTalkers(a, b, tones);
    talkers.#trunk = await RawTrunk.start((request, trunk) => talkers.#answer(request, trunk));
    return talkers;
  }

  /** For `--trunk`. */
  get trunk(): string {
    return `sip:127.0.0.1:${this.#trunk?.port}`;
  }

  /** Both begin to talk, once they were answered; resolves when each hears the other. */
  async talk(): Promise<void> {
    for (const party of ['A', 'B'] as const) this.resume(party);
    await Promise.all([this.a.hears(this.#tones.B), this.b.hears(this.#tones.A)]);
  }

  resume(party: 'A' | 'B'): void {
    const port = this.ports[party];
    (party === 'A' ? this.a : this.b).talkTo({ host: '127.0.0.1', port, rtcpPort: port + 1 });
  }

  /** 200 with the address of the party's socket. */
  #answer(request: SipRequest, trunk: RawTrunk): ReturnType<RawTrunk['respond']>[] {
    if (request.method === 'ACK') return [];
    const response = trunk.respond(request, 200);
    if (request.method !== 'INVITE') return [response];
    const party = request.uri.includes('13500000001') ? 'A' : 'B';
    const peer = party === 'A' ? this.a : this.b;
    this.ports[party] = parseSessionDescription(request.text).media[0]?.port ?? 0;
    const { rtcp } = peer.agreed();
    const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
    const audio = [
      `m=audio ${peer.port} RTP/AVP 8 101`,
      'a=rtpmap:101 telephone-event/8000',
      `a=rtcp:${rtcp.port}`,
    ];
    response.setBody('application/sdp', [...lines, ...audio, ''].join('\r\n'));
    return [response];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#trunk?.[Symbol.dispose]();
    await Promise.all([this.a.close(), this.b.close()]);
  }
}
