import type { Change, ContainerDecision } from '../model/decision.ts';
import { formatReference, parseImageReference, type ImageReference } from '../model/image-reference.ts';
import type { RegistryNeed, RepositoryObservation } from '../model/observation.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import type { Problem } from '../model/result.ts';
import type { Container } from '../model/workload.ts';
import { followsDigest, isFloating } from '../versioning/floating.ts';
import { selectTag, type Selection } from '../versioning/select.ts';
import { noRefusals, Refuser, type Refusals } from './refusals.ts';
import { compareDigest } from './same-image.ts';

/** Everything that the choice for one container rests on. */
export interface ChoiceInput {
  readonly container: Container;
  readonly policy: EffectivePolicy;
  readonly observation: RepositoryObservation;
  /** The registry digest that the present image was last known to be, or undefined. */
  readonly known: string | undefined;
  /** Digests that the pods report, or undefined before they were asked. */
  readonly running: readonly string[] | undefined;
  /** Whether the workload's pods can be restarted; a CronJob has none. True where left out. */
  readonly restartable?: boolean;
  /** What must not be chosen; nothing where left out. */
  readonly refusals?: Refusals;
}

/** The input of a choice whose reference was read, and the filters of tags. */
interface Question extends ChoiceInput {
  readonly reference: ImageReference;
  readonly tag: string;
  readonly refuser: Refuser;
}

/** A decision of which only some fields are interesting; the rest are empty. */
type Partially = Partial<Omit<ContainerDecision, 'container'>> & Problem;

/**
 * Chooses what one container should run: a newer tag under a policy that moves tags, else a new digest of the present
 * tag where the policy follows it. Pure; what it does not know it names as a need, and until then nothing changes.
 */
export function choose(input: ChoiceInput): ContainerDecision {
  const decision = chooseFrom(input);
  const { problem } = input.observation;
  // What was seen before a failed look is kept, but nothing is moved by it and nothing is called up to date.
  return problem && decision.needs.length > 0
    ? { ...decision, reason: problem.reason, message: problem.message, change: undefined }
    : decision;
}

function chooseFrom(input: ChoiceInput): ContainerDecision {
  const { container, policy, observation, refusals = noRefusals } = input;
  const settle = (decision: Partially): ContainerDecision => ({
    latest: undefined,
    candidate: undefined,
    digest: input.known,
    change: undefined,
    needs: [],
    needsRunning: false,
    ...decision,
    container,
  });
  const parsed = parseImageReference(container.image);
  if (!parsed.ok) return settle(parsed.problem);
  const reference = parsed.value;
  if (reference.tag === undefined && reference.digest !== undefined) {
    return settle({
      reason: 'NoTag',
      message: `${container.image} names no tag, so there is none to follow`,
    });
  }
  const tag = reference.tag ?? 'latest';
  const refuser = new Refuser(refusals, observation);
  const question: Question = { ...input, reference, tag, refuser };
  return settle(policy.rule.kind === 'digest' ? underDigest(question) : underTags(question));
}

/** A policy that moves no tag. */
function underDigest(question: Question): Partially {
  const { policy, observation, tag } = question;
  const follows = followsDigest(tag, policy.rule, policy.digest);
  const known = observation.digests.get(tag);
  const latest = known !== undefined && known !== 'missing' ? tag : undefined;
  return { latest, ...(follows ? chooseDigest(question) : notFollowed(tag, policy)) };
}

/** A policy that moves tags. */
function underTags(question: Question): Partially {
  const { policy, observation, tag, refuser } = question;
  const standing: readonly RegistryNeed[] = [{ kind: 'tags' }];
  if (observation.tags === undefined) return observing('the tag list', standing);
  if (observation.tags.partial) return { ...cutShort(question, observation.tags.tags), needs: standing };
  const selected = selectTag({ current: tag, policy, ...observation.tags, refuse: refuser.refuse });
  if (!selected.ok) return { ...selected.problem, message: `${policy.text}: ${selected.problem.message}` };
  const selection = selected.value;
  const decision =
    selection.choice === undefined ? stay(question, selection) : move(question, selection.choice);
  const needs = [...standing, ...(decision.needs ?? []), ...refuser.needs];
  return { latest: selection.latest, ...tellRefused(decision, refuser), needs };
}

/** Where nothing is chosen because the best was refused, that is what people want to know. */
function tellRefused(decision: Partially, { first }: Refuser): Partially {
  const isQuiet = ['UpToDate', 'NoCompatibleTag', 'TagMissing'].includes(decision.reason);
  return first && isQuiet ? { ...decision, ...first } : decision;
}

/** A newer tag was chosen: its digest is asked for first, which also proves that it can be pulled by name. */
function move(question: Question, to: string): Partially {
  const { observation, policy, container, known, reference, tag: from, refuser } = question;
  const needs: readonly RegistryNeed[] = [{ kind: 'digest', tag: to }];
  const found = observation.digests.get(to);
  if (found === undefined) return observing(`the digest of ${to}`, needs);
  if (found !== 'missing' && 'unusable' in found) return { ...found.unusable, needs };
  if (found === 'missing') {
    return {
      reason: 'TagMissing',
      message: `${to} is listed but the registry has no manifest for it`,
      needs,
    };
  }
  const { digest } = found;
  const judgement = refuser.judge(to, digest);
  if (judgement.kind === 'unknown') return lookingBehind(to, [...needs, ...judgement.needs]);
  const pinned = policy.pin || reference.digest !== undefined;
  const image = formatReference(reference.name, to, pinned ? digest : undefined);
  const change: Change = {
    container,
    to: image,
    how: 'image',
    digest,
    policy: policy.text,
    fromDigest: known,
  };
  const message = `${to} is newer than ${from} and within ${policy.text}`;
  return { reason: 'UpdateAvailable', message, candidate: to, change, needs };
}

