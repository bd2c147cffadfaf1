import { kinds } from '../kube/kinds.ts';
import { resources } from '../kube/resources.ts';
import { type WorkloadKind, workloadKinds, type WorkloadRef } from '../model/workload.ts';
import { closest } from '../policy/closest.ts';

/** What a command line names: a workload, or a TrackedImage. */
export type Subject =
  | { readonly of: 'workload'; readonly workload: Pick<WorkloadRef, 'kind' | 'name'> }
  | { readonly of: 'trackedImage'; readonly name: string };

/** The subject that the first words name, and the words after it; or one line that says what is wrong. */
export type ReadSubject =
  | { readonly ok: true; readonly subject: Subject; readonly rest: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** What people call kinds besides their names, as kubectl lets them. */
const shortNames: Readonly<Record<string, WorkloadKind>> = {
  deploy: 'Deployment',
  sts: 'StatefulSet',
  ds: 'DaemonSet',
  cj: 'CronJob',
  ro: 'Rollout',
};

const trackedImageWords = ['trackedimage', resources.trackedImages.plural, 'ti'];

/**
 * Reads what kubectl would take: `deployment/web`, `deploy/web`, `deployments.apps/web`, `deployment web`; and a
 * TrackedImage as `ti/deployment.web.app`, or by its name alone.
 */
export function readSubject(words: readonly string[]): ReadSubject {
  const [first = '', ...others] = words;
  const [word = '', slashed] = first.split('/', 2);
  const kind = readKind(word);
  const isName = slashed === undefined && kind === undefined && word.includes('.');
  if (isName) return { ok: true, subject: { of: 'trackedImage', name: word }, rest: others };
  const [name = '', ...rest] = slashed === undefined ? others : [slashed, ...others];
  if (first === '' || name === '') return unnamed(kind, word);
  return kind === undefined ? unknownKind(word) : { ok: true, subject: subjectOf(kind, name), rest };
}

function unnamed(kind: string | undefined, word: string): ReadSubject {
  const example = kind === undefined && word !== '' ? `, deployment/${word} for example` : '';
  return { ok: false, message: `name one workload as KIND/NAME${example}` };
}

function subjectOf(kind: WorkloadKind | 'TrackedImage', name: string): Subject {
  return kind === 'TrackedImage'
    ? { of: 'trackedImage', name }
    : { of: 'workload', workload: { kind, name } };
}

/** `deployments.apps` and `deployments.v1.apps` name a kind as well. */
function readKind(text: string): WorkloadKind | 'TrackedImage' | undefined {
  const word = text.toLowerCase();
  const [plain = '', ...group] = word.split('.');
  if (trackedImageWords.includes(plain) && belongs(group, resources.trackedImages.group)) {
    return 'TrackedImage';
  }
  const short = Object.hasOwn(shortNames, plain) ? shortNames[plain] : undefined;
  return workloadKinds.find((kind) => {
    const { resource } = kinds[kind];
    const isNamed = kind === short || plain === kind.toLowerCase() || plain === resource.plural;
    return isNamed && belongs(group, resource.group);
  });
}

function belongs(written: readonly string[], group: string): boolean {
  const [first = '', ...rest] = written;
  return (
    written.length === 0 || written.join('.') === group || (/^v\d/.test(first) && rest.join('.') === group)
  );
}

function unknownKind(word: string): ReadSubject {
  const known = workloadKinds.map((one) => one.toLowerCase());
  return {
    ok: false,
    message: `${JSON.stringify(word)} is not a kind that is followed${closest(word.toLowerCase(), known)}`,
  };
}
