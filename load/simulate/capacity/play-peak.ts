import { limits } from '../../../lib/capacity/limits.ts';
import { type CapacityPlan, planCapacity } from '../../../lib/capacity.ts';
import { createRandom, type Random } from '../random.ts';

/** What is asked of the plan, and what goes wrong. */
export interface Peak {
  readonly votesPerSecond: number;
  readonly minutes: number;
  /** Null: as the plan estimates it. */
  readonly rowsPerSecond: number | null;
  /** Null: as many as the plan orders. */
  readonly shards: number | null;
  /** How long the database is away, from the last minute of the peak on: then the most votes wait. */
  readonly failoverSeconds: number;
  readonly seed: number;
}

/** One minute: rates are means over it, the rest is as it stands at its end. */
export interface Minute {
  readonly minute: number;
  readonly acceptedPerSecond: number;
  /** Entries that a shard turned away and ingest offered again. */
  readonly throttledPerSecond: number;
  readonly overflowedPerSecond: number;
  readonly recordedPerSecond: number;
  readonly backlogVotes: number;
  readonly oldestSeconds: number;
}

export interface PeakReport {
  readonly ok: boolean;
  readonly peak: Peak;
  readonly plan: Pick<CapacityPlan, 'shards' | 'writerConcurrency' | 'backlogVotesMax' | 'drainMinutes'>;
  readonly shards: number;
  readonly rowsPerSecond: number;
  readonly votes: number;
  readonly recorded: number;
  readonly throttled: number;
  readonly overflowed: number;
  readonly backlogVotesMax: number;
  readonly oldestSecondsMax: number;
  /** From the first vote until the last one was recorded. */
  readonly drainMinutes: number;
  readonly minutes: readonly Minute[];
}

/** Nobody waits longer than the stream keeps votes. */
const drainSecondsMax = limits.retentionHours * 3_600;

/** Votes that wait, in the order in which they came. */
interface Waiting {
  readonly arrivals: { second: number; votes: number }[];
  at: number;
  votes: number;
}
const nobody = (): Waiting => ({ arrivals: [], at: 0, votes: 0 });

function add(waiting: Waiting, second: number, votes: number): void {
  if (votes <= 0) return;
  waiting.arrivals.push({ second, votes });
  waiting.votes += votes;
}

/** The oldest first. @returns how many there were */
function take(waiting: Waiting, votesMax: number): number {
  let left = Math.min(votesMax, waiting.votes);
  const taken = left;
  waiting.votes -= taken;
  for (
    let first = waiting.arrivals[waiting.at];
    first !== undefined && left > 0;
    first = waiting.arrivals[waiting.at]
  ) {
    const votes = Math.min(first.votes, left);
    first.votes -= votes;
    left -= votes;
    if (first.votes === 0) waiting.at++;
  }
  return taken;
}

const oldestOf = (waiting: Waiting): number =>
  waiting.arrivals[waiting.at]?.second ?? Number.POSITIVE_INFINITY;

interface State {
  readonly shards: readonly { readonly inStream: Waiting; retried: number }[];
  readonly queue: Waiting;
  second: number;
  recorded: number;
  throttled: number;
  overflowed: number;
}

/**
 * Plays a peak second by second against what the plan orders: shards that take only so much and
 * get keys by chance, writers that share one database, a failover when it hurts most. Votes are
 * counted, not made; each shard hands its votes over in order.
 * @throws CapacityError for nonsense
 */
