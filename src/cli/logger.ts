import { type Logger, pino } from 'pino';

/** Five digits or more, and before them what says that they are ports: an address, or the word. */
const LONG_NUMBER =
  /(?<where>(?:\b\d{1,3}(?:\.\d{1,3}){3}|\]):|\bports? (?:range )?)(?<ports>[1-9]\d*(?:-[1-9]\d*)?)(?![\d-])|\+?\d{5,}/gi;

/**
 * Phone numbers, keys and digits are not for a log: no five digits or more of an error's text are, but for ports and ranges of
 * ports that are named as such.
 */
export function scrubbed(text: string): string {
  return text.replaceAll(LONG_NUMBER, (match: string, where?: string, ports?: string) => {
    const [first = 0, last = first] = (ports ?? '').split('-').map(Number);
    const arePorts = where !== undefined && first <= last && last <= 65_535;
    return arePorts ? match : match.replaceAll(/\+?\d{5,}/g, '[number]');
  });
}

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
