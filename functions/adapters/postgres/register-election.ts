import type { PoolClient } from 'pg';
import { channels } from '../../../schema/wire/ids.ts';
import type { Election } from '../../core/election.ts';
import type { TallyNumbers } from '../../core/tally.ts';
import { readElectionNumbers } from './election-numbers.ts';

/**
 * Writes an election's units and lines down, each under a number of its own, within the caller's
 * transaction. What is there keeps its number for ever; a newer definition adds what is new and
 * updates names. Idempotent; two at once take turns.
 */
export async function registerElection(client: PoolClient, election: Election): Promise<TallyNumbers> {
  const { definition } = election;
  // Readers go on. A lock that takes a right to the table: an analyst could hold an advisory one.
  await client.query('lock table election in share row exclusive mode');
  const registered = await upsertElection(client, election);
  await insertUnits(client, registered, election);
  await insertLines(client, registered, election);
  await insertBallotStyles(client, registered.electionNo, election);
  const numbers = await readElectionNumbers(client, definition.election);
  if (numbers === null) throw new Error(`election ${definition.election} vanished while it was registered`);
  return numbers;
}

interface Registered {
  readonly electionNo: number;
  /** Whether this definition is newer than what was there: an older one, still held by somebody, renames nothing. */
  readonly isNews: boolean;
}

async function upsertElection(client: PoolClient, { definition }: Election): Promise<Registered> {
  const { rows } = await client.query<{ election_no: number }>({
    text: `insert into election as e
        (election, name, time_zone, opens_at, closes_at, grace_seconds, definition_version)
      values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (election) do update set
        name = excluded.name, time_zone = excluded.time_zone, opens_at = excluded.opens_at,
        closes_at = excluded.closes_at, grace_seconds = excluded.grace_seconds,
        definition_version = excluded.definition_version
      where e.definition_version < excluded.definition_version
      returning election_no`,
    values: [
      definition.election,
      definition.name,
      definition.timeZone,
      definition.opensAt,
      definition.closesAt,
      definition.graceSeconds,
      definition.version,
    ],
  });
  const known = rows[0] ?? (await selectElection(client, definition.election));
  return { electionNo: known.election_no, isNews: rows.length > 0 };
}

async function selectElection(client: PoolClient, election: string): Promise<{ election_no: number }> {
  const { rows } = await client.query<{ election_no: number }>({
    text: 'select election_no from election where election = $1',
    values: [election],
  });
  const [row] = rows;
  if (row === undefined) throw new Error(`election ${election} vanished while it was registered`);
  return row;
}

async function insertUnits(
  client: PoolClient,
  registered: Registered,
  { definition }: Election,
): Promise<void> {
  const regions = definition.regions;
  const stations = regions.flatMap((region) =>
    region.stations.map((station) => ({ region: region.id, station })),
  );
  await insertUnitLevel(client, registered, 'election', [
    { region: null, station: null, name: definition.name, voters: null, style: null },
  ]);
  await insertUnitLevel(
    client,
    registered,
    'region',
    regions.map(({ id, name, registeredVoters }) => ({
      region: id,
      station: null,
      name,
      voters: registeredVoters ?? null,
      style: null,
    })),
  );
  await insertUnitLevel(
    client,
    registered,
    'station',
    stations.map(({ region, station }) => ({
      region,
      station: station.id,
      name: station.name,
      voters: station.registeredVoters ?? null,
      style: station.ballotStyle,
    })),
  );
}

interface UnitToInsert {
  readonly region: string | null;
  readonly station: string | null;
  readonly name: string;
  readonly voters: number | null;
  readonly style: string | null;
}

