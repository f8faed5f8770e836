/**
 * The far ends of a media bench, in a process of their own: they send G.711 to any number of legs, 50 packets a second
 * each, and measure what comes back. Some legs share a socket, so that the far ends cost less than what is measured.
 *
 * Reads JSON lines: `{"sockets":n}` is answered by `{"ports":[...]}`; `{"legs":[{"socket":0,"port":20000},...]}` starts the
 * sending; `{"reset":true}` begins a measurement and `{"figures":true}` ends it with {@link FarEndFigures}.
 */
import { createInterface } from 'node:readline';
import { RTP_HEADER_LENGTH, writeRtpHeader } from '../../src/rtp/packet.ts';
import { sequenceDistance, timestampDistance } from '../../src/rtp/serial.ts';
import { loadSystemCalls } from '../../src/telephony/media/system-calls.ts';
import { recvmmsg, sendmmsg } from './batch-calls.ts';

export interface FarEndLeg {
  /** Number of the far end's socket. */
  readonly socket: number;
  /** Where the leg listens. */
  readonly port: number;
}

export interface Spread {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface FarEndFigures {
  readonly seconds: number;
  readonly sent: number;
  readonly received: number;
  /** From gaps in the sequence numbers of each leg. */
  readonly lost: number;
  /** Legs that sent at all. */
  readonly legs: number;
  /** What a packet of ours took to come back through a bridge. */
  readonly delay: Spread;
  /** How much later than the fastest packet of the same leg one came, by its timestamp. */
  readonly variation: Spread;
  /** How much later than planned this process itself sent: what is measured here is not better than that. */
  readonly own: Spread;
}

const PERIOD = 20;
const SLOTS = 20;
const PACKET = RTP_HEADER_LENGTH + 160;
const STRIDE = 192;
const BATCH = 64;
/** `struct mmsghdr`, `struct iovec` and `struct sockaddr_in` of 64-bit Linux. */
const MESSAGE = 64;
const VECTOR = 16;
const SOCKADDR = 16;
const RECEIVED = 2048;
/** At the start of a payload of ours, with the sending time behind it (a 64-bit float, ms). */
const MARK = 0x0c0ffee0;

const calls = await loadSystemCalls();

class Histogram {
  readonly #counts = new Uint32Array(20_001);

  /** @param milliseconds counted in hundredths, up to 200 */
  add(milliseconds: number): void {
    this.#counts[Math.max(0, Math.min(20_000, Math.round(milliseconds * 100)))]!++;
  }

  reset(): void {
    this.#counts.fill(0);
  }

  get spread(): Spread {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    const at = (share: number): number => {
      let left = Math.max(1, total * share);
      for (let bucket = 0; bucket <= 20_000; bucket++) {
        left -= this.#counts[bucket]!;
        if (left <= 0) return bucket / 100;
      }
      return 0;
    };
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}

class Block {
  readonly memory: ArrayBuffer;
  readonly view: DataView;
  readonly octets: Uint8Array;
  readonly base: number;

  constructor(length: number) {
    this.memory = new ArrayBuffer(length);
    this.view = new DataView(this.memory);
    this.octets = new Uint8Array(this.memory);
    this.base = calls.addressOf(this.memory);
  }

  writeAddress(at: number, port: number): void {
    this.view.setUint16(at, 2, true);
    this.view.setUint16(at + 2, port);
    this.view.setUint32(at + 4, 0x7f000001);
  }

