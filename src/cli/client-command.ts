import { Command } from 'commander';
import { clientSettings } from '../config/client-settings.ts';
import { AdminClient } from './admin-client.ts';

/** Options of every command that talks to a running server. */
export interface ClientOptions {
  readonly data?: string;
  readonly json?: boolean;
  /** Which account is meant. */
  readonly account?: string;
}

/** A command with `--data`, `--account` and `--json`. */
export function clientCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <DIR>', 'where admin.json is [OVC_DATA; ./data]')
    .option('--account <ID>', 'the account that is meant [all of them, or openvoicecall]')
    .option('--json', 'print one JSON document');
}

export function clientOf(options: ClientOptions): AdminClient {
  return AdminClient.open(clientSettings(options), options.account);
}
