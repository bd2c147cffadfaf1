import type { Change, ContainerDecision } from '../model/decision.ts';
import { formatReference, parseImageReference } from '../model/image-reference.ts';
import { needName, type RegistryNeed } from '../model/observation.ts';
import type { EffectivePolicy } from '../model/policy.ts';
import type { Problem } from '../model/result.ts';
import { followsDigest } from '../versioning/floating.ts';
import { rejectMeanings, type RejectReason } from '../versioning/reject-reason.ts';
import { selectTag, type Selection } from '../versioning/select.ts';
import { Ageing } from './ageing.ts';
import { chooseDigest, watchTag } from './choose-digest.ts';
import { imageTimes } from './image-times.ts';
import { notAnImage } from './offer.ts';
import { type PlatformsInUse, platformsInUse } from './platforms-in-use.ts';
import { type ChoiceInput, lookingBehind, observing, type Partially, type Question } from './question.ts';
import { noRefusals, Refuser } from './refusals.ts';

/**
 * Chooses what one container should run: a newer tag under a policy that moves tags, else a new digest of the present
 * tag where the policy follows it. Pure; what it does not know it names as a need, and until then nothing changes.
 */
export function choose(input: ChoiceInput): ContainerDecision {
  const decision = chooseFrom(input);
  const { problem } = input.observation;
  // What was seen before a failed look is kept, but nothing is moved by it and nothing is called up to date.
  const isConcerned = decision.needs.some((need) => problem?.only?.includes(needName(need)) ?? true);
  return problem && isConcerned
    ? { ...decision, reason: problem.reason, message: problem.message, change: undefined }
    : decision;
}

