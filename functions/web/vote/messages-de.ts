import { createPlural } from '../language/formats.ts';
import type { VoteMessages } from './messages-en.ts';

const plural = createPlural('de');

export const de: VoteMessages = {
  title: 'Stimmzettel',
  loading: 'Der Stimmzettel wird geladen …',
  noElection: 'Diese Adresse nennt keine Wahl. Nutzen Sie den Link, den Sie bekommen haben.',
  cannotLoad: 'Der Stimmzettel lässt sich nicht laden. Es wird von selbst weiter versucht.',
  cannotKeep:
    'Dieser Browser lässt die Seite nichts aufbewahren; nach einer Störung könnte die Stimme nicht noch einmal gesendet werden. Verlassen Sie das private Fenster oder nehmen Sie einen anderen Browser.',
  opens: (time) => `Die Wahl beginnt am ${time}.`,
  closed: (time) => `Die Wahl endete am ${time}.`,
  closes: (time) => `Die Wahl endet am ${time}.`,

  whoTitle: 'Wer sind Sie?',
  whoHint:
    'Sie bekommen einen Wahlschein. Er lässt Sie einmal wählen und sagt nicht, wer Sie sind: Er wird unterschrieben, ohne gesehen zu werden.',
  region: 'Wo stehen Sie im Wählerverzeichnis?',
  chooseRegion: 'Auswählen …',
  rollNumber: 'Wählernummer',
  accessCode: 'Zugangscode',
  onCard: 'Beides steht auf Ihrer Wahlbenachrichtigung.',
  getPass: 'Stimmzettel holen',
  signInWith: (name) => `Mit ${name} anmelden`,
  havePass: 'Ich habe schon einen Wahlschein',
  pass: 'Ihr Wahlschein',
  passHint: 'Eine lange Zeile aus Buchstaben und Ziffern mit zwei Punkten darin.',
  usePass: 'Diesen Wahlschein nutzen',
  notAPass: 'Das ist kein ganzer Wahlschein. Kopieren Sie ihn vollständig, mit beiden Punkten.',
  badPass: 'Dieser Wahlschein gilt nicht bei dieser Wahl.',
  needThis: {
    region: 'Wählen Sie eines aus.',
    'roll-number': 'Tragen Sie Ihre Wählernummer ein.',
    'access-code': 'Tragen Sie Ihren Zugangscode ein.',
  },
  stuck: 'Das Netz antwortet nicht. Es geht von selbst weiter, sobald es das tut.',
  didNotWork: 'Das hat auf diesem Gerät nicht geklappt. Versuchen Sie es noch einmal.',
  noWay: 'Für diese Wahl werden hier keine Wahlscheine ausgestellt. Nutzen Sie den, den Sie bekommen haben.',

  askingTitle: 'Ihr Stimmzettel wird geholt',
  asking: 'Ihr Wahlschein wird ausgestellt. Das dauert einen Augenblick.',
  retryingPass: (seconds) =>
    `Noch keine Antwort. Dieselbe Anfrage geht in etwa ${seconds} s von selbst noch einmal hinaus.`,
  retryingLimited: (time) =>
    `Zu viele Versuche. Dieselbe Anfrage geht nach ${time} von selbst noch einmal hinaus.`,
  waitingForScript:
    'Ihr Wahlschein ist da, aber ein Teil dieser Seite fehlt noch. Er wird von selbst noch einmal geholt; die Seite neu zu laden schadet nicht.',
  retype: 'Angaben ändern',
  signInAnew: 'Zurück zur Anmeldung',
  signInFailed: 'Die Anmeldung hat nicht geklappt. Versuchen Sie es noch einmal.',
  badCredentials:
    'Wählernummer und Zugangscode gehören nicht zusammen. Vergleichen Sie beide mit Ihrer Wahlbenachrichtigung.',
  tooManyAttempts: (time) => `Zu viele Versuche. Versuchen Sie es nach ${time} noch einmal.`,
  alreadyIssued:
    'Für Sie ist schon ein Wahlschein ausgestellt. Nutzen Sie ihn auf dem Gerät, das ihn geholt hat; ist er verloren, hilft das Wahlamt.',
  keyReplaced: 'Der Schlüssel für Wahlscheine ist neu. Laden Sie diese Seite noch einmal.',
  wrongRegion: 'Sie stehen im Verzeichnis eines anderen Gebiets. Wählen Sie dieses aus.',
  refused: (code) => `Der Dienst hat das abgelehnt (${code}).`,

  contestOf: (at, of) => `Wahl ${at} von ${of}`,
  choose: (max) => plural(max, { one: 'Eine Stimme', other: `Bis zu ${max} Stimmen` }),
  chosen: (count, max) => `${count} von ${max} vergeben`,
  full: (max) => `Sie haben schon ${max} Stimmen vergeben. Nehmen Sie zuerst eine zurück.`,
  back: 'Zurück',
  next: 'Weiter',
  toReview: 'Stimmzettel prüfen',
  backToReview: 'Zurück zur Prüfung',
  stop: 'Aufhören und dieses Gerät leeren',

  carry: 'Lieber im Wahllokal wählen',
  carryTitle: 'Nehmen Sie Ihren Wahlschein mit',
  carryWarning:
    'Wer dieses Blatt hat, kann diese Stimme abgeben. Es wird nur einmal gezeigt: Drucken Sie es oder machen Sie ein Bild davon, und zeigen Sie es nur den Wahlhelfern.',
  carryHow: (region) =>
    `In einem Wahllokal von ${region} liest das Wahlgerät den Code, oder Sie tippen die Zeile ein. Er gilt für eine Stimmabgabe: Geben Sie den Stimmzettel nicht auch hier ab.`,
  passQr: 'QR-Code Ihres Wahlscheins',
  regionName: 'Gebiet',
  carrySafe:
    'Ich habe ihn auf Papier oder als Bild. Ich weiß, dass niemand ihn noch einmal zeigen oder einen zweiten ausstellen kann.',
  carried: 'Ihr Wahlschein ist nicht mehr auf diesem Gerät. Nehmen Sie ihn mit ins Wahllokal.',
  backToBallot: 'Zurück zum Stimmzettel',
  clearTitle: 'Hier aufhören?',
  clearWarning:
    'Ihre Stimmen und Ihr Wahlschein werden von diesem Gerät entfernt. Ein Wahlschein wird nur einmal ausgestellt: Ohne ihn können Sie nicht mehr wählen.',
  clear: 'Alles entfernen',
  cleared: 'Von Ihrem Stimmzettel ist nichts mehr auf diesem Gerät.',

  reviewTitle: 'Prüfen Sie Ihren Stimmzettel',
  reviewHint: 'Noch ist nichts gesendet. Einmal abgegeben, lässt sich der Stimmzettel nicht mehr ändern.',
  change: 'Ändern',
  changeIn: (contest) => `${contest} ändern`,
  nothingChosen: 'Nichts gewählt. Diese Wahl bleibt leer.',
  couldChoose: (left) =>
    plural(left, { one: 'Sie haben noch eine Stimme.', other: `Sie haben noch ${left} Stimmen.` }),
  blankBallot: 'Ihr Stimmzettel ist leer. Sie dürfen ihn so abgeben.',
  cast: 'Stimmzettel abgeben',
  notKept:
    'Ihr Stimmzettel ließ sich auf diesem Gerät nicht aufbewahren: Es wurde keine Stimme abgegeben. Machen Sie Speicher frei, und versuchen Sie es noch einmal.',

  castingTitle: 'Ihr Stimmzettel wird abgegeben',
  casting: 'Ihr Stimmzettel wird gesendet.',
  retrying: (seconds) =>
    `Noch keine Antwort. Ihr Stimmzettel bleibt auf diesem Gerät und wird in etwa ${seconds} s von selbst noch einmal gesendet. Auch zweimal gesendet zählt er einmal.`,
  stayHere: 'Sie dürfen die Seite schließen: Auf diesem Gerät geht es beim nächsten Öffnen hier weiter.',
  attempts: (count) => `Versuche: ${count}`,
  notTaken: 'Ihr Stimmzettel wurde nicht angenommen',
  perhapsTaken:
    'Ein früherer Versuch blieb ohne Antwort und ist vielleicht angenommen. Seine Quittung sagt es: Prüfen Sie sie, bevor Sie etwas anderes tun.',
  stillKept: 'Ihr Stimmzettel und Ihr Wahlschein sind noch auf diesem Gerät.',
  startAgain: 'Von vorn beginnen',
  closedNow: 'Die Wahl ist zu Ende.',
  notYetOpen:
    'Die Wahl hat noch nicht begonnen. Ihr Stimmzettel bleibt auf diesem Gerät; geben Sie ihn später ab.',
  castAgain: 'Noch einmal versuchen',

  doneTitle: 'Ihr Stimmzettel ist angenommen',
  done: 'Er ist sicher gespeichert und wird gezählt, einmal. Das ist Ihre Quittung:',
  receipt: 'Quittung',
  acceptedAt: 'Angenommen',
  election: 'Wahl',
  qr: 'QR-Code, der zu „Meine Stimme prüfen“ für diese Quittung führt',
  check: 'Meine Stimme prüfen',
  receiptSays:
    'Die Quittung sagt, dass Ihr Stimmzettel angenommen wurde. Sie sagt nicht, wie Sie gewählt haben, und kann es niemandem beweisen.',
  print: 'Drucken oder sichern',
  remove: 'Von diesem Gerät entfernen',
  removeHint:
    'Sichern oder drucken Sie die Quittung zuerst. Auf einem Gerät, das andere nutzen, entfernen Sie sie.',
};
