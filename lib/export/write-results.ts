import { join } from 'node:path';
import type { ClientBase } from 'pg';
import {
  type CdfUnit,
  candidateId,
  choiceId,
  contestId,
  electionUnitId,
  listParties,
  listUnits,
  partyId,
  regionUnitId,
  stationUnitId,
} from './cdf-units.ts';
import type { ExportContest, ExportElection } from './export-election.ts';
import type { ExportSource } from './export-source.ts';
import { openFileSink, type WrittenFile } from './file-sink.ts';

export interface ResultsHeader {
  readonly issuer: string;
  readonly issuerAbbreviation: string;
  readonly status: string;
}

/**
 * Election results, NIST SP 1500-100 version 2: votes, undervotes and ballots of each unit, contest by contest, from
 * the tally. Stations that are hidden are shown together, or flagged and without numbers.
 */
export async function writeResults(
  source: ExportSource,
  client: ClientBase,
  directory: string,
  header: ResultsHeader,
): Promise<WrittenFile[]> {
  const { election } = source;
  const sums = await sumUnits(source, client);
  const units = listUnits(election, source.groups);
  const sink = openFileSink(join(directory, 'results.json'));
  try {
    const [head, tail] = splitReport(election, units, sums, header);
    await sink.write(head);
    let numbers = 0;
    for (const [index, contest] of election.contests.entries()) {
      const described = describeContest(election, contest, units, sums);
      numbers += described.numbers;
      await sink.write(`${index === 0 ? '' : ',\n'}${JSON.stringify(described.contest)}`);
    }
    await sink.write(tail);
    return [await sink.finish(numbers)];
  } catch (error) {
    sink.abandon();
    throw error;
  }
}

/** Of one unit: ballots by style, votes by `contest=choice`. */
interface UnitSums {
  readonly ballots: Map<string, number>;
  readonly votes: Map<string, number>;
}

/** Null: hidden, and nothing of it is shown. */
type Sums = ReadonlyMap<string, UnitSums | null>;

/** By the id that a unit is shown under. A station has one style, or its choices could not be told apart by style. */
async function sumUnits({ election, groups }: ExportSource, client: ClientBase): Promise<Sums> {
  const { rows } = await client.query<[unit: number, line: number, votes: string]>({
    text: 'select unit_no, line_no, votes from tally_now where election_no = $1 order by unit_no, line_no',
    values: [election.electionNo],
    rowMode: 'array',
  });
  const byUnit = new Map<number, UnitSums>();
  for (const [unit, lineNo, votes] of rows) {
    const line = election.lines.get(lineNo);
    const sums = byUnit.get(unit) ?? { ballots: new Map(), votes: new Map() };
    byUnit.set(unit, sums);
    if (line?.kind === 'ballot') add(sums.ballots, line.ballotStyle, Number(votes));
    else if (line?.kind === 'choice') add(sums.votes, `${line.contest}=${line.choice}`, Number(votes));
  }
  const shown = new Map<string, UnitSums | null>();
  for (const { unitNo, region, station } of election.units) {
    const sums = byUnit.get(unitNo) ?? { ballots: new Map(), votes: new Map() };
    if (region === null) shown.set(electionUnitId, sums);
    else if (station === null) shown.set(regionUnitId(region), sums);
    else showStation(shown, groups, region, station, sums);
  }
  return shown;
}

function showStation(
  shown: Map<string, UnitSums | null>,
  groups: ExportSource['groups'],
  region: string,
  station: string,
  sums: UnitSums,
): void {
  const names = [...sums.ballots.keys()].map((style) => groups.merge(region, station, style));
  const [name = station] = names;
  // Of several styles under one roof, any that is hidden hides the station.
  const shownAs = names.every((one) => one === name) ? name : null;
  if (shownAs !== station) shown.set(stationUnitId(region, station), null);
  if (shownAs === null) return;
  const id = stationUnitId(region, shownAs);
  const into = shown.get(id) ?? { ballots: new Map(), votes: new Map() };
  for (const [style, ballots] of sums.ballots) add(into.ballots, style, ballots);
  for (const [choice, votes] of sums.votes) add(into.votes, choice, votes);
  shown.set(id, into);
}

function add(sums: Map<string, number>, key: string, by: number): void {
  sums.set(key, (sums.get(key) ?? 0) + by);
}

const inEnglish = (content: string) => ({
  '@type': 'ElectionResults.InternationalizedText',
  Text: [{ '@type': 'ElectionResults.LanguageString', Content: content, Language: 'en' }],
});

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((a, b) => a + b, 0);

