import { setTimeout } from 'node:timers/promises';
import { isJsonObject, numberAt, textAt } from '../../src/model/json.ts';
import type { Crew } from './crew.ts';
import { type Fleet, policyOf, type Slot } from './fleet.ts';
import type { Ledger } from './ledger.ts';
import { destination, movingTag, tagOf } from './oracle.ts';
import { type Sight, sightOf } from './sight.ts';

/** Milliseconds within which a calm fleet must arrive. */
const patience = 120_000;
/** Milliseconds without an update after which none is on its way: longer than a rollout of the fleet may take. */
const quiet = 24_000;

interface Goal {
  readonly slot: Slot;
  readonly image: string;
  /** Whether what stands there now must change. */
  readonly moves: boolean;
}

/**
 * After the faults: people mend what waits for them, release a last good image on every line of versions, take their
 * handles back, and allow everything to be tried again. Each workload must then come to the newest that its policy allows,
 * and stay there. Resolves with those that did not, as lines for people.
 */
export async function settle(fleet: Fleet, ledger: Ledger, crew: Crew): Promise<readonly string[]> {
  await mendStatefulSets(fleet);
  await releaseLast(fleet, await readAll(fleet));
  await untilQuiet(ledger);
  const present = await readAll(fleet);
  await releaseAll(fleet, ledger, present);
  const goals = present.map(([slot, sight]) => goalOf(fleet, slot, sight));
  const end = performance.now() + patience;
  let late = await findLate(fleet, goals);
  while (late.length > 0 && performance.now() < end) {
    await setTimeout(500);
    crew.tend();
    late = await findLate(fleet, goals);
  }
  if (late.length > 0) return Promise.all(late.map((goal) => describe(fleet, goal)));
  return findRestless(ledger);
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

async function readAll(fleet: Fleet): Promise<readonly (readonly [Slot, Sight])[]> {
  const found: (readonly [Slot, Sight])[] = [];
  for (const slot of fleet.slots) {
    const object = await fleet.read(slot);
    if (object) found.push([slot, sightOf(object)]);
  }
  return found;
}

/** Waits until no update was written or undone for longer than a rollout may take, so that nothing fails after the retry. */
async function untilQuiet(ledger: Ledger): Promise<void> {
  for (let before = -1; before !== written(ledger); await setTimeout(quiet)) before = written(ledger);
}

/** Takes every hold back, and allows everything to be tried again. */
async function releaseAll(
  fleet: Fleet,
  ledger: Ledger,
  present: readonly (readonly [Slot, Sight])[],
): Promise<void> {
  for (const [slot, { uid }] of present) {
    ledger.forgive(uid);
    await fleet.handle(slot, { hold: false, retry: new Date().toISOString() });
    const annotations = { 'plimsoll.dev/suspend': null, 'plimsoll.dev/ignore-tags': null };
    await fleet.edit(slot, { annotations, spec: slot.kind === 'Deployment' ? { paused: null } : {} });
  }
}

function written(ledger: Ledger): number {
  return ledger.counts.updates + ledger.counts.undos;
}

/** A good image at the end of every line on which a workload stands, and under the moving tag. */
async function releaseLast(fleet: Fleet, present: readonly (readonly [Slot, Sight])[]): Promise<void> {
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
  if (policyOf(slot) === 'digest') return { slot, image: fleet.image(slot, movingTag), moves: false };
  const goal = destination(policy, tag, fleet.tags(slot.repository));
  return { slot, image: goal === tag ? image : fleet.image(slot, goal), moves: goal !== tag };
}

/** The goals that are not reached, or of which the controller does not say so. */
async function findLate(fleet: Fleet, goals: readonly Goal[]): Promise<readonly Goal[]> {
  const late: Goal[] = [];
  for (const goal of goals) if (!(await isReached(fleet, goal))) late.push(goal);
  return late;
}

async function isReached(fleet: Fleet, { slot, image }: Goal): Promise<boolean> {
  const object = await fleet.read(slot);
  if (!object) return false;
  const sight = sightOf(object);
  // What was undone once may be pinned to a digest.
  if (tagOf(sight.image) !== tagOf(image)) return false;
  if (sight.policy === 'none') return true;
  const told = await fleet.told(slot);
  return textAt(told, 'status', 'state') === 'UpToDate' && textAt(told, 'status', 'image') === sight.image;
}

async function describe(fleet: Fleet, { slot, image }: Goal): Promise<string> {
  const object = await fleet.read(slot);
  const told = await fleet.told(slot);
  const status = isJsonObject(told) && isJsonObject(told['status']) ? told['status'] : {};
  const stands = object ? sightOf(object).image : 'nothing';
  const says = ['state', 'reason', 'message'].map((key) => String(status[key])).join(' ');
  return `arrival: ${slot.kind}/${slot.namespace}/${slot.name} should run ${image}, has ${stands}: ${says}`;
}

/** Once everybody has arrived nothing moves any more. */
async function findRestless(ledger: Ledger): Promise<readonly string[]> {
  const before = written(ledger);
  await setTimeout(quiet);
  const more = written(ledger) - before;
  return more === 0 ? [] : [`rest: ${more} updates were written after everybody had arrived`];
}
