/**
 * A phone of the sandbox in a browser: `GET /admin/v1/phones/NUMBER/hold?holder=SECRET` as a WebSocket (RFC 6455). The
 * phone is the browser's while the socket is open; a page that is loaded again has it as it was, with the same secret. Text messages are JSON; binary ones are sound: 16-bit samples, little-endian, mono,
 * 8000 Hz, 20 ms (320 bytes) in a message.
 *
 * - to the browser: `{"kind":"held"}`, or `{"kind":"taken"}` and the end; `{"kind":"ringing","caller":"+86..."}`,
 *   `{"kind":"answered"}`, `{"kind":"over"}`
 * - from the browser: `{"kind":"answer"}`, `{"kind":"reject"}`, `{"kind":"hang-up"}`, `{"kind":"key","key":"5"}`
 */
import type { MessagePort } from 'node:worker_threads';
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { checkSocketOrigin } from '../admin/authorize.ts';

/** Takes a phone into somebody's hands until the port is closed. */
export type HoldPhone = (number: string, holder: string) => MessagePort;

/** Bytes of a message: a second of sound. */
const LONGEST_MESSAGE = 16_000;

/** Bytes that a browser may be behind: a second and a half. What it does not take in time is not worth hearing. */
const MOST_UNSENT = 24_000;

const fromBrowser = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal(['answer', 'reject', 'hang-up']) }),
  z.strictObject({ kind: z.literal('key'), key: z.string().regex(/^[0-9*#A-D]$/) }),
]);

/** What comes from the phones' thread. */
type FromPhone =
  | { readonly kind: 'held' | 'taken' | 'answered' | 'over' }
  | { readonly kind: 'ringing'; readonly caller: string }
  | { readonly kind: 'heard'; readonly samples: Int16Array };

function samplesOf(bytes: Buffer): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let index = 0; index < samples.length; index += 1) samples[index] = bytes.readInt16LE(2 * index);
  return samples;
}

function messageOf(bytes: Buffer, isBinary: boolean): object | undefined {
  if (isBinary) return { kind: 'speech', samples: samplesOf(bytes) };
  try {
    return fromBrowser.safeParse(JSON.parse(bytes.toString())).data;
  } catch {
    // Not JSON: refused like JSON of another shape.
    return undefined;
  }
}

/** RFC 6455 7.4.1: a message that is not as agreed. */
const POLICY_VIOLATION = 1008;

function connect(socket: WebSocket, phone: MessagePort): void {
  phone.on('message', (message: FromPhone) => {
    if (message.kind !== 'heard') socket.send(JSON.stringify(message));
    else if (socket.bufferedAmount < MOST_UNSENT) {
      const { buffer, byteOffset, byteLength } = message.samples;
      socket.send(new Uint8Array(buffer, byteOffset, byteLength));
    }
  });
  phone.on('close', () => socket.close());
  socket.on('close', () => phone.close());
  socket.on('error', () => phone.close());
  socket.on('message', (bytes: Buffer, isBinary: boolean) => {
    const message = messageOf(bytes, isBinary);
    if (message === undefined) socket.close(POLICY_VIOLATION, 'no such message');
    else phone.postMessage(message, []);
  });
}

const holdSchema = z.object({
  number: z.string().regex(/^\+\d{3,15}$/, 'A number is written +8613500000001.'),
  holder: z.string('holder is missing').min(16, 'holder has 16-128 characters').max(128),
});

/** Within the scope of the operator's API, which checks who asks. */
export async function registerPhoneSocket(server: FastifyInstance, hold: HoldPhone): Promise<void> {
  await server.register(websocket, { options: { maxPayload: LONGEST_MESSAGE } });
  server.get<{ Params: { number: string }; Querystring: { holder?: unknown } }>(
    '/phones/:number/hold',
    {
      websocket: true,
      config: { right: 'manage' },
      schema: { hide: true },
      preValidation: async (request) => checkSocketOrigin(request),
    },
    (socket, request) => {
      const wanted = holdSchema.safeParse({ number: request.params.number, holder: request.query.holder });
      if (wanted.success) connect(socket, hold(wanted.data.number, wanted.data.holder));
      else socket.close(POLICY_VIOLATION, wanted.error.issues[0]?.message);
    },
  );
}
