import { to as copyTo } from 'pg-copy-streams';
import { describe, expect, it } from 'vitest';
import { openSnapshot } from '../../lib/count/snapshot.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const open = () =>
  openSnapshot({ url: database().urlFor('auditor'), connections: 2, applicationName: 'test-snapshot' });

describe('a snapshot', () => {
  it('is closed in the middle of a statement, as it is after an error elsewhere', async () => {
    const snapshot = await open();
    const asleep = snapshot.lead.query('select pg_sleep(600)');
    asleep.catch(() => {});
    await snapshot.close();
    await expect(asleep).rejects.toThrow();
  });

  it('is closed in the middle of a COPY that nobody reads on, as it is when a disk is full', async () => {
    const snapshot = await open();
    const source = snapshot.lead.query(
      copyTo('copy (select generate_series(1, 100000000)) to stdout'),
    ) as unknown as AsyncIterable<Buffer>;
    for await (const piece of source) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await snapshot.close();
  });
});
