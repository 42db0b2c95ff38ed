import { createAlbHandler } from '../http/alb.ts';
import { createResultsApp } from './app.ts';
import { wireResults } from './wire.ts';

/** Lambda's entry: one ALB event in, one answer out. */
export const handler = createAlbHandler(createResultsApp(wireResults()));
