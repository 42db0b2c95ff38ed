import { createCustomResourceHandler } from '../http/cloudformation.ts';
import { createGuard } from './guard.ts';
import { wireGate } from './wire.ts';

const dependencies = wireGate();

/** Lambda's entry, asked by CloudFormation at the beginning of every deployment of every stack. */
export const handler = createCustomResourceHandler('gate', createGuard(dependencies), dependencies.log);
