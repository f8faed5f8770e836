import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepts, eventually, freePort, PeerProcess } from './peer-process.ts';

/** The number under which Kamailio finds the phone at `port`: its last five digits are the port. */
export const numberAt = (port: number, transport: 'UDP' | 'TCP' = 'UDP'): string =>
  `${transport === 'TCP' ? '+86136' : '+86135'}000${port}`;

/** Whom Kamailio lets call: who knows this password, proven the way RFC 7616 says. */
export interface Admission {
  readonly password: string;
  /** 401 asks as the server that is called, 407 as a proxy on the way. */
  readonly challenge: 401 | 407;
  readonly algorithm: 'MD5' | 'SHA-256';
}

export interface KamailioOptions {
  readonly directory: string;
  /** Where it listens, and where the phones are. */
  readonly host?: string;
  readonly admission?: Admission;
  /** It is a registrar, too, and lets call only who registered with this password, for two minutes at least. */
  readonly registrar?: { readonly password: string };
  /** Ports of phones with numbers that do not tell theirs; these speak UDP. */
  readonly ports?: Readonly<Record<string, number>>;
}

function admissionRules({ challenge, password }: Admission): string {
  const [check, ask] =
    challenge === 401
      ? ['pv_www_authenticate', 'www_challenge']
      : ['pv_proxy_authenticate', 'proxy_challenge'];
  return `
  if (is_method("INVITE")) {
    if (!${check}("carrier", "${password}", "0")) { ${ask}("carrier", "1"); exit; }
    consume_credentials();
  }`;
}

const registrarRules = (password: string): string => `
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("carrier", "${password}", "0")) { www_challenge("carrier", "1"); exit; }
    $var(expires) = $(hdr(Expires){s.int});
    if ($var(expires) > 0 && $var(expires) < 120) {
      append_to_reply("Min-Expires: 120\\r\\n");
      sl_send_reply("423", "Interval Too Brief");
      exit;
    }
    save("location");
    exit;
  }
  if (is_method("INVITE") && !registered("location", "$fu")) { sl_send_reply("403", "Not Registered"); exit; }`;

/**
 * Kamailio as a carrier's proxy in front of other peers: it routes by called number ({@link numberAt}), records its
 * route, and speaks UDP and TCP on one port.
 */
export class Kamailio extends PeerProcess {
  readonly address: string;

  private constructor(args: string[], address: string) {
    super('kamailio', args);
    this.address = address;
  }

  static async start(options: KamailioOptions): Promise<Kamailio> {
    const { directory, host = '127.0.0.1', admission, registrar, ports = {} } = options;
    const port = await freePort(host);
    const file = join(directory, 'kamailio.cfg');
    writeFileSync(file, configuration(host, port, { admission, registrar }, routes(host, ports)));
    const kamailio = new Kamailio(
      [...`-f ${file} -DD -E -m 32 -M 4 -Y ${directory}`.split(' '), '-P', join(directory, 'kamailio.pid')],
      `${host}:${port}`,
    );
    await eventually(() => accepts(port, host), 'kamailio listens');
    return kamailio;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    // SIGTERM lets the main process end its children; SIGKILL would orphan them.
    this.signal('SIGTERM');
    await this.exited;
  }
}

const routes = (host: string, ports: Readonly<Record<string, number>>): string =>
  Object.entries(ports)
    .map(([number, port]) => `  if ($rU == "${number}") { $du = "sip:${host}:${port}"; t_relay(); exit; }\n`)
    .join('');

const configuration = (
  host: string,
  port: number,
  { admission, registrar }: Pick<KamailioOptions, 'admission' | 'registrar'>,
  extraRoutes: string,
): string => `#!KAMAILIO
debug=1
log_stderror=yes
# One process for UDP: two would overtake each other.
children=1
tcp_children=2
auto_aliases=no
listen=udp:${host}:${port}
listen=tcp:${host}:${port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "maxfwd.so"
${admission ? `loadmodule "auth.so"\nmodparam("auth", "algorithm", "${admission.algorithm}")` : ''}
${registrar ? ['auth', 'usrloc', 'registrar'].map((name) => `loadmodule "${name}.so"`).join('\n') : ''}
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
${admission ? admissionRules(admission) : ''}${registrar ? registrarRules(registrar.password) : ''}
  record_route();
${extraRoutes}  if ($rU =~ "^\\+8613[56]000[0-9]{5}$") {
    $du = "sip:${host}:" + $(rU{s.substr,9,5});
    if ($rU =~ "^\\+86136") { $du = $du + ";transport=tcp"; }
    t_relay();
    exit;
  }
  sl_send_reply("404", "Unallocated");
}
`;
