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
import type { ExportContest, ExportElection, ExportUnit } from './export-election.ts';
import type { ExportSource } from './export-source.ts';
import { type WrittenFile, writeWhole } from './file-sink.ts';
import { mergedName, type ShownPlaces } from './small-stations.ts';

export interface ResultsHeader {
  readonly issuer: string;
  readonly issuerAbbreviation: string;
  readonly status: string;
}

/**
 * Election results, NIST SP 1500-100 version 2: votes, undervotes and ballots of each unit, contest by contest, from
 * the tally. What is withheld is flagged, and without numbers.
 */
export async function writeResults(
  source: ExportSource,
  client: ClientBase,
  directory: string,
  header: ResultsHeader,
): Promise<WrittenFile[]> {
  const { election } = source;
  const sums = await sumUnits(source, client);
  const units = listUnits(election, source.places);
  const file = await writeWhole(join(directory, 'results.json'), async (write) => {
    const [head, tail] = splitReport(election, units, sums, header);
    await write(head);
    let numbers = 0;
    for (const [index, contest] of election.contests.entries()) {
      const described = describeContest(election, contest, units, sums);
      numbers += described.numbers;
      await write(`${index === 0 ? '' : ',\n'}${JSON.stringify(described.contest)}`);
    }
    await write(tail);
    return numbers;
  });
  return [file];
}

/** Of one unit: ballots by style, votes by `contest=choice`. */
interface UnitSums {
  readonly ballots: Map<string, number>;
  readonly votes: Map<string, number>;
  /** Whether it does not show them: of a contest, or (null) of ballots. */
  readonly withholds: (contest: string | null) => boolean;
}

/** By the id that a unit is shown under. */
type Sums = ReadonlyMap<string, UnitSums>;

async function sumUnits({ election, places }: ExportSource, client: ClientBase): Promise<Sums> {
  const { rows } = await client.query<[unit: number, line: number, votes: string]>({
    text: 'select unit_no, line_no, votes from tally_now where election_no = $1 order by unit_no, line_no',
    values: [election.electionNo],
    rowMode: 'array',
  });
  const byUnit = new Map(election.units.map((unit) => [unit.unitNo, createSums(unit, places)]));
  for (const [unit, lineNo, votes] of rows) {
    const line = election.lines.get(lineNo);
    const sums = byUnit.get(unit);
    if (line === undefined || sums === undefined)
      throw new Error(`the tally has line ${lineNo} of unit ${unit}, which the election does not: recount`);
    if (line.kind === 'ballot') add(sums.ballots, line.ballotStyle, Number(votes));
    else add(sums.votes, line.text, Number(votes));
  }
  const sums = new Map(election.units.map((unit) => [unitIdOf(unit), byUnit.get(unit.unitNo) ?? noSums]));
  for (const { region, ballotStyle, stations } of places.merged) {
    const members = stations.map((station) => sums.get(stationUnitId(region, station)) ?? noSums);
    sums.set(stationUnitId(region, mergedName(ballotStyle)), mergeSums(members));
  }
  return sums;
}

const unitIdOf = ({ region, station }: ExportUnit): string =>
  region === null ? electionUnitId : station === null ? regionUnitId(region) : stationUnitId(region, station);

const noSums: UnitSums = { ballots: new Map(), votes: new Map(), withholds: () => false };

function createSums({ region, station }: ExportUnit, places: ShownPlaces): UnitSums {
  const ballots = new Map<string, number>();
  const isElsewhere = (style: string) =>
    region !== null && station !== null && places.placeOf(region, station, style) !== station;
  return {
    ballots,
    votes: new Map(),
    withholds:
      station === null
        ? (contest) => places.withholds(region, contest)
        : // Of several styles under one roof the votes cannot be told apart: any that is elsewhere hides the station.
          () => [...ballots.keys()].some(isElsewhere),
  };
}

function mergeSums(members: readonly UnitSums[]): UnitSums {
  const [ballots, votes] = [new Map<string, number>(), new Map<string, number>()];
  for (const member of members) {
    for (const [style, count] of member.ballots) add(ballots, style, count);
    for (const [choice, count] of member.votes) add(votes, choice, count);
  }
  // With a station of several styles in it, it would have votes that are shown elsewhere too.
  return { ballots, votes, withholds: () => ballots.size > 1 };
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
        BallotCounts: units.map(({ id }) => describeBallots(id, sums.get(id) ?? noSums)),
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

function describeBallots(unitId: string, { ballots, withholds }: UnitSums): object {
  const shown = withholds(null) ? { IsSuppressedForPrivacy: true } : { BallotsCast: total(ballots) };
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
    const { ballots: byStyle, votes, withholds } = sums.get(id) ?? noSums;
    const ballots = styles.reduce((sum, [style]) => sum + (byStyle.get(style) ?? 0), 0);
    return ballots === 0 ? [] : [{ id, ballots, votes, isWithheld: withholds(contest) }];
  });
  const shown = carried.filter(({ isWithheld }) => !isWithheld);
  const votesOf = (votes: ReadonlyMap<string, number>, choice: string) =>
    votes.get(`${contest}=${choice}`) ?? 0;
  return {
    numbers: shown.length * (choices.length + 1),
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
        VoteCounts: carried.map(({ id, votes, isWithheld }) => ({
          '@type': 'ElectionResults.VoteCounts',
          GpUnitId: id,
          Type: 'total',
          // The schema wants a number beside the flag.
          ...(isWithheld ? { Count: 0, IsSuppressedForPrivacy: true } : { Count: votesOf(votes, choice) }),
        })),
      })),
      OtherCounts: shown.map(({ id, ballots, votes }) => ({
        '@type': 'ElectionResults.OtherCounts',
        GpUnitId: id,
        Overvotes: 0,
        Undervotes:
          ballots * maxSelections - choices.reduce((sum, { choice }) => sum + votesOf(votes, choice), 0),
      })),
    },
  };
}
