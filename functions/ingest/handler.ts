import { createAlbHandler } from '../http/alb.ts';
import { createIngestApp } from './app.ts';
import { wireIngest } from './wire.ts';

/** Lambda's entry: one ALB event in, one answer out. */
export const handler = createAlbHandler(createIngestApp(wireIngest()));