async function insertUnitLevel(
  client: PoolClient,
  { electionNo, isNews }: Registered,
  level: string,
  units: readonly UnitToInsert[],
): Promise<void> {
  await client.query({
    text: `with given as (
        select * from unnest($3::text[], $4::text[], $5::text[], $6::integer[], $7::text[]) with ordinality
          as g (region, station, name, voters, style, position)
      ), known as (
        update reporting_unit u set name = g.name, registered_voters = g.voters, ballot_style = g.style
        from given g
        where $8 and u.election_no = $1
          and u.region is not distinct from g.region and u.station is not distinct from g.station
          and (u.name, u.registered_voters, u.ballot_style) is distinct from (g.name, g.voters, g.style)
      ), registered_without_style as (
        update reporting_unit u set ballot_style = g.style
        from given g
        where not $8 and u.election_no = $1 and u.region = g.region and u.station = g.station
          and u.ballot_style is null and g.style is not null
      )
      insert into reporting_unit
        (election_no, unit_no, level, parent_no, region, station, name, registered_voters, ballot_style)
      select $1, (select coalesce(max(unit_no), -1) from reporting_unit where election_no = $1)
          + row_number() over (order by g.position), $2::tally_level, parent.unit_no, g.region, g.station, g.name, g.voters,
        g.style
      from given g
      left join reporting_unit parent on parent.election_no = $1 and
        (($2 = 'region' and parent.level = 'election')
          or ($2 = 'station' and parent.level = 'region' and parent.region = g.region))
      where not exists (
        select from reporting_unit u
        where u.election_no = $1 and u.region is not distinct from g.region and u.station is not distinct from g.station)`,
    values: [
      electionNo,
      level,
      units.map((unit) => unit.region),
      units.map((unit) => unit.station),
      units.map((unit) => unit.name),
      units.map((unit) => unit.voters),
      units.map((unit) => unit.style),
      isNews,
    ],
  });
}

async function insertLines(
  client: PoolClient,
  { electionNo, isNews }: Registered,
  { definition }: Election,
): Promise<void> {
  const ballots = definition.ballotStyles.flatMap((style) =>
    channels.map((channel) => ({ ballot_style: style.id, channel })),
  );
  const choices = definition.contests.flatMap((contest) =>
    contest.choices.map((choice) => ({
      contest: contest.id,
      contest_name: contest.name,
      max_selections: contest.maxSelections,
      choice: choice.id,
      choice_name: choice.name,
      party: choice.party,
    })),
  );
  await client.query({
    text: `with given as (
        select g.*, row_number() over () as position
        from jsonb_to_recordset($2) as g (contest text, contest_name text, max_selections integer, choice text,
          choice_name text, party text, ballot_style text, channel channel)
      ), known as (
        update tally_line l
        set contest_name = g.contest_name, max_selections = g.max_selections, choice_name = g.choice_name, party = g.party
        from given g
        where $3 and l.election_no = $1 and l.contest = g.contest and l.choice = g.choice
          and (l.contest_name, l.max_selections, l.choice_name, l.party)
            is distinct from (g.contest_name, g.max_selections, g.choice_name, g.party)
      )
      insert into tally_line (election_no, line_no, contest, contest_name, max_selections, choice, choice_name, party,
        ballot_style, channel)
      select $1, (select coalesce(max(line_no), 0) from tally_line where election_no = $1)
          + row_number() over (order by g.position),
        g.contest, g.contest_name, g.max_selections, g.choice, g.choice_name, g.party, g.ballot_style, g.channel
      from given g
      where not exists (
        select from tally_line l
        where l.election_no = $1
          and (l.contest, l.choice, l.ballot_style, l.channel)
            is not distinct from (g.contest, g.choice, g.ballot_style, g.channel))`,
    values: [electionNo, JSON.stringify([...ballots, ...choices]), isNews],
  });
}

async function insertBallotStyles(
  client: PoolClient,
  electionNo: number,
  { definition }: Election,
): Promise<void> {
  const pairs = definition.ballotStyles.flatMap((style) =>
    style.contests.map((contest) => ({ style: style.id, contest })),
  );
  await client.query({
    text: `insert into ballot_style_contest (election_no, ballot_style, contest)
      select $1, * from unnest($2::text[], $3::text[])
      on conflict do nothing`,
    values: [electionNo, pairs.map((pair) => pair.style), pairs.map((pair) => pair.contest)],
  });
}
