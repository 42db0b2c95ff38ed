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
  needAll: 'Fill in every field.',
  noWay: 'This election issues no passes here. Use the pass that you were given.',

  askingTitle: 'Getting your ballot',
  asking: 'Your pass is being made. This takes a moment.',
  retryingPass: (seconds: string) =>
    `No answer yet. The same request goes out again by itself in about ${seconds} s.`,
  signInFailed: 'Signing in did not work. Try again.',
  badCredentials: 'Roll number and access code do not belong together. Check both against your voting card.',
  tooManyAttempts: 'Too many attempts with this roll number.',
  alreadyIssued:
    'A pass has been issued for you already. Use it on the device that asked for it; the election office can help if it is lost.',
  wrongRegion: 'You are on the roll of another region. Choose that one.',
  refused: (code: string) => `The service refused this (${code}).`,

  contestOf: (at: number, of: number) => `Contest ${at} of ${of}`,
  choose: (max: number) => plural(max, { one: 'Choose one', other: `Choose up to ${max}` }),
  chosen: (count: string, max: string) => `${count} of ${max} chosen`,
  full: (max: number) => `You have chosen ${max} already. To choose another one, take a mark away first.`,
  back: 'Back',
  next: 'Next',
  toReview: 'Review my ballot',

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
