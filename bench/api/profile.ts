/** `node bench/api/profile.ts OUT.cpuprofile`: what the platform's processor time goes into while it takes all requests it can. */
import { profileApi } from '../api.ts';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node bench/api/profile.ts OUT.cpuprofile');
  process.exit(2);
}
await profileApi(file, 5);
