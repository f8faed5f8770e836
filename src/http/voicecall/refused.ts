import type { ResultCode } from '../../call/catalogue/result-codes.ts';
import type { Refusal } from '../../limits/refusal.ts';

/** What is kept of a refusal beyond its code, for whoever asks why. Holds no value of the request but the two numbers. */
export type KeptRefusal = Pick<Refusal, 'reason' | 'explanation' | 'displayNbr' | 'calleeNbr'>;

/** A request that the compatible API answers with this code instead of doing it. */
export class Refused extends Error {
  readonly code: ResultCode;
  readonly kept: KeptRefusal | undefined;

  constructor(code: ResultCode, kept?: KeptRefusal) {
    super(code.description);
    this.name = 'Refused';
    this.code = code;
    this.kept = kept;
  }
}
