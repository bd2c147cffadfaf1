import type { KubeError } from '../../kube/errors.ts';
import { installHint, resources } from '../../kube/resources.ts';

const { plural, group } = resources.trackedImages;
const reading = new Set(['get', 'list', 'watch']);

/** What a failed request means for who typed the command: one line that says what to do. */
export function kubeTrouble(error: KubeError): string {
  if (error.code === 'Forbidden') return forbidden(error);
  // Of an object that is missing the server says so; of a resource that it does not know it only says 404.
  if (error.code === 'NotFound' && error.reason === undefined) return installHint;
  const [, unknownField] = /unknown field "([\w.]+)"/.exec(error.detail) ?? [];
  if (unknownField !== undefined) {
    return `the custom resources in the cluster are older than this command and have no ${unknownField}; run: kubectl apply -f crds/`;
  }
  return error.message;
}

/** @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/ for the sentence that is read here */
function forbidden({ detail }: KubeError): string {
  const found = /User "([^"]*)" cannot (\w+) resource "([^"]+)"(?:.*in the namespace "([^"]+)")?/.exec(
    detail,
  );
  if (!found) return `the cluster does not let you do this: ${detail}`;
  const [, user, verb = '', resource, namespace] = found;
  const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
  const said = `${user} may not ${verb} ${resource} ${where}`;
  if (resource !== plural) return said;
  return `${said}; a role that allows to ${verb} ${plural}.${group} is needed: ${reading.has(verb) ? 'view' : 'edit'}, as installed`;
}
