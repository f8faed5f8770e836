import { keep } from '../fuzz/engine/corpus.ts';
import { fuzz } from '../fuzz/engine/fuzz.ts';
import { targets } from '../fuzz/targets/index.ts';
import type { SoakOptions, SoakPart, SoakReport } from './part.ts';

/** Unless the soak has a length, s. */
const THIRTY_MINUTES = 1_800;

/** Shares of the time: an input costs from 0.1 ms (SDP) to 20 ms (an upload). */
const shares: Readonly<Record<string, number>> = {
  'sip-message': 3,
  'sip-stream': 2,
  'sip-user-agent': 4,
  sdp: 2,
  rtp: 2,
  rtcp: 1,
  'media-port': 2,
  http: 4,
  'voice-file': 4,
};

/** One target after the other. What is found goes into the corpus, where the next `npm test` meets it. */
async function run(options: SoakOptions, say: (progress: string) => void): Promise<SoakReport> {
  const seconds = options.seconds ?? THIRTY_MINUTES;
  const whole = Object.values(shares).reduce((sum, share) => sum + share, 0);
  const tried: Record<string, number> = {};
  const measured: Record<string, string> = {};
  const examples: string[] = [];
  for (const target of Object.keys(targets)) {
    const time = (seconds * (shares[target] ?? 1)) / whole;
    const report = await fuzz({ target, seconds: time, seed: options.seed });
    tried[`inputs to ${target}`] = report.runs;
    measured[`characters of source reached by ${target}`] = `${report.coveredAtFirst} -> ${report.covered}`;
    for (const input of report.kept) keep(target, input, 'reached');
    for (const { input, error } of report.findings) {
      examples.push(`${target}/${keep(target, input, 'broken')}: ${error.split('\n', 1)[0]}`);
    }
    say(
      `${target}: ${report.runs} inputs, ${report.kept.length} kept, ${report.findings.length} broke something`,
    );
  }
  return { tried, lost: { 'inputs that broke a promise': examples.length }, measured, examples };
}

export const fuzzing: SoakPart = {
  name: 'fuzz',
  what: 'bytes that follow the coverage of SIP, SDP, RTP, RTCP, STUN and its like, HTTP and uploads',
  run,
};
