import { setTimeout } from 'node:timers/promises';
import { at, numberAt, textAt } from '../../src/model/json.ts';
import { type Fleet, policyOf, type Slot } from './fleet.ts';
import type { Ledger } from './ledger.ts';
import { destination, movingTag, tagOf } from './oracle.ts';
import { type Sight, sightOf } from './sight.ts';
import { Survey } from './survey.ts';

/** Milliseconds within which a calm fleet must arrive. */
const patience = 120_000;
/** Milliseconds without an update after which none is on its way: longer than a rollout of the fleet may take. */
const quiet = 24_000;
/** Milliseconds after which a fleet that is left alone must be quiet. */
const restless = 600_000;

interface Goal {
  readonly slot: Slot;
  readonly image: string;
  /** What its pods run then; undefined where nobody follows it. */
  readonly digest: string | undefined;
}

type Present = readonly (readonly [Slot, Sight])[];

/**
 * After the faults: people mend what waits for them, release a last good image on every line of versions, take their
 * holds back, and when all is quiet allow everything to be tried again. Each workload must then come to the newest that its policy allows,
 * and stay there. Resolves with those that did not, and with those that ran what was rejected, as lines for people.
 */
export async function settle(
  fleet: Fleet,
  ledger: Ledger,
  note: (what: string) => void,
): Promise<readonly string[]> {
  await mendStatefulSets(fleet);
  const after = presentIn(fleet, await Survey.take(fleet.client));
  await releaseLast(fleet, after);
  // Before it is known where each stands: what was held may be an update that failed, and is put back.
  await takeHoldsBack(fleet, after);
  if (!(await isQuietInTime(ledger)))
    return [`rest: updates are still written ${restless} ms after the faults were over`];
  note('all is quiet');
  // What was still on its way when the faults ended may have failed as well.
  await mendStatefulSets(fleet);
  const survey = await Survey.take(fleet.client);
  const present = presentIn(fleet, survey);
  const outlaws = findOutlaws(ledger, present, survey);
  await allowAgain(fleet, ledger, present);
  const goals = present.map(([slot, sight]) => goalOf(fleet, slot, sight));
  const late = await untilArrived(fleet, goals);
  note(`${goals.length - late.length} of ${goals.length} have arrived`);
  return [...outlaws, ...(late.length > 0 ? late : await findRestless(ledger))];
}

/**
 * A StatefulSet whose image never becomes ready waits for people: its data may be another than before, and its rollout does
 * not go on by itself. They go back to the first image, and delete the pod that blocks it.
 */
async function mendStatefulSets(fleet: Fleet): Promise<void> {
  for (const slot of fleet.slots) {
    const object = slot.kind === 'StatefulSet' ? await fleet.read(slot) : undefined;
    const wanted = numberAt(object, 'spec', 'replicas') ?? 0;
    if (!object || (numberAt(object, 'status', 'readyReplicas') ?? 0) === wanted) continue;
    await fleet.setImage(slot, '1.0.0', 'kubectl-set');
    await fleet.unblock(slot);
  }
}

function presentIn(fleet: Fleet, survey: Survey): Present {
  return fleet.slots.flatMap((slot) => {
    const object = survey.workload(slot);
    return object ? [[slot, sightOf(object)] as const] : [];
  });
}

/**
 * Waits until no update was written or undone for longer than a rollout may take, so that nothing fails after the retry. Resolves
 * with whether that came.
 */
async function isQuietInTime(ledger: Ledger): Promise<boolean> {
  const end = performance.now() + restless;
  let before = written(ledger);
  for (let since = performance.now(); performance.now() - since < quiet; await setTimeout(250)) {
    if (performance.now() > end) return false;
    if (written(ledger) === before) continue;
    before = written(ledger);
    since = performance.now();
  }
  return true;
}

async function takeHoldsBack(fleet: Fleet, present: Present): Promise<void> {
  for (const [slot] of present) {
    await fleet.handle(slot, { hold: false });
    const annotations = { 'plimsoll.dev/suspend': null, 'plimsoll.dev/ignore-tags': null };
    await fleet.edit(slot, { annotations, spec: slot.kind === 'Deployment' ? { paused: null } : {} });
  }
}

