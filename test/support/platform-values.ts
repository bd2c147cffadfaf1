import type { JsonObject } from '../../src/model/json.ts';

/** Values of the chart by which a platform team fits it into its cluster: everything that is no setting of the controller. */
export const platformValues = {
  fullnameOverride: 'updates',
  commonLabels: { team: 'platform' },
  commonAnnotations: { 'example.com/owner': 'platform' },
  deploymentAnnotations: { 'example.com/wave': '2' },
  podAnnotations: { 'prometheus.io/scrape': 'false' },
  podLabels: { 'example.com/egress': 'registries' },
  serviceAccount: { name: 'updater', annotations: { 'example.com/identity': 'reader' } },
  imagePullSecrets: ['platform'],
  priorityClassName: 'system-cluster-critical',
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'platform', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, preference: { matchExpressions: [{ key: 'platform', operator: 'Exists' }] } },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { team: 'platform' } },
    },
  ],
  podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: 1000 },
  securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  registries: { existingSecret: 'mirrors' },
  env: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/authorities/ca.crt' }],
  envFrom: [{ configMapRef: { name: 'proxies' } }],
  extraArgs: ['--container-metrics'],
  extraVolumes: [{ name: 'authorities', configMap: { name: 'authorities' } }],
  extraVolumeMounts: [{ name: 'authorities', mountPath: '/etc/authorities', readOnly: true }],
} as const satisfies JsonObject;
