import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createFileSecrets,
  createManagedSecrets,
  type OfficeSecrets,
} from '../../../lib/admin/office-secrets.ts';
import { startFakeAws } from '../../support/fake-aws.ts';
import { makeDirectory } from '../../support/local-services.ts';

async function openManaged() {
  const aws = await startFakeAws();
  const client = new SecretsManagerClient({
    endpoint: aws.environment['AWS_ENDPOINT_URL'] ?? '',
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const end = async () => {
    client.destroy();
    await aws.close();
  };
  return { secrets: createManagedSecrets(client), end, account: aws.account };
}

/** Each kind, empty, and how to be rid of it. */
const kinds: readonly (readonly [
  string,
  () => Promise<{ secrets: OfficeSecrets; end: () => Promise<void> }>,
])[] = [
  [
    'files',
    async () => {
      const directory = makeDirectory();
      return { secrets: createFileSecrets(directory.path), end: async () => directory.remove() };
    },
  ],
  ['Secrets Manager', openManaged],
];

describe.each(kinds)('the office’s secrets in %s', (_, open) => {
  let secrets: OfficeSecrets;
  let end: () => Promise<void>;
  beforeEach(async () => {
    ({ secrets, end } = await open());
  });
  afterEach(() => end());

  it('are made once, and read as they were made', async () => {
    expect(await secrets.read('keys/a.pem')).toBe(null);
    expect(await secrets.create('keys/a.pem', 'one')).toBe(true);
    expect(await secrets.create('keys/a.pem', 'two')).toBe(false);
    expect(await secrets.read('keys/a.pem')).toBe('one');
  });

  it('are replaced only as what they were read as, one after another', async () => {
    await secrets.create('keys', 'one');
    expect(await secrets.replace('keys', 'three', 'two')).toBe(false);
    expect(await secrets.replace('keys', 'two', 'one')).toBe(true);
    expect(await secrets.replace('keys', 'one', 'two')).toBe(true);
    expect(await secrets.replace('keys', 'four', 'one')).toBe(true);
    expect(await secrets.read('keys')).toBe('four');
  });

  it('are replaced by one of many who do at once', async () => {
    await secrets.create('keys', 'none');
    const texts = Array.from({ length: 20 }, (_, n) => `by ${n}`);
    const done = await Promise.all(texts.map((text) => secrets.replace('keys', text, 'none')));
    const winners = texts.filter((_, n) => done[n]);
    expect([winners.length, await secrets.read('keys')]).toEqual([1, winners[0]]);
  });
});

it('a secret that was rolled back is not said to be somebody else’s doing for ever', async () => {
  const { secrets, end, account } = await openManaged();
  await secrets.create('keys', 'one');
  await secrets.replace('keys', 'two', 'one');
  const versions = account.secrets.get('keys');
  const [first = ''] = [...(versions?.keys() ?? [])];
  versions?.delete(first);
  versions?.set(first, 'one');
  await expect(secrets.replace('keys', 'three', 'one')).rejects.toThrow(/it was rolled back: then put/);
  await end();
});

it('a secret that is not there is made in the place of none', async () => {
  const { secrets, end } = await openManaged();
  expect([await secrets.replace('keys', 'one', null), await secrets.replace('keys', 'two', null)]).toEqual([
    true,
    false,
  ]);
  await end();
});
