/**
 * What may be logged of an unexpected error: its kind and where it arose. Its message may quote a number, a text or an
 * address, so it stays out.
 */
export function describeFailure(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error ? error.code : undefined;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, code, stack: frames.map((line) => line.trim()) };
}
