import { parentPort } from 'node:worker_threads';
import type { ToWorker } from '../../src/telephony/media/protocol.ts';

/** A media worker like any other, but for one payload type at which its thread dies. */
await import('../../src/telephony/media/worker-thread.ts');

parentPort?.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) {
    if (message.kind === 'configure' && message.audio.telephoneEvent?.send === 666)
      throw new Error('crash on demand');
  }
});
