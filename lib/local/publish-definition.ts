import { request } from 'node:http';
import type { Definition } from '../../schema/wire/definition.ts';
import { definitionBucketName } from './local-account.ts';

/**
 * Publishes a definition in the object store: the version first, which never changes, then the
 * pointer to it. Publishing the same again is harmless. By hand, since the SDK is 30 MB of memory
 * in whoever calls this, and the stand-in does not look at signatures.
 *
 * @param endpoint of the object store
 */
export async function publishDefinition(endpoint: string, definition: Definition): Promise<void> {
  const { election, version } = definition;
  await putObject(endpoint, `elections/${election}/v${version}.json`, definition);
  await putObject(endpoint, `elections/${election}/latest.json`, { version });
}

/** The same, unless some version is published already: by now it may be a later one. */
export async function publishFirst(endpoint: string, definition: Definition): Promise<void> {
  const pointer = `${endpoint}/${definitionBucketName}/elections/${definition.election}/latest.json`;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(pointer, { method: 'HEAD', agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject);
    sent.end();
  });
  if (status !== 200) await publishDefinition(endpoint, definition);
}

function putObject(endpoint: string, key: string, content: unknown): Promise<void> {
  const body = JSON.stringify(content);
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(
      `${endpoint}/${definitionBucketName}/${key}`,
      { method: 'PUT', headers, agent: false },
      (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200
            ? resolve()
            : reject(new Error(`${key}: status ${response.statusCode} from the object store`)),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
