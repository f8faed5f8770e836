import type { ResultCode } from '../../call/catalogue/result-codes.ts';

/** A request that the compatible API answers with this code instead of doing it. */
export class Refused extends Error {
  readonly code: ResultCode;

  constructor(code: ResultCode) {
    super(code.description);
    this.name = 'Refused';
    this.code = code;
  }
}
