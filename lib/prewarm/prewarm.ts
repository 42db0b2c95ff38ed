import type { Stage } from '../stages.ts';
import type { PrewarmAws } from './aws-prewarm.ts';
import { type Item, isGo, judge } from './items.ts';

export interface PrewarmOptions {
  readonly stage: Stage;
  readonly aws: PrewarmAws;
  /** Only look. */
  readonly isCheck: boolean;
  readonly timeoutMs: number;
  /** Between two looks. */
  readonly pauseMs: number;
  readonly clock: () => number;
  /** Rejects when `signal` says so. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Told of every look after the first, and of what was begun. */
  readonly onProgress: (line: string) => void;
}

export interface PrewarmResult {
  readonly isGo: boolean;
  readonly isTimedOut: boolean;
  readonly items: readonly Item[];
}

/**
 * Brings a stage to what its plan says, as far as that can be done from here, and waits until it is there:
 * none of the environments serves before all of them are allocated. Ends at once where something is wrong that
 * waiting does not mend. Throws what `aws.begin` throws.
 */
export async function prewarm(options: PrewarmOptions): Promise<PrewarmResult> {
  const { stage, aws, clock, timeoutMs } = options;
  const deadlineMs = clock() + timeoutMs;
  for (;;) {
    const items = judge(stage, await aws.read());
    if (options.isCheck || isGo(items)) return { isGo: isGo(items), isTimedOut: false, items };
    const begun = await beginRemedies(items, options);
    const isUnderWay = begun || items.some(({ verdict }) => verdict === 'warming');
    if (!isUnderWay) return { isGo: false, isTimedOut: false, items };
    if (clock() + options.pauseMs > deadlineMs) return { isGo: false, isTimedOut: true, items };
    await options.sleep(options.pauseMs);
    options.onProgress(describeProgress(items, clock(), deadlineMs));
  }
}

/** Whether anything was begun. What is on its way already is left alone. */
async function beginRemedies(items: readonly Item[], { aws, onProgress }: PrewarmOptions): Promise<boolean> {
  const needed = items.filter(({ verdict, remedy }) => verdict === 'no-go' && remedy !== undefined);
  for (const { name, remedy, wanted } of needed) {
    if (remedy === undefined) continue;
    onProgress(`${name}: asking for ${wanted}`);
    await aws.begin(remedy);
  }
  return needed.length > 0;
}

function describeProgress(items: readonly Item[], nowMs: number, deadlineMs: number): string {
  const waiting = items.filter(({ verdict }) => verdict !== 'go');
  const left = Math.max(0, Math.ceil((deadlineMs - nowMs) / 60_000));
  return `${waiting.map(({ name, found }) => `${name}: ${found}`).join('; ')} (${left} min left)`;
}
