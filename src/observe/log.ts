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

/** A log whose level may be changed while it is used. */
export interface AdjustableLogger extends Logger {
  level: string;
}

/** Builds the structured log, one JSON object a line. Secrets are opaque values that print as `[redacted]`. */
export function createLogger({ level, destination }: LogOptions): AdjustableLogger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: nameLevel },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** How lines for people look. */
export interface PrettyOptions {
  readonly colour: boolean;
  /** Standard output unless it says otherwise. */
  readonly destination?: DestinationStream;
}

/** A destination that shows each line of the log as one line of text: time of day, level, message, fields. Loaded only when asked for. */
export async function prettyLines({ colour, destination }: PrettyOptions): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  const look = { colorize: colour, translateTime: 'SYS:HH:MM:ss', singleLine: true };
  return pretty({ ...look, ...(destination && { destination }) });
}

function nameLevel(level: string): { level: string } {
  return { level };
}
