import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readImagePolicy } from '../../src/kube/image-policies.ts';
import { kinds } from '../../src/kube/kinds.ts';
import { readPod } from '../../src/kube/pods.ts';
import { readTrackedImage } from '../../src/kube/tracked-images.ts';
import { readWatchEvent } from '../../src/kube/watch-event.ts';
import { isJsonObject } from '../../src/model/json.ts';
import { historyLimit, rejectedLimit } from '../../src/model/tracked-image.ts';
import { resolvePolicies } from '../../src/policy/effective-policy.ts';
import { compileImagePolicy } from '../../src/policy/image-policy.ts';
import { readManifestDocument } from '../../src/registry/manifest-document.ts';
import { parsePullSecret } from '../../src/registry/pull-secrets.ts';
import { tryOn } from './effort.ts';
import { mutatedJson, mutatedText } from './mutation.ts';
import { assertOneLine } from './plain.ts';

const defaults = { interval: 300_000, keelAnnotations: true };
const digest = `sha256:${'a1'.repeat(32)}`;
const password = 'hunter2-hunter2';

describe('objects that somebody else wrote', () => {
  it('a workload of any kind is read, or left out, and its policy is understood or refused in one line', () => {
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Rollout'] as const) {
      tryOn(mutatedJson(workload), (object) => {
        if (!isJsonObject(object)) return;
        const read = kinds[kind].project(object);
        if (!read) return;
        const policies = resolvePolicies(read, defaults);
        if (!policies.ok) assertOneLine(policies.problem.message);
      });
    }
  });

  it('annotations are understood or refused in one line, and never ask for less care than they say', () => {
    const key = mutatedText(
      'policy',
      'policy.web',
      'allow-tags',
      'extract',
      'window',
      'interval',
      'mode',
      'min-age',
      'platforms',
      'suspend',
    );
    const value = mutatedText(
      'minor',
      'semver:>=1.2 <2',
      'regexp:^(?P<major>\\d+)$',
      'glob:1.*',
      'true',
      'Mon-Fri 09:00-17:00 UTC',
      '5m',
      'approve',
      'linux/amd64',
    );
    tryOn(fc.dictionary(key, value, { maxKeys: 6 }), (settings) => {
      const annotations = Object.fromEntries(
        Object.entries(settings).map(([name, text]) => [`plimsoll.dev/${name}`, text]),
      );
      const read = kinds.Deployment.project({ ...workload, metadata: { ...workload.metadata, annotations } });
      assert.ok(read);
      const policies = resolvePolicies(read, defaults);
      if (!policies.ok) return assertOneLine(policies.problem.message);
      const suspended = annotations['plimsoll.dev/suspend'] === 'true';
      for (const { policy } of policies.value) assert.equal(policy.suspend, suspended || policy.suspend);
    });
  });

  it('a TrackedImage is read within its limits, whatever its status holds', () => {
    tryOn(mutatedJson(trackedImage), (object) => {
      if (!isJsonObject(object)) return;
      const status = readTrackedImage(object)?.status;
      if (!status) return;
      assert.ok(status.history.length <= historyLimit);
      assert.ok(status.rejected.length <= rejectedLimit);
    });
  });

  it('an ImagePolicy is compiled to a policy, or to the problem that it has', () => {
    tryOn(mutatedJson(imagePolicy), (object) => {
      const read = isJsonObject(object) ? readImagePolicy(object) : undefined;
      if (read) compileImagePolicy(read);
    });
  });

  it('pods and lines of a watch are read or left out', () => {
    tryOn(mutatedJson(pod), (object) => {
      if (isJsonObject(object)) readPod(object);
    });
    tryOn(mutatedJson({ type: 'MODIFIED', object: pod }), (line) => {
      readWatchEvent(line);
    });
  });

  it('a pull secret gives credentials or one-line problems, and no problem repeats what it holds', () => {
    const config = JSON.stringify({
      auths: { 'ghcr.io': { username: 'u', password, auth: btoa(`u:${password}`) } },
    });
    tryOn(mutatedText(config), (text) => {
      const data = { '.dockerconfigjson': Buffer.from(text).toString('base64') };
      const secret = {
        type: 'kubernetes.io/dockerconfigjson',
        metadata: { namespace: 'shop', name: 'regcred' },
        data,
      };
      const read = parsePullSecret(secret);
      for (const { message } of read.problems) {
        assertOneLine(message);
        assert.ok(!message.includes(password) && !message.includes(btoa(`u:${password}`)));
      }
      assert.ok(!JSON.stringify(read).includes(password));
    });
  });

  it('a manifest is understood or refused in one line', () => {
    const index = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          digest,
          size: 7,
          platform: { os: 'linux', architecture: 'amd64' },
        },
      ],
    };
    const image = {
      schemaVersion: 2,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 7 },
      layers: [],
    };
    for (const sample of [index, image]) {
      tryOn(mutatedJson(sample), (document) => {
        const body = Buffer.from(JSON.stringify(document) ?? '');
        const read = readManifestDocument(body, index.mediaType);
        if (read.kind === 'refused') assertOneLine(read.why);
      });
    }
  });
});

