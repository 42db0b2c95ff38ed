import { useRef, useState } from 'hono/jsx/dom';
import type { ContestResult, Results } from '../../../schema/wire/results.ts';
import { saveFile } from '../page/save-file.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import { fileNameOf, type ShownTable, toCsv, toJson } from './export-table.ts';
import { earliestOf } from './positions.ts';
import { type ResultsState, stationsOf } from './results-state.ts';
import type { ResultsSpeech } from './results-view.tsx';
import { arrangeRows, type Sorting, type TableRow, toRow } from './table-rows.ts';
import { UnitRows } from './unit-rows.tsx';

interface UnitTableProps {
  readonly speech: ResultsSpeech;
  readonly state: ResultsState;
  readonly results: Results;
  /** Whose stations are asked for; null: the table of regions. */
  readonly region: string | null;
  /** They do not come, or no more. */
  readonly areStationsSilent: boolean;
  readonly timeZone: string;
}

const byName: Sorting = { column: 'name', isDescending: false };
/** More than that make a phone slow to follow every second. */
const rowsAtATime = 200;

/** The regions, or the stations of one: to sort, to filter, to take away. */
export function UnitTable(props: UnitTableProps) {
  const { speech, state, results, region, areStationsSilent, timeZone } = props;
  const { messages } = speech;
  const [contestId, setContest] = useState(results.contests[0]?.contest ?? '');
  const [filter, setFilter] = useState('');
  const [sorting, setSorting] = useState<Sorting>(byName);
  const [limit, setLimit] = useState(rowsAtATime);
  const heading = useRef<HTMLHeadingElement>(null);
  const wasRegion = useRef(region);
  useEffectNow(() => {
    if (wasRegion.current === region) return;
    wasRegion.current = region;
    setFilter('');
    setSorting(byName);
    setLimit(rowsAtATime);
    heading.current?.focus();
  }, [region]);

  const opened = results.regions?.find((one) => one.region === region);
  const rows = readRows(state, results, region, contestId);
  const contest = results.contests.find((one) => one.contest === contestId);
  const standings = rows?.map(({ standing }) => standing) ?? [];
  const arranged = arrangeRows(rows ?? [], sorting, filter, speech.language);
  return (
    <section aria-labelledby="regions">
      <h2 id="regions" tabindex={-1} ref={heading}>
        {region === null ? messages.byRegion : messages.stationsIn(opened?.name ?? region)}
      </h2>
      {region === null ? null : (
        <p>
          <a class="button link" href="#regions">
            ← {messages.allRegions}
          </a>
        </p>
      )}
      {region !== null && opened === undefined ? (
        <p>{messages.unknownRegion}</p>
      ) : rows === null ? (
        <p role="status">{areStationsSilent ? messages.noStations : messages.loadingStations}</p>
      ) : (
        <>
          {region === null ? null : (
            <StationsStanding
              speech={speech}
              asOf={earliestOf(standings, results).asOf}
              isSilent={areStationsSilent}
              timeZone={timeZone}
            />
          )}
          <Tools
            speech={speech}
            contests={results.contests}
            contestId={contestId}
            setContest={setContest}
            filter={filter}
            setFilter={setFilter}
          />
          <Count speech={speech} shown={arranged.length} all={rows.length} />
          <UnitRows
            speech={speech}
            contest={contest}
            rows={arranged.slice(0, limit)}
            isStations={region !== null}
            sorting={sorting}
            setSorting={setSorting}
          />
          {arranged.length > limit ? (
            <button type="button" class="button second" onClick={() => setLimit(limit + rowsAtATime)}>
              {messages.more(speech.formats.number(Math.min(rowsAtATime, arranged.length - limit)))}
            </button>
          ) : null}
          <Downloads speech={speech} table={tableOf(results, opened, contest, arranged)} />
        </>
      )}
    </section>
  );
}

function readRows(
  state: ResultsState,
  results: Results,
  region: string | null,
  contest: string,
): readonly TableRow[] | null {
  if (region !== null)
    return (
      stationsOf(state, region)?.map((one) =>
        toRow(one.station, one.name, one, contest, null, one.standing),
      ) ?? null
    );
  const counts = new Map(state.progress?.regions.map((one) => [one.region, one.stations]));
  return (results.regions ?? []).map((one) =>
    toRow(one.region, one.name, one, contest, counts.get(one.region) ?? null, results),
  );
}

function tableOf(
  results: Results,
  region: { readonly region: string; readonly name: string } | undefined,
  contest: ContestResult | undefined,
  rows: readonly TableRow[],
): ShownTable {
  return {
    results,
    standing: earliestOf(
      rows.map((row) => row.standing),
      results,
    ),
    region: region === undefined ? null : { id: region.region, name: region.name },
    contest: contest === undefined ? null : { id: contest.contest, name: contest.name },
    choices: contest?.choices.map(({ choice, name }) => ({ id: choice, name })) ?? [],
    rows,
  };
}

interface StationsStandingProps {
  readonly speech: ResultsSpeech;
  readonly asOf: string | null;
  readonly isSilent: boolean;
  readonly timeZone: string;
}

/** Stations come by a route of their own, and stand elsewhere in the count than the totals above. */
function StationsStanding({
  speech: { messages, formats },
  asOf,
  isSilent,
  timeZone,
}: StationsStandingProps) {
  return (
    <>
      {asOf === null ? null : (
        <p class="quiet">
          <time datetime={asOf}>{messages.asOf(formats.time(asOf, timeZone))}</time>
        </p>
      )}
      {isSilent ? (
        <p class="notice warning" role="status">
          {messages.silent}
        </p>
      ) : null}
    </>
  );
}

interface ToolsProps {
  readonly speech: ResultsSpeech;
  readonly contests: readonly ContestResult[];
  readonly contestId: string;
  readonly setContest: (id: string) => void;
  readonly filter: string;
  readonly setFilter: (text: string) => void;
}

function Tools({ speech: { messages }, contests, contestId, setContest, filter, setFilter }: ToolsProps) {
  return (
    <div class="tools">
      <div class="field">
        <label for="contest-shown">{messages.contest}</label>
        <select
          id="contest-shown"
          value={contestId}
          onChange={({ target }: Event) => setContest((target as HTMLSelectElement).value)}
        >
          {contests.map(({ contest, name }) => (
            <option key={contest} value={contest}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="filter">{messages.filter}</label>
        <input
          id="filter"
          type="search"
          autocomplete="off"
          value={filter}
          onInput={({ target }: Event) => setFilter((target as HTMLInputElement).value)}
        />
      </div>
    </div>
  );
}

interface CountProps {
  readonly speech: ResultsSpeech;
  readonly shown: number;
  readonly all: number;
}

function Count({ speech: { messages, formats }, shown, all }: CountProps) {
  return (
    <p class="quiet small sorting" role="status">
      {shown === 0 && all > 0
        ? messages.noMatch
        : `${messages.shownOf(formats.number(shown), formats.number(all))}. ${messages.sort}`}
    </p>
  );
}

function Downloads({ speech, table }: { readonly speech: ResultsSpeech; readonly table: ShownTable }) {
  const { messages, formats } = speech;
  const count = formats.number(table.rows.length);
  return (
    <div class="actions">
      <button
        type="button"
        class="button second"
        onClick={() => saveFile(fileNameOf(table, 'csv'), 'text/csv;charset=utf-8', toCsv(table))}
      >
        {messages.csv(count)}
      </button>
      <button
        type="button"
        class="button second"
        onClick={() => saveFile(fileNameOf(table, 'json'), 'application/json', toJson(table))}
      >
        {messages.json(count)}
      </button>
    </div>
  );
}
