import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBallotFault } from '../../../functions/core/ballot-rules.ts';
import { parseElection } from '../../../functions/core/election.ts';
import { beginAttempt, type Change, endAttempt } from '../../../functions/web/vote/steps.ts';
import {
  beginCasting,
  type Casting,
  changeMarking,
  contestsFor,
  goToContest,
  type Marks,
  selectionsOf,
  startMarking,
  toggleMark,
  undervotesIn,
  type Voting,
} from '../../../functions/web/vote/voting.ts';
import { testDefinition } from '../../support/election.ts';

const definition = testDefinition();
const parsed = parseElection(definition);
if (!parsed.ok) throw new Error('the test election has mistakes');
const { election } = parsed;
const contests = contestsFor(definition, 'north');

/** Any presses on any choices of the ballot, in any order. */
const presses = fc.array(
  fc.constantFrom(
    ...contests.flatMap((contest) => contest.choices.map(({ id }) => ({ contest, choice: id }))),
  ),
  { maxLength: 60 },
);
const press = (
  list: readonly { contest: (typeof contests)[number]; choice: Parameters<typeof toggleMark>[2] }[],
) => list.reduce<Marks>((marks, { contest, choice }) => toggleMark(marks, contest, choice).marks, {});

describe('marking', () => {
  it('makes nothing but valid ballots, whatever is pressed', () => {
    const station = election.regions.get(definition.regions[0]?.id as never)?.stations.get('online' as never);
    if (station === undefined) throw new Error('no station');
    fc.assert(
      fc.property(presses, (list) => {
        const marks = press(list);
        expect(findBallotFault(election, station, selectionsOf(marks, contests))).toBeNull();
        for (const contest of contests) expect(undervotesIn(marks, contest)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('says nothing of the order in which it was done', () => {
    fc.assert(
      fc.property(presses, (list) => {
        const marks = press(list);
        const reversed = Object.fromEntries(
          Object.entries(marks)
            .map(([id, choices]) => [id, choices.toReversed()] as const)
            .toReversed(),
        );
        expect(selectionsOf(reversed, contests)).toEqual(selectionsOf(marks, contests));
      }),
    );
  });

  it('takes a mark back when it is pressed again, and refuses one too many without touching the others', () => {
    const contest = contests.find(({ maxSelections }) => maxSelections === 2);
    const [a, b, c] = contest?.choices.map(({ id }) => id) ?? [];
    if (contest === undefined || a === undefined || b === undefined || c === undefined)
      throw new Error('no contest');
    const two = press([
      { contest, choice: a },
      { contest, choice: b },
    ]);
    expect(toggleMark(two, contest, c)).toEqual({ marks: two, isFull: true });
    expect(toggleMark(two, contest, a).marks[contest.id]).toEqual([b]);
  });
});

describe('a ballot’s way', () => {
  const casting = (ballotId: string) =>
    ({ step: 'casting', request: { ballotId }, salt: 'x', openAttempts: 0 }) as unknown as Casting;
  const states: readonly Voting[] = [
    startMarking('pass', 'north'),
    casting('first'),
    { step: 'cast', accepted: {}, salt: 'x' } as unknown as Voting,
    { step: 'asking' } as unknown as Voting,
  ];

  it('gets one ballot id, however often casting begins', () => {
    const once = beginCasting(startMarking('pass', 'north'), casting('first'));
    expect(beginCasting(once, casting('second'))).toBe(once);
    for (const state of states.slice(1)) expect(beginCasting(state, casting('second'))).toBe(state);
  });

  it('leads back to the review from wherever one goes after it', () => {
    const marking = startMarking('pass', 'north');
    expect([goToContest(marking, 1, 3).isReviewed, goToContest(marking, 3, 3).isReviewed]).toEqual([
      false,
      true,
    ]);
    const reviewed = goToContest(marking, 3, 3);
    expect(goToContest(reviewed, 0, 3)).toMatchObject({ at: 0, isReviewed: true });
  });

  it('has no more marks once casting has begun', () => {
    for (const state of states.slice(1))
      expect(changeMarking(state, () => startMarking('other', 'north'))).toBe(state);
    expect(changeMarking(undefined, () => startMarking('other', 'north'))).toBeUndefined();
  });
});

describe('attempts to send a ballot', () => {
  const isThis = (kept: Voting | undefined): kept is Casting => kept?.step === 'casting';
  /** What is kept, and how tabs change it. */
  const device = () => {
    let kept: Voting | undefined = {
      step: 'casting',
      request: { ballotId: 'first' },
      salt: 'x',
      openAttempts: 0,
    } as unknown as Casting;
    const change: Change = async (make) => {
      kept = make(kept);
      return kept;
    };
    return change;
  };

  it('leave nothing open when the only one was refused, however often', async () => {
    const change = device();
    for (let n = 0; n < 3; n += 1) {
      expect(await beginAttempt(change, isThis)).toBe(false);
      expect(await endAttempt(change, isThis, false)).toBe(false);
    }
  });

  it('stay open after one without an answer, whatever is refused later', async () => {
    const change = device();
    await beginAttempt(change, isThis);
    expect(await endAttempt(change, isThis, true)).toBe(true);
    expect(await beginAttempt(change, isThis)).toBe(true);
    expect(await endAttempt(change, isThis, false)).toBe(true);
  });

  it('stay open when the page ended in the midst of one, or another tab still waits', async () => {
    const change = device();
    // The other tab's, or the one that was cut off.
    await beginAttempt(change, isThis);
    expect(await beginAttempt(change, isThis)).toBe(true);
    expect(await endAttempt(change, isThis, false)).toBe(true);
    // The other tab is refused as well.
    expect(await endAttempt(change, isThis, false)).toBe(false);
  });
});