  /** A message at `at`, of one vector at `vector`. */
  writeMessage(at: number, name: number, vector: number, bytes: number, length: number): void {
    this.view.setBigUint64(at, BigInt(this.base + name), true);
    this.view.setUint32(at + 8, SOCKADDR, true);
    this.view.setBigUint64(at + 16, BigInt(this.base + vector), true);
    this.view.setBigUint64(at + 24, 1n, true);
    this.view.setBigUint64(vector, BigInt(this.base + bytes), true);
    this.view.setBigUint64(vector + 8, BigInt(length), true);
  }
}

class FarEnds {
  readonly #sockets: number[] = [];
  readonly ports: number[] = [];
  readonly #in = new Block(BATCH * (MESSAGE + VECTOR + SOCKADDR + RECEIVED));
  #out = new Block(64);
  /** Legs in the order of their sockets. */
  #legs: readonly FarEndLeg[] = [];
  #bounds: Int32Array = new Int32Array(0);
  #sequences: Uint32Array = new Uint32Array(0);
  readonly #legOfPort = new Int32Array(65_536).fill(-1);
  #fastest: Float64Array = new Float64Array(0);
  #highest: Int32Array = new Int32Array(0);
  #origins: Uint32Array = new Uint32Array(0);
  #nextSlot = 0;
  #due = 0;
  readonly #delay = new Histogram();
  readonly #variation = new Histogram();
  readonly #own = new Histogram();
  #sent = 0;
  #received = 0;
  #lost = 0;
  #since = 0;

  open(count: number): void {
    const block = new Block(64);
    for (let each = 0; each < count; each++) {
      const socket = calls.socket(2, 2 | 0o4000, 0);
      block.writeAddress(0, 0);
      block.view.setInt32(32, 4 << 20, true);
      // SO_RCVBUF, so that what waits for this process is not lost.
      calls.setsockopt(socket, 1, 8, block.base + 32, 4);
      if (socket < 0 || calls.bind(socket, block.base, SOCKADDR) < 0) throw new Error('no socket');
      block.view.setInt32(32, SOCKADDR, true);
      calls.getsockname(socket, block.base, block.base + 32);
      this.#sockets.push(socket);
      this.ports.push(block.view.getUint16(2));
    }
    for (let index = 0; index < BATCH; index++) {
      const vector = BATCH * MESSAGE + index * VECTOR;
      const name = BATCH * (MESSAGE + VECTOR) + index * SOCKADDR;
      const bytes = BATCH * (MESSAGE + VECTOR + SOCKADDR) + index * RECEIVED;
      this.#in.writeMessage(index * MESSAGE, name, vector, bytes, RECEIVED);
    }
  }

