import type { CapacityPlan } from '../capacity.ts';
import { limits } from './limits.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const number = (value: number): string => whole.format(value);
const one = (value: number): string => value.toFixed(1);
const usd = (value: number): string =>
  `$${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

/** A plan as a page for people: what, how much, which rule decides, what to ask AWS for. */
export function describePlan(plan: CapacityPlan): string {
  const { input } = plan;
  return [
    `${number(input.votesPerSecond)} votes a second, ${number(input.votes)} votes in all`,
    '',
    ...table([
      ['ingest, environments', number(plan.provisionedConcurrency), ingestRule(plan)],
      [
        '',
        '',
        `allocated in about ${plan.provisioningMinutes} min; or ${number(plan.managedVcpus)} vCPU of managed instances`,
      ],
      [
        'stream, shards',
        number(plan.shards),
        `${number(plan.shardsAtLimit)} at their limit; ${input.shardLoad * 100} % load`,
      ],
      ['load balancer, LCU', number(plan.lcu), `bound by ${plan.lcuBindingDimension}; ${lcuOthers(plan)}`],
      ['CloudFront, requests/s', number(plan.cloudFrontRequestsPerSecond), 'peak and headroom'],
      ['WAF, requests/s', number(plan.wafRequestsPerSecond), 'peak and headroom'],
      [
        'writer, invocations at once',
        number(plan.writerConcurrency),
        'one a shard; as many database connections',
      ],
      [
        'backlog at most, votes',
        number(plan.backlogVotesMax),
        `after ${one(plan.peakMinutes)} min at the peak, ${number(input.rowsPerSecond)} recorded a second`,
      ],
      [
        'last vote recorded after',
        `${one(plan.drainMinutes)} min`,
        `the stream keeps votes for ${limits.streamRetentionHours / 24} days`,
      ],
    ]),
    '',
    'Quotas to have raised, weeks ahead',
    ...(plan.quotaIncreases.length === 0 ? ['  none'] : []),
    ...table(
      plan.quotaIncreases.map((quota) => [
        `${quota.quota}${quota.code === null ? '' : `, ${quota.code}`}`,
        `${number(quota.default)} → ${number(quota.needed)}`,
      ]),
    ),
    '',
    'Cost at list prices (us-east-1)',
    ...table([
      ['', 'peak hour', 'whole vote'],
      ...plan.costs.map(({ item, peakHourUsd, voteUsd }) => [item, usd(peakHourUsd), usd(voteUsd)]),
      ['in all', usd(plan.costPeakHourUsd), usd(plan.costVoteUsd)],
    ]),
    ...(plan.warnings.length === 0 ? [] : ['', 'Look at these', ...plan.warnings.map((line) => `  ${line}`)]),
    '',
  ].join('\n');
}

function ingestRule(plan: CapacityPlan): string {
  const rule = plan.bindingRule === 'ten-times-rule' ? '10 requests/s an environment' : 'Little’s law';
  return `bound by ${rule} (${number(plan.concurrencyByTenTimesRule)}; Little’s law at ${one(plan.requestMs)} ms: ${number(plan.concurrencyByLittlesLaw)})`;
}

function lcuOthers({ lcuByDimension, lcuBindingDimension }: CapacityPlan): string {
  return Object.entries(lcuByDimension)
    .filter(([name]) => name !== lcuBindingDimension)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join(', ');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd(),
  );
}
