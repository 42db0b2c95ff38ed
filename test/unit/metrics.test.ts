import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../functions/adapters/metrics.ts';
import { type MetricName, metricUnits } from '../../functions/core/metrics.ts';

interface Line {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

let written: string[];
const lines = (): Line[] => written.map((text) => JSON.parse(text) as Line);
beforeEach(() => {
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

function start(functionName: string | undefined = 'stage-function') {
  const state = { nowMs: 1_000_000 };
  return { state, metrics: createMetrics({ functionName, clock: () => state.nowMs }) };
}

describe('metrics', () => {
  it('come together and are written as one line, under the name of the function', () => {
    const { metrics } = start();
    for (let vote = 0; vote < 250; vote++) metrics.count('AcceptedByStream');
    metrics.observe('RecordAge', 12.5);
    expect(written).toEqual([]);
    metrics.flush();
    expect(lines()).toMatchObject([{ service: 'stage-function', AcceptedByStream: 250, RecordAge: 12.5 }]);
    expect(lines()[0]?._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'Ballotstream',
        Dimensions: [['service']],
        Metrics: [
          { Name: 'AcceptedByStream', Unit: 'Count' },
          { Name: 'RecordAge', Unit: 'Milliseconds' },
        ],
      },
    ]);
  });

  it('are written once: what a line said, the next does not', () => {
    const { metrics } = start();
    metrics.count('Recorded', 7);
    metrics.flush();
    metrics.flush();
    metrics.count('Recorded', 2);
    metrics.flush();
    expect(lines().map((line) => line['Recorded'])).toEqual([7, 2]);
  });

  it('are written by themselves with the first count after ten seconds, and lose none', () => {
    const { state, metrics } = start();
    for (let second = 0; second < 25; second++) {
      metrics.count('AcceptedByStream', 10);
      state.nowMs += 1_000;
    }
    expect(lines().map((line) => line['AcceptedByStream'])).toEqual([110, 100]);
    metrics.flush();
    const sum = lines().reduce((total, line) => total + Number(line['AcceptedByStream']), 0);
    expect(sum).toBe(250);
  });

  it.each(['NotDurable', 'AcceptedByOverflow'] as const)(
    'of %s are written at once, but not in floods',
    (name) => {
      const { state, metrics } = start();
      for (let tenth = 0; tenth < 30; tenth++) {
        metrics.count(name);
        state.nowMs += 100;
      }
      expect(lines().map((line) => line[name])).toEqual([1, 10, 10]);
    },
  );

  it('tell refusals apart by problem, beside their sum', () => {
    const { metrics } = start();
    metrics.count('Refused', 1, 'bad-pass');
    metrics.count('Refused', 1, 'closed');
    metrics.count('Refused', 1, 'bad-pass');
    metrics.flush();
    expect(lines().map(({ problem, Refused }) => ({ problem, Refused }))).toEqual([
      { problem: undefined, Refused: 3 },
      { problem: 'bad-pass', Refused: 2 },
      { problem: 'closed', Refused: 1 },
    ]);
    expect(lines()[1]?._aws.CloudWatchMetrics[0]?.Dimensions).toEqual([['service', 'problem']]);
  });

  it('keep a bounded number of values, and no number that is none', () => {
    const { metrics } = start();
    metrics.observe('RecordAge', Number.NaN);
    for (let value = 0; value < 250; value++) metrics.observe('RecordAge', value);
    metrics.flush();
    const values = lines().flatMap((line) => line['RecordAge'] as number[]);
    expect(values).toEqual(Array.from({ length: 250 }, (_, value) => value));
  });

  it('can all be written: names and units are what CloudWatch takes', () => {
    const { metrics } = start();
    for (const name of Object.keys(metricUnits) as MetricName[]) metrics.observe(name, 1);
    metrics.flush();
    const said = lines().flatMap((line) => line._aws.CloudWatchMetrics.flatMap((one) => one.Metrics));
    expect(Object.fromEntries(said.map(({ Name, Unit }) => [Name, Unit]))).toEqual(metricUnits);
  });

  it('are not written where there is no Lambda to read them', () => {
    const state = { nowMs: 0 };
    const metrics = createMetrics({ functionName: undefined, clock: () => state.nowMs });
    metrics.count('NotDurable');
    state.nowMs += 60_000;
    metrics.count('AcceptedByStream');
    metrics.observe('RecordAge', 1);
    metrics.flush();
    expect(written).toEqual([]);
  });
});
