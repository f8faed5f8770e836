import { describe, expect, it } from 'vitest';
import { sampleCall } from '../../test/contract/samples.ts';
import type { CallbackOrder, Order } from './call-record.ts';
import { promptUsesOf } from './prompt-use.ts';

const idsOf = (order: Order): string[] => promptUsesOf(order).map(({ kind, id }) => `${kind} ${id}`);
const legs = { displayNbr: '+8675528000001', calleeNbr: '+8613500000002' };

describe('what a call uses', () => {
  it('are the files that its callback would play, each once', () => {
    const silent: CallbackOrder = {
      ...(sampleCall('s').order as CallbackOrder),
      callBackTone: 'a.wav',
      playPreVoice: false,
      preVoice: 'b.wav',
      waitVoice: 'a.wav',
      recordFlag: false,
      recordHintTone: 'c.wav',
      maxDuration: 0,
      lastMinVoice: 'd.wav',
    };
    expect(idsOf(silent)).toEqual(['voice-file a.wav']);
    expect(idsOf({ ...silent, playPreVoice: true, recordFlag: true, maxDuration: 9 })).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `voice-file ${name}.wav`),
    );
  });

  it('are files and templates of a notification, and no free text', () => {
    const prompts = [
      { kind: 'file', name: 'a.wav' },
      { kind: 'speech', text: '您好', templateId: 'id' },
      { kind: 'speech', text: '您好' },
    ] as const;
    const segments = prompts.map((prompt) => ({ prompt, collect: 0 }));
    const order: Order = { capability: 'notification', ...legs, segments };
    expect(idsOf(order)).toEqual(['voice-file a.wav', 'template id']);
  });

  it('are both tones of a verification', () => {
    const order: Order = {
      capability: 'verification',
      ...legs,
      preTone: 'a.wav',
      posTone: 'b.wav',
      verifyCode: '12',
      times: 1,
    };
    expect(idsOf(order)).toEqual(['voice-file a.wav', 'voice-file b.wav']);
    expect(idsOf({ ...order, posTone: undefined })).toEqual(['voice-file a.wav']);
  });
});
