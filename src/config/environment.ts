/** The process's environment; nothing else reads it. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const processEnvironment = (): Environment => process.env;

/** Where other programs are looked for. */
export const programPath = (): string => processEnvironment().PATH ?? '';
