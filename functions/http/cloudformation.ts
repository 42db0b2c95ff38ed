import type {
  CloudFormationCustomResourceEvent,
  CloudFormationCustomResourceResponse,
  Context,
} from 'aws-lambda';
import { UnavailableError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';

/** What a custom resource asks for; `ResourceProperties` as the stack wrote them. */
export type CustomResourceRequest = CloudFormationCustomResourceEvent;

/** Refuses a deployment; its message is what the person who deploys reads. Any other error is told by name only. */
export class DeploymentRefusedError extends Error {
  readonly code = 'deployment-refused';
}

/** What of the function's time is kept for answering. */
const answerMs = 5_000;
/** CloudFormation cuts a reason off at 4,096 bytes with the rest of the answer. */
const reasonCharsMax = 900;

/**
 * A Lambda handler for a custom resource. Always answers, also when `work` fails or takes too long: a
 * stack that gets no answer waits an hour. Deleting the resource succeeds without asking `work`.
 *
 * @param work resolves when what was asked for holds; rejecting fails the deployment
 */
export function createCustomResourceHandler(
  resourceId: string,
  work: (request: CustomResourceRequest) => Promise<void>,
  log: Log,
): (event: CustomResourceRequest, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void> {
  return async (event, context) => {
    let failure: string | null = null;
    try {
      if (event.RequestType !== 'Delete') {
        await withinMs(work(event), context.getRemainingTimeInMillis() - answerMs);
      }
    } catch (error) {
      failure = isOurs(error) ? error.message : nameOf(error);
      log('deployment.refused', { resource: resourceId });
    }
    await answer(event, {
      Status: failure === null ? 'SUCCESS' : 'FAILED',
      Reason: (failure ?? '').slice(0, reasonCharsMax),
      PhysicalResourceId: resourceId,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    });
  };
}

/** Their messages are written in this repository, and hold no secret. */
const isOurs = (error: unknown): error is Error =>
  error instanceof DeploymentRefusedError || error instanceof UnavailableError;

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.name}${code}: see the function's log`;
}

function withinMs(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeploymentRefusedError('took too long')), Math.max(0, ms));
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/** To an address that CloudFormation signed for an upload without a content type: bytes get none from `fetch`. */
async function answer(
  { ResponseURL }: CustomResourceRequest,
  response: CloudFormationCustomResourceResponse,
): Promise<void> {
  const received = await fetch(ResponseURL, {
    method: 'PUT',
    body: new TextEncoder().encode(JSON.stringify(response)),
    signal: AbortSignal.timeout(answerMs - 500),
  });
  if (!received.ok) throw new Error(`CloudFormation answered ${received.status}`);
}
