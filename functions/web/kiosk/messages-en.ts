import { createPlural } from '../language/formats.ts';
import { en as vote } from '../vote/messages-en.ts';
import type { CredentialFault } from './credential.ts';

const plural = createPlural('en');

const credentialFaults: Readonly<Record<CredentialFault, string>> = {
  'not-a-credential': 'This is not a credential. Copy all of it, with both dots.',
  'other-kiosk': 'This credential is for another kiosk: compare the registration codes.',
  'other-election': 'This credential is for another election.',
  expired: 'This credential is no longer valid.',
  'not-signed': 'The election office did not sign this credential.',
  'unknown-station': 'The election has no such station.',
};

const own = {
  kioskTitle: 'Kiosk',
  pairTitle: 'Set up this kiosk',
  pairHint: 'Once, by a poll worker, while there is a network. After that it works without one.',
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
  passElsewhere: 'This pass is for another region. Ask a poll worker.',
  passUsed: 'This pass has voted at this kiosk. Ask a poll worker.',
  notOpen: 'Voting is not open now.',
  stillThere: 'Are you still there?',
  resetIn: (seconds: string) =>
    `Without an answer the ballot is cleared in ${seconds} s. Your pass stays good.`,
  goOn: 'I am still voting',
  leave: 'Stop, and clear my ballot',
  keptTitle: 'Your ballot is kept safely',
  kept: 'It is stored in this kiosk and counts once it is delivered, also if the power fails. You may go.',
  keptReceipt: 'Take the code with your telephone if you want to check later that it arrived.',
  finish: 'Done',

  online: 'Online',
  offline: 'No network: votes are kept',
  waiting: (count: string) => `${count} waiting`,
  refusedVotes: (count: number) =>
    plural(count, { one: 'One vote was refused', other: `${count} votes were refused` }),
  held: (code: string) =>
    `The service holds this kiosk’s votes back (${code}). They are kept. Tell the election office.`,
  details: 'For poll workers',
  sent: 'Delivered',
  waitingLabel: 'Waiting',
  refusedLabel: 'Refused',
  kioskId: 'Kiosk',
  fullScreen: 'Full screen',
  unpair: 'Set up anew',
  unpairHint: 'Only when nothing waits.',
  closePanel: 'Close',
};

export const en = { ...vote, ...own };

export type KioskMessages = typeof en;
/** Without those of the ballot. */
export type OwnKioskMessages = typeof own;
