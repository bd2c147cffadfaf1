import { isJsonObject, type JsonObject, textAt } from '../../model/json.ts';
import { isList, mapAt, objectAt, withDefaults } from './json-edit.ts';

/** Fills in what the API server adds to a pod specification; the same for pods and for pod templates. */
export function withPodSpecDefaults(spec: JsonObject): JsonObject {
  let result = withDefaults(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  const account = textAt(result, 'serviceAccountName') ?? textAt(result, 'serviceAccount');
  // The old name and the new one always say the same.
  if (account !== undefined) result = { ...result, serviceAccountName: account, serviceAccount: account };
  for (const list of ['containers', 'initContainers']) {
    result = mapAt(result, [list], (containers) => mapObjects(containers, withContainerDefaults));
  }
  return mapAt(result, ['volumes'], (volumes) => mapObjects(volumes, withVolumeDefaults));
}

/** Fills in the defaults below `spec.template` of a workload. */
export function withTemplateDefaults(object: JsonObject, path: readonly string[]): JsonObject {
  return mapAt(object, [...path, 'spec'], (spec) => (isJsonObject(spec) ? withPodSpecDefaults(spec) : spec));
}

function withContainerDefaults(container: JsonObject): JsonObject {
  let result = withDefaults(container, {
    imagePullPolicy: defaultPullPolicy(textAt(container, 'image') ?? ''),
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    result = mapAt(result, [probe], (value) => (isJsonObject(value) ? withProbeDefaults(value) : value));
  }
  result = mapAt(result, ['ports'], (ports) =>
    mapObjects(ports, (port) => withDefaults(port, { protocol: 'TCP' })),
  );
  return mapAt(result, ['env'], (env) => mapObjects(env, withEnvDefaults));
}

/** `Always` for the tag `latest` and for none; a digest, or any other tag, makes it `IfNotPresent`. */
function defaultPullPolicy(image: string): string {
  const [name = '', digest] = image.split('@');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  const latest = tag === 'latest' || (tag === undefined && digest === undefined);
  return latest ? 'Always' : 'IfNotPresent';
}

function withProbeDefaults(probe: JsonObject): JsonObject {
  const timed = withDefaults(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  return mapAt(timed, ['httpGet'], (get) =>
    isJsonObject(get) ? withDefaults(get, { path: '/', scheme: 'HTTP' }) : get,
  );
}

function withEnvDefaults(variable: JsonObject): JsonObject {
  return mapAt(variable, ['valueFrom', 'fieldRef'], (ref) =>
    isJsonObject(ref) ? withDefaults(ref, { apiVersion: 'v1' }) : ref,
  );
}

function withVolumeDefaults(volume: JsonObject): JsonObject {
  if (Object.keys(volume).every((key) => key === 'name')) return { ...volume, emptyDir: {} };
  let result = volume;
  for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
    if (!isJsonObject(volume[source])) continue;
    result = { ...result, [source]: withDefaults(objectAt(volume, source), { defaultMode: 420 }) };
  }
  return result;
}

function mapObjects(list: unknown, change: (item: JsonObject) => JsonObject): unknown {
  if (!isList(list)) return list;
  return list.map((item: unknown) => (isJsonObject(item) ? change(item) : item));
}
