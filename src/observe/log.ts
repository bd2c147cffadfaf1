import { pino, type DestinationStream } from 'pino';
import type { Logger } from '../model/ports.ts';

/** How much is logged. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** What a log is built from. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines go; standard output unless it says otherwise. */
  readonly destination?: DestinationStream | undefined;
}

/** Builds the structured log, one JSON object a line. Secrets are opaque values that print as `[redacted]`. */
export function createLogger({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: nameLevel },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A destination that shows lines as coloured text, on standard output unless told otherwise. Loaded only when asked for. */
export async function prettyLines(destination?: DestinationStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss', ...(destination && { destination }) });
}

function nameLevel(level: string): { level: string } {
  return { level };
}
