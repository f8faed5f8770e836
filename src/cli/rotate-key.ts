import type { Command } from 'commander';
import { placeCommand, placeOf, type PlaceOptions, telling } from './backup.ts';
import { CliFailure } from './failure.ts';
import { note, result } from './output.ts';

export function rotateKeyCommand(): Command {
  return placeCommand('rotate-key', 'encrypt every secret with a new key; the platform must not run').action(
    async (options: PlaceOptions) => {
      const { rotateSecretKey } = await import('../main.ts');
      const { data, database, now, keyIsConfigured } = placeOf(options);
      if (keyIsConfigured) {
        throw new CliFailure(
          'The key is configured, and not in a file: start with the new one as OVC_SECRET_KEY and the old one as OVC_PREVIOUS_SECRET_KEY.',
        );
      }
      const oldKey = await telling(() => rotateSecretKey({ data, database, now }));
      result(options.json, { data, oldKey }, () => [`Every secret of ${data} is encrypted with a new key.`]);
      note(`Backups of before need the old key: keep ${oldKey} in another place, or delete it.`);
    },
  );
}
