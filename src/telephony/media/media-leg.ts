/** One stream within its worker: two ports, what comes in, what goes out, and its RTCP. */
import type { QualityRows } from '../../call/leg-quality.ts';
import { RtcpReader } from '../../rtp/rtcp.ts';
import { RtcpSession } from '../../rtp/rtcp-session.ts';
import { type Random32, RtpSender } from '../../rtp/rtp-sender.ts';
import { SourceLatch } from '../../rtp/source-latch.ts';
import type { DatagramPort } from './datagram-port.ts';
import { AudioTap, type TapListener } from './audio-tap.ts';
import { InBandListener } from './in-band-keys.ts';
import { IncomingAudio } from './incoming-audio.ts';
import type { LegRow } from './leg-row.ts';
import { LevelMeter } from './level-meter.ts';
import { MachineWatch } from './machine-watch.ts';
import { OutgoingAudio } from './outgoing-audio.ts';
import type { Prompt } from './prompt.ts';
import { QualitySeries } from './quality-series.ts';
import type { FromWorker, StreamAudio, StreamId, StreamStatistics, ToWorker } from './protocol.ts';

const CLOCK_RATE = 8000;
/** Milliseconds between two looks at all that is not audio, at most: whether the source of the stream is settled. */
const CARE = 200;
/** Of its row: when the far end was heard last, and when something but audio is to be looked at. */
const HEARD_AT = 0;
const CARE_AT = 1;

/** What was read that is needed soon: of no meaning, but what is read must be used. */
const READ = new Float64Array(1);

export interface MediaLegOptions {
  readonly id: StreamId;
  readonly rtp: DatagramPort;
  readonly rtcp: DatagramPort;
  readonly row: LegRow;
  /** Milliseconds without RTP or RTCP after which the stream counts as silent. */
  readonly silentAfter: number;
  readonly random: Random32;
  /** Milliseconds since 1970-01-01T00:00:00Z, steady, with fractions. */
  readonly now: () => number;
  readonly tell: (message: FromWorker) => void;
}

export class MediaLeg {
  readonly #numbers: Float64Array;
  readonly #at: number;
  readonly #now: MediaLegOptions['now'];
  readonly #incoming: IncomingAudio;
  readonly #outgoing: OutgoingAudio;
  readonly #meter: LevelMeter;
  #listens = false;
  #silent = false;
  #hasSpoken = false;
  /** While somebody listens in. */
  #tap: AudioTap | undefined = undefined;
  /** The legs that hear this one, and the leg that this one hears. */
  readonly #listeners: MediaLeg[] = [];
  #source: MediaLeg | undefined = undefined;
  readonly #options: MediaLegOptions;
  readonly #sender: RtpSender;
  readonly #reports: RtcpSession;
  readonly #reportReader = new RtcpReader();
  readonly #reportLatch = new SourceLatch();
  readonly #quality: QualitySeries;
  #inBandListener: InBandListener | undefined = undefined;
  #machineWatch: MachineWatch | undefined = undefined;
  #direction: StreamAudio['direction'] = 'inactive';

