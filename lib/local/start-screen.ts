import { deriveVoterKey, fingerprintPass, parsePass, receiptIdOf } from '../../functions/core/pass.ts';
import { ballotIdSchema, electionIdSchema } from '../../schema/wire/ids.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';

/** What `npm start` shows when everything runs. */
export type Screen = {
  readonly endpoint: string;
  readonly dataDir: string;
  readonly election: { readonly id: string; readonly name: string };
  readonly parts: readonly {
    readonly name: string;
    readonly standsInFor: string;
    readonly address: string;
    readonly pid: number;
  }[];
  /** A vote nobody has cast yet. */
  readonly vote: { readonly ballotId: string; readonly pass: string };
  readonly passesFile: string;
  /** Somebody on the roll who has no pass yet. */
  readonly voter?: { readonly region: string; readonly rollNumber: string; readonly accessCode: string };
  readonly votersFile: string;
  readonly startedMs: number;
};

/** The text, ready to print. Pure. */
export function renderScreen(screen: Screen): string {
  const { endpoint, election, vote } = screen;
  const votes = `${endpoint}/v1/elections/${election.id}/votes`;
  const results = `${endpoint}/v1/elections/${election.id}/results`;
  return `
Ballotstream runs (${(screen.startedMs / 1000).toFixed(1)} s). Data: ${screen.dataDir}

${renderTable([['part', 'stands in for', 'address', 'pid'], ...screen.parts.map((part) => [part.name, part.standsInFor, part.address, String(part.pid)])])}

Election ${election.id}: ${election.name}
Start here: ${endpoint}/
Results: ${endpoint}/results/${election.id}
Operator: ${endpoint}/ops
${describeVoter(screen)}
Cast a vote with a fresh demo pass (more of them: ${screen.passesFile}):

curl -sS ${votes} \\
  -H 'content-type: application/json' \\
  -H '${passFingerprintHeader}: ${fingerprintPass(vote.pass)}' \\
  -d '${JSON.stringify(vote)}'

Ask what became of it, and read the results:

curl -sS ${endpoint}/v1/elections/${election.id}/receipts/${receiptOf(screen)}
curl -sS ${results}

Ctrl-C records what was accepted and stops.
`;
}

function describeVoter({ endpoint, election, voter, votersFile }: Screen): string {
  if (voter === undefined) return '';
  return `
Vote in a browser: ${endpoint}/vote/${election.id}
  ${voter.region}, roll number ${voter.rollNumber}, access code ${voter.accessCode}  (more voters: ${votersFile})
`;
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

/** The receipt follows from pass and ballot id, so it is known before the vote is cast. */
function receiptOf({ election, vote }: Screen): string {
  const pass = parsePass(vote.pass);
  if (pass === null) throw new Error('the demo pass is not a pass');
  return receiptIdOf(
    deriveVoterKey(electionIdSchema.parse(election.id), pass),
    ballotIdSchema.parse(vote.ballotId),
  );
}
