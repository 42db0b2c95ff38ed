import { createHash } from 'node:crypto';
import { type Election, parseElection } from '../../functions/core/election.ts';
import { formatPass, passKeyId } from '../../functions/core/pass.ts';
import type { PassVerifier } from '../../functions/core/ports.ts';
import type { TallyNumbers } from '../../functions/core/tally.ts';
import { type Channel, channels, type RegionId } from '../../schema/wire/ids.ts';
import type { Random } from './random.ts';

export const opensAtMs = Date.parse('2026-11-03T07:00:00Z');
export const closesAtMs = Date.parse('2026-11-03T19:00:00Z');

const named = (id: string) => ({ id, name: id });
const regionOf = (id: string, ballotStyle: string, stations: readonly string[]) => ({
  ...named(id),
  passKeys: [{ keyId: passKeyId(Buffer.from(id)), spki: Buffer.from(id).toString('base64') }],
  stations: ['online', ...stations].map((station) => ({ ...named(station), ballotStyle })),
});

/** Small, with two of everything that is summed apart: regions, stations, ballot styles, channels. */
function compileElection(): Election {
  const contest = (id: string, maxSelections: number, ...choices: string[]) => ({
    ...named(id),
    maxSelections,
    choices: choices.map(named),
  });
  const result = parseElection({
    schema: 'ballotstream/definition/1',
    name: 'simulated',
    election: 'simulated',
    version: 1,
    timeZone: 'UTC',
    opensAt: new Date(opensAtMs).toISOString(),
    closesAt: new Date(closesAtMs).toISOString(),
    graceSeconds: 0,
    resultsVisibility: 'live',
    resultsStatus: 'unofficial',
    channels: [
      { channel: 'browser', mayNameStation: false, mayStateCastTime: false },
      { channel: 'kiosk', mayNameStation: true, mayStateCastTime: false },
    ],
    ballotStyles: [
      { id: 'long', contests: ['mayor', 'council'] },
      { id: 'short', contests: ['mayor'] },
    ],
    contests: [contest('mayor', 1, 'ada', 'bob'), contest('council', 2, 'kim', 'lee', 'mo')],
    regions: [regionOf('north', 'long', ['n1', 'n2']), regionOf('south', 'short', ['s1'])],
  });
  if (!result.ok) throw new Error(result.mistakes.map(({ text }) => text).join('\n'));
  return result.election;
}

export const simElection = compileElection();

/** The numbers that registering the election assigns, in the order of its definition. */
export const simNumbers: TallyNumbers = (() => {
  const { regions, ballotStyles, contests } = simElection.definition;
  let unitNo = 1;
  let lineNo = 1;
  const electionUnit = unitNo++;
  const regionUnits = new Map(regions.map(({ id }) => [id, unitNo++]));
  return {
    electionNo: 1,
    electionUnit,
    regionUnits,
    stationUnits: new Map(
      regions.map(({ id, stations }) => [id, new Map(stations.map((station) => [station.id, unitNo++]))]),
    ),
    choiceLines: new Map(
      contests.map(({ id, choices }) => [id, new Map(choices.map((choice) => [choice.id, lineNo++]))]),
    ),
    ballotLines: new Map(
      ballotStyles.map(({ id }) => [
        id,
        new Map<Channel, number>(channels.map((channel) => [channel, lineNo++])),
      ]),
    ),
  };
})();

/** Stands for the issuer's key: whoever does not know the region's cannot make the signature. */
function signatureOf(region: RegionId, message: Buffer): Buffer {
  const digest = createHash('sha256').update(`key of ${region}`).update(message).digest();
  return Buffer.concat(Array.from({ length: 8 }, () => digest));
}

/** A pass that the verifier below takes, or one with a signature that nobody made. */
export function makePass(random: Random, region: RegionId, isGenuine: boolean): string {
  const keyId = simElection.regions.get(region)?.region.passKeys[0]?.keyId ?? '';
  const message = random.bytes(64);
  return formatPass({
    keyId,
    message,
    signature: isGenuine ? signatureOf(region, message) : random.bytes(256),
  });
}

/** The port's promise without RSA, which would take the time of ten thousand runs for itself. */
export const simVerifier: PassVerifier = {
  verify(election, { keyId, message, signature }) {
    const key = election.passKeys.get(keyId);
    return key !== undefined && signatureOf(key.region, message).equals(signature);
  },
};
