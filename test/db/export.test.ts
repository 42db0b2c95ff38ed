import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExportOptions, exportElection } from '../../lib/export/export.ts';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';
import type { Loose } from '../support/exported-election.ts';
import { findBrokenReferences, validatorOf } from '../support/nist-schema.ts';
import { runBin } from '../support/running.ts';

let election: CountedElection;
let exports = 0;
beforeAll(async () => {
  election = await openCountedElection();
  await election.record(100);
  await election.fold();
  await election.record(13);
});
afterAll(() => election.close());

async function exportAs(format: ExportOptions['format'], stationBallotsMin = 1) {
  const directory = election.file(`export-${exports++}`);
  const manifest = await exportElection({
    url: election.database.urlFor('auditor'),
    election: election.electionId,
    format,
    directory,
    stationBallotsMin,
    header: { issuer: 'Office', issuerAbbreviation: 'OFF', status: 'unofficial-partial' },
  });
  const read = (name: string) => readFileSync(join(directory, name));
  return { directory, manifest, read };
}

/** What the database says, to be found again in files: votes by region, station, contest and choice. */
async function officialVotes(): Promise<Map<string, number>> {
  const { rows } = await election.admin.query<{ line: string; votes: string }>(
    `select concat_ws(' ', region, station, contest, choice) as line, votes from result
      where level = 'station' and votes > 0`,
  );
  return new Map(rows.map(({ line, votes }) => [line, Number(votes)]));
}

function sumVotes(ballots: readonly { region: string; station: string; selections: readonly string[] }[]) {
  const votes = new Map<string, number>();
  for (const { region, station, selections } of ballots)
    for (const selection of selections) {
      const line = `${region} ${station} ${selection.replace('=', ' ')}`;
      votes.set(line, (votes.get(line) ?? 0) + 1);
    }
  return votes;
}

