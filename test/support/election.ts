import { constants, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { type Election, parseElection } from '../../functions/core/election.ts';
import { formatPass, passKeyId } from '../../functions/core/pass.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import type { VoteRequest } from '../../schema/wire/vote.ts';

/** The two halves of one region's key pair, and the id it is published under. */
export interface IssuerKey {
  readonly keyId: string;
  readonly spki: string;
  readonly privateKey: KeyObject;
}

export function makeIssuerKey(): IssuerKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { keyId: passKeyId(der), spki: der.toString('base64'), privateKey };
}

/** What an issuer and a voter's device make together: here in one place, without the blinding. */
export function mintPass({ keyId, privateKey }: IssuerKey, message: Buffer = randomBytes(64)): string {
  const key = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
  return formatPass({ keyId, message, signature: sign('sha384', message, key) });
}

/** Key pairs cost 50 to 300 ms each: made once a test file. */
export const northKey = makeIssuerKey();
export const southKey = makeIssuerKey();

/** An Ed25519 pair, as definitions publish one half of it. */
export function makeSigningKey(): { keyId: string; spki: string; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { keyId: passKeyId(der), spki: der.toString('base64'), privateKey };
}

/** Signs the test election's receipts. */
export const receiptKey = makeSigningKey();
export const receiptSecret = JSON.stringify({
  schema: 'ballotstream/receipt-keys/1',
  privateKeys: [receiptKey.privateKey.export({ type: 'pkcs8', format: 'pem' })],
});

export const opensAt = '2026-11-03T07:00:00Z';
export const closesAt = '2026-11-04T02:00:00Z';
/** An instant at which the test election is open, milliseconds. */
export const openMs = Date.parse('2026-11-03T12:34:56.789Z');

/** Two regions, three contests; the council allows two choices and is only on the ballots of the north. */
export function testDefinition(changes: Record<string, unknown> = {}): Definition {
  const mayor = { id: 'mayor', name: 'Mayor', maxSelections: 1, choices: choices('ada', 'bob') };
  const council = { id: 'council', name: 'Council', maxSelections: 2, choices: choices('kim', 'lee', 'mo') };
  const bridge = { id: 'bridge', name: 'Build the bridge?', maxSelections: 1, choices: choices('yes', 'no') };
  return {
    schema: 'ballotstream/definition/1',
    election: 'test-2026',
    version: 1,
    name: 'Test election',
    timeZone: 'America/New_York',
    opensAt,
    closesAt,
    graceSeconds: 3600,
    resultsVisibility: 'live',
    resultsStatus: 'unofficial',
    channels: [
      { channel: 'browser', mayNameStation: false, mayStateCastTime: false },
      { channel: 'kiosk', mayNameStation: true, mayStateCastTime: true },
    ],
    receiptKeys: [{ keyId: receiptKey.keyId, spki: receiptKey.spki }],
    ballotStyles: [
      { id: 'full', contests: ['mayor', 'council', 'bridge'] },
      { id: 'short', contests: ['mayor', 'bridge'] },
    ],
    contests: [mayor, council, bridge],
    regions: [
      {
        id: 'north',
        name: 'North',
        registeredVoters: 1000,
        passKeys: [published(northKey)],
        stations: stations('full', 'n1', 'n2'),
      },
      {
        id: 'south',
        name: 'South',
        registeredVoters: 500,
        passKeys: [published(southKey)],
        stations: stations('short', 's1'),
      },
    ],
    ...changes,
  } as unknown as Definition;
}

const choices = (...ids: string[]) => ids.map((id) => ({ id, name: id.toUpperCase() }));
const published = ({ keyId, spki }: IssuerKey) => ({ keyId, spki });
const stations = (ballotStyle: string, ...ids: string[]) =>
  ['online', ...ids].map((id) => ({ id, name: `Station ${id}`, ballotStyle }));

/** The test election, compiled. Throws with the mistakes if the changes make it invalid. */
export function testElection(changes: Record<string, unknown> = {}): Election {
  const result = parseElection(testDefinition(changes));
  if (!result.ok) throw new Error(result.mistakes.map(({ text }) => text).join('\n'));
  return result.election;
}

/** A valid vote from home in the north, with a pass of its own. */
export function testVote(changes: Partial<Record<keyof VoteRequest, unknown>> = {}): Record<string, unknown> {
  return {
    version: 1,
    ballotId: randomUUID(),
    region: 'north',
    channel: 'browser',
    pass: mintPass(northKey),
    selections: [
      { contest: 'mayor', choices: ['ada'] },
      { contest: 'council', choices: ['kim', 'mo'] },
    ],
    ...changes,
  };
}
