/** Says why calls through a trunk would fail, from where its gateways are and what they answer to OPTIONS. */
import { isIPv4 } from 'node:net';
import { acceptsDigits, audioFormats } from '../../sdp/audio-formats.ts';
import { SdpError } from '../../sdp/errors.ts';
import { parseSessionDescription } from '../../sdp/parse.ts';
import { allowedMethods, optionTags } from '../../sip/message/header-values.ts';
import type { SipResponse } from '../../sip/message/message.ts';
import { SipParseError } from '../../sip/message/sip-parse-error.ts';
import type { PeerVerdict } from '../../sip/user-agent/peer-watch.ts';
import { type Gateway, gatewayName, type TrunkLine } from './trunk-line.ts';

export interface TrunkFinding {
  /** What was looked at, such as `options udp:203.0.113.7:5060`. */
  readonly name: string;
  readonly ok: boolean;
  /** Nothing is wrong, and something is not known or not as usual. */
  readonly note?: true;
  readonly detail: string;
  /** What to do, when it is not ok. */
  readonly remedy?: string;
}

const good = (name: string, detail: string): TrunkFinding => ({ name, ok: true, detail });
const noted = (name: string, detail: string): TrunkFinding => ({ name, ok: true, note: true, detail });
const bad = (name: string, detail: string, remedy: string): TrunkFinding => ({
  name,
  ok: false,
  detail,
  remedy,
});

/** As the trunk of `--trunk` is called. */
const SETTINGS_TRUNK = 'default';

export interface Examination {
  readonly line: TrunkLine;
  /** Where our SIP listens, and what the far end is told. */
  readonly listening: string;
  readonly publicHost: string;
  /** Rejects with HostUnresolvedError. */
  readonly locate: () => Promise<readonly Gateway[]>;
  /** Asks a gateway with OPTIONS, once. */
  readonly ask: (gateway: Gateway) => Promise<PeerVerdict>;
}

export async function examine(examination: Examination): Promise<TrunkFinding[]> {
  const { line, locate } = examination;
  const findings = [stateFinding(line)];
  let gateways: readonly Gateway[];
  try {
    gateways = await locate();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [
      ...findings,
      bad('resolution', detail, "correct the trunk's addresses, or the name server of this machine"),
    ];
  }
  findings.push(good('resolution', gateways.map(gatewayName).join(', ')));
  const registration = registrationFinding(line);
  if (registration !== undefined) findings.push(registration);
  const asked = await Promise.all(gateways.map((gateway) => examineGateway(examination, gateway)));
  return [...findings, ...asked.flat()];
}

function stateFinding({ trunk, running }: TrunkLine): TrunkFinding {
  const { maxCalls, suspended } = trunk;
  if (suspended) return noted('state', 'suspended: no call leaves by it');
  if (maxCalls > 0 && running >= maxCalls)
    return bad(
      'state',
      `all of its ${maxCalls} calls are in use`,
      'wait for one to end, or raise max-calls as far as the carrier allows',
    );
  return good('state', `in use, ${running} calls at this moment`);
}

function registrationFinding({ trunk, registration }: TrunkLine): TrunkFinding | undefined {
  if (trunk.registerExpires === undefined) return undefined;
  if (registration?.kind === 'registered') return good('registration', 'registered');
  if (registration?.kind !== 'failed') return good('registration', 'asked for, not answered yet');
  const { status } = registration;
  const isCredentials = [401, 403, 407].includes(status);
  const remedy = isCredentials
    ? "check user name and password, and that the account is the carrier's"
    : 'check the addresses and the transport; it is tried again by itself';
  return bad('registration', `refused with ${status}${status === 408 ? ' (no answer)' : ''}`, remedy);
}

const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

async function examineGateway(
  { line, listening, publicHost, ask }: Examination,
  gateway: Gateway,
): Promise<TrunkFinding[]> {
  const name = gatewayName(gateway);
  if (isLoopback(listening) && !isLoopback(gateway.flow.host)) {
    const remedy = 'let --sip listen on an address that reaches it, and set --public-address behind NAT';
    return [bad(`transport ${name}`, `SIP listens on ${listening}, from where it cannot be reached`, remedy)];
  }
  const verdict = await ask(gateway);
  if (verdict.kind === 'absent') {
    const { why } = verdict;
    return [why === 'silent' && mayBeSilent(line) ? silence(name, line) : absence(name, why, gateway)];
  }
  const { status, serves, roundTrip, response } = verdict;
  const answer = `${status} ${response.reason} after ${Math.round(roundTrip)} ms`;
  const options = serves
    ? good(`options ${name}`, answer)
    : bad(`options ${name}`, answer, 'ask the carrier: its gateway is up but refuses service');
  return [good(`transport ${name}`, 'it answers'), options, ...capabilities(name, response, publicHost)];
}

/** Set not to be asked, or known by its calls to be there. That of the settings is never asked, which says nothing. */
const mayBeSilent = ({ trunk, counts }: TrunkLine): boolean =>
  counts.answered > 0 || (trunk.optionsInterval === 0 && trunk.name !== SETTINGS_TRUNK);