function chooseFrom(input: ChoiceInput): ContainerDecision {
  const { container, policy, observation, refusals = noRefusals } = input;
  const inUse = platformsInUse({ platforms: undefined, ...input, manifests: observation.manifests });
  const settle = (decision: Partially): ContainerDecision => ({
    latest: undefined,
    candidate: undefined,
    digest: input.known,
    change: undefined,
    needs: [],
    needsRunning: false,
    platforms: learned(input, inUse),
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
  const refuser = new Refuser(refusals, observation, inUse);
  const { pending = [], now = 0 } = input;
  const ageing = new Ageing({ minAge: policy.minAge, pending, now }, observation, tag);
  const question: Question = { ...input, reference, tag, refuser, ageing, inUse };
  const decision = policy.rule.kind === 'digest' ? underDigest(question) : underTags(question);
  if (decision.reason === 'Observing') return settle(decision);
  const remembered = ageing.remembered(decision.change !== undefined);
  return settle({ ...decision, pending: remembered, maturesAt: ageing.maturesAt });
}

/** The platforms to remember: those that somebody told, not those that the policy asks for. */
function learned({ policy, platforms }: ChoiceInput, inUse: PlatformsInUse): ContainerDecision['platforms'] {
  if (platforms !== undefined) return platforms;
  const isFound = policy.platforms.length === 0 && inUse.kind === 'known' && inUse.platforms.length > 0;
  return isFound ? inUse.platforms : undefined;
}

/** A policy that moves no tag. */
function underDigest(question: Question): Partially {
  const { policy, observation, tag } = question;
  const follows = followsDigest(tag, policy.rule, policy.digest);
  const known = observation.digests.get(tag);
  const latest = known !== undefined && known !== 'missing' ? tag : undefined;
  return { latest, ...(follows ? chooseDigest(question) : watchTag(question, notFollowed(tag, policy))) };
}

/** A policy that moves tags. */
function underTags(question: Question): Partially {
  const { policy, observation, reference, tag, refuser, ageing, now } = question;
  const standing: readonly RegistryNeed[] = [tagsFor(policy)];
  if (observation.tags === undefined) return observing('the tag list', standing);
  if (observation.tags.partial) return { ...cutShort(question, observation.tags.tags), needs: standing };
  const dated = imageTimes({ registry: reference.registry, current: tag, policy, observation });
  if (dated.kind === 'refused') return { ...dated.why, needs: [...standing, ...dated.needs] };
  if (dated.kind === 'unknown') return observing('when its images were made', [...standing, ...dated.needs]);
  const selected = selectTag({
    current: tag,
    policy,
    tags: observation.tags.tags,
    ...(dated.times && { times: dated.times }),
    ...(now !== undefined && { now }),
    refuse: (candidate) => refuser.refuse(candidate) ?? ageing.refuse(candidate),
  });
  if (!selected.ok) return { ...selected.problem, message: `${policy.text}: ${selected.problem.message}` };
  const selection = amongImages(selected.value, tag, refuser.noImages);
  const looking = [...standing, ...dated.needs, ...ageing.needs];
  if (ageing.unknown !== undefined)
    return observing(`the digest of ${ageing.unknown}`, [...looking, ...refuser.needs]);
  const decision =
    selection.choice === undefined ? stay(question, selection) : move(question, selection.choice);
  const needs = [...looking, ...(decision.needs ?? []), ...refuser.needs];
  const told = tellNoImage(tellRefused(decision, ageing.first ?? refuser.first), refuser.noImages);
  return { latest: selection.latest, ...told, needs };
}

/** Where nothing is chosen because the best was refused, that is what people want to know; elsewhere it is a part of it. */
function tellRefused(decision: Partially, refused: Problem | undefined): Partially {
  if (!refused) return decision;
  const isQuiet = ['UpToDate', 'NoCompatibleTag', 'OutsidePolicy', 'TagMissing'].includes(decision.reason);
  if (isQuiet) return { ...decision, ...refused };
  if (decision.reason !== 'UpdateAvailable') return decision;
  return { ...decision, message: `${decision.message}; ${refused.message}` };
}

/** A chart is not the newest image. */
function amongImages(selection: Selection, current: string, noImages: readonly string[]): Selection {
  const { latest, choice = current } = selection;
  return latest !== undefined && noImages.includes(latest) ? { ...selection, latest: choice } : selection;
}

/** A chart among the tags is no fault, and nothing to wait for; who sees it there may wonder all the same. */
function tellNoImage(decision: Partially, [best]: readonly string[]): Partially {
  if (best === undefined || decision.reason === 'Observing') return decision;
  return { ...decision, message: `${decision.message}; ${notAnImage(best).message}` };
}

/** The tag list, with times where the policy goes by them. */
function tagsFor({ rule, order }: EffectivePolicy): RegistryNeed {
  return rule.kind === 'newest' || order === 'created' ? { kind: 'tags', times: true } : { kind: 'tags' };
}

/** A newer tag was chosen: its digest is asked for first, which also proves that it can be pulled by name. */
function move(question: Question, to: string): Partially {
  const { observation, policy, container, known, reference, tag: from, refuser } = question;
  const needs: readonly RegistryNeed[] = [{ kind: 'digest', tag: to }];
  const found = observation.digests.get(to);
  // A tag that is missing is refused before it is chosen.
  if (found === undefined || found === 'missing') return observing(`the digest of ${to}`, needs);
  if ('unusable' in found) return { ...found.unusable, needs };
  const { digest } = found;
  const judgement = refuser.judge(to, digest);
  if (judgement.kind === 'unknown') return lookingBehind(to, judgement, needs);
  const approving = policy.mode === 'approve';
  const pinned = policy.pin || approving || reference.digest !== undefined;
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
  const candidate = approving ? `${to}@${digest}` : to;
  return { reason: 'UpdateAvailable', message, candidate, change, needs };
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
  return watchTag(question, nothingNewer(tag, policy, selection));
}

/** Reasons by which an author rules a tag out; others say that it cannot be compared. */
const excluding: readonly RejectReason[] = ['outOfRange', 'prerelease', 'ignored', 'notAllowed'];

function nothingNewer(tag: string, policy: EffectivePolicy, selection: Selection): Partially {
  const { latest, counts, outside } = selection;
  const { notNewer: _older, ...telling } = counts;
  const rejected = Object.entries(telling).sort(([, a], [, b]) => b - a);
  const why = rejected.map(([reason, count]) => `${count} ${reason}`).join(', ');
  const passedOver = rejected.length === 0 ? '' : ` (passed over: ${why})`;
  const beyond = latest === undefined || latest === tag ? '' : `; ${latest} is newer and beyond it`;
  if (outside !== undefined) {
    const own = `${tag} ${rejectMeanings[outside]}, and ${policy.text} has nothing newer to put in its place`;
    const reason = excluding.includes(outside) ? 'OutsidePolicy' : 'NoCompatibleTag';
    return { reason, message: `${own}${beyond}${passedOver}` };
  }
  if (rejected.length === 0) return { reason: 'UpToDate', message: `${tag} is the newest tag` };
  const reason = beyond === '' ? 'UpToDate' : 'NoCompatibleTag';
  return { reason, message: `${tag} is the newest that ${policy.text} allows${beyond}${passedOver}` };
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
