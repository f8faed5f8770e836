/**
 * Sends marked packets between ports of the direct driver while memory is collected and overwritten all the time, and
 * prints how many arrived as they were sent. Memory that the system knows by address alone, and that nothing holds on to,
 * is lost here: packets come out wrong, go elsewhere, or the process dies.
 *
 * To be run with --expose-gc.
 */
import { chooseDriver } from '../../src/telephony/media/choose-driver.ts';
import type { DatagramPort } from '../../src/telephony/media/datagram-port.ts';

const PORTS = 32;
const ROUNDS = 150;
const LENGTH = 172;

const { driver } = await chooseDriver('direct', PORTS);
const ports: DatagramPort[] = [];
for (let index = 0; index < PORTS; index++) ports.push(await driver.bind('127.0.0.1', 0));

let [sent, whole, wrong] = [0, 0, 0];
for (const [index, port] of ports.entries()) {
  const from = ports[(index + PORTS - 1) % PORTS]!;
  port.onDatagram = (bytes, host, sender) => {
    const mark = bytes[0]!;
    const intact = bytes.length === LENGTH && bytes.every((octet, at) => octet === ((mark + at) & 0xff));
    if (intact && host === '127.0.0.1' && sender === from.port) whole++;
    else wrong++;
  };
}

/** Fills what was given back with something else. */
function churn(): void {
  const blocks = Array.from({ length: 200 }, (_, index) => new Uint8Array(16 << (index % 14)).fill(0xaa));
  if (blocks.length !== 200) throw new Error('unreachable');
}

for (let round = 0; round < ROUNDS; round++) {
  for (const [index, port] of ports.entries()) {
    const mark = (round * PORTS + index) & 0xff;
    const bytes = index % 2 === 0 ? port.frame(LENGTH).octets : new Uint8Array(LENGTH);
    for (let at = 0; at < LENGTH; at++) bytes[at] = mark + at;
    port.send(bytes, 0, LENGTH, ports[(index + 1) % PORTS]!.port, '127.0.0.1');
    sent++;
    if (index % 8 === 0) globalThis.gc!({ type: 'minor', execution: 'sync' });
  }
  churn();
  globalThis.gc!();
  churn();
  while (driver.receive!());
  driver.receive!();
}
await Promise.all(ports.map((port) => port.close()));
driver.close();
process.stdout.write(JSON.stringify({ sent, whole, wrong }));
