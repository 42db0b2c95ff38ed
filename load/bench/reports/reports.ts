/** What an analyst asks. */
export interface Report {
  readonly name: string;
  /** One region or station on one day, or the whole election. */
  readonly of: 'place' | 'whole';
  readonly sql: string;
}

/** Each as an analyst would type it. */
export function reportsOf(day: string, region: string, station: string): readonly Report[] {
  const election = "election = 'bench'";
  const inRegion = `${election} and cast_on = '${day}' and region = '${region}'`;
  const atStation = `${inRegion} and station = '${station}'`;
  const place = (name: string, sql: string): Report => ({ name, of: 'place', sql });
  const whole = (name: string, sql: string): Report => ({ name, of: 'whole', sql });
  return [
    place(
      'ballots by minute, a region',
      `select minute, sum(ballots) from report.ballots_by_minute where ${inRegion} group by 1 order by 1`,
    ),
    place(
      'ballots by hour and channel, a region',
      `select hour, channel, sum(ballots) from report.ballots_by_hour where ${inRegion} group by 1, 2`,
    ),
    place(
      'ballots by minute, a station',
      `select minute, sum(ballots) from report.ballots_by_minute where ${atStation} group by 1 order by 1`,
    ),
    place('ballots by name, a station', `select * from report.ballots where ${atStation}`),
    place(
      'votes by choice from the ballots, a station',
      `select contest, choice, count(*) from ballot_selection where ${atStation} group by 1, 2`,
    ),
    place('ballots by day, a station', `select * from report.ballots_by_day where ${atStation}`),
    place('rates of stations, a region', `select * from report.station_rates where ${inRegion}`),
    place(
      'results, a region',
      `select * from report.results where ${election} and level = 'region' and region = '${region}'`,
    ),
    place(
      'results of its stations',
      `select * from report.results where ${election} and level = 'station' and region = '${region}'`,
    ),
    place(
      'undervotes of its stations',
      `select * from report.undervotes where ${election} and level = 'station' and region = '${region}'`,
    ),
    place(
      'turnout of its stations',
      `select * from report.turnout where ${election} and level = 'station' and region = '${region}'`,
    ),
    whole('results', `select * from report.results where ${election} and level = 'election'`),
    whole('results by station', `select * from report.results where ${election} and level = 'station'`),
    whole('turnout by station', `select * from report.turnout where ${election} and level = 'station'`),
    whole('undervotes by station', `select * from report.undervotes where ${election} and level = 'station'`),
    whole(
      'ballots by hour',
      `select hour, sum(ballots) from report.ballots_by_hour where ${election} group by 1`,
    ),
    whole(
      'ballots by day, region and channel',
      `select cast_on, region, channel, sum(ballots) from report.ballots_by_day where ${election} group by 1, 2, 3`,
    ),
    whole(
      'rates of all stations',
      `select * from report.station_rates where ${election} and cast_on = '${day}' and is_implausible`,
    ),
    whole('stations without a ballot', `select * from report.silent_stations where ${election}`),
    whole('what may be published', `select * from report.public_results('bench', 10)`),
  ];
}
