import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import { type IssuerKey, mintPass, openIssuerKeys } from './issuer.ts';
import { layIssuerSecrets } from './issuer-secrets.ts';
import { openReceiptKeys, type PublishedKey } from './receipt-keys.ts';
import { replaceFile } from './replace-file.ts';

/** An election of three made-up counties; the people in it are made up too. */
const counties = [
  {
    id: 'alder',
    name: 'Alder County',
    stations: [
      { id: 'alder-01', name: 'Alder Falls Town Hall', style: 'alder', voters: 2_140 },
      { id: 'alder-02', name: 'Millrace School', style: 'alder', voters: 1_865 },
      { id: 'alder-03', name: 'Old Ferry Library', style: 'alder', voters: 1_410 },
    ],
  },
  {
    id: 'birch',
    name: 'Birch County',
    stations: [
      { id: 'birch-01', name: 'Birchwood Fire House', style: 'standard', voters: 1_720 },
      { id: 'birch-02', name: 'Quarry Road Gym', style: 'standard', voters: 2_305 },
    ],
  },
  {
    id: 'cedar',
    name: 'Cedar County',
    stations: [
      { id: 'cedar-01', name: 'Cedar Point Community Center', style: 'standard', voters: 3_020 },
      { id: 'cedar-02', name: 'Harbor Street School', style: 'standard', voters: 2_655 },
      { id: 'cedar-03', name: 'Lighthouse Museum', style: 'standard', voters: 1_180 },
    ],
  },
] as const;

const contests = [
  {
    id: 'governor',
    name: 'Governor',
    maxSelections: 1,
    choices: [
      { id: 'okafor', name: 'Amara Okafor', party: 'Meadow Party' },
      { id: 'lindqvist', name: 'Jonas Lindqvist', party: 'Harbor Union' },
      { id: 'marsh', name: 'Delia Marsh', party: 'Independent' },
    ],
  },
  {
    id: 'state-council',
    name: 'State Council (choose up to three)',
    maxSelections: 3,
    choices: [
      { id: 'abara', name: 'Tunde Abara', party: 'Meadow Party' },
      { id: 'castellanos', name: 'Inés Castellanos', party: 'Meadow Party' },
      { id: 'dufresne', name: 'Marc Dufresne', party: 'Harbor Union' },
      { id: 'hale', name: 'Rosalind Hale', party: 'Harbor Union' },
      { id: 'ishikawa', name: 'Ken Ishikawa', party: 'Independent' },
      { id: 'novak', name: 'Petra Novak', party: 'Independent' },
    ],
  },
  {
    id: 'question-1',
    name: 'Question 1: Shall the state borrow 40 million to rebuild its bridges?',
    maxSelections: 1,
    choices: [
      { id: 'yes', name: 'Yes' },
      { id: 'no', name: 'No' },
    ],
  },
  {
    id: 'alder-sheriff',
    name: 'Sheriff of Alder County',
    maxSelections: 1,
    choices: [
      { id: 'brandt', name: 'Elias Brandt' },
      { id: 'quill', name: 'Nora Quill' },
    ],
  },
] as const;

const stateContests = ['governor', 'state-council', 'question-1'];
const ballotStyles = [
  { id: 'standard', contests: stateContests },
  { id: 'alder', contests: [...stateContests, 'alder-sheriff'] },
];

export const demoElection = 'demo';

const dayMs = 24 * 60 * 60 * 1000;
const hourMs = 60 * 60 * 1000;

/** Open from yesterday until a year from `nowMs`; full hours, so that they read well. */
export function buildDemoDefinition(
  nowMs: number,
  keys: readonly IssuerKey[],
  receiptKeys: readonly PublishedKey[],
): Definition {
  const hour = Math.floor(nowMs / hourMs) * hourMs;
  return definitionSchema.parse({
    schema: 'ballotstream/definition/1',
    election: demoElection,
    version: 1,
    name: 'General election of the Three Counties (a demonstration)',
    timeZone: 'America/New_York',
    opensAt: instant(hour - dayMs),
    closesAt: instant(hour + 365 * dayMs),
    graceSeconds: 3_600,
    resultsVisibility: 'live',
    resultsStatus: 'unofficial',
    channels: [
      { channel: 'browser', mayNameStation: false, mayStateCastTime: false },
      { channel: 'kiosk', mayNameStation: true, mayStateCastTime: true },
    ],
    receiptKeys,
    identification: { accessCodes: 'random', providers: [] },
    ballotStyles,
    contests,
    regions: counties.map((county) => ({
      id: county.id,
      name: county.name,
      registeredVoters: county.stations.reduce((sum, station) => sum + station.voters, 0),
      passKeys: keys.filter((key) => key.region === county.id).map(({ keyId, spki }) => ({ keyId, spki })),
      stations: [
        {
          id: 'online',
          name: `${county.name}, from home`,
          ballotStyle: county.id === 'alder' ? 'alder' : 'standard',
        },
        ...county.stations.map(({ id, name, style, voters }) => ({
          id,
          name,
          ballotStyle: style,
          registeredVoters: voters,
        })),
      ],
    })),
  });
}

function instant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Where a data directory keeps the private halves of its receipt keys. */
export const receiptKeysFile = (dataDir: string): string => join(dataDir, 'receipt-keys.json');

export type Demo = { readonly definition: Definition; readonly keys: readonly IssuerKey[] };

/** The demo election of a data directory: made the first time, the same ever after. */
export async function openDemo(dataDir: string, nowMs: number): Promise<Demo> {
  const keys = await openIssuerKeys(
    join(dataDir, 'issuer-keys.json'),
    counties.map((county) => county.id),
  );
  layIssuerSecrets(dataDir, demoElection, keys);
  const file = join(dataDir, 'demo-definition.json');
  if (existsSync(file))
    return { definition: definitionSchema.parse(JSON.parse(readFileSync(file, 'utf8'))), keys };
  const definition = buildDemoDefinition(nowMs, keys, openReceiptKeys(receiptKeysFile(dataDir)));
  replaceFile(file, `${JSON.stringify(definition, null, 2)}\n`);
  return { definition, keys };
}

/** A valid vote from a browser in the demo election, with a fresh pass: what the printed command sends. */
export function buildDemoVote({ keys }: Demo, regionIndex = 0) {
  const key = keys[regionIndex % keys.length];
  if (key === undefined) throw new Error('the demo election has no issuer keys');
  return {
    version: 1,
    ballotId: randomUUID(),
    region: key.region,
    channel: 'browser',
    pass: mintPass(key),
    selections: [
      { contest: 'governor', choices: ['okafor'] },
      { contest: 'state-council', choices: ['abara', 'hale', 'novak'] },
      { contest: 'question-1', choices: ['yes'] },
    ],
  } as const;
}

/** Fresh passes for trying things out, one a line: region, a tab, the pass. Readable by the owner only. */
export function writeDemoPasses(file: string, { keys }: Demo, count: number): void {
  const lines = Array.from({ length: count }, (_, n) => keys[n % keys.length]).flatMap((key) =>
    key === undefined ? [] : [`${key.region}\t${mintPass(key)}`],
  );
  replaceFile(file, `${lines.join('\n')}\n`);
}
