import type { Change } from '../model/decision.ts';
import { formatReference } from '../model/image-reference.ts';
import type { RegistryNeed } from '../model/observation.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import { isFloating } from '../versioning/floating.ts';
import { Ageing } from './ageing.ts';
import { lookingBehind, observing, type Partially, type Question } from './question.ts';
import { compareDigest } from './same-image.ts';

/** The present tag is followed by digest. */
export function chooseDigest(
  question: Question,
  standing: readonly RegistryNeed[] = [{ kind: 'digest', tag: question.tag }],
): Partially {
  const { container, policy, observation, known, running, reference, tag, refuser, ageing, inUse } = question;
  const now = observation.digests.get(tag);
  const answer = compareDigest({
    tag,
    now,
    pinned: reference.digest,
    known,
    running,
    manifests: observation.manifests,
    inUse,
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
      if (judgement.kind === 'unknown') return lookingBehind(tag, judgement, resting);
      if (judgement.kind === 'refused') return { ...judgement.why, needs: [...resting, ...refuser.needs] };
      const young = ageing.judge(tag, digest);
      if (young) return { ...young, needs: resting };
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

/**
 * A tag whose digest is not followed is looked at all the same, unless nobody wants to know: one that means another image
 * than the one that runs was pushed again, and is held. Until that is known, what is `otherwise` to be said stands.
 */
export function watchTag(question: Question, otherwise: Partially): Partially {
  const { policy, observation, known, tag } = question;
  if (policy.digest === 'ignore') return otherwise;
  const meaning = observation.digests.get(tag);
  // What it means at first is the baseline for every later look.
  const seldom = !isFloating(tag) && (known !== undefined || meaning !== undefined);
  const needs: readonly RegistryNeed[] = [{ kind: 'digest', tag, ...(seldom && { seldom }) }];
  if (typeof meaning !== 'object' || 'unusable' in meaning) return { ...otherwise, needs };
  // What is held anyway is told at once, however young it is.
  const ageing = new Ageing({ minAge: 0, pending: [], now: 0 }, observation, tag);
  const found = chooseDigest({ ...question, ageing }, needs);
  if (found.change) return { ...found, change: { ...found.change, retagged: whyRetagged(policy.digest) } };
  return { ...found, reason: otherwise.reason, message: otherwise.message };
}

function whyRetagged(digest: EffectivePolicy['digest']): string {
  const because = digest === 'hold' ? 'plimsoll.dev/digest is hold' : 'nobody should push such a tag again';
  return `held because ${because}; set plimsoll.dev/digest to follow to take it, or to ignore`;
}

/** A restart is enough only where the kubelet asks the registry again and the reference holds no digest. */
function howToApply(question: Question): 'restart' | 'image' {
  const { container, policy, reference, restartable = true } = question;
  const { digest } = reference;
  if (!restartable) return 'image';
  if (digest !== undefined || policy.pin || policy.apply === 'pin') return 'image';
  if (policy.apply === 'restart') return 'restart';
  // A pod that is rescheduled while a gate is closed would pull the new image, so what runs is named by its digest.
  if (policy.windows.length > 0 || policy.mode === 'approve' || policy.minAge > 0) return 'image';
  return container.pullPolicy === 'Always' ? 'restart' : 'image';
}

/** The first twelve digits of a digest, as people compare them. */
function short(digest: string): string {
  return digest.slice(0, digest.indexOf(':') + 13);
}
