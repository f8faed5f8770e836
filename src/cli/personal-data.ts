import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { clientCommand, clientOf, type ClientOptions } from './client-command.ts';
import { CliFailure, UsageFailure } from './failure.ts';
import { facts, note, result } from './output.ts';

interface ErasureView {
  readonly calls: number;
  readonly postponed: number;
  readonly refusals: number;
  readonly auditEntries: number;
}

export function exportNumberCommand(): Command {
  return clientCommand('export-number', 'everything that is known of one phone number, as JSON Lines')
    .argument('<NUMBER>', 'with its country, such as +8613500000001')
    .option('--out <FILE>', 'into this file [standard output]')
    .action(async (number: string, { out, ...options }: ClientOptions & { out?: string }) => {
      const body = await clientOf(options).postForStream('/personal-data/export', { number });
      const target: Writable = out === undefined ? process.stdout : createWriteStream(out, { mode: 0o600 });
      try {
        await pipeline(Readable.fromWeb(body as never), target, { end: out !== undefined });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new CliFailure(`The export is not complete: ${why}. Run it again.`);
      }
    });
}

export function eraseNumberCommand(): Command {
  return clientCommand('erase-number', 'mask one phone number wherever it stands, and remove its recordings')
    .argument('<NUMBER>', 'with its country, such as +8613500000001')
    .addOption(new Option('--yes', 'really: it cannot be undone'))
    .action(async (number: string, { yes, ...options }: ClientOptions & { yes?: boolean }) => {
      if (!yes) {
        throw new UsageFailure(
          'What is erased cannot be had back: export-number shows it. Give --yes to erase it.',
        );
      }
      const erased = await clientOf(options).post<ErasureView>('/personal-data/erase', { number });
      result(options.json, erased, () =>
        facts([
          ['calls', erased.calls],
          ['refused requests', erased.refusals],
          ['audit entries', erased.auditEntries],
        ]),
      );
      if (erased.postponed > 0) {
        note(
          `${erased.postponed} calls run, or something is still to be pushed of them: erase the number again when that is over.`,
        );
      }
    });
}
