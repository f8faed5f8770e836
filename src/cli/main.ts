/** The command `openvoicecall`. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config.ts';
import { accountCommand } from './account.ts';
import { auditCommand } from './audit.ts';
import { tokenCommand } from './token.ts';
import { trunkCommand } from './trunk.ts';
import { userCommand } from './user.ts';
import { blacklistCommand } from './blacklist.ts';
import { guardCommand, priceCommand } from './guard.ts';
import { limitCommand } from './limit.ts';
import { queueCommand } from './queue.ts';
import { appCommand } from './app.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { callCommand } from './call.ts';
import { callsCommand } from './calls.ts';
import { doctorCommand } from './doctor/command.ts';
import { CliFailure, UsageFailure } from './failure.ts';
import { enterpriseCommand, numberOrderCommand } from './enterprise.ts';
import { exportCommand } from './export.ts';
import { notifyCommand } from './notify.ts';
import { numberCommand } from './number.ts';
import { note, print } from './output.ts';
import { eraseNumberCommand, exportNumberCommand } from './personal-data.ts';
import { poolCommand } from './pool.ts';
import { phonesCommand } from './phones.ts';
import { pushesCommand } from './pushes.ts';
import { rotateKeyCommand } from './rotate-key.ts';
import { serveCommand } from './serve.ts';
import { statisticsCommand } from './statistics.ts';
import { stopCommand } from './stop.ts';
import { reviewsCommand } from './reviews.ts';
import { templateCommand } from './template.ts';
import { verifyCommand } from './verify.ts';
import { version } from './version.ts';
import { voiceCommand } from './voice.ts';

const exitCodes = { done: 0, failed: 1, wrongUsage: 2 } as const;

function program(): Command {
  const root = new Command('openvoicecall')
    .description('Phone calls made by software, on your own trunk or in a sandbox.')
    .version(version);
  const commands = [
    serveCommand(),
    accountCommand(),
    userCommand(),
    tokenCommand(),
    auditCommand(),
    appCommand(),
    numberCommand(),
    poolCommand(),
    enterpriseCommand(),
    numberOrderCommand(),
    trunkCommand(),
    voiceCommand(),
    templateCommand(),
    reviewsCommand(),
    callCommand(),
    notifyCommand(),
    verifyCommand(),
    stopCommand(),
    callsCommand(),
    queueCommand(),
    limitCommand(),
    blacklistCommand(),
    guardCommand(),
    priceCommand(),
    pushesCommand(),
    statisticsCommand(),
    exportCommand(),
    exportNumberCommand(),
    eraseNumberCommand(),
    backupCommand(),
    restoreCommand(),
    rotateKeyCommand(),
    phonesCommand(),
    doctorCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  throwInsteadOfExit(root);
  return root;
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}

/** Says what went wrong in one line, and what to do. @returns the exit code */
function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) {
    const asked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    return asked ? exitCodes.done : exitCodes.wrongUsage;
  }
  if (error instanceof ConfigError) {
    if (json) print(JSON.stringify({ error: { code: 'configuration', message: error.message } }));
    for (const problem of error.problems) note(`error: ${problem}`);
    return exitCodes.wrongUsage;
  }
  if (error instanceof UsageFailure) {
    if (json) print(JSON.stringify({ error: { code: 'usage', message: error.message } }));
    note(`error: ${error.message}`);
    return exitCodes.wrongUsage;
  }
  if (error instanceof CliFailure) {
    if (json) print(JSON.stringify(error.document));
    note(`error: ${error.message}`);
    return exitCodes.failed;
  }
  note(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exitCodes.failed;
}

/**
 * Runs one command.
 * @param args without the program's name
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage
 */
export async function main(args: readonly string[]): Promise<number> {
  // The reader of our output left (`| head`): nothing more to do for it.
  process.stdout.on('error', () => process.exit(exitCodes.done));
  const code = await outcomeOf(args);
  // Whoever called ends the process, and with it what a slow reader has not taken yet.
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise((resolve) => stream.write('', resolve));
  }
  return code;
}

async function outcomeOf(args: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...args], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    return report(error, args.includes('--json'));
  }
}
