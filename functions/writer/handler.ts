import { wireWriter } from './wire.ts';
import { createWriter } from './write.ts';

/** Lambda's entry, for the stream's event source and the overflow queue's. */
export const handler = createWriter(wireWriter());
