import { describe, expect, it } from 'vitest';
import { LegAtPorts } from '../../../test/fuzz/targets/media-port.ts';

/** A receiver report that says all is lost, of whichever source. */
const report = Buffer.from(`81c90007${'00000009'}${'00000001'}ff7fffff${'00'.repeat(16)}`, 'hex');

describe('reports to a leg whose far end has spoken', () => {
  it('are taken from the far end, whose first they are', () => {
    const ports = new LegAtPorts();
    ports.speaks(4);
    ports.hears(report, 'rtcp', 'far end');
    expect(ports.leg.statistics).toMatchObject({ received: { reports: 1 }, dropped: { strangers: 0 } });
  });

  it('are not taken from a stranger, though the far end never sent any', () => {
    const ports = new LegAtPorts();
    ports.speaks(4);
    for (let count = 0; count < 60; count += 1) ports.hears(report, 'rtcp', 'stranger');
    expect(ports.leg.statistics).toMatchObject({ received: { reports: 0 }, dropped: { strangers: 60 } });
    expect(ports.rtcp.destinations).not.toContain('198.51.100.9');
  });
});
