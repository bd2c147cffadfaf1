import type { Scene, WorkloadSight } from './scene.ts';

/** The tour, scene by scene. */
export const scenes: readonly Scene[] = [
  {
    title: 'A patch update',
    workload: 'cart',
    happens: async ({ push }) => {
      await push('cart', '1.5.0', 'cart 1.5.0');
      return push('cart', '1.4.2', 'cart 1.4.2');
    },
    expected: 'policy patch moves 1.4.1 to 1.4.2, and leaves 1.5.0 alone',
    holds: (now, pushed) => now.image.endsWith('cart:1.4.2') && rolledOut(now, pushed),
  },
  {
    title: 'A minor update that keeps its variant',
    workload: 'catalog',
    happens: async ({ push }) => {
      await push('catalog', '1.2.0', 'catalog 1.2.0 on debian');
      return push('catalog', '1.1.0-alpine', 'catalog 1.1.0 on alpine');
    },
    expected: 'policy minor moves 1.0.0-alpine to 1.1.0-alpine, not to 1.2.0',
    holds: (now, pushed) => now.image.endsWith('catalog:1.1.0-alpine') && rolledOut(now, pushed),
  },
  {
    title: 'A new image behind a floating tag, by restart',
    workload: 'search',
    happens: ({ push }) => push('search', '2.1-alpine', 'search 2.1.7'),
    expected: '2.1-alpine was pushed again; the pull policy is Always, so a restart brings it',
    holds: (now, pushed) => now.image.endsWith('search:2.1-alpine') && rolledOut(now, pushed),
  },
  {
    title: 'A new image behind a tag, by pin',
    workload: 'checkout',
    happens: ({ push }) => push('checkout', '3.2', 'checkout 3.2.4'),
    expected: '3.2 was pushed again; a restart would not pull it, so its digest is pinned beside the tag',
    holds: (now, pushed) => now.image.endsWith(`checkout:3.2@${pushed}`) && rolledOut(now, pushed),
  },
  {
    title: "Keel's annotations, unchanged",
    workload: 'fastapi',
    happens: async ({ push }) => {
      await push('fastapi-web', '1.7.2-alpine', 'fastapi 1.7.2');
      return push('fastapi-web', '1.6-alpine', 'fastapi 1.6');
    },
    expected:
      'keel.sh/policy: minor moves 1.5-alpine to 1.6-alpine, and keeps the precision that Keel would lose',
    holds: (now, pushed) => now.image.endsWith('fastapi-web:1.6-alpine') && runs(now, pushed),
  },
  {
    title: 'Nothing fits',
    workload: 'payments',
    happens: async ({ push }) => {
      await push('payments', '1.10.0-slim', 'payments 1.10.0 slim');
      return push('payments', '2.0.0', 'payments 2.0.0');
    },
    expected: 'only a major and another variant appeared: nothing moves, and it says why',
    holds: (now, _pushed, before) =>
      now.reason === 'NoCompatibleTag' && now.latest === '2.0.0' && untouched(now, before),
  },
  {
    title: 'A tag vanishes',
    workload: 'mail',
    happens: async ({ push, deleteTag }) => {
      await push('mail', '0.7.9', 'mail 0.7.9');
      deleteTag('mail', '0.8.0');
      return undefined;
    },
    expected: 'the running tag 0.8.0 is gone and only 0.7.9 is left: nothing moves, least of all down',
    holds: (now, _pushed, before) => now.reason === 'TagMissing' && untouched(now, before),
  },
  {
    title: 'A broken annotation',
    workload: 'report',
    happens: ({ push }) => push('report', '5.2.0', 'report 5.2.0'),
    expected: 'policy "minro" is not obeyed in part: the workload is left alone, and told what was meant',
    holds: (now, _pushed, before) =>
      now.reason === 'InvalidPolicy' &&
      now.message.includes('did you mean "minor"') &&
      untouched(now, before),
  },
  {
    title: 'Look, but do not touch',
    workload: 'preview',
    happens: ({ push }) => push('preview', '2.0.0', 'preview 2.0.0'),
    expected: 'mode notify tells that 2.0.0 is out, and applies nothing',
    holds: (now, _pushed, before) =>
      now.reason === 'NotifyOnly' && now.latest === '2.0.0' && untouched(now, before),
  },
];

/** The update was followed to its end, and every pod reports what was pushed. */
function rolledOut(now: WorkloadSight, pushed: string | undefined): boolean {
  return now.outcome === 'Verified' && runs(now, pushed);
}

function runs({ running }: WorkloadSight, pushed: string | undefined): boolean {
  return running.length === 1 && running[0] === pushed;
}

function untouched(now: WorkloadSight, before: WorkloadSight): boolean {
  return now.generation === before.generation && now.image === before.image;
}
