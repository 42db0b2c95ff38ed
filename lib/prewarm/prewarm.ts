import type { PrewarmAws } from './aws-prewarm.ts';
import { type Item, isGo, judge, type Remedy } from './items.ts';

export interface PrewarmOptions {
  readonly aws: PrewarmAws;
  /** Only look. */
  readonly isCheck: boolean;
  readonly timeoutMs: number;
  /** Between two looks. */
  readonly pauseMs: number;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Told of every look after the first, and of what was begun. */
  readonly onProgress: (line: string) => void;
}

export interface PrewarmResult {
  readonly isGo: boolean;
  readonly isTimedOut: boolean;
  readonly items: readonly Item[];
}

/** How often the same thing is asked for, from the same state, before nobody believes in it any more. */
const triesMax = 3;

/** What was asked for, and what it was then. */
interface Try {
  readonly found: string;
  readonly count: number;
  /** AWS's words, if it refused. */
  readonly refusal: string | null;
}

/**
 * Brings a stage to what its plan says, as far as that can be done from here, and waits until it is there:
 * none of the environments serves before all of them are allocated. Ends at once where something is wrong that
 * waiting does not mend and nothing else is under way. What AWS refuses stands in the item.
 */
export async function prewarm(options: PrewarmOptions): Promise<PrewarmResult> {
  const { aws, clock, timeoutMs } = options;
  const deadlineMs = clock() + timeoutMs;
  const tries = new Map<Remedy, Try>();
  for (;;) {
    const items = judge(aws.goal, await aws.read());
    const result = (isTimedOut: boolean) => ({
      isGo: isGo(items),
      isTimedOut,
      items: items.map((item) => withRefusal(item, tries)),
    });
    if (options.isCheck || isGo(items)) return result(false);
    const isBegun = await beginRemedies(items, tries, options);
    const isUnderWay = isBegun || items.some(({ verdict }) => verdict === 'warming');
    if (!isUnderWay) return result(false);
    if (clock() + options.pauseMs > deadlineMs) return result(true);
    await options.sleep(options.pauseMs);
    options.onProgress(describeProgress(items, clock(), deadlineMs));
  }
}

/** Whether anything was begun, or may be at the next look. What is on its way already is left alone. */
async function beginRemedies(
  items: readonly Item[],
  tries: Map<Remedy, Try>,
  { aws, onProgress }: PrewarmOptions,
): Promise<boolean> {
  let isBegun = false;
  for (const { name, remedy, wanted, found, verdict } of items) {
    if (verdict !== 'no-go' || remedy === undefined) continue;
    const before = tries.get(remedy);
    const count = before?.found === found ? before.count + 1 : 1;
    if (count > triesMax) continue;
    onProgress(`${name}: asking for ${wanted}`);
    const refusal = await begin(aws, remedy);
    tries.set(remedy, { found, count, refusal });
    isBegun = true;
  }
  return isBegun;
}

async function begin(aws: PrewarmAws, remedy: Remedy): Promise<string | null> {
  try {
    await aws.begin(remedy);
    return null;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error);
  }
}

function withRefusal(item: Item, tries: ReadonlyMap<Remedy, Try>): Item {
  const last = item.remedy === undefined ? undefined : tries.get(item.remedy);
  if (last === undefined || item.verdict !== 'no-go') return item;
  return {
    ...item,
    todo:
      last.refusal === null
        ? 'AWS took the request and nothing moved: look at it in the console'
        : `AWS refused: ${last.refusal}`,
  };
}

function describeProgress(items: readonly Item[], nowMs: number, deadlineMs: number): string {
  const waiting = items.filter(({ verdict }) => verdict === 'warming' || verdict === 'no-go');
  const left = Math.max(0, Math.ceil((deadlineMs - nowMs) / 60_000));
  return `${waiting.map(({ name, found }) => `${name}: ${found}`).join('; ')} (${left} min left)`;
}