/** No newer tag: the present one is followed by digest where the policy says so. */
function stay(question: Question, selection: Selection): Partially {
  const { policy, observation, tag } = question;
  if (followsDigest(tag, policy.rule, policy.digest, policy.order)) return chooseDigest(question);
  if (!observation.tags?.tags.includes(tag)) {
    return {
      reason: 'TagMissing',
      message: `${tag} is gone from the repository and nothing newer fits; nothing moves`,
    };
  }
  return nothingNewer(tag, policy, selection);
}

function nothingNewer(tag: string, policy: EffectivePolicy, { latest, counts }: Selection): Partially {
  const { notNewer: _older, ...telling } = counts;
  const rejected = Object.entries(telling).sort(([, a], [, b]) => b - a);
  if (rejected.length === 0) return { reason: 'UpToDate', message: `${tag} is the newest tag` };
  const why = rejected.map(([reason, count]) => `${count} ${reason}`).join(', ');
  const beyond = latest === undefined || latest === tag ? '' : `; ${latest} is newer and beyond it`;
  const reason = beyond === '' ? 'UpToDate' : 'NoCompatibleTag';
  return {
    reason,
    message: `${tag} is the newest that ${policy.text} allows${beyond} (passed over: ${why})`,
  };
}

/** The present tag is followed by digest. */
function chooseDigest(question: Question): Partially {
  const { container, policy, observation, known, running, reference, tag, refuser } = question;
  const standing: readonly RegistryNeed[] = [{ kind: 'digest', tag }];
  const now = observation.digests.get(tag);
  const answer = compareDigest({
    tag,
    now,
    pinned: reference.digest,
    known,
    running,
    manifests: observation.manifests,
  });
  switch (answer.kind) {
    case 'unknown': {
      const needs = [...standing, ...answer.needs];
      const what = answer.running ? 'the digests that its pods run' : `what ${tag} means`;
      return { ...observing(what, needs), needsRunning: answer.running };
    }
    case 'unusable':
      return { ...answer.problem, needs: standing };
    case 'missing':
      return {
        reason: 'TagMissing',
        message: `${tag} is gone from the repository; nothing moves`,
        needs: standing,
      };
    case 'same': {
      const message = `${tag} means the image that runs, ${short(answer.digest)}`;
      return { reason: 'UpToDate', message, digest: answer.digest, needs: standing };
    }
    case 'changed': {
      const { digest, before } = answer;
      const resting = [...standing, ...answer.needs];
      const judgement = refuser.judge(tag, digest);
      if (judgement.kind === 'unknown') return lookingBehind(tag, [...resting, ...judgement.needs]);
      if (judgement.kind === 'refused') return { ...judgement.why, needs: [...resting, ...refuser.needs] };
      const how = howToApply(question);
      const to = how === 'restart' ? container.image : formatReference(reference.name, tag, digest);
      const change: Change = { container, to, how, digest, policy: policy.text, fromDigest: before };
      const message = `${tag} now means ${short(digest)}${isFloating(tag) ? '' : ', although it is a full version'}`;
      return {
        reason: 'UpdateAvailable',
        message,
        candidate: `${tag}@${digest}`,
        change,
        needs: resting,
      };
    }
  }
}

/** A restart is enough only where the kubelet asks the registry again and the reference holds no digest. */
function howToApply(question: Question): 'restart' | 'image' {
  const { container, policy, reference, restartable = true } = question;
  const { digest } = reference;
  if (!restartable) return 'image';
  if (digest !== undefined || policy.pin || policy.apply === 'pin') return 'image';
  if (policy.apply === 'restart') return 'restart';
  // A pod that is rescheduled outside the window would pull the new image, so what runs is named by its digest.
  if (policy.windows.length > 0) return 'image';
  return container.pullPolicy === 'Always' ? 'restart' : 'image';
}

/** The policy follows digests, and the same author says that new ones are not to be followed. */
function notFollowed(tag: string, { digest }: EffectivePolicy): Partially {
  return { reason: 'UpToDate', message: `${tag} is not followed, because plimsoll.dev/digest is ${digest}` };
}

/** What a list that was cut short does not show may be newer, or prove that a tag still is: nothing rests on it. */
function cutShort({ policy }: ChoiceInput, tags: readonly string[]): Partially {
  const message = `the tag list was cut short after ${tags.length} tags, so ${policy.text} cannot choose from it`;
  return { reason: 'LimitExceeded', message };
}

function lookingBehind(tag: string, needs: readonly RegistryNeed[]): Partially {
  return observing(`whether ${tag} is still the image that was rejected`, needs);
}

function observing(what: string, needs: readonly RegistryNeed[]): Partially {
  return { reason: 'Observing', message: `${what} is being looked up`, needs };
}

/** The first twelve digits of a digest, as people compare them. */
function short(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}
