import { createPlural } from '../language/formats.ts';

const plural = createPlural('en');

export const en = {
  title: 'Ballot',
  loading: 'Loading the ballot …',
  noElection: 'This address names no election. Use the link that you were given.',
  cannotLoad: 'The ballot cannot be loaded. It is tried again by itself.',
  cannotKeep:
    'This browser does not let the page keep anything, so a vote could not be sent again after a failure. Leave the private window, or use another browser.',
  opens: (time: string) => `Voting begins ${time}.`,
  closed: (time: string) => `Voting ended ${time}.`,
  closes: (time: string) => `Voting ends ${time}.`,

  whoTitle: 'Who are you?',
  whoHint:
    'You get one pass. It lets you vote once and does not say who you are: it is signed without being seen.',
  region: 'Where are you on the voter roll?',
  chooseRegion: 'Choose …',
  rollNumber: 'Roll number',
  accessCode: 'Access code',
  onCard: 'You find both on your voting card.',
  getPass: 'Get my ballot',
  signInWith: (name: string) => `Sign in with ${name}`,
  havePass: 'I have a pass already',
  pass: 'Your pass',
  passHint: 'A long line of letters and digits with two dots in it.',
  usePass: 'Use this pass',
  notAPass: 'This is not a whole pass. Copy all of it, with both dots.',
  badPass: 'This pass is not valid in this election.',
  needThis: {
    region: 'Choose one.',
    'roll-number': 'Fill in your roll number.',
    'access-code': 'Fill in your access code.',
  },
  stuck: 'The network does not answer. This goes on by itself as soon as it does.',
  didNotWork: 'That did not work on this device. Try again.',
  noWay: 'This election issues no passes here. Use the pass that you were given.',

  askingTitle: 'Getting your ballot',
  asking: 'Your pass is being made. This takes a moment.',
  retryingPass: (seconds: string) =>
    `No answer yet. The same request goes out again by itself in about ${seconds} s.`,
  retryingLimited: (time: string) =>
    `Too many attempts. The same request goes out again by itself after ${time}.`,
  waitingForScript:
    'Your pass is there, but a part of this page is not. It is asked for again by itself; loading the page again does no harm.',
  retype: 'Change what I typed',
  signInAnew: 'Back to signing in',
  signInFailed: 'Signing in did not work. Try again.',
  badCredentials: 'Roll number and access code do not belong together. Check both against your voting card.',
  tooManyAttempts: (time: string) => `Too many attempts. Try again after ${time}.`,
  alreadyIssued:
    'A pass has been issued for you already. Use it on the device that asked for it; the election office can help if it is lost.',
  keyReplaced: 'Passes are signed with another key now. Load this page again.',
  wrongRegion: 'You are on the roll of another region. Choose that one.',
  refused: (code: string) => `The service refused this (${code}).`,

  contestOf: (at: number, of: number) => `Contest ${at} of ${of}`,
  choose: (max: number) => plural(max, { one: 'Choose one', other: `Choose up to ${max}` }),
  chosen: (count: string, max: string) => `${count} of ${max} chosen`,
  full: (max: number) => `You have chosen ${max} already. To choose another one, take a mark away first.`,
  back: 'Back',
  next: 'Next',
  toReview: 'Review my ballot',
  backToReview: 'Back to the review',
  stop: 'Stop, and clear this device',

  carry: 'Vote at a polling station instead',
  carryTitle: 'Take your pass along',
  carryWarning:
    'Whoever has this paper can cast this vote. It is shown only once: print it, or take a picture of it, and show it to nobody but the poll workers.',
  carryHow: (region: string) =>
    `At a polling station of ${region} the kiosk scans the code, or you type the line. It is good for one vote: do not cast that one here as well.`,
  passQr: 'QR code of your pass',
  regionName: 'Region',
  carrySafe: 'I have it on paper or as a picture. I know that nobody can show it again or issue another one.',
  carried: 'Your pass is no longer on this device. Take it to your polling station.',
  backToBallot: 'Back to my ballot',
  clearTitle: 'Stop here?',
  clearWarning:
    'Your marks and your pass are removed from this device. A pass is issued only once: without it you cannot vote any more.',
  clear: 'Clear all of it',
  cleared: 'Nothing of your ballot is left on this device.',

  reviewTitle: 'Review your ballot',
  reviewHint: 'Nothing has been sent yet. Once cast, your ballot cannot be changed.',
  change: 'Change',
  changeIn: (contest: string) => `Change ${contest}`,
  nothingChosen: 'Nothing chosen. This contest will be left blank.',
  couldChoose: (left: number) =>
    plural(left, { one: 'You may choose one more.', other: `You may choose ${left} more.` }),
  blankBallot: 'Your ballot is blank. You may cast it like that.',
  cast: 'Cast my ballot',
  notKept:
    'Your ballot could not be kept on this device: nothing was cast. Free some space on it, then try again.',

  castingTitle: 'Casting your ballot',
  casting: 'Your ballot is being sent.',
  retrying: (seconds: string) =>
    `No answer yet. Your ballot is kept on this device and is sent again by itself in about ${seconds} s. Sent twice, it still counts once.`,
  stayHere: 'You may close this page: when you open it again on this device, it goes on from here.',
  attempts: (count: string) => `Attempts: ${count}`,
  notTaken: 'Your ballot was not taken',
  perhapsTaken:
    'An earlier attempt had no answer and may have been accepted. Its receipt tells: check it before you do anything else.',
  stillKept: 'Your ballot and your pass are still on this device.',
  startAgain: 'Start again',
  closedNow: 'Voting has ended.',
  notYetOpen: 'Voting has not begun. Your ballot is kept on this device; cast it later.',
  castAgain: 'Try again',

  doneTitle: 'Your ballot is accepted',
  done: 'It is stored safely and will be counted, once. This is your receipt:',
  receipt: 'Receipt',
  acceptedAt: 'Accepted',
  election: 'Election',
  qr: 'QR code that leads to “Check my vote” for this receipt',
  check: 'Check my vote',
  receiptSays:
    'The receipt says that your ballot was accepted. It does not say how you voted, and cannot prove it to anybody.',
  print: 'Print or save',
  remove: 'Remove it from this device',
  removeHint: 'Save or print the receipt first. On a device that others use, remove it.',
};

export type VoteMessages = typeof en;
