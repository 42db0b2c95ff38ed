import { createPlural } from '../language/formats.ts';
import { de as vote } from '../vote/messages-de.ts';
import type { KioskMessages, OwnKioskMessages } from './messages-en.ts';

const plural = createPlural('de');

const own: OwnKioskMessages = {
  kioskTitle: 'Wahlkabine',
  pairTitle: 'Diese Kabine einrichten',
  pairHint: 'Einmal, durch Wahlhelfer, solange es ein Netz gibt. Danach geht es ohne.',
  pairAnewHint:
    'Durch Wahlhelfer, mit einem anderen Ausweis: für den Code unten oder für den Schlüssel, den diese Kabine hat. Bis das fertig ist, bleibt die Kabine, wie sie ist.',
  setupFaults: {
    'needs-credential':
      'Diese Kabine hat einen Ausweis, und diese Wahl gibt keinen: Nur ein anderer Ausweis richtet sie neu ein.',
    'votes-wait':
      'In dieser Kabine warten Stimmen: Bis sie überbracht sind, lässt sie sich nur für dasselbe Wahllokal einrichten.',
    'not-kept':
      'Das ließ sich auf diesem Gerät nicht aufbewahren: Die Kabine ist, was sie war. Machen Sie Speicher frei.',
  },
  electionId: 'Wahl',
  electionHint: 'Der Name der Wahl wie in ihren Adressen.',
  load: 'Weiter',
  cannotLoadElection: 'Diese Wahl lässt sich nicht laden. Prüfen Sie den Namen und das Netz.',
  registration: 'Anmeldecode',
  registrationHint:
    'Das Wahlamt unterschreibt dafür einen Ausweis. Der Schlüssel dahinter ist auf diesem Gerät entstanden und kann es nicht verlassen.',
  fingerprint: 'Fingerabdruck',
  publicKey: 'Öffentlicher Schlüssel',
  credential: 'Ausweis',
  credentialHint: 'Scannen oder fügen Sie ein, was das Wahlamt unterschrieben hat.',
  credentialFaults: {
    'not-a-credential': 'Das ist kein Ausweis. Kopieren Sie ihn vollständig, mit beiden Punkten.',
    'other-kiosk': 'Dieser Ausweis ist für eine andere Kabine: Vergleichen Sie die Anmeldecodes.',
    'not-newer':
      'Die Kabine hat diesen Ausweis schon oder einen neueren. Fragen Sie das Wahlamt nach einem anderen.',
    'other-election': 'Dieser Ausweis ist für eine andere Wahl.',
    expired: 'Dieser Ausweis gilt nicht mehr.',
    'not-signed': 'Diesen Ausweis hat das Wahlamt nicht unterschrieben.',
    'unknown-station': 'Die Wahl hat kein solches Wahllokal.',
  },
  noCredentials:
    'Diese Wahl verlangt von Kabinen keinen Ausweis: Sie ist eine Vorführung. Wählen Sie aus, wo diese steht.',
  station: 'Wahllokal',
  pair: 'Einrichten',
  offlineReady: 'Öffnet ohne Netz: ja',
  offlineNotReady: 'Öffnet ohne Netz: noch nicht',
  storageKept: 'Speicher vor dem Aufräumen des Browsers geschützt: ja',
  storageNotKept: 'Speicher vor dem Aufräumen des Browsers geschützt: nein',

  welcome: 'Willkommen',
  welcomeHint: 'Scannen Sie den Wahlschein, den Sie bekommen haben, oder tippen Sie ihn ein.',
  begin: 'Beginnen',
  passFaults: {
    'not-open': 'Die Wahl ist gerade nicht offen. Fragen Sie die Wahlhelfer.',
    'not-a-pass': vote.notAPass,
    'bad-pass': vote.badPass,
    elsewhere: 'Dieser Wahlschein ist für ein anderes Gebiet. Fragen Sie die Wahlhelfer.',
    used: 'Mit diesem Wahlschein ist in dieser Kabine schon gewählt. Fragen Sie die Wahlhelfer.',
  },
  broken: 'Diese Kabine kann nicht lesen, was sie aufbewahrt. Fragen Sie die Wahlhelfer.',
  clearedIn: (seconds) => `Ohne Berührung wird das Feld in ${seconds} s geleert.`,
  notKept:
    'Ihr Stimmzettel ließ sich auf diesem Gerät nicht aufbewahren: Es wurde keine Stimme abgegeben. Fragen Sie die Wahlhelfer. Ihr Wahlschein bleibt gültig, auch an einer anderen Kabine.',
  stillThere: 'Sind Sie noch da?',
  resetIn: (seconds) =>
    `Ohne Antwort wird der Stimmzettel in ${seconds} s geleert. Ihr Wahlschein bleibt gültig.`,
  goOn: 'Ich wähle noch',
  leave: 'Aufhören und Stimmzettel leeren',
  keptTitle: 'Ihr Stimmzettel ist sicher aufbewahrt',
  kept: 'Er liegt in dieser Kabine und zählt, sobald er überbracht ist, auch wenn der Strom ausfällt. Sie können gehen.',
  keptReceipt:
    'Nehmen Sie den Code mit dem Telefon auf, wenn Sie später prüfen wollen, ob er angekommen ist.',
  finish: 'Fertig',

  lines: {
    unheard: 'Die Verbindung wird gesucht …',
    online: 'Verbunden',
    offline: 'Keine Verbindung zum Dienst: Stimmen werden aufbewahrt',
  },
  lastHeard: 'Zuletzt gehört',
  waiting: (count) => `${count} warten`,
  refusedVotes: (count) =>
    plural(count, { one: 'Eine Stimme wurde abgelehnt', other: `${count} Stimmen wurden abgelehnt` }),
  held: (codes) =>
    `Der Dienst hält Stimmen dieser Kabine zurück (${codes}). Sie bleiben aufbewahrt. Sagen Sie es dem Wahlamt.`,
  unreadable: (count) =>
    plural(count, {
      one: 'Eine Stimme in dieser Kabine lässt sich nicht öffnen. Sie bleibt aufbewahrt. Sagen Sie es dem Wahlamt.',
      other: `${count} Stimmen in dieser Kabine lassen sich nicht öffnen. Sie bleiben aufbewahrt. Sagen Sie es dem Wahlamt.`,
    }),
  details: 'Für Wahlhelfer',
  sent: 'Überbracht',
  waitingLabel: 'Wartend',
  refusedLabel: 'Abgelehnt',
  kioskId: 'Kabine',
  fullScreen: 'Ganzer Bildschirm',
  setUpAnew: 'Neu einrichten',
  setUpAnewHint:
    'Mit einer Verbindung, und solange niemand wählt. Es braucht einen anderen Ausweis; solange Stimmen warten, einen für dasselbe Wahllokal.',
  keepSetup: 'So lassen, wie es ist',
  saveVotes: 'Stimmen in eine Datei sichern',
  saveVotesHint:
    'Wenn keine Verbindung mehr kommt: eine Datei mit allen Stimmen, die noch hier sind, für das Wahlamt.',
  saveFaults: {
    'not-saved':
      'Das ist nicht gelungen, und es wurde keine Datei gesichert. Alle Stimmen sind noch in dieser Kabine. Öffnen Sie diese Seite neu und versuchen Sie es noch einmal. Gelingt es wieder nicht, sagen Sie es dem Wahlamt.',
    'none-readable':
      'Keine dieser Stimmen lässt sich öffnen: Es wurde keine Datei gesichert. Sie sind noch in dieser Kabine. Sagen Sie es dem Wahlamt.',
  },
  savedVotes: (count, file) =>
    `${plural(count, { one: 'Eine Stimme ist', other: `${count} Stimmen sind` })} in der Datei ${file}. Prüfen Sie, ob sie unter den Downloads liegt. Nur das Wahlamt kann sie öffnen. Alle Stimmen bleiben auch hier; die wartenden gehen von selbst hinaus, wenn die Verbindung wiederkommt.`,
  leftOut: (count) =>
    plural(count, {
      one: 'Eine Stimme lässt sich nicht öffnen und ist nicht darin. Sagen Sie es dem Wahlamt.',
      other: `${count} Stimmen lassen sich nicht öffnen und sind nicht darin. Sagen Sie es dem Wahlamt.`,
    }),
  notAllFit: (count) =>
    plural(count, {
      one: 'Eine weitere Stimme passte nicht hinein: Drücken Sie noch einmal für die nächste Datei.',
      other: `${count} weitere Stimmen passten nicht hinein: Drücken Sie noch einmal für die nächste Datei.`,
    }),
};

export const de: KioskMessages = { ...vote, ...own };