export function playPeak(peak: Peak): PeakReport {
  const votes = Math.round(peak.votesPerSecond * peak.minutes * 60);
  const plan = planCapacity({
    votesPerSecond: peak.votesPerSecond,
    votes,
    ...(peak.rowsPerSecond === null ? {} : { rowsPerSecond: peak.rowsPerSecond }),
  });
  const random = createRandom(peak.seed);
  const state: State = {
    shards: Array.from({ length: peak.shards ?? plan.shards }, () => ({ inStream: nobody(), retried: 0 })),
    queue: nobody(),
    second: 0,
    recorded: 0,
    throttled: 0,
    overflowed: 0,
  };
  const minutes: Minute[] = [];
  const seconds: { backlog: number; oldest: number }[] = [];
  while (state.recorded < votes && state.second < drainSecondsMax) {
    const before = { ...state };
    const cast = castUntil(peak, votes, state.second);
    for (let each = 0; each < 60 && state.recorded < votes; each++) {
      playSecond(peak, plan, state, random, votes);
      seconds.push(lookAt(state));
    }
    minutes.push(describeMinute(before, state, castUntil(peak, votes, state.second) - cast));
  }
  return {
    ok: state.recorded === votes,
    peak,
    plan: {
      shards: plan.shards,
      writerConcurrency: plan.writerConcurrency,
      backlogVotesMax: plan.backlogVotesMax,
      drainMinutes: round(plan.drainMinutes),
    },
    shards: state.shards.length,
    rowsPerSecond: plan.input.rowsPerSecond,
    votes,
    recorded: state.recorded,
    throttled: state.throttled,
    overflowed: state.overflowed,
    backlogVotesMax: seconds.reduce((most, { backlog }) => Math.max(most, backlog), 0),
    oldestSecondsMax: seconds.reduce((most, { oldest }) => Math.max(most, oldest), 0),
    drainMinutes: round(state.second / 60),
    minutes,
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Votes that had come in by a second: all of them at the peak's rate, one after the other. */
const castUntil = ({ votesPerSecond }: Peak, votes: number, second: number): number =>
  Math.min(votes, Math.round(votesPerSecond * second));

function playSecond(peak: Peak, plan: CapacityPlan, state: State, random: Random, votes: number): void {
  const { shards, queue, second } = state;
  const cast = castUntil(peak, votes, second + 1) - castUntil(peak, votes, second);
  for (const [at, arrived] of dealVotes(cast, shards.length, random).entries()) {
    const shard = shards[at];
    if (shard === undefined) continue;
    const offered = arrived + shard.retried;
    const taken = Math.min(offered, shardVotesPerSecond(plan));
    add(shard.inStream, second, taken);
    // Ingest offers again for 1.5 s (functions/ingest/group-commit.ts): what was turned away twice goes to the queue.
    const away = offered - taken;
    const again = offered === 0 ? 0 : Math.round((away * arrived) / offered);
    shard.retried = again;
    state.throttled += away;
    state.overflowed += away - again;
    add(queue, second, away - again);
  }
  const failsFromSecond = peak.minutes * 60 - 60;
  const isAway = second >= failsFromSecond && second < failsFromSecond + peak.failoverSeconds;
  if (!isAway) recordVotes(plan, state);
  state.second++;
}

/** By records or by bytes, whichever is less. */
function shardVotesPerSecond({ input }: CapacityPlan): number {
  return Math.min(
    limits.shardRecordsPerSecond,
    Math.floor(limits.shardBytesPerSecond / (input.recordBytes + 36)),
  );
}

/** Keys are hashes: each shard gets its share, with the spread of chance (normal for so many). */
function dealVotes(votes: number, shards: number, random: Random): number[] {
  const dealt: number[] = [];
  let left = votes;
  for (let shard = 0; shard < shards; shard++) {
    const share = 1 / (shards - shard);
    const spread = Math.sqrt(left * share * (1 - share));
    const drawn = Math.round(left * share + spread * drawNormal(random));
    const mine = shard === shards - 1 ? left : Math.max(0, Math.min(left, drawn));
    dealt.push(mine);
    left -= mine;
  }
  return dealt;
}

/** Box and Muller's transformation. */
const drawNormal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** One second of all writers: no shard faster than its batches, all of them no faster than the database. */
function recordVotes({ input, writer }: CapacityPlan, state: State): void {
  const laneVotes = input.batchRecords / (input.batchMs / 1_000);
  const laneVotesMax = Math.floor(writer.batchesPerShard * laneVotes);
  const wanted = state.shards.map(({ inStream }) => Math.min(inStream.votes, laneVotesMax));
  const fromQueue = Math.min(state.queue.votes, Math.floor(writer.overflowConcurrency * laneVotes));
  const all = wanted.reduce((sum, votes) => sum + votes, fromQueue);
  const share = Math.min(1, input.rowsPerSecond / Math.max(1, all));
  // Writers that wait for one database get turns alike; a fraction of a vote waits for the next second.
  const turn = (votes: number): number => (share === 1 ? votes : Math.ceil(votes * share));
  let left = input.rowsPerSecond;
  state.recorded += take(state.queue, turn(fromQueue));
  for (const [at, { inStream }] of state.shards.entries()) {
    const taken = take(inStream, Math.min(turn(wanted[at] ?? 0), left));
    left -= taken;
    state.recorded += taken;
  }
}

function lookAt({ shards, queue, second }: State): { backlog: number; oldest: number } {
  let backlog = queue.votes;
  let oldest = oldestOf(queue);
  for (const { inStream, retried } of shards) {
    backlog += inStream.votes + retried;
    oldest = Math.min(oldest, oldestOf(inStream));
  }
  return { backlog, oldest: Number.isFinite(oldest) ? second - oldest : 0 };
}

function describeMinute(before: State, after: State, cast: number): Minute {
  const seconds = Math.max(1, after.second - before.second);
  const { backlog, oldest } = lookAt(after);
  return {
    minute: Math.ceil(after.second / 60),
    acceptedPerSecond: Math.round(cast / seconds),
    throttledPerSecond: Math.round((after.throttled - before.throttled) / seconds),
    overflowedPerSecond: Math.round((after.overflowed - before.overflowed) / seconds),
    recordedPerSecond: Math.round((after.recorded - before.recorded) / seconds),
    backlogVotes: backlog,
    oldestSeconds: oldest,
  };
}
