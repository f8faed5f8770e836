import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { generateApi } from 'swagger-typescript-api';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/peer-process.ts';
import { TestPlatform } from '../support/platform.ts';

/** What this test uses of the client; the compiler checks that the generated one has it. */
const use = `
import { Api } from './client.ts';

export async function use(baseUrl: string, token: string) {
  const { admin } = new Api({ baseUrl, baseApiParams: { headers: { authorization: \`Bearer \${token}\` } } });
  await admin.postAccounts({}, { spId: 'cars', name: 'Cars' });
  const account = 'cars';
  const created = await admin.postApps({ account }, { name: 'Generated', capability: 'callback' });
  const { appKey, appSecret } = created.data;
  const number = await admin.postNumbers({ account }, { appKey, number: '+8675528000009' });
  const template = await admin.postTemplates({ account }, { name: 'greeting', content: '您好,\${TXT_8}。' });
  const { templateId } = template.data;
  const approved = await admin.postTemplatesTemplateIdApprove({ templateId, account }, {});
  await admin.putLimitsScopeSubject({ scope: 'app', subject: appKey }, { callsPerDay: 7 });
  const limits = await admin.getLimits({});
  const suspended = await admin.patchAppsAppKey({ appKey }, { state: 'suspended' });
  const calls = await admin.getCalls({ account });
  const audit = await admin.getAudit({});
  const refused = await admin.getAppsAppKey({ appKey: 'nobody' }).catch((answer) => answer);
  const state: 'active' | 'suspended' = suspended.data.state;
  return {
    state,
    secret: appSecret,
    number: number.data.state,
    template: approved.data.state,
    perDay: limits.data.limits.map(({ callsPerDay }) => callsPerDay),
    calls: calls.data.calls,
    lastChange: audit.data.entries[0]?.object.kind,
    refused: refused.error.error.code,
  };
}
`;

it('is made of the description of the API, compiles, and works', async () => {
  await using platform = await TestPlatform.start();
  using directory = temporaryDirectory();
  const spec = (await (await fetch(`${platform.platform.http}/admin/v1/openapi.json`)).json()) as object;
  const { files } = await generateApi({
    spec: spec as NonNullable<Parameters<typeof generateApi>[0]['spec']>,
    output: false,
    silent: true,
    fileName: 'client.ts',
    extractRequestParams: true,
  });
  const [client] = files;
  writeFileSync(join(directory.path, 'client.ts'), client?.fileContent ?? '');
  writeFileSync(join(directory.path, 'use.ts'), use);
  const options = {
    compilerOptions: {
      target: 'es2024',
      module: 'nodenext',
      lib: ['es2024', 'dom', 'dom.iterable'],
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      rewriteRelativeImportExtensions: true,
      outDir: 'out',
    },
    include: ['*.ts'],
  };
  writeFileSync(join(directory.path, 'tsconfig.json'), JSON.stringify(options));
  writeFileSync(join(directory.path, 'package.json'), '{"type":"module"}');
  symlinkSync(resolve('node_modules'), join(directory.path, 'node_modules'));
  execFileSync('tsc', ['-p', directory.path], { stdio: ['ignore', 'inherit', 'inherit'] });
  const compiled = pathToFileURL(join(directory.path, 'out', 'use.js')).href;
  const module = (await import(/* @vite-ignore */ compiled)) as {
    use: (url: string, token: string) => Promise<object>;
  };
  expect(await module.use(platform.platform.http, 'test-token')).toEqual({
    state: 'suspended',
    secret: expect.stringMatching(/^\w{20,}$/),
    number: 'in-use',
    template: 'approved',
    perDay: [7],
    calls: [],
    lastChange: 'app',
    refused: 'app-unknown',
  });
});