  constructor(options: MediaLegOptions) {
    this.#options = options;
    const { id, random, rtp, rtcp, row, tell, now } = options;
    this.#now = now;
    this.#numbers = row.leg.numbers;
    this.#at = row.leg.at;
    this.#numbers[this.#at + HEARD_AT] = 0;
    this.#numbers[this.#at + CARE_AT] = 0;
    this.#incoming = new IncomingAudio(row);
    this.#meter = new LevelMeter(row.meter);
    this.#sender = new RtpSender(random, row.sender);
    this.#outgoing = new OutgoingAudio({
      sender: this.#sender,
      port: rtp,
      latch: this.#incoming.latch,
      row,
      finished: (playback, how) => tell({ kind: 'playbackFinished', stream: id, playback, how }),
    });
    this.#reports = new RtcpSession({
      sender: this.#sender,
      reception: this.#incoming.statistics,
      canonicalName: [random(), random(), random()].map((part) => part.toString(36)).join(''),
      random,
      clockRate: CLOCK_RATE,
    });
    this.#quality = new QualitySeries(
      {
        reception: this.#incoming.statistics,
        sender: this.#sender,
        meter: this.#meter,
        reports: this.#reports,
      },
      row.quality,
    );
    rtp.onApproach = () => this.#approachReceiving();
    rtp.onDatagram = (bytes, host, port) => this.#receive(bytes, host, port);
    rtcp.onDatagram = (bytes, host, port) => this.#receiveReport(bytes, host, port);
  }

  /** The even port. */
  get port(): number {
    return this.#options.rtp.port;
  }

  get id(): StreamId {
    return this.#options.id;
  }

  configure(audio: StreamAudio): void {
    const now = this.#now();
    this.#incoming.configure(audio, now);
    // The far end may have moved.
    this.#options.rtp.listenTo(undefined);
    this.#outgoing.configure(audio);
    if (audio.rtcp !== undefined) this.#reportLatch.expect(audio.rtcp, now);
    this.#reports.start(now);
    this.#quality.begin(now);
    this.#numbers[this.#at + CARE_AT] = 0;
    const listens = audio.direction === 'sendrecv' || audio.direction === 'recvonly';
    if (listens && !this.#listens) this.#markHeard(now);
    this.#listens = listens;
    this.#direction = audio.direction;
    this.#meter.listen(listens, now);
    // Where the far end agreed on telephone-events, it sends no other keys, and what sounds like one is none.
    this.#findKeysInBand(audio.telephoneEvent === undefined);
  }

  #findKeysInBand(wanted: boolean): void {
    if (wanted && this.#inBandListener === undefined) {
      this.#inBandListener = new InBandListener((key) =>
        this.#options.tell({ kind: 'key', stream: this.id, key, source: 'in-band' }),
      );
      this.tapWith(this.#inBandListener);
    } else if (!wanted && this.#inBandListener !== undefined) {
      this.untap(this.#inBandListener);
      this.#inBandListener = undefined;
    }
  }

  watchForMachine({ longest, beepsFor }: Extract<ToWorker, { kind: 'watchForMachine' }>): void {
    const { tell } = this.#options;
    this.stopWatching();
    this.#machineWatch = new MachineWatch({
      longest,
      beepsFor,
      onVerdict: (verdict) => tell({ kind: 'machineVerdict', stream: this.id, verdict }),
      onBeep: (beep) => tell({ kind: 'beep', stream: this.id, beep }),
      onOver: () => this.stopWatching(),
    });
    this.tapWith(this.#machineWatch);
  }

  stopWatching(): void {
    if (this.#machineWatch !== undefined) this.untap(this.#machineWatch);
    this.#machineWatch = undefined;
  }

  /** `listener` hears what the far end says, in order and on the clock. */
  tapWith(listener: TapListener): void {
    this.#tap ??= new AudioTap();
    this.#tap.add(listener);
  }

  untap(listener: TapListener): void {
    this.#tap?.delete(listener);
    if (this.#tap?.idle === true) this.#tap = undefined;
  }

  restartJudgement(): void {
    this.#meter.restart(this.#now());
  }

  play(playback: number, prompt: Prompt, loop: boolean): void {
    this.#leaveSource();
    this.#outgoing.play(playback, prompt, loop);
  }

  stop(playback: number): void {
    this.#outgoing.stop(playback);
  }

  /** @param source undefined: nothing, that is silence */
  hear(source: MediaLeg | undefined): void {
    this.#leaveSource();
    if (source === undefined) {
      this.#outgoing.hearNothing();
      return;
    }
    this.#source = source;
    source.#listeners.push(this);
    this.#outgoing.hear();
  }

  #leaveSource(): void {
    const source = this.#source;
    if (source !== undefined) source.#listeners.splice(source.#listeners.indexOf(this), 1);
    this.#source = undefined;
  }

  #receive(bytes: Uint8Array, host: string, port: number): void {
    const now = this.#now();
    const incoming = this.#incoming.receive(bytes, host, port, now);
    if (incoming === undefined) return;
    this.#markHeard(now);
    const { packet, payload, key } = incoming;
    // An empty packet only keeps a NAT open, and a key is no audio.
    if (!this.#hasSpoken && payload !== 'telephone-event' && packet.payloadLength > 0) {
      this.#hasSpoken = true;
      this.#options.tell({ kind: 'firstPacket', stream: this.id });
    }
    // While we hold the far end, what it sends regardless is not listened to.
    if (!this.#listens) return;
    if (payload === 'telephone-event') {
      this.#meter.receiveOther(now);
      if (key !== undefined)
        this.#options.tell({ kind: 'key', stream: this.id, key, source: 'telephone-event' });
    } else {
      this.#meter.receive(packet.bytes, packet.payloadStart, packet.payloadEnd, payload, now);
      // Before it is relayed, which overwrites it.
      this.#tap?.put(packet, payload, now);
    }
    for (let index = 0; index < this.#listeners.length; index++) {
      const listener = this.#listeners[index]!;
      // A listener writes its header over the packet and sends it; what is on its way must not be written again.
      if (index > 0) packet.bytes = packet.bytes.slice();
      if (payload === 'telephone-event') listener.#outgoing.relayEvent(packet, now);
      else listener.#outgoing.relayAudio(packet, payload, now);
    }
  }

  #receiveReport(bytes: Uint8Array, host: string, port: number): void {
    const packets = this.#reportReader.read(bytes);
    const now = this.#now();
    if (packets === undefined) return;
    if (!this.#mayReport(host)) {
      this.#reportLatch.strangers++;
      return;
    }
    if (this.#reportLatch.receive(host, port, now) === 'stranger') return;
    this.#markHeard(now);
    this.#reports.receive(packets, now);
  }

  /**
   * Once it is known where audio comes from, reports come from that host, whatever NAT its ports went through, or from the one
   * that was signalled: a far end that sends none must not leave the place to a stranger's.
   */
  #mayReport(host: string): boolean {
    const speaker = this.#incoming.latch.latched?.host;
    return speaker === undefined || speaker === host || this.#reportLatch.signalled?.host === host;
  }

  #markHeard(now: number): void {
    this.#numbers[this.#at + HEARD_AT] = now;
    this.#silent = false;
  }

  /**
   * Reads what a visit of the clock will need. A leg is met every 20 ms, and a thousand others in between: its memory has left
   * the processor meanwhile. Read for many legs in a row it is fetched for all at once.
   */
  approach(): void {
    READ[0] = this.#outgoing.approach() + this.#numbers[this.#at]!;
  }

  #approachReceiving(): void {
    const [listener] = this.#listeners;
    READ[0] = this.#incoming.approach() + this.#meter.approach() + this.#numbers[this.#at]!;
    if (listener !== undefined) READ[0] += listener.#outgoing.approachRelaying();
  }

  /**
   * One visit of the clock.
   *
   * @returns whether a packet of audio was sent
   */
  tick(due: number): boolean {
    if (due >= this.#numbers[this.#at + CARE_AT]!) this.#care(due);
    return this.#outgoing.tick(due);
  }

  /** What a visit is for besides audio, and when it is looked at next. */
  #care(due: number): void {
    this.#options.rtp.listenTo(this.#incoming.latch.settled(due));
    if (this.#reports.deadline <= due) this.#sendReport(this.#reports.report(this.#now()));
    if (this.#quality.nextAt <= due) this.#quality.take(due, this.#listens);
    let next = Math.min(due + CARE, this.#reports.deadline, this.#quality.nextAt);
    if (this.#listens && !this.#silent) {
      const silentFrom = this.#numbers[this.#at + HEARD_AT]! + this.#options.silentAfter;
      if (due < silentFrom) next = Math.min(next, silentFrom);
      else {
        this.#silent = true;
        this.#options.tell({ kind: 'silentMedia', stream: this.id });
      }
    }
    this.#numbers[this.#at + CARE_AT] = next;
  }

  /** The other part of a visit, for which no packet has to wait. */
  listenIn(due: number): void {
    this.#tap?.tick(due);
  }

  #sendReport(bytes: Uint8Array): void {
    const destination = this.#reportLatch.destination;
    if (destination === undefined) return;
    this.#options.rtcp.send(bytes, 0, bytes.length, destination.port, destination.host);
  }

  get statistics(): StreamStatistics {
    const { rtp, rtcp } = this.#options;
    const incoming = this.#incoming;
    const reception = incoming.statistics;
    const now = this.#now();
    return {
      at: now,
      direction: this.#direction,
      destination: incoming.latch.destination,
      signalled: incoming.latch.signalled,
      sent: { packets: this.#sender.packets, octets: this.#sender.octets },
      received: {
        packets: reception.packets,
        octets: reception.payloadOctets,
        lost: reception.lost,
        late: reception.late,
        jitter: reception.jitter,
        sourceChanges: reception.sourceChanges,
        firstAt: incoming.firstAt,
        lastAt: incoming.lastAt,
        reports: this.#reports.received,
      },
      heard: this.#meter.heard(now),
      farEnd: this.#reports.remote,
      dropped: {
        malformed: incoming.malformed,
        malformedReports: Object.values(this.#reportReader.refused).reduce((sum, count) => sum + count, 0),
        strangers: incoming.latch.strangers + this.#reportLatch.strangers,
        unknownPayload: incoming.unknownPayload,
        unconfigured: incoming.unconfigured,
        unsent: rtp.unsent + rtcp.unsent,
      },
      playout: this.#outgoing.playout,
    };
  }

  /** Second by second up to the last one that is over; undefined where no packet has come or gone. */
  get quality(): QualityRows | undefined {
    return this.#quality.rows(this.#now());
  }

  /** The same at the end of the stream; only once. */
  endQuality(): QualityRows | undefined {
    return this.#quality.end(this.#now(), this.#listens);
  }

  /** Says goodbye, ends what plays and frees the ports. Who heard this leg hears nothing from then on. */
  async close(): Promise<void> {
    if (this.#reports.deadline !== Infinity) this.#sendReport(this.#reports.goodbye(this.#now()));
    while (this.#listeners.length > 0) this.#listeners[0]!.hear(undefined);
    this.#leaveSource();
    this.#outgoing.close();
    await Promise.all([this.#options.rtp.close(), this.#options.rtcp.close()]);
  }
}