describe('an export', () => {
  it.each(['cvr', 'results', 'csv', 'parquet'] as const)(
    'as %s is the same bytes each time, and its manifest says so',
    async (format) => {
      const [one, other] = [await exportAs(format), await exportAs(format)];
      expect(other.manifest).toEqual(one.manifest);
      expect(readdirSync(one.directory).sort()).toEqual(
        [...one.manifest.files.map(({ name }) => name), 'manifest.json'].sort(),
      );
      for (const { name, sha256, bytes } of one.manifest.files) {
        expect(createHash('sha256').update(other.read(name)).digest('hex')).toBe(sha256);
        expect(one.read(name)).toHaveLength(bytes);
      }
      expect(one.manifest.files.reduce((sum, { rows }) => sum + rows, 0)).toBe(
        format === 'results' ? 50 : 113,
      );
    },
  );

  it('as CSV adds up to the tally', async () => {
    const { read } = await exportAs('csv');
    const [header, ...lines] = read('ballots.csv').toString().trimEnd().split('\n');
    expect(header).toBe('ballot_id,cast_on,cast_at,region,station,channel,ballot_style,selections');
    const ballots = lines.map((line) => {
      const [, , , region = '', station = '', , , selections = ''] = line.split(',');
      return { region, station, selections: selections.split(';').filter((one) => one !== '') };
    });
    expect(ballots).toHaveLength(113);
    expect(sumVotes(ballots)).toEqual(await officialVotes());
  });

  it('as Parquet is read by another library, and adds up to the tally', async () => {
    const { directory } = await exportAs('parquet');
    const file = await asyncBufferFromFile(join(directory, 'ballots.parquet'));
    const rows = (await parquetReadObjects({ file })) as {
      ballot_id: string;
      cast_on: Date;
      cast_at: Date;
      region: string;
      station: string;
      selections: string[];
    }[];
    expect(sumVotes(rows)).toEqual(await officialVotes());
    expect(new Set(rows.map(({ ballot_id }) => ballot_id)).size).toBe(113);
    expect(rows[0]?.cast_on).toEqual(new Date('2026-11-03'));
    expect(rows[0]?.cast_at).toEqual(new Date('2026-11-03T12:34:00Z'));
  });

  const python = ['python3'].find(
    (command) => spawnSync(command, ['-c', 'import pyarrow.parquet']).status === 0,
  );
  it.skipIf(python === undefined)(
    'as Parquet is read by pyarrow (skipped where Python does not have it: pip install pyarrow)',
    async () => {
      const { directory } = await exportAs('parquet');
      const script = `
import json, sys, collections, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
votes = collections.Counter()
for row in table.to_pylist():
    for selection in row['selections']:
        votes[' '.join([row['region'], row['station'], *selection.split('=')])] += 1
print(json.dumps({'rows': table.num_rows, 'day': str(table['cast_on'][0]), 'votes': votes}))`;
      const run = spawnSync(python ?? '', ['-c', script, join(directory, 'ballots.parquet')], {
        encoding: 'utf8',
      });
      expect(run.stderr).toBe('');
      const { rows, day, votes } = JSON.parse(run.stdout) as {
        rows: number;
        day: string;
        votes: Record<string, number>;
      };
      expect([rows, day]).toEqual([113, '2026-11-03']);
      expect(new Map(Object.entries(votes))).toEqual(await officialVotes());
    },
  );

  it('as Cast Vote Records is valid by NIST’s schema, adds up to the tally, and has no time in it', async () => {
    const { manifest, read } = await exportAs('cvr');
    const text = read(manifest.files[0]?.name ?? '').toString();
    const report = JSON.parse(text);
    const isValid = validatorOf('cast-vote-records');
    expect([isValid(report), isValid.errors]).toEqual([true, null]);
    expect(findBrokenReferences('cast-vote-records', report)).toEqual([]);
    // A wrong one is refused: the schema is not one that takes anything.
    expect(isValid({ ...report, CVR: [{ ...report.CVR[0], ElectionId: 7 }] })).toBe(false);
    const votes = sumVotes(
      report.CVR.map((cvr: Loose) => {
        const [region = '', station = ''] = cvr.BallotStyleUnitId.replace('unit/station/', '').split('/');
        const selections = cvr.CVRSnapshot[0].CVRContest.flatMap((contest: Loose) =>
          contest.CVRContestSelection.map((one: Loose) =>
            one.ContestSelectionId.replace('choice/', '').replace('/', '='),
          ),
        );
        return { region, station, selections };
      }),
    );
    expect(votes).toEqual(await officialVotes());
    const undervotes = report.CVR.flatMap((cvr: Loose) => cvr.CVRSnapshot[0].CVRContest).every(
      (contest: Loose) =>
        contest.Undervotes + contest.Selections === (contest.ContestId === 'contest/council' ? 2 : 1),
    );
    expect(undervotes).toBe(true);
    // When the last batch was recorded, and nothing else.
    expect(text.match(/\d\d:\d\d(:\d\d)?/g)).toEqual([report.GeneratedDate.slice(11, 19)]);
  });

  it('gives no id that a receipt or a participation holds, and no order of casting', async () => {
    const { manifest, read } = await exportAs('cvr');
    const report = JSON.parse(read(manifest.files[0]?.name ?? '').toString());
    const exported = report.CVR.map((cvr: Loose) => cvr.UniqueId);
    const { rows } = await election.admin.query<{ ids: string[] }>(
      'select array_agg(ballot_id::text) || array_agg(voter_key::text) as ids from participation',
    );
    const held = new Set(rows[0]?.ids);
    expect(exported.filter((id: string) => held.has(id))).toEqual([]);
    const byUnit = new Map<string, string[]>();
    for (const { UniqueId, BallotStyleUnitId } of report.CVR)
      byUnit.set(BallotStyleUnitId, [...(byUnit.get(BallotStyleUnitId) ?? []), UniqueId]);
    for (const ids of byUnit.values()) expect(ids).toEqual([...ids].sort());
  });

  it('as results is valid by NIST’s schema; votes and undervotes make ballots, and children their parents', async () => {
    const { read } = await exportAs('results');
    const report = JSON.parse(read('results.json').toString());
    const isValid = validatorOf('election-results-reporting');
    expect([isValid(report), isValid.errors]).toEqual([true, null]);
    expect(findBrokenReferences('election-results-reporting', report)).toEqual([]);
    const [{ Contest, BallotCounts }] = report.Election;
    const ballotsOf = new Map<string, number>(
      BallotCounts.map((one: Loose) => [one.GpUnitId, one.BallotsCast]),
    );
    const unit = (id: string) => report.GpUnit.find((one: Loose) => one['@id'] === id);
    for (const { ContestSelection, OtherCounts, VotesAllowed } of Contest) {
      for (const { GpUnitId, Undervotes } of OtherCounts) {
        const votes = ContestSelection.flatMap((one: Loose) => one.VoteCounts).filter(
          (one: Loose) => one.GpUnitId === GpUnitId,
        );
        const sum = votes.reduce((total: number, one: Loose) => total + one.Count, 0);
        expect(sum + Undervotes).toBe((ballotsOf.get(GpUnitId) ?? 0) * VotesAllowed);
      }
    }
    expect(ballotsOf.get('unit/election')).toBe(113);
    for (const id of ['unit/election', 'unit/region/north'])
      expect(
        unit(id).ComposingGpUnitIds.reduce(
          (sum: number, child: string) => sum + (ballotsOf.get(child) ?? 0),
          0,
        ),
      ).toBe(113);
  });

  it('shows no station with too few ballots, in no format', async () => {
    // online and n1 have 38, n2 37
    const { manifest, read } = await exportAs('csv', 38);
    const stations = new Set(
      read('ballots.csv')
        .toString()
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[4]),
    );
    expect(stations.size).toBe(2);
    expect(stations).toContain('merged/full');
    expect(manifest).toMatchObject({ ballotsSuppressed: 0 });
    const hidden = await exportAs('cvr', 1_000);
    expect(hidden.manifest).toMatchObject({ ballotsSuppressed: 113, ballotsMerged: 0 });
    expect(JSON.parse(hidden.read('cvr-00001.json').toString()).CVR).toEqual([]);
    const results = await exportAs('results', 38);
    const report = JSON.parse(results.read('results.json').toString());
    const isValid = validatorOf('election-results-reporting');
    expect([isValid(report), isValid.errors]).toEqual([true, null]);
    const shown = report.Election[0].BallotCounts.filter((one: Loose) => one.BallotsCast > 0);
    for (const { BallotsCast } of shown) expect(BallotsCast).toBeGreaterThanOrEqual(38);
    expect(report.Election[0].BallotCounts.filter((one: Loose) => one.IsSuppressedForPrivacy)).toHaveLength(
      2,
    );
    expect(findBrokenReferences('election-results-reporting', report)).toEqual([]);
  });

  it('tells nothing of an election that has too few ballots itself', async () => {
    const { manifest, read } = await exportAs('results', 1_000);
    expect(manifest).toMatchObject({ ballotsSuppressed: 113, files: [{ rows: 0 }] });
    const report = JSON.parse(read('results.json').toString());
    expect(validatorOf('election-results-reporting')(report)).toBe(true);
    const counts = [
      ...report.Election[0].BallotCounts,
      ...report.Election[0].Contest.flatMap(({ ContestSelection, OtherCounts }: Loose) => [
        ...ContestSelection.flatMap(({ VoteCounts }: Loose) => VoteCounts),
        ...OtherCounts,
      ]),
    ];
    const numbers = counts.filter((one: Loose) => one.IsSuppressedForPrivacy !== true);
    // Units without a ballot are of no secret.
    expect(numbers.filter(({ BallotsCast }: Loose) => BallotsCast !== 0)).toEqual([]);
  });

  it('refuses nonsense in one line, and a directory that has something in it', async () => {
    const url = election.database.urlFor('auditor');
    const run = (...args: string[]) => runBin('export', ['--database-url', url, ...args]);
    const out = election.file('refused');
    for (const args of [
      ['--format', 'xml', '--election', 'test-2026', '--out', out],
      ['--format', 'csv', '--election', 'nobody', '--out', out],
      ['--format', 'csv', '--election', 'test-2026', '--out', '.'],
      ['--format', 'csv', '--election', 'test-2026', '--out', out, '--min-station-ballots', '0'],
    ]) {
      const { code, stderr } = await run(...args);
      expect([args, code, stderr]).toEqual([args, 1, expect.stringMatching(/^export: [^\n]+\n$/)]);
    }
    const good = await run(
      '--format',
      'csv',
      '--election',
      'test-2026',
      '--out',
      election.file('good'),
      '--json',
    );
    expect([good.code, JSON.parse(good.stdout).files]).toEqual([0, [expect.objectContaining({ rows: 113 })]]);
  });
});
