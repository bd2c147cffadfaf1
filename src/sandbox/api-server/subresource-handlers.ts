import { isJsonObject, type JsonObject, listAt, numberAt, textAt, textMapAt } from '../../model/json.ts';
import { type ApiAnswer, type ApiRequest, jsonAnswer } from './api-exchange.ts';
import { badRequest, conflict, methodNotAllowed } from './api-fault.ts';
import type { ClusterState } from './cluster-state.ts';
import { objectAt, withAt } from './json-edit.ts';
import { patchDocument } from './object-patcher.ts';
import { deleteOptions, writeOptions } from './request-options.ts';
import type { StoredObject } from './stored-object.ts';
import { timestamp } from './timestamp.ts';
import type { Target } from './write-request.ts';

/** Answers a request for `scale`, `binding` or `eviction`. */
export function answerSubresource(state: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const whole = { ...target, subresource: undefined };
  if (target.subresource === 'scale') return onScale(state, whole, request);
  if (request.method !== 'POST') throw methodNotAllowed();
  if (target.subresource === 'binding') return bind(state, whole, request);
  state.remover.remove(whole, deleteOptions({ ...request, body: objectAt(request.body, 'deleteOptions') }));
  return jsonAnswer(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

function onScale(state: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const object = state.lister.get(target);
  const current = scaleOf(object);
  if (request.method === 'GET') return jsonAnswer(200, current);
  const wanted = wantedScale(target, current, request);
  const replicas = numberAt(wanted, 'spec', 'replicas') ?? 0;
  const version = textAt(wanted, 'metadata', 'resourceVersion') ?? object.metadata.resourceVersion;
  const scaled = withAt(object, ['spec', 'replicas'], replicas);
  const next = withAt(scaled, ['metadata', 'resourceVersion'], version);
  const written = state.writer.replace(target, object, { object: next, warnings: [] }, writeOptions(request));
  return jsonAnswer(200, scaleOf(written.object));
}

function wantedScale({ type }: Target, current: JsonObject, request: ApiRequest): JsonObject {
  if (request.method === 'PATCH') return patchDocument(type, current, request.contentType, request.body);
  if (request.method !== 'PUT') throw methodNotAllowed();
  if (!isJsonObject(request.body)) throw badRequest('the body of the request is not a JSON object');
  return request.body;
}

/** The `autoscaling/v1` Scale of a workload. */
function scaleOf(object: StoredObject): JsonObject {
  const { name, uid, resourceVersion, creationTimestamp } = object.metadata;
  const namespace = textAt(object, 'metadata', 'namespace');
  const replicas = numberAt(object, 'spec', 'replicas') ?? 0;
  const labels = Object.entries(textMapAt(object, 'spec', 'selector', 'matchLabels'));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: numberAt(object, 'status', 'replicas') ?? 0,
      selector: labels.map(([key, value]) => `${key}=${value}`).join(','),
    },
  };
}

/** Puts a pod on a node, as a scheduler asks for it. */
function bind(state: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const pod = state.lister.get(target);
  const node = textAt(request.body, 'target', 'name') ?? '';
  if (node === '') throw badRequest('target.name: Required value');
  const current = textAt(pod, 'spec', 'nodeName') ?? '';
  if (current !== '') {
    throw conflict(target.type, target.name, `pod ${target.name} is already assigned to node "${current}"`);
  }
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(state.sources.clock.now()),
  };
  const conditions = [...listAt(pod, 'status', 'conditions'), scheduled];
  const bound = withAt(withAt(pod, ['spec', 'nodeName'], node), ['status', 'conditions'], conditions);
  state.writer.rewrite(target, pod, bound, writeOptions(request));
  return jsonAnswer(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}