function silence(name: string, { counts, trunk }: TrunkLine): TrunkFinding {
  const why = trunk.optionsInterval === 0 ? 'it is set not to be asked' : 'calls reach it all the same';
  const known = `${counts.answered} legs were answered by this trunk since the start`;
  return noted(`options ${name}`, `no answer to OPTIONS, and ${why}: what it can do is not known; ${known}`);
}

function absence(name: string, why: 'silent' | 'transport', { flow }: Gateway): TrunkFinding {
  if (why === 'silent') {
    const remedy = 'check address and port, the firewall, and that the carrier knows our address';
    return bad(`options ${name}`, 'no answer to OPTIONS', remedy);
  }
  const remedy =
    flow.transport === 'TLS'
      ? 'check the port, and that the certificate is valid and names the host of the trunk (--sip-tls-authorities for one of your own)'
      : 'check address, port and transport: nothing takes SIP there';
  return bad(`transport ${name}`, `no ${flow.transport} to it`, remedy);
}

/** What the answer says of calls; a gateway that says nothing of something is taken at its word only when called. */
function capabilities(name: string, response: SipResponse, publicHost: string): TrunkFinding[] {
  try {
    return [
      ...methods(name, response),
      timers(name, response),
      ...audio(name, response),
      ...translation(name, response, publicHost),
    ];
  } catch (error) {
    if (!(error instanceof SipParseError) && !(error instanceof SdpError)) throw error;
    return [
      bad(
        `answer ${name}`,
        `its answer to OPTIONS cannot be read: ${error.message}`,
        'tell the carrier; calls may work all the same',
      ),
    ];
  }
}

function methods(name: string, { headers, status }: SipResponse): TrunkFinding[] {
  const allowed = allowedMethods(headers);
  if (allowed === undefined || status >= 300) return [];
  const missing = ['INVITE', 'ACK', 'CANCEL', 'BYE'].filter((method) => !allowed.has(method));
  if (missing.length === 0) return [good(`methods ${name}`, [...allowed].join(', '))];
  const remedy = 'ask the carrier whether this gateway takes calls';
  return [bad(`methods ${name}`, `it does not allow ${missing.join(', ')}`, remedy)];
}

function timers(name: string, { headers }: SipResponse): TrunkFinding {
  const tags = optionTags(headers, 'Supported');
  const refreshed = tags.has('timer')
    ? 'its session timer'
    : 'ours alone (it does not say that it knows timers)';
  return good(`timers ${name}`, `calls that are lost are noticed by ${refreshed}`);
}

const unjudged = 'cannot be judged: its answer to OPTIONS has no session description';

function audio(name: string, { headers, body }: SipResponse): TrunkFinding[] {
  const isSdp = /^application\/sdp\b/i.test(headers.get('Content-Type') ?? '');
  if (!isSdp)
    return [
      noted(`codecs ${name}`, `${unjudged}; PCMA and PCMU are offered`),
      noted(`telephone-event ${name}`, `${unjudged}; it is offered`),
    ];
  const { media } = parseSessionDescription(new TextDecoder().decode(body));
  const line = media.find((one) => one.kind === 'audio');
  const formats = line === undefined ? [] : audioFormats(line);
  const codecs = formats.map(({ payload }) => payload).filter((payload) => payload !== 'telephone-event');
  const events = formats.find(({ payload }) => payload === 'telephone-event');
  const takesKeys = events !== undefined && acceptsDigits(line?.formatParameters.get(events.payloadType));
  return [
    codecs.length > 0
      ? good(`codecs ${name}`, codecs.join(', '))
      : bad(`codecs ${name}`, 'neither PCMA nor PCMU', 'have the carrier enable G.711'),
    takesKeys
      ? good(`telephone-event ${name}`, 'keys come as RFC 4733 events')
      : bad(
          `telephone-event ${name}`,
          'it takes no RFC 4733 events; keys are heard in the audio, which is less certain',
          'have the carrier enable telephone-event (RFC 2833)',
        ),
  ];
}

/** RFC 3261 section 18.2.1 and RFC 3581: what the gateway saw us come from. */
function translation(name: string, { via }: SipResponse, publicHost: string): TrunkFinding[] {
  const { received } = via;
  if (received === undefined) return [good(`nat ${name}`, 'it does not say from where it sees us come')];
  if (!/^[\d.:a-f]+$/i.test(publicHost))
    return [good(`nat ${name}`, `it sees us at ${received}; make sure that ${publicHost} is that address`)];
  if (received === publicHost || isIPv4(received) !== isIPv4(publicHost))
    return [good(`nat ${name}`, `it sees us at ${received}, as we say`)];
  const remedy = `set --public-address ${received}, and forward the ports of --sip and --rtp to here`;
  return [bad(`nat ${name}`, `it sees us at ${received}, but we say ${publicHost}`, remedy)];
}
