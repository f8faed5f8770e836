import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { HttpPlatform } from '../../test/support/http-platform.ts';

it('tells a request that came in before the server closed that there are no new calls', async () => {
  const platform = new HttpPlatform();
  await platform.listen();
  const { app } = await platform.administration.ensureSandboxApp('callback');
  const body = JSON.stringify({
    displayNbr: '+8675528000001',
    callerNbr: '+8613500000001',
    displayCalleeNbr: '+8675528000001',
    calleeNbr: '+8613500000002',
  });
  const headers = Object.entries(platform.signed(app))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const socket = connect(Number(new URL(platform.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /rest/httpsessions/click2Call/v2.0 HTTP/1.1\r\nHost: x\r\n');
  await fetch(`${platform.url}/healthz`);
  await platform.calls.drain(0);
  const closed = platform.close();
  socket.write(`Content-Length: ${body.length}\r\n${headers}\r\n${body}`);
  expect(await text(socket)).toContain('"resultcode":"1010010"');
  await closed;
});
