import type { JsonObject } from '../../src/model/json.ts';

const anything = { 'x-kubernetes-preserve-unknown-fields': true };
const count = { type: 'integer', format: 'int32' };

/**
 * The definition of Argo Rollouts' custom resource, as far as it is read or written here. Of its facts the ones that matter are
 * kept: a status subresource, and an `observedGeneration` that is a string.
 */
export const rolloutDefinition: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: {
      kind: 'Rollout',
      listKind: 'RolloutList',
      plural: 'rollouts',
      singular: 'rollout',
      shortNames: ['ro'],
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  replicas: count,
                  minReadySeconds: count,
                  progressDeadlineSeconds: count,
                  paused: { type: 'boolean' },
                  selector: { type: 'object', ...anything },
                  strategy: { type: 'object', ...anything },
                  template: { type: 'object', ...anything },
                  workloadRef: {
                    type: 'object',
                    properties: {
                      apiVersion: { type: 'string' },
                      kind: { type: 'string' },
                      name: { type: 'string' },
                      scaleDown: { type: 'string' },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                properties: {
                  observedGeneration: { type: 'string' },
                  phase: { type: 'string' },
                  message: { type: 'string' },
                  replicas: count,
                  updatedReplicas: count,
                  readyReplicas: count,
                  availableReplicas: count,
                },
              },
            },
          },
        },
      },
    ],
  },
};
