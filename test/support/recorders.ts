import type { EventNote, EventSink, Logger, Metrics } from '../../src/model/ports.ts';
import { shown } from './shown.ts';

/** Events that were told. */
export class RecordingEvents implements EventSink {
  readonly events: EventNote[] = [];

  /** The reasons in the order told. */
  get reasons(): readonly string[] {
    return this.events.map(({ reason }) => reason);
  }

  emit(event: EventNote): void {
    shown('an event', JSON.stringify(event));
    this.events.push(event);
  }
}

/** What was counted, one line each: `update shop applied`. */
export class RecordingMetrics implements Metrics {
  readonly lines: string[] = [];

  /** How often a line was counted. */
  count(line: string): number {
    return this.lines.filter((each) => each === line).length;
  }

  registryRequest(registry: string, operation: string, code: string): void {
    this.lines.push(`registryRequest ${registry} ${operation} ${code}`);
  }

  registryQuota(registry: string, limit: number, remaining: number): void {
    this.lines.push(`registryQuota ${registry} ${remaining}/${limit}`);
  }

  registryWarning(registry: string): void {
    this.lines.push(`registryWarning ${registry}`);
  }

  registryPause(registry: string): void {
    this.lines.push(`registryPause ${registry}`);
  }

  registryThrottled(registry: string, seconds: number): void {
    if (seconds > 0) this.lines.push(`registryThrottled ${registry}`);
  }

  tagsListed(count: number): void {
    this.lines.push(`tagsListed ${count}`);
  }

  repositoryScan(outcome: string): void {
    this.lines.push(`scan ${outcome}`);
  }

  kubeRequest(method: string, code: string): void {
    this.lines.push(`kubeRequest ${method} ${code}`);
  }

  decision(state: string, reason: string): void {
    this.lines.push(`decision ${state} ${reason}`);
  }

  update(namespace: string, outcome: string): void {
    this.lines.push(`update ${namespace} ${outcome}`);
  }

  rollback(namespace: string, outcome: string): void {
    this.lines.push(`rollback ${namespace} ${outcome}`);
  }

  rollout(namespace: string, outcome: string): void {
    this.lines.push(`rollout ${namespace} ${outcome}`);
  }

  event(outcome: string): void {
    this.lines.push(`event ${outcome}`);
  }

  informerRestart(resource: string, cause: string): void {
    this.lines.push(`informer restart ${resource} ${cause}`);
  }

  queue(name: string, fact: { readonly kind: string }): void {
    this.lines.push(`queue ${name} ${fact.kind}`);
  }

  leading(leading: boolean): void {
    this.lines.push(`leading ${leading}`);
  }

  eventLoopLag(seconds: number): void {
    this.lines.push(`event loop late by ${seconds} s`);
  }
}

/** Lines of a log, with their fields. */
export class RecordingLog implements Logger {
  readonly lines: {
    readonly level: string;
    readonly fields: Readonly<Record<string, unknown>>;
    readonly message: string;
  }[] = [];

  debug(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#write('debug', fields, message);
  }

  info(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#write('warn', fields, message);
  }

  error(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#write('error', fields, message);
  }

  #write(level: string, fields: Readonly<Record<string, unknown>>, message: string): void {
    shown('the log', `${message} ${JSON.stringify(fields)}`);
    this.lines.push({ level, fields, message });
  }
}
