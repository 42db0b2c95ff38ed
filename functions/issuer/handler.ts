import { createAlbHandler } from '../http/alb.ts';
import { createIssuerApp } from './app.ts';
import { wireIssuer } from './wire.ts';

/** Lambda's entry: one ALB event in, one answer out. */
export const handler = createAlbHandler(createIssuerApp(wireIssuer()));
