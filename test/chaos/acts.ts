import { isKubeError } from '../../src/kube/errors.ts';
import { type Fleet, policyOf, type Slot } from './fleet.ts';
import { isOlder, movingTag, tagOf } from './oracle.ts';
import type { Random } from './random.ts';
import { sightOf } from './sight.ts';

/** What everybody but the controllers has to do with the fleet. */
export type Hands = Pick<
  Fleet,
  'slots' | 'tags' | 'push' | 'read' | 'setImage' | 'edit' | 'handle' | 'remove' | 'create'
>;

/** Something that people, pipelines or other tools do around one workload; resolves with whether there was anything to do it to. */
type Perform = (fleet: Hands, slot: Slot, random: Random) => Promise<boolean>;

interface Act {
  readonly perform: Perform;
  /** To which workloads it can be done; to all where left out. */
  readonly fits?: (slot: Slot) => boolean;
  /** How often it is done for each time that others are (1). */
  readonly weight?: number;
}

/** Something that people do to a workload that a controller may be about to update. */
export interface Intervention {
  readonly name: string;
  readonly perform: Perform;
  readonly fits: (slot: Slot) => boolean;
}

const isVersioned = (slot: Slot): boolean => policyOf(slot) !== 'digest';
const isDeployment = ({ kind }: Slot): boolean => kind === 'Deployment';
const hasReplicas = ({ kind }: Slot): boolean => kind !== 'CronJob';

/** What people do to a workload. Each of them may forbid an update, or ask for another one. */
const edits: Readonly<Record<string, Act>> = {
  'a person going back': { perform: goBack, fits: isVersioned },
  'a person going forward': { perform: goForward, fits: isVersioned },
  suspend: { perform: annotating('plimsoll.dev/suspend', 'true') },
  'another policy': { perform: changePolicy, fits: isVersioned },
  pause: { perform: pausing(true), fits: isDeployment },
  scale: { perform: scale, fits: hasReplicas },
};

const acts: Readonly<Record<string, Act>> = {
  'a good release': { perform: releasing(''), weight: 3 },
  'a release that crashes': { perform: releasing('crashes ') },
  'a release that hangs': { perform: releasing('hangs ') },
  'a moving tag moved': { perform: moving('') },
  'a moving tag moved to an image that crashes': { perform: moving('crashes ') },
  'a tag that is no release': { perform: distract },
  'a manifest applied again': { perform: applyAgain, fits: isVersioned },
  ...edits,
  resume: { perform: annotating('plimsoll.dev/suspend', null) },
  'a broken policy': { perform: annotating('plimsoll.dev/ignore-tags', 'regexp:(') },
  'a mended policy': { perform: annotating('plimsoll.dev/ignore-tags', null) },
  'go on': { perform: pausing(null), fits: isDeployment },
  hold: { perform: (fleet, slot) => fleet.handle(slot, { hold: true }) },
  'let go': { perform: (fleet, slot) => fleet.handle(slot, { hold: false }) },
  'check now': { perform: (fleet, slot) => fleet.handle(slot, { checkAt: new Date().toISOString() }) },
  deleted: { perform: (fleet, slot) => fleet.remove(slot) },
  made: { perform: (fleet, slot) => fleet.create(slot) },
};

/** Everything that is done, each name as often as its weight says. */
export const actNames = Object.entries(acts).flatMap(([name, { weight = 1 }]) =>
  Array.from({ length: weight }, () => name),
);

/** Does what the name says around a workload drawn at random; resolves with whether it had an effect. */
export async function act(name: string, fleet: Hands, random: Random): Promise<boolean> {
  const chosen = acts[name];
  if (!chosen) throw new Error(`nobody knows how to do ${name}`);
  const slots = fleet.slots.filter((slot) => chosen.fits?.(slot) ?? true);
  const slot = slots[random.below(slots.length)];
  return slot !== undefined && chosen.perform(fleet, slot, random);
}

/** The acts that change a workload which is there, each of them apart. */
export const interventions: readonly Intervention[] = Object.entries(edits).map(
  ([name, { perform, fits }]) => ({
    name,
    perform,
    fits: fits ?? (() => true),
  }),
);

/** Whether something was done. It was not where the API server is away, as a real one is for people too. */
export async function isPossible(doing: Promise<boolean>): Promise<boolean> {
  try {
    return await doing;
  } catch (error) {
    if (!isKubeError(error) || !error.retryable) throw error;
    return false;
  }
}

function releasing(content: string): Perform {
  return async (fleet, { repository }, random) => {
    const tag = `${1 + random.below(3)}.${random.below(6)}.${random.below(30)}`;
    if (fleet.tags(repository).includes(tag)) return false;
    await fleet.push(repository, tag, `${content}${tag}`);
    return true;
  };
}

function moving(content: string): Perform {
  return async (fleet, { repository }, random) => {
    await fleet.push(repository, movingTag, `${content}${movingTag} ${random.below(1_000_000)}`);
    return true;
  };
}

async function distract(fleet: Hands, { repository }: Slot, random: Random): Promise<boolean> {
  const tag = random.pick([
    '2.0.0-rc.1',
    '1.9.9-alpine',
    '20261121',
    '9',
    '1.9',
    'latest',
    'release-9.9.9',
    'nightly-9.9.9',
    'sha-0123abc',
  ]);
  await fleet.push(repository, tag);
  return true;
}

async function goBack(fleet: Hands, slot: Slot, random: Random): Promise<boolean> {
  const drawn = random.next();
  const present = await fleet.read(slot);
  if (!present) return false;
  const tag = tagOf(sightOf(present).image);
  const older = fleet.tags(slot.repository).filter((other) => isOlder(other, tag));
  return fleet.setImage(slot, older[Math.floor(drawn * older.length)] ?? '1.0.0', 'kubectl-set');
}

async function goForward(fleet: Hands, slot: Slot, random: Random): Promise<boolean> {
  const tag = `1.0.${random.below(40)}`;
  const tool = random.pick(['kubectl-set', 'some-pipeline', 'kubectl-client-side-apply']);
  await fleet.push(slot.repository, tag);
  return fleet.setImage(slot, tag, tool);
}

async function applyAgain(fleet: Hands, slot: Slot, random: Random): Promise<boolean> {
  const tool = random.pick(['kubectl-client-side-apply', 'helm', 'terraform']);
  return fleet.setImage(slot, '1.0.0', tool);
}

function annotating(key: string, value: string | null): Perform {
  return (fleet, slot) => fleet.edit(slot, { annotations: { [key]: value } });
}

async function changePolicy(fleet: Hands, slot: Slot, random: Random): Promise<boolean> {
  const policy = random.pick(['patch', 'minor', 'major', 'none']);
  return fleet.edit(slot, { annotations: { 'plimsoll.dev/policy': policy } });
}

function pausing(paused: true | null): Perform {
  return (fleet, slot) => fleet.edit(slot, { spec: { paused } });
}

async function scale(fleet: Hands, slot: Slot, random: Random): Promise<boolean> {
  return fleet.edit(slot, { spec: { replicas: random.below(3) } });
}
