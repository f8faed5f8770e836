/**
 * The platform of the API bench, as a process of its own: `node platform.ts JSON`. All of `serve`, but no accepted call is
 * begun: what is measured ends with the answer to the request. Prints its address and an app as JSON.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { loadConfig } from '../../src/config/load.ts';
import { CallService } from '../../src/call/call-service.ts';
import { startPlatform } from '../../src/main.ts';
import { type BulkWriter, GroupCommit, type Unit } from '../../src/store/group-commit.ts';
import type { Schema } from '../../src/store/schema.ts';

export interface PlatformOptions {
  /** Data directory. */
  readonly data: string;
  readonly database?: string;
  /** Each unit is committed by itself, each before the next. */
  readonly oneByOne?: boolean;
  readonly keepAlive: boolean;
  /** Where to leave a profile, from SIGUSR2 to SIGTERM, for bench/flame-graph.ts. */
  readonly profile?: string;
}

const {
  oneByOne = false,
  profile: profileFile,
  ...flags
} = JSON.parse(process.argv[2] ?? '{}') as PlatformOptions;

const place = CallService.prototype.place;
CallService.prototype.place = async function placeOnly(this: CallService, request) {
  // No call ends here, so none gives its port back.
  const placement = await place.call(this, { ...request, ports: Number.MAX_SAFE_INTEGER });
  return placement.kind === 'accepted' ? { ...placement, start: () => {} } : placement;
};

if (oneByOne) {
  const { prototype } = GroupCommit;
  let last: Promise<unknown> = Promise.resolve();
  const alone = <Result>(commit: () => Promise<Result>): Promise<Result> => {
    const result = last.then(commit);
    last = result.catch(() => {});
    return result;
  };
  const { run, write } = prototype;
  prototype.run = function runAlone<Result>(this: GroupCommit<Schema>, unit: Unit<Schema, Result>) {
    return alone(() => run.call(this, unit as Unit<unknown, unknown>)) as Promise<Result>;
  } as typeof run;
  prototype.write = function writeAlone<Item>(
    this: GroupCommit<Schema>,
    writer: BulkWriter<Schema, Item>,
    item: Item,
  ) {
    return alone(() => write.call(this, writer as BulkWriter<unknown, unknown>, item)) as Promise<void>;
  } as typeof write;
}

const config = loadConfig({
  flags: { ...flags, http: '127.0.0.1:0', sip: '127.0.0.1:0', rtp: '127.0.0.1:50000-50099', mediaWorkers: 1 },
  env: {},
});
const log = {
  debug: () => {},
  info: () => {},
  warn: (fields: object, message: string) => console.error(fields, message),
  error: (fields: object, message: string) => console.error(fields, message),
};
const platform = await startPlatform(config, { log, version: 'bench', adminToken: 'bench' });
const { sandbox } = platform;
console.log(JSON.stringify({ url: platform.http, appKey: sandbox?.appKey, appSecret: sandbox?.appSecret }));

const profiler = new Session();
profiler.connect();
process.once('SIGUSR2', () => {
  profiler.post('Profiler.enable');
  profiler.post('Profiler.start');
});
process.once('SIGTERM', () => {
  if (profileFile === undefined) process.exit(0);
  profiler.post('Profiler.stop', (error, { profile }) => {
    if (error) throw error;
    writeFileSync(profileFile, JSON.stringify(profile));
    process.exit(0);
  });
});
