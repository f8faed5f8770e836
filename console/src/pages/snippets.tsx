/** The same call by other means, to copy. */
import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Copyable } from '../parts/copyable.tsx';

interface Order {
  readonly appKey: string;
  readonly request: {
    readonly displayNbr: string;
    readonly callerNbr: string;
    readonly displayCalleeNbr: string;
    readonly calleeNbr: string;
    readonly recordFlag?: string;
    readonly statusUrl: string;
    readonly feeUrl: string;
  };
  /** What the two addresses are, before Base64. */
  readonly receiver: string;
}

const PATH = '/rest/httpsessions/click2Call/v2.0';

const curl = ({ appKey, request }: Order): string => `NONCE=$(openssl rand -hex 16)
CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)
DIGEST=$(printf %s "$NONCE$CREATED" | openssl dgst -sha256 -hmac "$APP_SECRET" -binary | base64)
curl -s '${window.location.origin}${PATH}' \\
  -H 'Content-Type: application/json;charset=UTF-8' \\
  -H 'Authorization: AKSK realm="SDP",profile="UsernameToken",type="Appkey"' \\
  -H "X-AKSK: UsernameToken Username=\\"${appKey}\\",PasswordDigest=\\"$DIGEST\\",Nonce=\\"$NONCE\\",Created=\\"$CREATED\\"" \\
  -d '${JSON.stringify(request)}'`;

const commandLine = ({ appKey, request, receiver }: Order): string =>
  `npx openvoicecall call --app ${appKey} --display ${request.displayNbr} --from ${request.callerNbr} --to ${request.calleeNbr}${request.recordFlag === undefined ? '' : ' --record'} --status-url ${receiver} --fee-url ${receiver} --watch`;

const program = ({
  appKey,
  request,
}: Order): string => `import { createHmac, randomBytes } from 'node:crypto';

const nonce = randomBytes(16).toString('hex');
const created = new Date().toISOString().replace(/\\.\\d+/, '');
const digest = createHmac('sha256', process.env.APP_SECRET).update(nonce + created).digest('base64');
const answer = await fetch('${window.location.origin}${PATH}', {
  method: 'POST',
  headers: {
    'Content-Type': 'application/json;charset=UTF-8',
    Authorization: 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"',
    'X-AKSK': \`UsernameToken Username="${appKey}",PasswordDigest="\${digest}",Nonce="\${nonce}",Created="\${created}"\`,
  },
  body: JSON.stringify(${JSON.stringify(request, null, 2).replaceAll('\n', '\n  ')}),
});
console.log(await answer.json());`;

const kinds = { curl, CLI: commandLine, 'Node.js': program } as const;

const tab =
  'cursor-default border-b-2 border-transparent px-3 py-2 text-muted data-selected:border-accent data-selected:font-semibold data-selected:text-text';

export function Snippets(order: Order): ReactNode {
  const { t } = useTranslation();
  return (
    <Tabs>
      <TabList aria-label={t('try.code')} className="mb-3 flex border-b border-line">
        {Object.keys(kinds).map((kind) => (
          <Tab key={kind} id={kind} className={tab}>
            {kind}
          </Tab>
        ))}
      </TabList>
      {Object.entries(kinds).map(([kind, write]) => (
        <TabPanel key={kind} id={kind}>
          <Copyable label={kind} text={write(order)} />
          {kind !== 'CLI' && <p className="mt-2 text-sm text-muted">{t('try.secretHint')}</p>}
        </TabPanel>
      ))}
    </Tabs>
  );
}
