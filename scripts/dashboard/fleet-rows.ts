import { fleet, increase, own, type Row, tenant } from './panel.ts';

const fleetRow: Row = {
  title: 'Fleet',
  panels: [
    {
      title: 'Containers by state',
      kind: 'stat',
      width: 12,
      queries: [{ expr: fleet('plimsoll_workload_containers', 'state'), legend: '{{state}}' }],
    },
    {
      title: 'Another image is chosen',
      kind: 'piechart',
      width: 6,
      queries: [{ expr: fleet('plimsoll_updates_available', 'bump'), legend: '{{bump}}' }],
    },
    {
      title: 'Leader',
      kind: 'stat',
      width: 3,
      queries: [{ expr: `sum(leader_election_master_status{${own},name="plimsoll"})` }],
    },
    {
      title: 'Version',
      kind: 'stat',
      width: 3,
      queries: [{ expr: `count by (version) (plimsoll_build_info{${own}})`, legend: '{{version}}' }],
    },
    {
      title: 'States over time',
      kind: 'timeseries',
      width: 12,
      queries: [{ expr: fleet('plimsoll_workload_containers', 'state'), legend: '{{state}}' }],
    },
    {
      title: 'Longest wait',
      kind: 'table',
      unit: 's',
      width: 12,
      description: 'Containers that are behind, and for how long. Needs --container-metrics.',
      queries: [
        {
          expr: `topk(50, max by (namespace, kind, workload, container, bump) (plimsoll_container_version_age_seconds{${tenant}}))`,
        },
      ],
    },
  ],
};

const activityRow: Row = {
  title: 'Activity',
  panels: [
    {
      title: 'Updates',
      kind: 'timeseries',
      width: 6,
      queries: [{ expr: increase('plimsoll_updates_total', 'outcome', tenant), legend: '{{outcome}}' }],
    },
    {
      title: 'Rollouts that ended',
      kind: 'timeseries',
      width: 6,
      queries: [{ expr: increase('plimsoll_rollouts_total', 'outcome', tenant), legend: '{{outcome}}' }],
    },
    {
      title: 'Put back',
      kind: 'timeseries',
      width: 6,
      queries: [{ expr: increase('plimsoll_rollbacks_total', 'outcome', tenant), legend: '{{outcome}}' }],
    },
    {
      title: 'Rollouts in progress',
      kind: 'timeseries',
      width: 6,
      queries: [{ expr: `max(plimsoll_rollouts_in_progress{${own}})`, legend: 'in progress' }],
    },
    {
      title: 'How long rollouts take',
      kind: 'heatmap',
      unit: 's',
      width: 24,
      queries: [{ expr: increase('plimsoll_rollout_duration_seconds_bucket', 'le'), legend: '{{le}}' }],
    },
  ],
};

const holdsRow: Row = {
  title: 'Holds',
  panels: [
    {
      title: 'Held, by reason',
      kind: 'timeseries',
      width: 12,
      queries: [{ expr: `max by (reason) (plimsoll_gate_holds{${own}}) > 0`, legend: '{{reason}}' }],
    },
    {
      title: 'Decisions',
      kind: 'timeseries',
      width: 12,
      queries: [{ expr: `${increase('plimsoll_decisions_total', 'reason')} > 0`, legend: '{{reason}}' }],
    },
    {
      title: 'Waits for approval',
      kind: 'timeseries',
      width: 8,
      queries: [
        {
          expr: `max by (namespace) (plimsoll_updates_awaiting_approval{${tenant}})`,
          legend: '{{namespace}}',
        },
      ],
    },
    {
      title: 'Policies that give cause for a warning',
      kind: 'timeseries',
      width: 8,
      queries: [
        { expr: `max by (namespace) (plimsoll_policy_warnings{${tenant}})`, legend: '{{namespace}}' },
      ],
    },
    {
      title: 'Policies that cannot be understood',
      kind: 'timeseries',
      width: 8,
      queries: [
        { expr: `max by (namespace) (plimsoll_policy_invalid{${tenant}}) > 0`, legend: '{{namespace}}' },
      ],
    },
  ],
};

/** Rows about workloads and their images. */
export const fleetRows: readonly Row[] = [fleetRow, activityRow, holdsRow];
