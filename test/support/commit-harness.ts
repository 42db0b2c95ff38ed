import { describeError } from '../../functions/adapters/log.ts';
import type { LogCode } from '../../functions/core/ports.ts';
import { createGroupCommit, type GroupCommitOptions } from '../../functions/ingest/group-commit.ts';
import { createVirtualTime } from '../../load/simulate/virtual-time.ts';
import { type CallBehaviour, createStoreModel, createWitness } from './commit-model.ts';
import { createCounts } from './metrics.ts';

/** The function's timeout is 5 s: by then a client has its answer, whatever happens. */
export const answerMsMax = 4_000;

export const stores = (ms: number): CallBehaviour => ({ ms });
export const throttles = (ms: number): CallBehaviour => ({ ms, stores: () => false });
export const fails = (ms: number): CallBehaviour => ({ ms, stores: () => false, replyLost: true });
export const losesReply = (ms: number): CallBehaviour => ({ ms, replyLost: true });
export const hangs: CallBehaviour = { ms: Number.POSITIVE_INFINITY, stores: () => false };
export const hangsButStores: CallBehaviour = { ms: Number.POSITIVE_INFINITY };

export interface CommitSettings {
  /** What the nth call does, from 0. */
  readonly stream?: (call: number) => CallBehaviour;
  readonly overflow?: (call: number) => CallBehaviour;
  readonly random?: () => number;
  /** Puts something of the test's own in place of what the group commit is given. */
  readonly change?: (options: GroupCommitOptions) => Partial<GroupCommitOptions>;
}

/** The real group commit in virtual time, over a stream and a queue that do as they are told. */
export function startCommit(settings: CommitSettings = {}) {
  const { stream = () => stores(10), overflow = () => stores(10), change = () => ({}) } = settings;
  const time = createVirtualTime();
  const model = { stream: createStoreModel(time, stream), overflow: createStoreModel(time, overflow) };
  const logged: LogCode[] = [];
  const metrics = createCounts();
  const options: GroupCommitOptions = {
    stream: { putBatch: model.stream.put },
    overflow: { sendBatch: model.overflow.put },
    clock: time.clock,
    sleep: time.sleep,
    defer: time.defer,
    random: settings.random ?? (() => 0.5),
    log: (code) => logged.push(code),
    metrics,
    describeError,
  };
  const sink = createGroupCommit({ ...options, ...change(options) });
  return {
    time,
    ...model,
    logged,
    metrics,
    sink,
    witness: createWitness(time, sink, model.stream, model.overflow),
  };
}