  talk(legs: readonly FarEndLeg[]): void {
    const count = legs.length;
    this.#legs = legs.toSorted((a, b) => a.socket - b.socket);
    const out = new Block(count * (MESSAGE + VECTOR + SOCKADDR + STRIDE));
    this.#out = out;
    this.#sequences = new Uint32Array(count);
    this.#fastest = new Float64Array(count).fill(Infinity);
    this.#highest = new Int32Array(count).fill(-1);
    this.#origins = new Uint32Array(count);
    this.#legOfPort.fill(-1);
    this.#bounds = new Int32Array(this.#sockets.length + 1);
    this.#legs.forEach(({ socket, port }, index) => {
      this.#bounds[socket + 1] = index + 1;
      this.#legOfPort[port] = index;
      const name = count * (MESSAGE + VECTOR) + index * SOCKADDR;
      out.writeAddress(name, port);
      out.writeMessage(index * MESSAGE, name, count * MESSAGE + index * VECTOR, this.#packet(index), PACKET);
      // Anything but silence.
      for (let at = 0; at < 160; at++)
        out.octets[this.#packet(index) + RTP_HEADER_LENGTH + at] = (at * 7) & 0xff;
      out.view.setUint32(this.#packet(index) + RTP_HEADER_LENGTH, MARK);
    });
    for (let socket = 1; socket < this.#bounds.length; socket++)
      if (this.#bounds[socket] === 0) this.#bounds[socket] = this.#bounds[socket - 1]!;
    this.#due = performance.now();
    this.reset();
    setImmediate(() => this.#turn());
  }

  #packet(leg: number): number {
    return this.#legs.length * (MESSAGE + VECTOR + SOCKADDR) + leg * STRIDE;
  }

  #turn(): void {
    const until = performance.now() + 50;
    while (performance.now() < until) {
      while (this.#due <= performance.now()) this.#sendSlot();
      this.#receive();
      const wait = this.#due - performance.now();
      if (wait > 0) Atomics.wait(NEVER, 0, 0, wait);
    }
    setImmediate(() => this.#turn());
  }

  /** All legs of every twentieth socket. */
  #sendSlot(): void {
    for (let socket = this.#nextSlot; socket < this.#sockets.length; socket += SLOTS) {
      const [first, end] = [this.#bounds[socket]!, this.#bounds[socket + 1]!];
      const now = performance.now();
      for (let leg = first; leg < end; leg++) {
        const sequence = this.#sequences[leg]!++;
        const at = this.#packet(leg);
        writeRtpHeader(this.#out.octets, at, 8, sequence === 0, sequence, sequence * 160, leg + 1);
        this.#out.view.setFloat64(at + RTP_HEADER_LENGTH + 4, now, true);
      }
      if (end === first) continue;
      this.#own.add(now - this.#due);
      this.#sent += Math.max(
        0,
        sendmmsg(this.#sockets[socket]!, this.#out.base + first * MESSAGE, end - first, 0),
      );
    }
    this.#nextSlot = (this.#nextSlot + 1) % SLOTS;
    this.#due += PERIOD / SLOTS;
  }

  #receive(): void {
    for (const socket of this.#sockets) {
      let count = BATCH;
      while (count === BATCH) {
        count = recvmmsg(socket, this.#in.base, BATCH, 0, 0);
        const now = performance.now();
        for (let index = 0; index < count; index++) this.#take(index, now);
      }
    }
  }

  #take(index: number, now: number): void {
    const { view } = this.#in;
    this.#received++;
    const leg = this.#legOfPort[view.getUint16(BATCH * (MESSAGE + VECTOR) + index * SOCKADDR + 2)]!;
    if (leg < 0) return;
    const at = BATCH * (MESSAGE + VECTOR + SOCKADDR) + index * RECEIVED;
    const sequence = view.getUint16(at + 2);
    const before = this.#highest[leg]!;
    const ahead = sequenceDistance(sequence, before);
    if (before >= 0 && ahead > 1) this.#lost += ahead - 1;
    if (before < 0 || ahead > 0) this.#highest[leg] = sequence;
    if (view.getUint32(at + RTP_HEADER_LENGTH) === MARK)
      this.#delay.add(now - view.getFloat64(at + RTP_HEADER_LENGTH + 4, true));
    const timestamp = view.getUint32(at + 4);
    if (before < 0) this.#origins[leg] = timestamp;
    const transit = now - timestampDistance(timestamp, this.#origins[leg]!) / 8;
    if (transit < this.#fastest[leg]!) this.#fastest[leg] = transit;
    this.#variation.add(transit - this.#fastest[leg]!);
  }

  reset(): void {
    this.#sent = this.#received = this.#lost = 0;
    for (const histogram of [this.#delay, this.#variation, this.#own]) histogram.reset();
    this.#fastest.fill(Infinity);
    this.#highest.fill(-1);
    this.#since = performance.now();
  }

  get figures(): FarEndFigures {
    return {
      seconds: (performance.now() - this.#since) / 1000,
      sent: this.#sent,
      received: this.#received,
      lost: this.#lost,
      legs: this.#highest.filter((sequence) => sequence >= 0).length,
      delay: this.#delay.spread,
      variation: this.#variation.spread,
      own: this.#own.spread,
    };
  }
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));
const farEnds = new FarEnds();
const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line) as { sockets?: number; legs?: FarEndLeg[]; reset?: true; figures?: true };
    if (order.sockets !== undefined) farEnds.open(order.sockets);
    if (order.legs !== undefined) farEnds.talk(order.legs);
    if (order.reset) farEnds.reset();
    say(order.figures ? farEnds.figures : { ports: farEnds.ports });
  })
  .on('close', () => process.exit(0));
