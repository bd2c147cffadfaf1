import type { EventNote, EventSink, Logger, Metrics } from '../../src/model/ports.ts';

/** Events that were told. */
export class RecordingEvents implements EventSink {
  readonly events: EventNote[] = [];

  /** The reasons in the order told. */
  get reasons(): readonly string[] {
    return this.events.map(({ reason }) => reason);
  }

  emit(event: EventNote): void {
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

  reflector(resource: string, fact: { readonly kind: string }): void {
    this.lines.push(`reflector ${resource} ${fact.kind}`);
  }

  queue(name: string, fact: { readonly kind: string }): void {
    this.lines.push(`queue ${name} ${fact.kind}`);
  }

  leading(leading: boolean): void {
    this.lines.push(`leading ${leading}`);
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
    this.lines.push({ level: 'debug', fields, message });
  }

  info(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }

  error(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }
}
