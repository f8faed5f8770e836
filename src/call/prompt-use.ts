/** Which voice files and templates of the account a call was accepted to play. */
import type { CallbackOrder, Order } from './call-record.ts';

export interface PromptUse {
  readonly kind: 'voice-file' | 'template';
  /** The name of a file, or a template id. */
  readonly id: string;
}

/** Each once; whether the call came so far as to play it is another matter. */
export function promptUsesOf(order: Order): PromptUse[] {
  const uses = allUses(order);
  return uses.filter(
    (use, index) => uses.findIndex(({ kind, id }) => kind === use.kind && id === use.id) === index,
  );
}

function allUses(order: Order): PromptUse[] {
  switch (order.capability) {
    case 'callback':
      return filesOf(callbackFiles(order));
    case 'notification':
      return order.segments.flatMap(({ prompt }): PromptUse[] => {
        if (prompt.kind === 'file') return filesOf([prompt.name]);
        return prompt.templateId === undefined ? [] : [{ kind: 'template', id: prompt.templateId }];
      });
    case 'verification':
      return filesOf([order.preTone, order.posTone]);
  }
}

const filesOf = (names: readonly (string | undefined)[]): PromptUse[] =>
  names.flatMap((id): PromptUse[] => (id === undefined ? [] : [{ kind: 'voice-file', id }]));

/** A file that is named and not played, as `preVoice` without `playPreVoice`, is not used. */
const callbackFiles = (order: CallbackOrder): (string | undefined)[] => [
  order.callBackTone,
  order.playPreVoice ? order.preVoice : undefined,
  order.waitVoice,
  order.recordFlag ? order.recordHintTone : undefined,
  order.maxDuration > 0 ? order.lastMinVoice : undefined,
];
