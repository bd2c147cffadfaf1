import { eventually, kubectl } from './installation.ts';

/** Resolves when nothing of ours is in the cluster; rejects with what stays. */
export async function nothingIsLeft(): Promise<void> {
  const told = async () => (await leftovers()).join(', ');
  // Right after its definition, a custom resource may still be among those that can be asked for.
  await eventually('nothing of ours to be left:', async () => (await leftovers()).length === 0, told);
}

/** Every object in the cluster that has our name in its own, as `resource/name`; events pass by themselves. */
async function leftovers(): Promise<readonly string[]> {
  const resources = (await kubectl('api-resources', '--verbs=list', '-o', 'name'))
    .split('\n')
    .filter(Boolean);
  const asked = resources.filter((resource) => !resource.startsWith('events'));
  const found = await kubectl('get', asked.join(','), '--all-namespaces', '-o', 'name');
  return found.split('\n').filter((name) => name.includes('plimsoll'));
}
