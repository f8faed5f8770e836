import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { CliFailure } from './failure.ts';
import { note, print } from './output.ts';
import { type ExportKind, SqliteExport } from './sqlite-export.ts';
import { writeWhole } from './whole-file.ts';

interface ExportOptions extends ClientOptions {
  readonly format: 'csv' | 'jsonl' | 'sqlite';
  readonly out?: string;
  readonly app?: string;
  readonly since?: string;
  readonly until?: string;
}

/** Entries between two reports of how far it is. */
const REPORT = 10_000;

/** The same octets, counting entries on standard error. Line ends within quotes of CSV end none. */
async function* counted(
  source: AsyncIterable<Uint8Array>,
  format: ExportOptions['format'],
  state: { entries: number },
): AsyncGenerator<Uint8Array> {
  let reported = 0;
  let quoted = false;
  for await (const chunk of source) {
    for (const octet of chunk) {
      if (octet === 0x22 && format === 'csv') quoted = !quoted;
      else if (octet === 0x0a && !quoted) state.entries += 1;
    }
    if (state.entries - reported >= REPORT) {
      reported = state.entries;
      note(`${reported} so far`);
    }
    yield chunk;
  }
}

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') throw new Error('the last line is not complete');
}

async function intoDatabase(
  kind: ExportKind,
  path: string,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  using database = new SqliteExport(path, kind);
  for await (const line of linesOf(source)) database.add(JSON.parse(line) as Record<string, unknown>);
  database.finish();
}

async function write(
  kind: ExportKind,
  options: ExportOptions,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { out, format } = options;
  if (out === undefined) {
    const standard: Writable = process.stdout;
    await pipeline(source, standard, { end: false });
    return;
  }
  await writeWhole(out, (draft) =>
    format === 'sqlite'
      ? intoDatabase(kind, draft, source)
      : pipeline(source, createWriteStream(draft, { mode: 0o600 })),
  );
}

function exportOf(kind: ExportKind, description: string): Command {
  return clientCommand(kind, description)
    .addOption(new Option('--format <FORMAT>', 'how').choices(['csv', 'jsonl', 'sqlite']).default('csv'))
    .option('--out <FILE>', 'into this file, which is replaced [standard output]')
    .option('--app <KEY>', 'only those of this application')
    .option('--since <TIME>', 'only from this time on, such as 2026-01-31T08:00:00Z')
    .option('--until <TIME>', 'only before this time')
    .action(async (options: ExportOptions) => {
      const { format, out, app, since, until } = options;
      if (out === undefined && (format === 'sqlite' || options.json)) {
        throw new CliFailure(
          'Name the file with --out: standard output is for text, or for the document of --json.',
        );
      }
      const query = { appKey: app, since, until, format: format === 'csv' ? 'csv' : 'jsonl' };
      const body = await clientOf(options).stream(`/exports/${kind}`, query);
      // The head of a table is none.
      const state = { entries: format === 'csv' ? -1 : 0 };
      try {
        const source: AsyncIterable<Uint8Array> = Readable.fromWeb(body as never);
        await write(kind, options, counted(source, format, state));
      } catch (error) {
        if (error instanceof CliFailure) throw error;
        const why = error instanceof Error ? error.message : String(error);
        throw new CliFailure(
          `The export is not complete: ${why}. Nothing was kept in its file; run it again.`,
        );
      }
      const document = { kind, format, exported: state.entries, file: out };
      if (options.json) print(JSON.stringify(document));
      else note(`${document.exported} ${kind}${out === undefined ? '' : ` in ${out}`}`);
    });
}

export function exportCommand(): Command {
  const group = new Command('export').description('everything of one kind, for other programs');
  group.addCommand(exportOf('records', 'ended calls with their records'));
  group.addCommand(exportOf('events', 'events of calls'));
  return group;
}
