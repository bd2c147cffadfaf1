import type { Logger, Metrics } from '../../model/ports.ts';
import type { RegistryClientOptions } from '../../registry/client.ts';

/** Tells people what registries say of themselves and of credentials. */
export function registryTeller(
  logger: Logger,
  metrics: Pick<Metrics, 'registryWarning'>,
): Required<Pick<RegistryClientOptions, 'warned' | 'credentialRejected'>> {
  return {
    warned: (registry, text) => {
      metrics.registryWarning(registry);
      logger.warn({ registry }, `the registry warns: ${text}`);
    },
    credentialRejected: ({ registry, path, source }) =>
      logger.warn(
        { repository: `${registry}/${path}`, source },
        'a credential was not accepted; another one, or none, works',
      ),
  };
}
