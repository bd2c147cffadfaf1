import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { KubeClient } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import { listPath, resources } from '../kube/resources.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Clock } from '../model/ports.ts';

const collection = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const served = [resources.trackedImages, resources.imagePolicies];

/** Installs the custom resources of `crds/` where they are missing, and waits until they are served. */
export async function installDefinitions(
  client: Pick<KubeClient, 'create' | 'get'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (const { group, plural } of served) {
    const definition = readDefinition(`crds/${group}_${plural}.yaml`);
    await client.create(collection, definition, { signal }).catch((error: unknown) => {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
    });
  }
  for (;;) {
    try {
      for (const resource of served) await client.get(listPath(resource), { signal });
      return;
    } catch (error) {
      if (!isKubeError(error, 'NotFound', 'TooManyRequests', 'Unavailable')) throw error;
      await clock.sleep(50, signal);
    }
  }
}

/** The files lie beside the sources, and beside the bundle. */
function readDefinition(file: string): JsonObject {
  const places = [`../../${file}`, `../${file}`].map((path) => new URL(path, import.meta.url));
  const place = places.find((url) => existsSync(url));
  if (!place) throw new Error(`${file} is missing; run this from a checkout`);
  const parsed: unknown = parse(readFileSync(place, 'utf8'));
  if (!isJsonObject(parsed)) throw new Error(`${place.pathname} is not a YAML object`);
  return parsed;
}
