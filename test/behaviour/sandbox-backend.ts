import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { secretText } from '../support/secrets.ts';
import type { Backend } from './backend.ts';
import { embeddedImages } from './embedded-images.ts';

/** A crashed container comes back within a second instead of ten, so that a test need not wait for three crashes. */
const impatient = { step: 20, backoff: { initial: 400, longest: 2_000 } };

/** The embedded API server, registry and node, in this process. */
export async function startSandboxBackend(): Promise<Backend> {
  const sandbox = await startSandbox({
    clock: systemClock,
    token: secretText('api-server'),
    pace: impatient,
  });
  const { registry, kubeconfig, api } = sandbox;
  return {
    kind: 'sandbox',
    api,
    kubeconfig,
    controllerKubeconfig: kubeconfig,
    ...embeddedImages(registry),
    close: () => sandbox.close(),
  };
}
