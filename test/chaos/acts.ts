import type { Fleet, Slot } from './fleet.ts';
import { policyOf } from './fleet.ts';
import { isOlder, movingTag, tagOf } from './oracle.ts';
import type { Random } from './random.ts';
import { sightOf } from './sight.ts';

/** What people, pipelines and other tools do meanwhile. */
type Act = (fleet: Fleet, random: Random) => Promise<void>;

/** Acts by name; a name that stands twice is done twice as often. */
const acts: readonly (readonly [name: string, act: Act])[] = [
  ['a good release', (fleet, random) => release(fleet, random, '')],
  ['a good release', (fleet, random) => release(fleet, random, '')],
  ['a good release', (fleet, random) => release(fleet, random, '')],
  ['a release that crashes', (fleet, random) => release(fleet, random, 'crashes ')],
  ['a release that hangs', (fleet, random) => release(fleet, random, 'hangs ')],
  ['a moving tag moved', (fleet, random) => move(fleet, random, '')],
  ['a moving tag moved to an image that crashes', (fleet, random) => move(fleet, random, 'crashes ')],
  ['a tag that is no release', (fleet, random) => distract(fleet, random)],
  ['a person going back', goBack],
  ['a person going forward', goForward],
  ['a manifest applied again', applyAgain],
  ['suspend', (fleet, random) => annotate(fleet, random, { 'plimsoll.dev/suspend': 'true' })],
  ['resume', (fleet, random) => annotate(fleet, random, { 'plimsoll.dev/suspend': null })],
  ['another policy', changePolicy],
  ['a broken policy', (fleet, random) => annotate(fleet, random, { 'plimsoll.dev/ignore-tags': 'regexp:(' })],
  ['a mended policy', (fleet, random) => annotate(fleet, random, { 'plimsoll.dev/ignore-tags': null })],
  ['pause', (fleet, random) => pause(fleet, random, true)],
  ['go on', (fleet, random) => pause(fleet, random, null)],
  ['scale', scale],
  ['hold', (fleet, random) => fleet.handle(anySlot(fleet, random), { hold: true })],
  ['let go', (fleet, random) => fleet.handle(anySlot(fleet, random), { hold: false })],
  [
    'check now',
    (fleet, random) => fleet.handle(anySlot(fleet, random), { checkAt: new Date().toISOString() }),
  ],
  ['deleted', (fleet, random) => fleet.remove(anySlot(fleet, random))],
  ['made', (fleet, random) => fleet.create(anySlot(fleet, random))],
];

/** Does one thing at random; returns its name. */
export async function act(fleet: Fleet, random: Random): Promise<string> {
  const [name, perform] = acts[random.below(acts.length)] ?? ['nothing', async () => undefined];
  await perform(fleet, random);
  return name;
}

async function release(fleet: Fleet, random: Random, content: string): Promise<void> {
  const repository = anySlot(fleet, random).repository;
  const tag = `${1 + random.below(3)}.${random.below(6)}.${random.below(30)}`;
  if (!fleet.tags(repository).includes(tag)) await fleet.push(repository, tag, `${content}${tag}`);
}

async function move(fleet: Fleet, random: Random, content: string): Promise<void> {
  const repository = anySlot(fleet, random).repository;
  await fleet.push(repository, movingTag, `${content}${movingTag} ${random.below(1_000_000)}`);
}

async function distract(fleet: Fleet, random: Random): Promise<void> {
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
  await fleet.push(anySlot(fleet, random).repository, tag);
}

async function goBack(fleet: Fleet, random: Random): Promise<void> {
  const slot = versionedSlot(fleet, random);
  const present = await fleet.read(slot);
  if (!present) return;
  const tag = tagOf(sightOf(present).image);
  const older = fleet.tags(slot.repository).filter((other) => isOlder(other, tag));
  await fleet.setImage(slot, older[random.below(older.length)] ?? '1.0.0', 'kubectl-set');
}

async function goForward(fleet: Fleet, random: Random): Promise<void> {
  const slot = versionedSlot(fleet, random);
  const tag = `1.0.${random.below(40)}`;
  await fleet.push(slot.repository, tag);
  await fleet.setImage(slot, tag, random.pick(['kubectl-set', 'some-pipeline', 'kubectl-client-side-apply']));
}

async function applyAgain(fleet: Fleet, random: Random): Promise<void> {
  await fleet.setImage(
    versionedSlot(fleet, random),
    '1.0.0',
    random.pick(['kubectl-client-side-apply', 'helm', 'terraform']),
  );
}

async function annotate(
  fleet: Fleet,
  random: Random,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  await fleet.edit(anySlot(fleet, random), { annotations });
}

async function changePolicy(fleet: Fleet, random: Random): Promise<void> {
  const policy = random.pick(['patch', 'minor', 'major', 'none']);
  await fleet.edit(versionedSlot(fleet, random), { annotations: { 'plimsoll.dev/policy': policy } });
}

/** Only a Deployment knows of pausing. */
async function pause(fleet: Fleet, random: Random, paused: true | null): Promise<void> {
  const slot = anySlot(fleet, random);
  if (slot.kind === 'Deployment') await fleet.edit(slot, { spec: { paused } });
}

async function scale(fleet: Fleet, random: Random): Promise<void> {
  const slot = anySlot(fleet, random);
  if (slot.kind !== 'CronJob') await fleet.edit(slot, { spec: { replicas: random.below(3) } });
}

function anySlot(fleet: Fleet, random: Random): Slot {
  const slot = fleet.slots[random.below(fleet.slots.length)];
  if (!slot) throw new Error('the fleet has no workload');
  return slot;
}

/** One that is on a version, not on a moving tag. */
function versionedSlot(fleet: Fleet, random: Random): Slot {
  const slot = anySlot(fleet, random);
  return policyOf(slot) === 'digest' ? versionedSlot(fleet, random) : slot;
}
