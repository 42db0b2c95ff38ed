import { deriveVoterKey, parsePass, receiptIdOf } from '../../functions/core/pass.ts';
import type { BallotId, ReceiptId, RegionId, StationId } from '../../schema/wire/ids.ts';
import type { Selection, VoteRequest } from '../../schema/wire/vote.ts';
import type { Book, Wish } from './book.ts';
import type { Answer, Post } from './ingest-fleet.ts';
import { makePass, simElection } from './sim-election.ts';
import type { World } from './world.ts';

export interface ClientPlan {
  readonly voters: number;
  readonly kiosks: number;
  readonly votesPerKioskMax: number;
  /** Over which time the votes are spread. */
  readonly castMs: number;
}

/** Attempts after which a client leaves it at that: it does not know what became of its vote. */
const attemptsMax = 6;
const retryMs = 2_000;
/** How often voters do what they should not. */
const oddities = { secondBallot: 0.3, forgedPass: 0.08, doubleClick: 0.15, castAgain: 0.1 };

const electionId = simElection.definition.election;
const votesPath = `/v1/elections/${electionId}/votes`;

/** A vote that a client holds, ready to be sent as often as it takes. */
interface Vote {
  readonly wish: Wish;
  readonly pass: string;
  readonly ballotId: BallotId;
}

/** Starts everybody who casts. Resolves when all have done what they could. */
export async function runClients(world: World, book: Book, post: Post, plan: ClientPlan): Promise<void> {
  const { random } = world;
  const voters = Array.from({ length: plan.voters }, (_, at) =>
    castAlone(world, book, post, `voter ${at + 1}`, random.between(0, plan.castMs)),
  );
  const kiosks = Array.from({ length: plan.kiosks }, (_, at) =>
    castFromKiosk(world, book, post, `kiosk ${at + 1}`, random.int(2, plan.votesPerKioskMax), plan.castMs),
  );
  await Promise.all([...voters, ...kiosks]);
}

async function castAlone(world: World, book: Book, post: Post, name: string, atMs: number): Promise<void> {
  const { time, random } = world;
  const region = random.pick([...simElection.regions.keys()]);
  const pass = makePass(random, region, !random.chance(oddities.forgedPass));
  const vote = makeVote(world, book, name, region, pass, 'browser');
  const second = random.chance(oddities.secondBallot)
    ? makeVote(world, book, `${name}, second ballot`, region, pass, 'browser')
    : null;
  await time.sleep(atMs);
  const attempts = [castUntilKnown(world, book, post, vote)];
  if (random.chance(oddities.doubleClick)) attempts.push(castUntilKnown(world, book, post, vote));
  // Most second ballots come after the first was answered; some race it.
  if (second !== null && random.chance(0.3)) attempts.push(castUntilKnown(world, book, post, second));
  await Promise.all(attempts);
  if (second !== null && attempts.length === 1) await castUntilKnown(world, book, post, second);
  if (random.chance(oddities.castAgain)) await castUntilKnown(world, book, post, vote);
}

/** Sends the same request until it has an answer that settles it, or gives up. */
async function castUntilKnown(world: World, book: Book, post: Post, vote: Vote): Promise<void> {
  const { time, random, say } = world;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const { ballotId } = vote;
    note(book, vote.wish, ballotId);
    say(() => `${vote.wish.name}: casts ${ballotId.slice(0, 8)}, attempt ${attempt}`);
    const answer = await post(votesPath, JSON.stringify(requestOf(vote, ballotId)));
    if (answer?.status === 202)
      return noteAccepted(world, vote.wish, ballotId, JSON.parse(answer.body) as Accepted);
    if (isFinal(answer)) {
      vote.wish.refused++;
      say(() => `${vote.wish.name}: refused, ${answer.body}`);
      return;
    }
    vote.wish.unknown++;
    await time.sleep(retryMs * random.between(0.5, 1.5));
  }
}

const isFinal = (answer: Answer): answer is NonNullable<Answer> =>
  answer !== null && answer.status >= 400 && answer.status < 500;

interface Accepted {
  readonly receipt: { readonly receiptId: ReceiptId; readonly ballotId: string };
}

