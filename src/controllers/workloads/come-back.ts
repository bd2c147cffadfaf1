import { secretLife } from '../repositories/pull-credentials.ts';
import type { RepositoryStore } from '../repositories/repository-store.ts';
import type { Verdict } from './verdict.ts';

/** The least time before a workload whose credential is refused looks whether its secret was renewed. */
const credentialRest = 60_000;
const longestGateWait = 60_000;
const longestAgeWait = 600_000;
/** Reasons that a renewed secret may cure. */
const credentialReasons: readonly string[] = ['Unauthorized', 'Forbidden', 'SecretUnreadable'];

/** Whether the registry refused what a container's pull secrets hold. */
export function needsCredential({ decision }: Verdict): boolean {
  return credentialReasons.includes(decision.reason);
}

/**
 * Milliseconds after which a workload has something to do although nothing happens: its rollout is due to be judged,
 * its refused update to be tried again, a candidate to be old enough, its pull secret to be read again. Undefined where there is no such thing.
 */
export function comeBackAfter(
  verdicts: readonly Verdict[],
  repositories: Pick<RepositoryStore, 'observation'>,
  now: number,
): number | undefined {
  const waits = verdicts
    .flatMap((verdict) => [
      verdict.view.step?.after,
      verdict.view.verifiedIn,
      verdict.view.hanging?.after,
      verdict.view.undoRest,
      verdict.rest,
      verdict.asksIn,
      gateWait(verdict, now),
      ageWait(verdict, now),
      credentialWait(verdict, repositories, now),
    ])
    .filter((wait) => wait !== undefined);
  return waits.length > 0 ? Math.max(1, Math.min(...waits)) : undefined;
}

/** Until a gate opens by itself; it is looked at each minute, because a person may open it from elsewhere. */
function gateWait({ decision: { opensAt } }: Verdict, now: number): number | undefined {
  return opensAt === undefined ? undefined : Math.min(longestGateWait, Math.max(0, opensAt - now));
}

/** Until a candidate is old enough; asked again every ten minutes, because the clock may be moved meanwhile. */
function ageWait({ decision: { maturesAt } }: Verdict, now: number): number | undefined {
  return maturesAt === undefined ? undefined : Math.min(longestAgeWait, Math.max(0, maturesAt - now));
}

/**
 * Until the registry is asked again, and some time where that is past, because the look may be under way. A secret that
 * cannot be read may be of no importance today: it is looked at when it would be read again anyway.
 */
function credentialWait(
  verdict: Verdict,
  repositories: Pick<RepositoryStore, 'observation'>,
  now: number,
): number | undefined {
  const { lookup } = verdict.view;
  if (!needsCredential(verdict)) return lookup && lookup.secretProblems.length > 0 ? secretLife : undefined;
  const until = lookup && repositories.observation(lookup.key).problem?.until;
  return Math.max(credentialRest, (until ?? now) - now);
}
