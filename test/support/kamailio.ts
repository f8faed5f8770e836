import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepts, eventually, freePort, PeerProcess } from './peer-process.ts';

/** Where a number is to be found: `HOST:PORT`, reached over UDP unless the transport says otherwise. */
export type Routes = Readonly<
  Record<string, { readonly address: string; readonly transport?: 'udp' | 'tcp' }>
>;

/**
 * Kamailio as a carrier's proxy in front of other peers: it routes by called number, records its route, and speaks UDP
 * and TCP on one port.
 */
export class Kamailio extends PeerProcess {
  readonly address: string;

  private constructor(args: string[], address: string) {
    super('kamailio', args);
    this.address = address;
  }

  static async start(directory: string, routes: Routes, host = '127.0.0.1'): Promise<Kamailio> {
    const port = await freePort(host);
    const file = join(directory, 'kamailio.cfg');
    const rules = Object.entries(routes).map(
      ([number, { address, transport = 'udp' }]) =>
        `  if ($rU == "${number}") { $du = "sip:${address};transport=${transport}"; t_relay(); exit; }`,
    );
    writeFileSync(
      file,
      `#!KAMAILIO
debug=1
log_stderror=yes
children=2
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
  record_route();
${rules.join('\n')}
  sl_send_reply("404", "Unallocated");
}
`,
    );
    const kamailio = new Kamailio(
      [
        '-f',
        file,
        '-DD',
        '-E',
        '-m',
        '32',
        '-M',
        '4',
        '-Y',
        directory,
        '-P',
        join(directory, 'kamailio.pid'),
      ],
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
