import { createServer } from 'node:net';
import { LocalError, systemCode } from './local-error.ts';

/**
 * A port on 127.0.0.1 that was free a moment ago. Somebody may take it in between: whoever uses
 * it must be ready to try again with another.
 */
export async function findFreePort(): Promise<number> {
  return bindAndRelease(0);
}

/** @throws LocalError `port-taken` when nobody can listen on `port` of 127.0.0.1 now */
export async function checkPortFree(port: number): Promise<void> {
  try {
    await bindAndRelease(port);
  } catch (cause) {
    throw explainListenError(cause, port);
  }
}

/** An error of `listen` as a line that says what to do, where it is one of those. */
export function explainListenError(cause: unknown, port: number): unknown {
  const way = 'choose another with --port, or --port 0 for any free one';
  if (systemCode(cause) === 'EADDRINUSE')
    return new LocalError('port-taken', `port ${port} is taken: ${way}`, { cause });
  if (systemCode(cause) === 'EACCES')
    return new LocalError('port-taken', `port ${port} is not ours to use: ${way}`, { cause });
  return cause;
}

async function bindAndRelease(port: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
