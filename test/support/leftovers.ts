import { kubectl } from './installation.ts';

/** Every object in the cluster that has our name in its own, as `resource/name`; events pass by themselves. */
export async function leftovers(): Promise<readonly string[]> {
  const resources = (await kubectl('api-resources', '--verbs=list', '-o', 'name'))
    .split('\n')
    .filter(Boolean);
  const asked = resources.filter((resource) => !resource.startsWith('events'));
  const found = await kubectl('get', asked.join(','), '--all-namespaces', '-o', 'name');
  return found.split('\n').filter((name) => name.includes('plimsoll'));
}
