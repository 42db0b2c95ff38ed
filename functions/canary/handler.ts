import { checkService } from './check-service.ts';
import { wireCanary } from './wire.ts';

/** CloudWatch Synthetics' entry: a run that throws has failed. */
export const handler = (): Promise<void> => checkService(wireCanary());
