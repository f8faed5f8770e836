/** `node bench/start-profile.ts OUT.cpuprofile`: what a start on 100,000 calls spends the main thread's time on. */
import { profileStart } from './start.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node bench/start-profile.ts OUT.cpuprofile');
  process.exit(2);
}
await profileStart(file, 100_000);
