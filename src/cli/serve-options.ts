import { type Command, Option } from 'commander';
import { settingOptions } from '../config/options.ts';

/** Adds every setting as a flag, and `--config`; what `loadConfig` takes as its flags. */
export function withSettings(command: Command): Command {
  command.option(
    '--config <FILE>',
    'YAML with the same keys; flags win over environment, environment over file [OVC_CONFIG]',
  );
  for (const setting of settingOptions()) {
    command.option(setting.flags, setting.description);
    // Told once below the list instead of in a line each.
    if (setting.switch) command.addOption(new Option(setting.flags.replace(/^--/, '--no-')).hideHelp());
  }
  return command.addHelpText(
    'after',
    `
In brackets: the environment variable and the default. Times are seconds, or have a unit: 200ms, 60s, 10min, 1h.
Switches have an opposite: --no-keep-alive.`,
  );
}