function noteAccepted({ say, violate }: World, wish: Wish, ballotId: BallotId, { receipt }: Accepted): void {
  if (receipt.receiptId !== receiptIdOf(wish.voterKey, ballotId) || receipt.ballotId !== ballotId)
    violate(`no answer: ${wish.name} got the receipt of another vote`);
  wish.acknowledged.add(ballotId);
  say(() => `${wish.name}: holds a receipt for ${ballotId.slice(0, 8)}`);
}

function note(book: Book, wish: Wish, ballotId: BallotId): void {
  wish.ballotIds.add(ballotId);
  book.byBallotId.set(ballotId, wish);
}

/** Votes collected while offline, sent together; what was not taken is sent again. */
async function castFromKiosk(
  world: World,
  book: Book,
  post: Post,
  name: string,
  votesCount: number,
  castMs: number,
): Promise<void> {
  const { time, random, say } = world;
  const region = random.pick([...simElection.regions.keys()]);
  let votes = Array.from({ length: votesCount }, (_, at) => {
    const pass = makePass(random, region, !random.chance(oddities.forgedPass));
    return makeVote(world, book, `${name}, vote ${at + 1}`, region, pass, 'kiosk');
  });
  await time.sleep(random.between(0, castMs));
  for (let attempt = 1; votes.length > 0 && attempt <= attemptsMax; attempt++) {
    for (const vote of votes) note(book, vote.wish, vote.ballotId);
    say(() => `${name}: casts ${votes.length} votes, attempt ${attempt}`);
    const body = { version: 1, votes: votes.map((vote) => requestOf(vote, vote.ballotId)) };
    const answer = await post(`${votesPath}/batch`, JSON.stringify(body));
    votes = answer?.status === 200 ? readBatch(world, votes, answer.body) : votes;
    for (const vote of votes) vote.wish.unknown++;
    await time.sleep(retryMs * random.between(0.5, 1.5));
  }
}

type BatchResult =
  | ({ readonly status: 'accepted' } & Accepted)
  | { readonly status: 'refused'; readonly problem: { readonly status: number } };

/** @returns the votes that have to be sent again */
function readBatch(world: World, votes: readonly Vote[], body: string): Vote[] {
  const { results } = JSON.parse(body) as { results: readonly BatchResult[] };
  return votes.filter((vote, at) => {
    const result = results[at];
    if (result?.status === 'accepted') noteAccepted(world, vote.wish, vote.ballotId, result);
    else if (result !== undefined && result.problem.status < 500) vote.wish.refused++;
    else return true;
    return false;
  });
}

function makeVote(
  { random }: World,
  book: Book,
  name: string,
  region: RegionId,
  pass: string,
  channel: 'browser' | 'kiosk',
): Vote {
  const parsed = parsePass(pass);
  const stations = simElection.regions.get(region)?.stations.keys() ?? [];
  const station = channel === 'kiosk' ? random.pick([...stations]) : ('online' as StationId);
  if (parsed === null) throw new Error('a pass that is none');
  const wish: Wish = {
    name,
    voterKey: deriveVoterKey(electionId, parsed),
    region,
    station,
    channel,
    selections: drawSelections(random, region),
    ballotIds: new Set(),
    acknowledged: new Set(),
    refused: 0,
    unknown: 0,
  };
  book.wishes.push(wish);
  return { wish, pass, ballotId: random.uuid() as BallotId };
}

function drawSelections(random: World['random'], region: RegionId): Selection[] {
  const contests = simElection.regions.get(region)?.contests ?? new Set();
  return [...simElection.contests.values()]
    .filter(({ contest }) => contests.has(contest.id) && random.chance(0.8))
    .map(({ contest }) => ({
      contest: contest.id,
      choices: random
        .shuffled(contest.choices.map((choice) => choice.id))
        .slice(0, random.int(0, contest.maxSelections)),
    }));
}

function requestOf({ wish, pass }: Vote, ballotId: BallotId): VoteRequest {
  const { region, station, channel, selections } = wish;
  return {
    version: 1,
    ballotId,
    region,
    channel,
    ...(channel === 'kiosk' ? { station } : {}),
    pass,
    selections: [...selections],
  };
}
