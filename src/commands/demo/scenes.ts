import type { Scene, WorkloadSight } from './scene.ts';

/** What happens in the registry, and what follows. */
const updates: readonly Scene[] = [
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

/** What fails, what people and tools do, and what waits. */
const gates: readonly Scene[] = [
  {
    title: 'A bad image is put back',
    workload: 'gateway',
    early: true,
    happens: async ({ push, until }) => {
      await push('gateway', '1.1.0', 'crashes: gateway 1.1.0');
      await until((now) => now.reason === 'RolledBack' && now.image.endsWith('gateway:1.0.0'));
      return push('gateway', '1.2.0', 'gateway 1.2.0');
    },
    expected: '1.1.0 crashes: 1.0.0 is put back, 1.1.0 is not tried again, and the good 1.2.0 comes',
    holds: (now, pushed) =>
      now.image.endsWith('gateway:1.2.0') && rolledOut(now, pushed) && now.rejected.includes('1.1.0'),
  },
  {
    title: 'A person goes back',
    workload: 'orders',
    early: true,
    happens: async ({ push, until, person }) => {
      const pushed = await push('orders', '1.1.0', 'orders 1.1.0');
      await until((now) => now.image.endsWith('orders:1.1.0') && rolledOut(now, pushed));
      await person.undoes();
      return undefined;
    },
    expected: 'kubectl rollout undo brings 1.0.0 back: it stays, and 1.1.0 is not proposed again',
    holds: (now) =>
      now.reason === 'ForeignChange' && now.image.endsWith('orders:1.0.0') && now.rejected.includes('1.1.0'),
  },
  {
    title: 'A tool puts the old image back, again and again',
    workload: 'ledger',
    early: true,
    happens: async ({ push, until, now: see, person }) => {
      const pushed = await push('ledger', '1.1.0', 'ledger 1.1.0');
      const isUpdated = (now: WorkloadSight) => now.image.endsWith('ledger:1.1.0') && rolledOut(now, pushed);
      await until(isUpdated);
      const { generation } = see();
      await person.applies();
      await until((now) => now.generation > generation + 1 && isUpdated(now));
      await person.applies();
      return undefined;
    },
    expected:
      'kubectl apply brings 1.0.0 back twice: once it is put right, then it is held, and the tool is named',
    holds: (now) =>
      now.reason === 'Reverted' &&
      now.image.endsWith('ledger:1.0.0') &&
      now.message.includes('kubectl-client-side-apply'),
  },
  {
    title: 'An update waits for a person',
    workload: 'billing',
    early: true,
    happens: async ({ push, until, person }) => {
      const pushed = await push('billing', '1.1.0', 'billing 1.1.0');
      await until((now) => now.reason === 'AwaitingApproval' && now.image.endsWith('billing:1.0.0'));
      await person.approves();
      return pushed;
    },
    expected:
      'mode approve holds 1.1.0 until plimsoll approve; what comes is exactly the image that was approved',
    holds: (now, pushed) => now.image.endsWith(`billing:1.1.0@${pushed}`) && rolledOut(now, pushed),
  },
  {
    title: 'An update waits for its window',
    workload: 'invoices',
    early: true,
    happens: async ({ push, until }) => {
      const pushed = await push('invoices', '1.1.0', 'invoices 1.1.0');
      await until((now) => now.reason === 'OutsideWindow' && now.image.endsWith('invoices:1.0.0'));
      return pushed;
    },
    expected: '1.1.0 is held until the maintenance window opens, and comes when it does',
    holds: (now, pushed) => now.image.endsWith('invoices:1.1.0') && rolledOut(now, pushed),
  },
];

/** The tour, scene by scene. */
export const scenes: readonly Scene[] = [...updates, ...gates];

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
