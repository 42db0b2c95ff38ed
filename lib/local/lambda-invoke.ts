import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';

/** A function as Lambda calls it. */
export type LambdaHandler<Event, Result> = (event: Event, context: Context) => Promise<Result>;

/**
 * Calls a handler in this process as Lambda would: with a context, and for a limited time. What
 * hangs is given up, not stopped; it may still have its effect, as in production.
 *
 * @throws whatever the handler throws; Error when it does not settle within `timeoutMs`
 */
export function invokeHandler<Event, Result>(
  name: string,
  handler: LambdaHandler<Event, Result>,
  event: Event,
  timeoutMs: number,
): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${name} did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const settle = () => clearTimeout(timer);
    // Within the promise: a handler that is not async may throw at once.
    handler(event, createContext(name, timeoutMs)).then(resolve, reject).finally(settle);
  });
}

function createContext(name: string, timeoutMs: number): Context {
  const deadline = Date.now() + timeoutMs;
  return {
    awsRequestId: randomUUID(),
    callbackWaitsForEmptyEventLoop: false,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    memoryLimitInMB: '512',
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done() {},
    fail() {},
    succeed() {},
  };
}
