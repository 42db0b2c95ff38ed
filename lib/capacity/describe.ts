import type { CapacityPlan } from '../capacity.ts';
import type { Ground } from './cautions.ts';
import { limits } from './limits.ts';
import { type Quota, requestCommand } from './quotas.ts';

/** The page to read before election day: what, how much, which rule binds, what to ask for, what is unsure. Pure. */
export function describePlan(plan: CapacityPlan): string {
  return [
    headline(plan),
    section('To stand ready', [...ingestRows(plan), ...pathRows(plan)]),
    section('Backlog', backlogRows(plan)),
    section('Quotas to have raised, weeks before', plan.quotaIncreases.map(quotaRow)),
    list('The requests, for those whose codes are known', requestCommands(plan)),
    section('Quotas that are enough', plan.quotasEnough.map(quotaRow)),
    section(`Cost, USD, list prices in us-east-1 (${costNote(plan)})`, costRows(plan)),
    list('Cannot be carried out as it stands', plan.blockers),
    list('Know before the day', plan.warnings),
    section('Only estimated: replace what you can measure', plan.assumptions.map(groundRow)),
    section('Measured by us, on one machine and not on AWS', plan.measurements.map(groundRow)),
    section('Second-hand: compare with AWS before you rely on it', plan.secondHand.map(groundRow)),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

type Row = readonly string[];

function headline({ input, blockers }: CapacityPlan): string {
  const peak = `${count(input.votesPerSecond)} votes a second, ${count(input.votes)} votes, ingest on ${input.compute === 'managed' ? 'Managed Instances' : 'provisioned concurrency'}`;
  return `${peak}: ${blockers.length === 0 ? 'can be carried out' : 'NO-GO'}\n`;
}

function ingestRows({ ingest, input }: CapacityPlan): Row[] {
  const needs = ingest.needs.map(({ rule, needed }) => `${rule} ${count(needed)}`).join(', ');
  const reason = `${ingest.bindingRule} binds (${needs})`;
  if (input.compute === 'managed') {
    return [
      [
        'vCPUs, least',
        count(ingest.vcpusMin),
        `${reason}; half load at the peak, and ${percent(input.headroom)}`,
      ],
      ['vCPUs, most', count(ingest.vcpusMax), 'should the peak be twice as high'],
    ];
  }
  return [
    ['environments', count(ingest.provisionedConcurrency), `${reason}; and ${percent(input.headroom)}`],
    [
      'a vote holds one for',
      `${count(ingest.heldMs)} ms`,
      `of which CPU ${((input.cpuMicrosAlone / 1_000) * Math.max(1, limits.lambdaMemoryMbPerVcpu / input.lambdaMemoryMb)).toFixed(1)} ms, at ${count(input.lambdaMemoryMb)} MB`,
    ],
    [
      'allocating them',
      `${ingest.allocationMinutes} min`,
      `${count(limits.lambdaProvisionedPerMinute)} a minute`,
    ],
  ];
}

function pathRows({ input, stream, loadBalancer, writer }: CapacityPlan): Row[] {
  const units = Object.entries(loadBalancer.units)
    .map(([dimension, needed]) => `${dimension} ${count(needed)}`)
    .join(', ');
  return [
    ['load balancer units', count(loadBalancer.lcu), `${loadBalancer.boundBy} bind (${units})`],
    ['load balancers', count(loadBalancer.loadBalancers), `${count(limits.loadBalancerUnitsMax)} units each`],
    [
      'shards',
      count(stream.shards),
      `${stream.boundBy} bind (at the limit: records ${count(stream.shardsByRecords)}, bytes ${count(stream.shardsByBytes)}); at ${percent(input.shardLoad)} load`,
    ],
    [
      'writers',
      count(writer.writerConcurrency),
      `${writer.batchesPerShard} a shard, ${count(writer.batchRecordsMax)} records a batch; and ${writer.overflowConcurrency} for the overflow queue`,
    ],
    [
      'records an event holds',
      count(writer.recordsPerEvent),
      `6 MB with base64; of the largest ballots ${count(writer.largestRecordsPerEvent)}`,
    ],
    ['seconds a batch takes', writer.batchSecondsMax.toFixed(1), 'while all writers share the database'],
    [
      'database connections',
      count(writer.databaseConnections),
      `of ${count(writer.databaseConnectionsMax)} that the instance class takes`,
    ],
  ];
}

function backlogRows({ backlog, input }: CapacityPlan): Row[] {
  return [
    ['the peak lasts', minutes(backlog.peakMinutes), 'if everybody votes at the peak rate'],
    ['recorded', `${count(backlog.recordsPerSecond)}/s`, 'by one Aurora writer'],
    ['waiting at most', count(backlog.backlogVotesMax), `of ${count(input.votes)} votes`],
    ['all recorded after', minutes(backlog.drainMinutes), 'from the first vote'],
    [
      'the oldest waits',
      minutes(backlog.oldestVoteMinutes),
      `the stream keeps it ${limits.retentionHours / 24} days`,
    ],
    ['outage it survives', `${count(Math.floor(backlog.outageHoursMax))} h`, 'of the database, besides'],
  ];
}

const quotaRow = ({ service, quota, code, default: byDefault, needed, source }: Quota): Row => [
  service,
  count(needed),
  `default ${count(byDefault)}: ${quota} (${code ?? 'no code known: support case'}). ${source}`,
];

const requestCommands = ({ quotaIncreases }: CapacityPlan): string[] =>
  quotaIncreases.map(requestCommand).filter((command) => command !== null);

/** A price of a millionth of a dollar is no 0. */
const groundRow = ({ name, value, source }: Ground): Row => [
  name,
  value.toLocaleString('en-US', { maximumFractionDigits: 12 }),
  source,
];

function costRows({ cost }: CapacityPlan): Row[] {
  const rows = cost.lines.map(({ item, peakHourUsd, voteUsd }) => [
    item,
    dollars(peakHourUsd),
    dollars(voteUsd),
  ]);
  return [
    ['', 'peak hour', 'whole vote'],
    ...rows,
    ['total', dollars(cost.costPeakHourUsd), dollars(cost.costVoteUsd)],
  ];
}

const costNote = ({ cost, input }: CapacityPlan): string =>
  `whole vote: polls open ${count(input.openHours)} h, kept ready ${cost.readyHours.toFixed(1)} h, recording ${cost.recordingHours.toFixed(1)} h; without stored data, backups, results, support, taxes`;

/** Columns: the first two as wide as they need, the second to the right. */
function section(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const width = (column: number): number => Math.max(...rows.map((row) => (row[column] ?? '').length));
  const [first, second] = [width(0), width(1)];
  const lines = rows.map(([name = '', value = '', ...rest]) =>
    `  ${name.padEnd(first)}  ${value.padStart(second)}  ${rest.map((text) => (rest.length === 1 && isMoney(text) ? text.padStart(width(2)) : text)).join('  ')}`.trimEnd(),
  );
  return `${title}\n${lines.join('\n')}\n`;
}

const isMoney = (text: string): boolean => /^(\d[\d,]*\.\d\d|whole vote)$/.test(text);

function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `${title}\n${items.map((item) => `  - ${item}`).join('\n')}\n`;
}

const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 });
const dollars = (value: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = (share: number): string => `${count(share * 100)} %`;
const minutes = (value: number): string =>
  `${value.toLocaleString('en-US', { maximumFractionDigits: 1 })} min`;
