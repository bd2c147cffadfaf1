import { textAt } from '../../model/json.ts';
import { type ApiAnswer, type ApiRequest, jsonAnswer, renderingOf } from './api-exchange.ts';
import { ApiFault, methodNotAllowed } from './api-fault.ts';
import type { ClusterState } from './cluster-state.ts';
import { deletedAnswer, listAnswer, objectAnswer, type Showing } from './object-answers.ts';
import { deleteOptions, writeOptions } from './request-options.ts';
import { isDeleting } from './stored-object.ts';
import { answerSubresource } from './subresource-handlers.ts';
import type { Rendering } from './watch.ts';
import type { Target, Written } from './write-request.ts';

/** Answers a request for an object or a collection; watches are opened elsewhere. */
export function answerObject(state: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const { subresource } = target;
  if (subresource !== undefined && subresource !== 'status') return answerSubresource(state, target, request);
  return target.name === '' ? onCollection(state, target, request) : onObject(state, target, request);
}

function onCollection(state: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const { type } = target;
  switch (request.method) {
    case 'GET':
      return listAnswer(type, state.lister.list(target, request.query), showing(state, request));
    case 'POST':
      if (type.namespaced && target.namespace === '') throw methodNotAllowed();
      return written(
        state,
        target,
        request,
        state.writer.create(target, request.body, writeOptions(request)),
      );
    case 'DELETE':
      return deleteCollection(state, target, request);
    default:
      throw methodNotAllowed();
  }
}

function onObject(state: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const options = writeOptions(request);
  const { body } = request;
  switch (request.method) {
    case 'GET':
      return objectAnswer(200, target.type, state.lister.get(target), showing(state, request));
    case 'PUT':
      return written(state, target, request, state.writer.update(target, body, options));
    case 'PATCH': {
      const changed = state.patcher.patch(target, request.contentType, body, options);
      return written(state, target, request, changed);
    }
    case 'DELETE':
      return deleteObject(state, target, request);
    default:
      throw methodNotAllowed();
  }
}

function written(state: ClusterState, { type }: Target, request: ApiRequest, result: Written): ApiAnswer {
  const answer = objectAnswer(result.created ? 201 : 200, type, result.object, showing(state, request));
  return { ...answer, warnings: result.warnings };
}

function deleteObject({ remover }: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const { gone, object } = remover.remove(target, deleteOptions(request));
  const { type } = target;
  if (gone && !type.behaviour.returnsDeleted) return deletedAnswer(type, object);
  return objectAnswer(200, type, object, { rendering: { kind: 'object' }, now: 0 });
}

function deleteCollection(state: ClusterState, target: Target, request: ApiRequest): ApiAnswer {
  const list = state.lister.list(target, request.query);
  const options = { ...deleteOptions(request), uid: undefined, resourceVersion: undefined };
  for (const object of list.items) {
    if (isDeleting(object)) continue;
    const namespace = textAt(object, 'metadata', 'namespace') ?? '';
    state.remover.remove({ ...target, namespace, name: object.metadata.name }, options);
  }
  return listAnswer(target.type, list, { rendering: { kind: 'object' }, now: 0 });
}

/** How a request wants objects shown; throws 406 where this server cannot. */
export function requireRendering(request: ApiRequest): Rendering {
  const rendering = renderingOf(request);
  if (rendering !== undefined) return rendering;
  const message = 'only the following media types are accepted: application/json';
  throw new ApiFault({ code: 406, reason: 'NotAcceptable', message });
}

function showing(state: ClusterState, request: ApiRequest): Showing {
  return { rendering: requireRendering(request), now: state.sources.clock.now() };
}

/** The answer to a request that failed: the Status of the fault. */
export function faultAnswer(fault: ApiFault): ApiAnswer {
  return jsonAnswer(fault.code, fault.toStatus());
}
