import { createPlural } from '../language/formats.ts';
import { en as vote } from '../vote/messages-en.ts';
import type { CredentialFault } from './credential.ts';
import type { PassFault } from './judge-pass.ts';
import type { Line } from './keep-line.ts';
import type { SaveFault } from './kiosk-file.ts';
import type { SetupFault } from './set-up.ts';

const plural = createPlural('en');

const credentialFaults: Readonly<Record<CredentialFault, string>> = {
  'not-a-credential': 'This is not a credential. Copy all of it, with both dots.',
  'other-kiosk': 'This credential is for another kiosk: compare the registration codes.',
  'not-newer': 'This kiosk has this credential, or a newer one. Ask the election office for another.',
  'other-election': 'This credential is for another election.',
  expired: 'This credential is no longer valid.',
  'not-signed': 'The election office did not sign this credential.',
  'unknown-station': 'The election has no such station.',
};

const setupFaults: Readonly<Record<SetupFault, string>> = {
  'needs-credential':
    'This kiosk has a credential, and this election gives none: only another credential sets it up anew.',
  'votes-wait':
    'Votes wait in this kiosk: until they are delivered it can be set up for the same station only.',
  'not-kept': 'This could not be kept on this device: the kiosk is what it was. Free some space on it.',
};

const passFaults: Readonly<Record<PassFault, string>> = {
  'not-open': 'Voting is not open now. Ask a poll worker.',
  'not-a-pass': vote.notAPass,
  'bad-pass': vote.badPass,
  elsewhere: 'This pass is for another region. Ask a poll worker.',
  used: 'This pass has voted at this kiosk. Ask a poll worker.',
};

const lines: Readonly<Record<Line, string>> = {
  unheard: 'Looking for a line …',
  online: 'Online',
  offline: 'No line to the service: votes are kept',
};

const saveFaults: Readonly<Record<SaveFault, string>> = {
  'not-saved':
    'That did not succeed, and no file was saved. All votes are still in this kiosk. Open this page anew and try again. If it fails again, tell the election office.',
  'none-readable':
    'None of these votes can be opened: no file was saved. They are still in this kiosk. Tell the election office.',
};

const own = {
  kioskTitle: 'Kiosk',
  pairTitle: 'Set up this kiosk',
  pairHint: 'Once, by a poll worker, while there is a network. After that it works without one.',
  pairAnewHint:
    'By a poll worker, with another credential: for the code below, or for the key that this kiosk has. Until that is complete the kiosk stays as it is.',
  setupFaults,
  electionId: 'Election',
  electionHint: 'The name of the election as in its addresses.',
  load: 'Go on',
  cannotLoadElection: 'This election cannot be loaded. Check the name and the network.',
  registration: 'Registration code',
  registrationHint:
    'The election office signs a credential for this code. The key behind it was made on this device and cannot leave it.',
  fingerprint: 'Fingerprint',
  publicKey: 'Public key',
  credential: 'Credential',
  credentialHint: 'Scan or paste what the election office signed.',
  credentialFaults,
  noCredentials:
    'This election asks kiosks for no credential: it is a demonstration. Choose where this one stands.',
  station: 'Polling station',
  pair: 'Set up',
  offlineReady: 'Opens without a network: yes',
  offlineNotReady: 'Opens without a network: not yet',
  storageKept: 'Storage is protected from being cleared by the browser: yes',
  storageNotKept: 'Storage is protected from being cleared by the browser: no',

  welcome: 'Welcome',
  welcomeHint: 'Scan the pass that you were handed, or type it in.',
  begin: 'Begin',
  passFaults,
  broken: 'This kiosk cannot read what it keeps. Ask a poll worker.',
  clearedIn: (seconds: string) => `Without a touch the field is cleared in ${seconds} s.`,
  notKept:
    'Your ballot could not be kept on this device: nothing was cast. Ask a poll worker. Your pass stays good, also at another kiosk.',
  stillThere: 'Are you still there?',
  resetIn: (seconds: string) =>
    `Without an answer the ballot is cleared in ${seconds} s. Your pass stays good.`,
  goOn: 'I am still voting',
  leave: 'Stop, and clear my ballot',
  keptTitle: 'Your ballot is kept safely',
  kept: 'It is stored in this kiosk and counts once it is delivered, also if the power fails. You may go.',
  keptReceipt: 'Take the code with your telephone if you want to check later that it arrived.',
  finish: 'Done',

  lines,
  lastHeard: 'Last heard',
  waiting: (count: string) => `${count} waiting`,
  refusedVotes: (count: number) =>
    plural(count, { one: 'One vote was refused', other: `${count} votes were refused` }),
  held: (codes: string) =>
    `The service holds votes of this kiosk back (${codes}). They are kept. Tell the election office.`,
  unreadable: (count: number) =>
    plural(count, {
      one: 'One vote in this kiosk cannot be opened. It is kept. Tell the election office.',
      other: `${count} votes in this kiosk cannot be opened. They are kept. Tell the election office.`,
    }),
  details: 'For poll workers',
  sent: 'Delivered',
  waitingLabel: 'Waiting',
  refusedLabel: 'Refused',
  kioskId: 'Kiosk',
  fullScreen: 'Full screen',
  setUpAnew: 'Set up anew',
  setUpAnewHint:
    'With a line, and while nobody votes. It takes another credential; while votes wait, one of the same station.',
  keepSetup: 'Leave it as it is',
  saveVotes: 'Save votes to a file',
  saveVotesHint:
    'Where no line comes back: a file with all votes that are still here, for the election office.',
  saveFaults,
  savedVotes: (count: number, file: string) =>
    `${plural(count, { one: 'One vote is', other: `${count} votes are` })} in the file ${file}. Check that it is among the downloads. Only the election office can open it. All votes stay here too; those that wait go out by themselves if the line returns.`,
  leftOut: (count: number) =>
    plural(count, {
      one: 'One vote cannot be opened and is not in it. Tell the election office.',
      other: `${count} votes cannot be opened and are not in it. Tell the election office.`,
    }),
  notAllFit: (count: number) =>
    plural(count, {
      one: 'One more vote did not fit: press again for the next file.',
      other: `${count} more votes did not fit: press again for the next file.`,
    }),
};

export const en = { ...vote, ...own };

export type KioskMessages = typeof en;
/** Without those of the ballot. */
export type OwnKioskMessages = typeof own;
