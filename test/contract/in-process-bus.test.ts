import { describe } from 'vitest';
import { InProcessEventBus } from '../../src/bus/in-process.ts';
import type { Logger } from '../../src/call/ports.ts';
import { eventBusContract } from './event-bus.ts';

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe('in-process event bus', () => {
  eventBusContract(async () => ({ bus: new InProcessEventBus(silent), delivered: async () => {} }));
});
