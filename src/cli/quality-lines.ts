/** How the media of a call read on a terminal. */
import type { LegQualityView } from './api.ts';
import { table } from './output.ts';

const heads = ['time (UTC)', 'heard', 'received', 'lost', 'late', 'jitter ms', 'level dBFS', 'MOS', 'sent'];

function rowsOf(leg: LegQualityView): string[][] {
  const from = Date.parse(leg.from);
  return leg.heard.map((heard, row) => {
    const at = new Date(from + row * leg.secondsPerRow * 1_000).toISOString();
    const { received, lost, late, jitter, level, mos, sent } = leg;
    const values = [
      received[row],
      lost[row],
      late[row],
      jitter[row]?.toFixed(1),
      level[row],
      mos[row]?.toFixed(2),
    ];
    return [at.slice(11, 19), heard, ...[...values, sent[row]].map((value) => String(value ?? ''))];
  });
}

export function qualityLines(legs: readonly LegQualityView[]): string[] {
  if (legs.length === 0) return ['No media: no leg of the call has carried a packet.'];
  return legs.flatMap((leg, index) => {
    const each = leg.secondsPerRow === 1 ? 'a row a second' : `a row each ${leg.secondsPerRow} seconds`;
    const title = `Leg ${leg.party}: ${(leg.milliseconds / 1_000).toFixed(1)} s, ${each}`;
    return [...(index === 0 ? [] : ['']), title, ...table(heads, rowsOf(leg)).map((line) => `  ${line}`)];
  });
}
