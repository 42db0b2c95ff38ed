import { createCustomResourceHandler } from '../http/cloudformation.ts';
import { wireMigrate } from './wire.ts';

const { migrate, log } = wireMigrate();

/** Lambda's entry, called by CloudFormation in every deployment that brings other migrations. */
export const handler = createCustomResourceHandler('migrations', migrate, log);