/** Around the contests, which come one at a time. */
function splitReport(
  election: ExportElection,
  units: readonly CdfUnit[],
  sums: Sums,
  { issuer, issuerAbbreviation, status }: ResultsHeader,
): [head: string, tail: string] {
  const report = {
    '@type': 'ElectionResults.ElectionReport',
    Format: 'precinct-level',
    GeneratedDate: election.asOf,
    Issuer: issuer,
    IssuerAbbreviation: issuerAbbreviation,
    SequenceStart: 1,
    SequenceEnd: 1,
    Status: status,
    VendorApplicationId: 'ballotstream',
    GpUnit: units.map(describeUnit),
    Party: listParties(election).map((party) => ({
      '@id': partyId(party),
      '@type': 'ElectionResults.Party',
      Name: inEnglish(party),
    })),
    Election: [
      {
        '@type': 'ElectionResults.Election',
        ElectionScopeId: electionUnitId,
        Name: inEnglish(election.name),
        StartDate: election.firstDay,
        EndDate: election.lastDay,
        Type: 'other',
        OtherType: 'not-stated',
        BallotCounts: units.map(({ id }) => describeBallots(id, sums.get(id) ?? null)),
        Candidate: election.contests.flatMap(describeCandidates),
        Contest: [],
      },
    ],
  };
  const text = JSON.stringify(report);
  return [`${text.slice(0, -4)}\n`, '\n]}]}\n'];
}

function describeUnit({ id, name, level, registeredVoters, composedOf }: CdfUnit): object {
  const type =
    level === 'station'
      ? { Type: 'precinct' }
      : level === 'merged'
        ? { Type: 'combined-precinct' }
        : { Type: 'other', OtherType: level };
  return {
    '@id': id,
    '@type': 'ElectionResults.ReportingUnit',
    Name: inEnglish(name),
    ...type,
    ...(composedOf.length === 0 ? {} : { ComposingGpUnitIds: composedOf }),
    ...(registeredVoters === null ? {} : { VotersRegistered: registeredVoters }),
  };
}

function describeBallots(unitId: string, sums: UnitSums | null): object {
  const shown = sums === null ? { IsSuppressedForPrivacy: true } : { BallotsCast: total(sums.ballots) };
  return { '@type': 'ElectionResults.BallotCounts', GpUnitId: unitId, Type: 'total', ...shown };
}

function describeCandidates({ contest, choices }: ExportContest): object[] {
  return choices.map(({ choice, name, party }) => ({
    '@id': candidateId(contest, choice),
    '@type': 'ElectionResults.Candidate',
    BallotName: inEnglish(name),
    ...(party === null ? {} : { PartyId: partyId(party) }),
  }));
}

function describeContest(
  election: ExportElection,
  { contest, name, maxSelections, choices }: ExportContest,
  units: readonly CdfUnit[],
  sums: Sums,
): { readonly contest: object; readonly numbers: number } {
  const styles = [...election.contestsOf].filter(([, contests]) =>
    contests.some((one) => one.contest === contest),
  );
  const carried = units.flatMap(({ id }) => {
    const unit = sums.get(id);
    if (unit === null || unit === undefined) return [];
    const ballots = styles.reduce((sum, [style]) => sum + (unit.ballots.get(style) ?? 0), 0);
    return ballots === 0 ? [] : [{ id, ballots, votes: unit.votes }];
  });
  const votesOf = (votes: ReadonlyMap<string, number>, choice: string) =>
    votes.get(`${contest}=${choice}`) ?? 0;
  return {
    numbers: carried.length * (choices.length + 1),
    contest: {
      '@id': contestId(contest),
      '@type': 'ElectionResults.CandidateContest',
      ElectionDistrictId: electionUnitId,
      Name: name,
      VotesAllowed: maxSelections,
      VoteVariation: maxSelections === 1 ? 'plurality' : 'n-of-m',
      ContestSelection: choices.map(({ choice }) => ({
        '@id': choiceId(contest, choice),
        '@type': 'ElectionResults.CandidateSelection',
        CandidateIds: [candidateId(contest, choice)],
        VoteCounts: carried.map(({ id, votes }) => ({
          '@type': 'ElectionResults.VoteCounts',
          GpUnitId: id,
          Type: 'total',
          Count: votesOf(votes, choice),
        })),
      })),
      OtherCounts: carried.map(({ id, ballots, votes }) => ({
        '@type': 'ElectionResults.OtherCounts',
        GpUnitId: id,
        Overvotes: 0,
        Undervotes:
          ballots * maxSelections - choices.reduce((sum, { choice }) => sum + votesOf(votes, choice), 0),
      })),
    },
  };
}