async function allowAgain(fleet: Fleet, ledger: Ledger, present: Present): Promise<void> {
  for (const [slot, { uid }] of present) {
    ledger.forgive(uid);
    await fleet.handle(slot, { retry: new Date().toISOString() });
  }
}

function written(ledger: Ledger): number {
  return ledger.counts.updates + ledger.counts.undos;
}

/** A good image at the end of every line on which a workload stands, and under the moving tag. */
async function releaseLast(fleet: Fleet, present: Present): Promise<void> {
  for (const repository of fleet.repositories)
    await fleet.push(repository, movingTag, `${movingTag} at last`);
  const lasts = new Set(
    present.flatMap(([{ repository }, { image }]) => {
      const [major, minor] = tagOf(image).split('.');
      if (!/^\d+$/.test(major ?? '')) return [];
      return [`${major}.${minor}.999`, `${major}.999.0`, '99.0.0'].map((tag) => `${repository} ${tag}`);
    }),
  );
  for (const last of lasts) {
    const [repository = '', tag = ''] = last.split(' ');
    await fleet.push(repository, tag);
  }
}

function goalOf(fleet: Fleet, slot: Slot, { policy, image }: Sight): Goal {
  const tag = tagOf(image);
  const isFollowed = policyOf(slot) === 'digest';
  const goal = isFollowed ? movingTag : destination(policy, tag, fleet.tags(slot.repository));
  const digest = isFollowed || goal !== tag ? fleet.meaning(slot, goal) : undefined;
  return { slot, image: !isFollowed && goal === tag ? image : fleet.image(slot, goal), digest };
}

/** Pods of what we wrote last that run what was rejected. */
function findOutlaws(ledger: Ledger, present: Present, survey: Survey): readonly string[] {
  return present.flatMap(([slot, { uid, image, name }]) => {
    const outlawed = ledger.outlawed(uid);
    return survey
      .pods(slot)
      .filter((pod) => pod.image === image && outlawed.has(pod.digest ?? ''))
      .map(({ digest }) => `rejected: ${name} has ${image}, and runs ${digest}, which was rejected`);
  });
}

/** Waits until every goal is reached; resolves with those that are not in time, or of which the controller does not say so. */
async function untilArrived(fleet: Fleet, goals: readonly Goal[]): Promise<readonly string[]> {
  const end = performance.now() + patience;
  for (;;) {
    const survey = await Survey.take(fleet.client);
    const late = goals.filter((goal) => !isReached(survey, goal));
    if (late.length === 0 || performance.now() > end) return late.map((goal) => describe(survey, goal));
    await setTimeout(500);
  }
}

function isReached(survey: Survey, { slot, image, digest }: Goal): boolean {
  const object = survey.workload(slot);
  if (!object) return false;
  const sight = sightOf(object);
  const runsIt = survey.pods(slot).every((pod) => (digest ?? pod.digest) === pod.digest);
  // What was undone once may be pinned to a digest.
  if (!runsIt || tagOf(sight.image) !== tagOf(image)) return false;
  if (sight.policy === 'none') return true;
  const told = survey.told(slot);
  return textAt(told, 'status', 'state') === 'UpToDate' && textAt(told, 'status', 'image') === sight.image;
}

function describe(survey: Survey, { slot, image, digest }: Goal): string {
  const object = survey.workload(slot);
  const told = survey.told(slot);
  const stands = object ? sightOf(object).image : 'nothing';
  const says = ['state', 'reason', 'message'].map((key) => String(at(told, 'status', key))).join(' ');
  const runs = new Set(survey.pods(slot).map((pod) => pod.digest ?? 'nothing yet'));
  const name = `${slot.kind}/${slot.namespace}/${slot.name}`;
  const should = digest === undefined ? image : `${image} (${digest})`;
  return `arrival: ${name} should run ${should}, has ${stands} and runs ${[...runs].join(', ')}: ${says}`;
}

/** Once everybody has arrived nothing moves any more. */
async function findRestless(ledger: Ledger): Promise<readonly string[]> {
  const before = written(ledger);
  await setTimeout(quiet);
  const more = written(ledger) - before;
  return more === 0 ? [] : [`rest: ${more} updates were written after everybody had arrived`];
}
