import { environmentName, type Setting } from '../config.ts';
import type { ProxySettings } from '../registry/proxy.ts';

/** What `--print-config` shows besides the flags. */
export interface Surroundings {
  /** What defaults that depend on the surroundings come to, by the name of the flag. */
  readonly resolved: Readonly<Record<string, string>>;
  readonly server: string;
  readonly context: string;
  readonly proxy: ProxySettings;
  /** Hosts that the registries file names. */
  readonly registryHosts: readonly string[];
}

/** Every setting in force as YAML, each with a comment that says where it comes from. Holds no secret. */
export function effectiveConfig(settings: readonly Setting[], around: Surroundings): string {
  const flags = settings
    .filter(({ flag }) => flag.name !== 'print-config')
    .map((setting) => line(setting.flag.name, valueOf(setting, around), originOf(setting)));
  const { http, https, no } = around.proxy;
  const proxies = Object.entries({ http, https, no }).flatMap(([scheme, address]) =>
    address === undefined ? [] : [line(`proxy-${scheme}`, quoted(withoutPassword(address)), 'environment')],
  );
  return [
    ...flags,
    ...proxies,
    line('cluster', quoted(around.server), `context ${around.context}`),
    ...(around.registryHosts.length > 0
      ? [line('registry-hosts', list(around.registryHosts), 'registries file, credentials [redacted]')]
      : []),
  ].join('\n');
}

function line(name: string, value: string, origin: string): string {
  return `${name}: ${value}  # ${origin}`;
}

function valueOf({ flag, values, origin }: Setting, { resolved }: Surroundings): string {
  if (flag.repeatable) return list(values);
  const said = origin === 'default' ? resolved[flag.name] : values.at(-1);
  if (said !== undefined) return flag.value === undefined ? said : quoted(said);
  // A default that is described and not named is no value.
  return /^[\w:.]+$/.test(flag.default) && flag.default !== 'none' ? quoted(flag.default) : 'null';
}

function originOf({ flag, origin }: Setting): string {
  if (origin === 'environment') return `environment ${environmentName(flag.name)}`;
  return origin === 'flag' ? 'flag' : `default (${flag.default})`;
}

function list(values: readonly string[]): string {
  return `[${values.map(quoted).join(', ')}]`;
}

/** Words stay as they are; what YAML could read as something else stands in quotes. */
function quoted(text: string): string {
  return /^(?:true|false|\d+|[a-z][\w./-]*)$/i.test(text) ? text : JSON.stringify(text);
}

function withoutPassword(address: string): string {
  return address.replace(/^([a-z]+:\/\/)?.*@/i, '$1[redacted]@');
}
