import { type Logger, pino } from 'pino';

/** Numbers, keys, digits: nothing that long in an error's text is for a log. */
const scrubbed = (text: string): string => text.replaceAll(/\+?\d{5,}/g, '[number]');

/** One JSON line an event on standard error. Texts of errors are shown without the numbers in them. */
export function createLogger(level: string): Logger {
  const err = (error: unknown): unknown => {
    const { type, message, stack, ...rest } = pino.stdSerializers.err(error as Error);
    return { type, code: rest.code, message: scrubbed(message), stack: scrubbed(stack) };
  };
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err } },
    pino.destination(2),
  );
}
