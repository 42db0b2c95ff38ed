import { limits } from './capacity/limits.ts';
import type { Deployment } from './deployment.ts';

/** How many environments are kept ready, from which moment on. */
export interface ReadyEnvironments {
  /** From this deployment on, until the first change. */
  readonly now: number;
  /** In order of time; all of them later than the deployment. */
  readonly changes: readonly { readonly at: Date; readonly environments: number }[];
}

const minuteMs = 60_000;
/** Left for somebody to act if they do not come; and after the close, for who was in the queue. */
const marginMs = 60 * minuteMs;
/** What a deployment may take: a moment that passes meanwhile may never come for Application Auto Scaling. */
const deployingMs = 30 * minuteMs;

/**
 * By the clock: all of them from an hour and the time they take to come before the opening, until an hour after
 * the close. A moment that has passed is no change any more: a deployment in the midst starts with all.
 * Without times for voting, `idle` are kept until somebody says otherwise (`npm run prewarm`): 27,500 waiting
 * around the clock would cost about $4,000 a day (lib/capacity/prices.ts). Pure.
 */
export function planReadyEnvironments(
  { environments, idle }: { readonly environments: number; readonly idle: number },
  { voting, deployedAtMs }: Pick<Deployment, 'voting' | 'deployedAtMs'>,
): ReadyEnvironments {
  if (voting === undefined) return { now: idle, changes: [] };
  const allocationMs = Math.ceil(environments / limits.lambdaProvisionedPerMinute) * minuteMs;
  const all = [
    { at: new Date(voting.opensAt.getTime() - marginMs - allocationMs), environments },
    { at: new Date(voting.closesAt.getTime() + marginMs), environments: idle },
  ];
  const past = all.filter(({ at }) => at.getTime() <= deployedAtMs + deployingMs);
  return { now: past.at(-1)?.environments ?? idle, changes: all.slice(past.length) };
}
