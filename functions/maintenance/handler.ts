import { createMaintenance } from './maintain.ts';
import { wireMaintenance } from './wire.ts';

/** Lambda's entry, on a schedule and after a publication; what it is called with does not matter. */
export const handler = createMaintenance(wireMaintenance());
