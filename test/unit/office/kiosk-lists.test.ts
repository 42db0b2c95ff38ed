import { beforeEach, describe, expect, it } from 'vitest';
import { createKioskVerifier } from '../../../functions/adapters/kiosk-verifier.ts';
import { parseElection } from '../../../functions/core/election.ts';
import { readRegistered, revokeKiosks } from '../../../lib/admin/kiosks.ts';
import { needPublished } from '../../../lib/admin/publish.ts';
import { readKiosks } from '../../../lib/admin/read-kiosks.ts';
import { type ListedKiosk, registerKiosks } from '../../../lib/admin/register-kiosks.ts';
import { readTrail } from '../../../lib/admin/trail.ts';
import { electionIdSchema } from '../../../schema/wire/ids.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';
import { authorize, makeKiosk, makeToken, type TestKiosk } from '../../support/kiosk.ts';

const id = 'town-2026';
let fake: FakeOffice;
beforeEach(async () => {
  fake = createFakeOffice();
  await publishNow(fake.office, draftOf(id));
});

const listOf = (kiosks: readonly TestKiosk[], station = 'n-01'): ListedKiosk[] =>
  kiosks.map(({ key }, index) => ({ region: 'north', station, key, line: index + 2 }));
const register = (list: readonly ListedKiosk[], days: number | null = null) =>
  registerKiosks(fake.office, { election: id, days, list }, Date.now(), () => {});
const detailsOf = async (list: readonly ListedKiosk[]): Promise<readonly string[]> =>
  register(list).then(
    () => ['nothing'],
    ({ details }: { details: readonly string[] }) => details,
  );

describe('a list of kiosks', () => {
  it('gives each of them a credential that holds, and is told whole in a few entries of the trail', async () => {
    const kiosks = Array.from({ length: 501 }, () => makeKiosk());
    const { kiosks: registered, until } = await register(listOf(kiosks));
    expect(registered.map(({ kiosk }) => kiosk)).toEqual(kiosks.map((one) => one.id));
    const parsed = parseElection((await needPublished(fake.office, id)).definition);
    if (!parsed.ok) throw new Error('the definition cannot be read');
    const verifier = createKioskVerifier({ isRevoked: () => false });
    const iat = Math.floor(Date.now() / 1000);
    for (const at of [0, 250, 500]) {
      const kiosk = kiosks[at] ?? makeKiosk();
      const token = makeToken(kiosk, { aud: id, iat, exp: iat + 60 });
      const shown = authorize(registered[at]?.credential ?? '', token);
      expect(verifier.verify(parsed.election, shown, Date.now())).toMatchObject({
        ok: true,
        identity: { kiosk: kiosk.id, station: 'n-01' },
      });
    }
    expect(fake.actions().slice(-2)).toEqual(['kiosks.registered', 'kiosks.registered']);
    expect((await readTrail(fake.office.objects)).faults).toEqual([]);
    const known = await readRegistered(fake.office, electionIdSchema.parse(id));
    expect(known.map(({ kiosk }) => kiosk)).toEqual(kiosks.map((one) => one.id));
    expect(new Set(known.map((one) => one.until))).toEqual(new Set([until]));
    expect(await revokeKiosks(fake.office, id, [kiosks[500]?.id ?? ''])).toBe(1);
  });

  it('is registered whole or not at all, with the line of each mistake', async () => {
    const [good, again, revoked] = [makeKiosk(), makeKiosk(), makeKiosk()];
    await register(listOf([revoked]));
    await revokeKiosks(fake.office, id, [revoked.id]);
    const before = fake.actions();
    const list = [
      ...listOf([good, again, again, revoked, makeKiosk('P-384')]),
      { region: 'north', station: 'n-99', key: makeKiosk().key, line: 7 },
    ];
    expect(await detailsOf(list)).toEqual([
      'line 4: this kiosk stands on line 3 already',
      expect.stringMatching(/^line 5: kiosk .* has been revoked/),
      expect.stringMatching(/^line 6: the key is none of a kiosk/),
      `line 7: ${id} has no station n-99 in north`,
    ]);
    expect(fake.actions()).toEqual(before);
  });

  it('is CSV with three columns in any order, and says which line is none', async () => {
    const { key } = makeKiosk();
    expect(await readKiosks(`\ufeffkey,station,region\r\n${key},n-01,north\r\n\r\n`)).toEqual([
      { region: 'north', station: 'n-01', key, line: 2 },
    ]);
    for (const [text, said] of [
      ['', 'there are no kiosks in it'],
      ['region,station,key\n', 'there are no kiosks in it'],
      ['region,station\nnorth,n-01\n', 'line 1: the header has to be region,station,key'],
      ['region,station,key\nnorth,n-01\n', 'line 2: cannot be read as CSV'],
      ['region,station,key\nnorth,n-01,"x\n', 'cannot be read as CSV'],
    ] as const)
      await expect(readKiosks(text)).rejects.toThrow(said);
  });
});
