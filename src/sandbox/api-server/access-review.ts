import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { type ApiAnswer, type ApiRequest, jsonAnswer } from './api-exchange.ts';

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** Answers whether the caller may do something: here everybody may do everything. Undefined for other requests. */
export function answerAccessReview(request: ApiRequest): ApiAnswer | undefined {
  if (request.path !== path || request.method !== 'POST') return undefined;
  const review: JsonObject = isJsonObject(request.body) ? request.body : {};
  const identity = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1' };
  return jsonAnswer(201, {
    ...identity,
    ...review,
    status: { allowed: true, reason: 'the sandbox allows everything' },
  });
}
