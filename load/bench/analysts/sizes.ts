import { rhodeIsland } from '../bench-election.ts';

export interface AnalystsSizes {
  readonly regions: number;
  readonly stations: number;
  readonly filled: number;
  /** Analysts at once, each of whom asks the next report as soon as one is answered. */
  readonly analysts: number;
  /** Each without analysts and with them, apart and beside. */
  readonly rounds: number;
  /** Reads of the results in one of them, and from one answer to the next question. */
  readonly reads: Readonly<Record<'election' | 'region', number>>;
  readonly pauseMs: number;
  /** Of the writer at a time: it goes on until the results were read. */
  readonly votes: number;
}

/** 50 reads a second: what some 500 regional caches would ask that each ask every 10 s. */
export const fullSize: AnalystsSizes = {
  ...rhodeIsland,
  filled: 5_000_000,
  analysts: 2,
  rounds: 7,
  reads: { election: 200, region: 100 },
  pauseMs: 20,
  votes: 20_000,
};

export const quickSize: AnalystsSizes = {
  regions: 2,
  stations: 4,
  filled: 2_000,
  analysts: 2,
  rounds: 1,
  reads: { election: 5, region: 5 },
  pauseMs: 5,
  votes: 500,
};

/** As the writer's goals are measured. */
export const batchVotes = 1_000;
export const connections = 2;