const template = {
  metadata: {
    labels: { app: 'web' },
    annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T13:00:00Z' },
  },
  spec: {
    imagePullSecrets: [{ name: 'regcred' }],
    initContainers: [{ name: 'migrate', image: 'ghcr.io/a/migrate:1.0.0', restartPolicy: 'Always' }],
    containers: [{ name: 'web', image: 'ghcr.io/a/b:1.2.3', imagePullPolicy: 'Always' }],
  },
};
const metadata = { name: 'web', namespace: 'shop', uid: 'u-1', resourceVersion: '7', generation: 3 };
const workload = {
  metadata: {
    ...metadata,
    annotations: { 'plimsoll.dev/policy': 'minor', 'keel.sh/policy': 'minor' },
    labels: { 'keel.sh/trigger': 'poll' },
  },
  spec: {
    replicas: 2,
    paused: false,
    selector: { matchLabels: { app: 'web' } },
    template,
    jobTemplate: { spec: { template } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
  },
  status: {
    observedGeneration: 3,
    replicas: 2,
    conditions: [{ type: 'Available', status: 'True', reason: 'x', message: 'y' }],
  },
};
const trackedImage = {
  metadata: {
    ...metadata,
    labels: { 'plimsoll.dev/container': 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u-2' }],
  },
  spec: { hold: true, skip: ['1.2.4'], checkAt: '2026-11-21T13:00:00Z', approve: `1.2.4@${digest}` },
  status: {
    image: 'ghcr.io/a/b:1.2.3',
    running: [digest],
    state: 'UpToDate',
    reason: 'UpToDate',
    message: 'x',
    rejected: [{ digest, tag: '1.2.4', reason: 'RolloutFailed', message: 'x', at: '2026-11-21T13:00:00Z' }],
    history: [
      {
        from: 'a:1',
        to: 'a:2',
        digest,
        at: '2026-11-21T13:00:00Z',
        outcome: 'Verified',
        generation: 2,
        seconds: 3,
      },
    ],
  },
};
const imagePolicy = {
  metadata,
  spec: {
    priority: 10,
    selector: { matchLabels: { app: 'web' } },
    kinds: ['Deployment'],
    images: ['ghcr.io/**'],
    containers: ['web'],
    policy: 'semver:>=1',
    allowTags: ['glob:1.*'],
    window: '22:00-02:00',
  },
};
const pod = {
  metadata: {
    ...metadata,
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', uid: 'u-3', controller: true }],
  },
  spec: { containers: [{ name: 'web', image: 'a:1' }], nodeName: 'n' },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        name: 'web',
        image: 'a:1',
        imageID: `a@${digest}`,
        ready: true,
        restartCount: 0,
        state: { running: {} },
      },
    ],
  },
};
