import { recordBytesMax, voteBodyBytesMax } from '../../schema/wire/limits.ts';
import { limits } from './limits.ts';

/** What the event says around each record: sequence number, stream, role, … At most; a test builds one. */
export const envelopeBytesMax = 800;
/** A record says more than the request it comes from (election, voter key, time, …), at most by this. */
export const recordBeyondRequestBytesMax = 512;
/** The largest record that ingest can write. What somebody else puts there may have `recordBytesMax`, and more. */
export const voteRecordBytesMax = voteBodyBytesMax + recordBeyondRequestBytesMax;

/** A record in the writer's event: base64, and what stands around it. */
export const eventBytesOf = (recordBytes: number): number =>
  Math.ceil(recordBytes / 3) * 4 + envelopeBytesMax;

/**
 * Records of one size that an event holds. The event source mapping ends a batch early rather than
 * pass 6 MB (Lambda API, EventSourceMappingConfiguration: "up to the payload limit"), so larger
 * records make smaller batches, never a failing one.
 */
export const recordsPerEvent = (recordBytes: number): number =>
  Math.floor(limits.lambdaEventBytesMax / eventBytesOf(recordBytes));

/** Whether the largest record that anybody may put into the stream can be delivered at all. */
export const largestIsDeliverable = (): boolean => recordsPerEvent(recordBytesMax) >= 1;
