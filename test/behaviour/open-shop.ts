import { type Backend, type BackendOptions, startBackend } from './backend.ts';
import { Shop } from './shop.ts';

/** Starts the backend of a suite and opens a shop on it; both are closed by what `defer` is told. */
export async function openShop(
  defer: (step: () => unknown) => void,
  options?: BackendOptions,
): Promise<{ readonly backend: Backend; readonly shop: Shop }> {
  const backend = await startBackend(options);
  defer(() => backend.close());
  const shop = await Shop.open(backend);
  defer(() => shop.close());
  return { backend, shop };
}
