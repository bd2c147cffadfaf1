import assert from 'node:assert/strict';
import {
  completeRollout,
  type ControllerHarness,
  deploy,
  deploymentPath,
  imageIn,
  startController,
  type World,
} from './controller-harness.ts';
import type { DeploymentParts } from './deployments.ts';

/** A policy that gives a rollout ten minutes. */
export const minor = { 'plimsoll.dev/policy': 'minor', 'plimsoll.dev/rollout-deadline': '10m' };

/** Milliseconds after which the rollout of an update under {@link minor} has missed its deadline. */
export const deadline = 601_000;

/** Makes a workload at 1.2.3, and starts a controller that has just written its update to 1.3.0. */
export async function beginUpdate(
  world: World,
  { annotations, ...parts }: Omit<DeploymentParts, 'name' | 'containers'> = {},
): Promise<ControllerHarness> {
  for (const tag of ['1.2.3', '1.3.0']) world.registry.push('docker.io/library/app', tag);
  deploy(world, { ...parts, annotations: { ...minor, ...annotations } });
  const controller = await startController(world);
  assert.equal(imageIn(world), 'app:1.3.0');
  return controller;
}

/** Lets the present rollout complete, and stay healthy for long enough. */
export async function finishRollout(world: World, controller: ControllerHarness): Promise<void> {
  completeRollout(world);
  await controller.advance(11_000);
}

/** Sets the image of the workload as a field manager does, and lets that rollout complete. */
export function writeImage(world: World, image: string, manager: string): void {
  const containers = { 'k:{"name":"app"}': { 'f:image': {} } };
  const fieldsV1 = { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': containers } } } };
  const time = new Date(world.clock.now()).toISOString();
  world.cluster.edit(deploymentPath(), [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: image },
    { op: 'add', path: '/metadata/managedFields', value: [{ manager, operation: 'Update', time, fieldsV1 }] },
  ]);
  completeRollout(world);
}
