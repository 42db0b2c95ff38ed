import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findBallotFault } from '../../functions/core/ballot-rules.ts';
import { type Election, parseElection } from '../../functions/core/election.ts';
import { deriveVoterKey, fingerprintPass, parsePass, receiptIdOf } from '../../functions/core/pass.ts';
import { parseEndpoint } from '../../load/http/request-text.ts';
import type { ReplayPipeline } from '../../load/replay/open-pipeline.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import type { ContestResult, Results, UnitResult } from '../../schema/wire/results.ts';
import { type VoteRequest, voteRequestSchema } from '../../schema/wire/vote.ts';

/** What goes wrong with a request, decided by its number among all votes, from 0. */
export type Fault = 'lose' | 'unavailable' | 'reset-after' | 'refuse' | 'alter' | null;

export interface FakePipelineOptions {
  /** `lose` answers 202 and forgets; `reset-after` counts and breaks the connection. */
  readonly faultOf?: (vote: number) => Fault;
  /** Breaks the rule that the first ballot of a voter stands. */
  readonly lastStands?: boolean;
  /** Votes are recorded so long after they were accepted. */
  readonly recordMs?: number;
}

export interface FakePipeline extends ReplayPipeline {
  readonly requests: readonly VoteRequest[];
}

/** Answers as the pipeline would, from memory, and judges votes by the same rules. */
export async function startFakePipeline({
  faultOf = () => null,
  lastStands = false,
  recordMs = 0,
}: FakePipelineOptions = {}): Promise<FakePipeline> {
  let election: Election | null = null;
  const requests: VoteRequest[] = [];
  const byVoter = new Map<string, { first: VoteRequest; others: Set<string> }>();
  const recorded = new Map<string, number>();
  const keys = new Map<string, KeyObject>();

  const judge = (known: Election, vote: VoteRequest): { status: number; body: object } => {
    const pass = parsePass(vote.pass);
    const passKey = pass === null ? undefined : known.passKeys.get(pass.keyId);
    if (pass === null || passKey?.region !== vote.region) return { status: 401, body: { type: 'bad-pass' } };
    const key =
      keys.get(pass.keyId) ??
      createPublicKey({ key: Buffer.from(passKey.spki, 'base64'), format: 'der', type: 'spki' });
    keys.set(pass.keyId, key);
    if (
      !verify(
        'sha384',
        pass.message,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 },
        pass.signature,
      )
    )
      return { status: 401, body: { type: 'bad-pass' } };
    const station = known.regions.get(vote.region)?.stations.get(vote.station ?? ('online' as never));
    if (station === undefined || findBallotFault(known, station, vote.selections) !== null)
      return { status: 422, body: { type: 'invalid' } };
    const voterKey = deriveVoterKey(known.definition.election, pass);
    const receipt = {
      receiptId: receiptIdOf(voterKey, vote.ballotId),
      election: known.definition.election,
      ballotId: vote.ballotId,
    };
    return { status: 202, body: { status: 'accepted', receipt, acceptedAt: new Date().toISOString() } };
  };
  const record = (known: Election, vote: VoteRequest, receiptId: string): void => {
    const voter = deriveVoterKey(known.definition.election, parsePass(vote.pass) as never);
    const had = byVoter.get(voter);
    if (!recorded.has(receiptId)) recorded.set(receiptId, performance.now() + recordMs);
    if (had === undefined) byVoter.set(voter, { first: vote, others: new Set() });
    else if (had.first.ballotId !== vote.ballotId && !had.others.has(vote.ballotId)) {
      had.others.add(lastStands ? had.first.ballotId : vote.ballotId);
      if (lastStands) had.first = vote;
    }
  };
  const castVote = (
    known: Election,
    request: IncomingMessage,
    response: ServerResponse,
    text: string,
  ): void => {
    const vote = voteRequestSchema.parse(JSON.parse(text));
    if (request.headers[passFingerprintHeader] !== fingerprintPass(vote.pass)) {
      send(response, 400, { type: 'urn:ballotstream:problem:fingerprint-mismatch' });
      return;
    }
    const fault = faultOf(requests.push(vote) - 1);
    if (fault === 'unavailable') {
      send(response, 503, { type: 'not-durable' }, { 'retry-after': '0' });
      return;
    }
    if (fault === 'refuse') {
      send(response, 401, { type: 'urn:ballotstream:problem:bad-pass' });
      return;
    }
    const { status, body } = judge(known, vote);
    const counted = fault === 'alter' ? { ...vote, selections: [] } : vote;
    if (status === 202 && fault !== 'lose')
      record(known, counted, (body as { receipt: { receiptId: string } }).receipt.receiptId);
    if (fault === 'reset-after') request.socket.resetAndDestroy();
    else send(response, status, body);
  };

  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += String(chunk);
    });
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://x');
      const [, , , id, kind, receiptId] = url.pathname.split('/');
      if (election === null || id !== election.definition.election) return send(response, 404, {});
      if (kind === undefined) return send(response, 200, election.definition);
      if (kind === 'votes') return castVote(election, request, response, text);
      if (kind === 'results')
        return send(response, 200, results(election, [...byVoter.values()], url.searchParams.get('region')));
      const isRecorded = (recorded.get(receiptId ?? '') ?? Number.POSITIVE_INFINITY) <= performance.now();
      return send(response, 200, { receiptId, election: id, status: isRecorded ? 'recorded' : 'pending' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = parseEndpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  if (endpoint === null) throw new Error('no endpoint');
  return {
    endpoint,
    requests,
    origin: 'http://127.0.0.1',
    dataDir: '',
    pids: () => [],
    async publish(definition) {
      const parsed = parseElection(definition);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.mistakes));
      election = parsed.election;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function results(
  election: Election,
  voters: readonly { first: VoteRequest; others: ReadonlySet<string> }[],
  regionId: string | null,
): Results {
  const { definition } = election;
  const ballots = voters.map((voter) => voter.first);
  const unit = (votes: readonly VoteRequest[], contests: ReadonlySet<string>): UnitResult => ({
    ballots: votes.length,
    ballotsByChannel: [{ channel: 'kiosk', ballots: votes.length }],
    contests: definition.contests
      .filter((contest) => contests.has(contest.id))
      .map((contest): ContestResult => {
        const marked = votes.flatMap((vote) =>
          vote.selections
            .filter((selection) => selection.contest === contest.id)
            .flatMap((selection) => selection.choices),
        );
        const choices = contest.choices.map(({ id, name }) => ({
          choice: id,
          name,
          votes: marked.filter((choice) => choice === id).length,
        }));
        return {
          contest: contest.id,
          name: contest.name,
          maxSelections: contest.maxSelections,
          ballots: votes.length,
          votes: marked.length,
          undervotes: 0,
          choices,
        };
      }),
  });
  const all = new Set<string>(election.contests.keys());
  const duplicates = voters.reduce((sum, voter) => sum + voter.others.size, 0);
  const regions = definition.regions
    .filter((region) => region.id === regionId)
    .map((region) => {
      const here = ballots.filter((vote) => vote.region === region.id);
      const stations = region.stations.map((station) => ({
        station: station.id,
        name: station.name,
        ...unit(
          here.filter((vote) => vote.station === station.id),
          election.regions.get(region.id)?.stations.get(station.id)?.contests ?? all,
        ),
      }));
      return { region: region.id, name: region.name, ...unit(here, all), stations };
    });
  return {
    election: definition.election,
    name: definition.name,
    definition: 1,
    version: voters.length + duplicates,
    duplicates,
    quarantined: 0,
    asOf: null,
    status: 'unofficial',
    ...unit(ballots, all),
    ...(regionId === null ? {} : { regions }),
  };
}
