/** The command was understood and refused, or failed: one line says what and what to do. Exit code 1. */
export class CliFailure extends Error {
  /** Printed on standard output where `--json` asks for a document. */
  readonly document: object;

  constructor(message: string, document: object = { error: { code: 'failed', message } }) {
    super(message);
    this.name = 'CliFailure';
    this.document = document;
  }
}

/** The command was not understood. Exit code 2. */
export class UsageFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageFailure';
  }
}
