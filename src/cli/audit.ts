import type { Command } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { result, table } from './output.ts';
import { wholeNumber } from './values.ts';

interface AuditView {
  readonly id: number;
  readonly at: string;
  readonly actor: { readonly id: string; readonly name: string };
  readonly account?: string;
  readonly address: string;
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly outcome: string;
}

interface AuditOptions extends ClientOptions {
  readonly actor?: string;
  readonly object?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const textOf = (value: unknown): string =>
  value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);

/** `ports 10 -> 3`; of what is new or gone the one side. */
function changes({ before = {}, after = {} }: AuditView): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.map((name) => `${name} ${textOf(before[name])} -> ${textOf(after[name])}`).join(', ');
}

const row = (entry: AuditView): string[] => [
  entry.at,
  entry.actor.name,
  entry.address,
  entry.outcome === 'done' ? entry.action : `${entry.action} (${entry.outcome})`,
  `${entry.object.kind} ${entry.object.id}`,
  changes(entry),
];

export function auditCommand(): Command {
  return clientCommand('audit', 'who changed what, newest first')
    .option('--actor <NAME>', 'only what this user did, or `operator`')
    .option('--object <KIND[/ID]>', 'only changes of this, for example app/KEY or user')
    .option('--since <TIME>', 'only from this time on, such as 2026-01-31T08:00:00Z')
    .option('--until <TIME>', 'only before this time')
    .option('--limit <N>', 'at most so many, 1-500', wholeNumber, 50)
    .option('--cursor <CURSOR>', 'nextCursor of the page before')
    .action(async ({ actor, object, since, until, limit, cursor, ...options }: AuditOptions) => {
      const [kind, ...id] = object?.split('/') ?? [];
      const document = await clientOf(options).get<{ entries: AuditView[] }>('/audit', {
        actor,
        kind,
        id: id.length === 0 ? undefined : id.join('/'),
        since,
        until,
        limit: String(limit),
        cursor,
      });
      const head = ['time (UTC)', 'who', 'from', 'did', 'to', 'before -> after'];
      result(options.json, document, () => table(head, document.entries.map(row)));
    });
}
