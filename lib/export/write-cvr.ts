import { join } from 'node:path';
import {
  candidateId,
  choiceId,
  contestId,
  electionUnitId,
  listParties,
  listUnits,
  partyId,
  stationUnitId,
} from './cdf-units.ts';
import type { ExportContest, ExportElection } from './export-election.ts';
import type { ExportBallot, ExportSource } from './export-source.ts';
import { type FileSink, openFileSink, type WrittenFile } from './file-sink.ts';

/** A file has to be read whole by whoever validates it. */
const ballotsPerFile = 100_000;
const device = 'device-ballotstream';
/** Ways to mark a contest that are remembered; there are more only where many choices are allowed. */
const textsKeptMax = 100_000;

/**
 * Cast Vote Records, NIST SP 1500-103 version 1.0: a report a hundred thousand ballots. Without times: who was seen
 * to vote at a minute must not be found by it. A ballot's id is the database's own, which no receipt holds.
 */
export async function writeCvr(source: ExportSource, directory: string): Promise<WrittenFile[]> {
  const { election } = source;
  const [head, tail] = splitReport(describeReport(source));
  const describeBallot = createBallotWriter(election);
  const files: WrittenFile[] = [];
  let sink = null as FileSink | null;
  let rows = 0;
  const begin = async (): Promise<FileSink> => {
    const name = `cvr-${String(files.length + 1).padStart(5, '0')}.json`;
    sink = await openFileSink(join(directory, name));
    await sink.write(head);
    return sink;
  };
  const finish = async () => {
    if (sink === null) return;
    await sink.write(tail);
    files.push(await sink.finish(rows));
    sink = null;
    rows = 0;
  };
  try {
    for await (const ballots of source.ballots()) {
      for (let at = 0; at < ballots.length; ) {
        const file = sink ?? (await begin());
        const part = ballots.slice(at, at + ballotsPerFile - rows);
        const separator = rows === 0 ? '' : ',\n';
        await file.write(separator + part.map(describeBallot).join(',\n'));
        rows += part.length;
        at += part.length;
        if (rows === ballotsPerFile) await finish();
      }
    }
    if (files.length === 0 && sink === null) await begin();
    await finish();
    return files;
  } catch (error) {
    await sink?.abandon();
    throw error;
  }
}

/** Before and after the ballots. */
function splitReport(report: object): [head: string, tail: string] {
  const text = JSON.stringify({ ...report, CVR: [] });
  return [`${text.slice(0, -2)}\n`, '\n]}\n'];
}

function describeReport({ election, places }: ExportSource): object {
  return {
    '@type': 'CVR.CastVoteRecordReport',
    Version: '1.0.0',
    GeneratedDate: election.asOf,
    ReportType: ['originating-device-export'],
    ReportGeneratingDeviceIds: [device],
    ReportingDevice: [{ '@id': device, '@type': 'CVR.ReportingDevice', Application: 'Ballotstream' }],
    GpUnit: listUnits(election, places).map(({ id, name, level }) => ({
      '@id': id,
      '@type': 'CVR.GpUnit',
      Name: name,
      ...(level === 'station'
        ? { Type: 'precinct' }
        : level === 'merged'
          ? { Type: 'combined-precinct' }
          : { Type: 'other', OtherType: level }),
    })),
    Party: listParties(election).map((party) => ({
      '@id': partyId(party),
      '@type': 'CVR.Party',
      Name: party,
    })),
    Election: [describeElection(election)],
  };
}

function describeElection({ election, name, contests }: ExportElection): object {
  return {
    '@id': `election-${election}`,
    '@type': 'CVR.Election',
    ElectionScopeId: electionUnitId,
    Name: name,
    Candidate: contests.flatMap(({ contest, choices }) =>
      choices.map(({ choice, name: choiceName, party }) => ({
        '@id': candidateId(contest, choice),
        '@type': 'CVR.Candidate',
        Name: choiceName,
        ...(party === null ? {} : { PartyId: partyId(party) }),
      })),
    ),
    Contest: contests.map(({ contest, name: contestName, maxSelections, choices }) => ({
      '@id': contestId(contest),
      '@type': 'CVR.CandidateContest',
      Name: contestName,
      VotesAllowed: maxSelections,
      VoteVariation: maxSelections === 1 ? 'plurality' : 'n-of-m',
      ContestSelection: choices.map(({ choice }) => ({
        '@id': choiceId(contest, choice),
        '@type': 'CVR.CandidateSelection',
        CandidateIds: [candidateId(contest, choice)],
      })),
    })),
  };
}

/**
 * Writes ballots, whose contests are alike again and again: each way to mark a contest is put into text once. (Each
 * ballot by itself took ten times as long.)
 */
function createBallotWriter({ election, contestsOf }: ExportElection): (ballot: ExportBallot) => string {
  const texts = new Map<string, string>();
  const contestText = (contest: ExportContest, choices: readonly string[]): string => {
    const key = `${contest.contest}=${choices.join(',')}`;
    const known = texts.get(key);
    if (known !== undefined) return known;
    const text = JSON.stringify(describeMarks(contest, choices));
    if (texts.size < textsKeptMax) texts.set(key, text);
    return text;
  };
  const electionId = JSON.stringify(`election-${election}`);
  return ({ id, region, station, ballotStyle, selections }) => {
    const contests = (contestsOf.get(ballotStyle) ?? []).map((contest) =>
      contestText(
        contest,
        selections.filter((one) => one.contest === contest.contest).map(({ choice }) => choice),
      ),
    );
    const unit = JSON.stringify(stationUnitId(region, station));
    // An id is hexadecimal digits: nothing to escape.
    return `{"@type":"CVR.CVR","UniqueId":"${id}","ElectionId":${electionId},"CreatingDeviceId":"${device}","BallotStyleId":${JSON.stringify(ballotStyle)},"BallotStyleUnitId":${unit},"CurrentSnapshotId":"snapshot-${id}","CVRSnapshot":[{"@id":"snapshot-${id}","@type":"CVR.CVRSnapshot","Type":"original","CVRContest":[${contests.join(',')}]}]}`;
  };
}

function describeMarks({ contest, maxSelections }: ExportContest, choices: readonly string[]): object {
  return {
    '@type': 'CVR.CVRContest',
    ContestId: contestId(contest),
    Overvotes: 0,
    Undervotes: maxSelections - choices.length,
    Selections: choices.length,
    CVRContestSelection: choices.map((choice) => ({
      '@type': 'CVR.CVRContestSelection',
      ContestSelectionId: choiceId(contest, choice),
      TotalNumberVotes: 1,
      SelectionPosition: [{ '@type': 'CVR.SelectionPosition', HasIndication: 'yes', NumberVotes: 1 }],
    })),
  };
}
