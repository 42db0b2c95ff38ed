import type { Child } from 'hono/jsx/dom';
import type { ContestResult } from '../../../schema/wire/results.ts';
import { shareOf } from './contest-view.ts';
import type { ResultsSpeech } from './results-view.tsx';
import { type Column, type Sorting, sortBy, type TableRow } from './table-rows.ts';

interface UnitRowsProps {
  readonly speech: ResultsSpeech;
  readonly contest: ContestResult | undefined;
  readonly rows: readonly TableRow[];
  /** Of one region; regions otherwise, each with a way to its stations. */
  readonly isStations: boolean;
  readonly sorting: Sorting;
  readonly setSorting: (sorting: Sorting) => void;
}

/** Choices in ballot order: columns that change places while one reads them are no help. */
export function UnitRows({ speech, contest, rows, isStations, sorting, setSorting }: UnitRowsProps) {
  const { messages } = speech;
  const head = (column: Column, name: string, isNumber = true) => (
    <Head
      key={column}
      column={column}
      isNumber={isNumber}
      sorting={sorting}
      onSort={() => setSorting(sortBy(column, sorting))}
    >
      {name}
    </Head>
  );
  return (
    // What scrolls has to be reachable by keyboard.
    <section class="scrolls" aria-label={messages.table} tabindex={0}>
      <table class="units">
        <caption class="unseen">{contest?.name}</caption>
        <thead>
          <tr>
            {head('name', isStations ? messages.station : messages.region, false)}
            {isStations ? null : head('stations', messages.reporting)}
            {head('ballots', messages.voters)}
            {head('turnout', messages.turnout)}
            {contest?.choices.map(({ choice, name }) => head(`choice:${choice}`, name))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.id} speech={speech} row={row} contest={contest} isStations={isStations} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface HeadProps {
  readonly column: Column;
  readonly isNumber: boolean;
  readonly sorting: Sorting;
  readonly onSort: () => void;
  readonly children?: Child;
}

function Head({ column, isNumber, sorting, onSort, children }: HeadProps) {
  const direction = sorting.column !== column ? undefined : sorting.isDescending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={isNumber ? 'number' : undefined} aria-sort={direction}>
      <button type="button" class="sort" onClick={onSort}>
        {children}
        <span class="arrow" aria-hidden="true">
          {direction === 'descending' ? '▼' : direction === 'ascending' ? '▲' : '↕'}
        </span>
      </button>
    </th>
  );
}

interface RowProps {
  readonly speech: ResultsSpeech;
  readonly row: TableRow;
  readonly contest: ContestResult | undefined;
  readonly isStations: boolean;
}

function Row({ speech: { messages, formats }, row, contest, isStations }: RowProps) {
  const { number, percent } = formats;
  const { id, name, stations, ballots, turnout, votes, contestVotes, suppressed } = row;
  const base = contest !== undefined && contest.maxSelections > 1 ? ballots : (contestVotes ?? 0);
  return (
    <tr>
      <th scope="row">{isStations ? name : <a href={`#region=${id}`}>{name}</a>}</th>
      {isStations ? null : (
        <td class="number">
          {stations === null ? '–' : `${number(stations.reporting)} / ${number(stations.total)}`}
        </td>
      )}
      <td class="number">{number(ballots)}</td>
      <td class="number">{turnout === null ? '–' : percent(turnout)}</td>
      {votes === null && contest !== undefined ? (
        <td class="quiet" colspan={contest.choices.length}>
          {suppressed === null ? messages.notOnBallot : messages.suppressedHere[suppressed]}
        </td>
      ) : (
        contest?.choices.map(({ choice }) => (
          <td key={choice} class="number">
            {number(votes?.get(choice) ?? 0)}
            <span class="part">{percentOf(votes?.get(choice) ?? 0, base, percent)}</span>
          </td>
        ))
      )}
    </tr>
  );
}

function percentOf(votes: number, base: number, percent: (share: number) => string): string {
  const share = shareOf(votes, base);
  return share === null ? '–' : percent(share);
}
