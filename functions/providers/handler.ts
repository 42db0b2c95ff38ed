import { createKeyFetcher } from './fetch-keys.ts';
import { wireProviders } from './wire.ts';

/** Lambda's entry, on a schedule; what it is called with does not matter. Fails if any provider's keys could not be had. */
export const handler = createKeyFetcher(wireProviders());
