import { createPlural } from '../language/formats.ts';
import { de as vote } from '../vote/messages-de.ts';
import type { KioskMessages, OwnKioskMessages } from './messages-en.ts';

const plural = createPlural('de');

const own: OwnKioskMessages = {
  kioskTitle: 'Wahlkabine',
  pairTitle: 'Diese Kabine einrichten',
  pairHint: 'Einmal, durch Wahlhelfer, solange es ein Netz gibt. Danach geht es ohne.',
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
  passElsewhere: 'Dieser Wahlschein ist für ein anderes Gebiet. Fragen Sie die Wahlhelfer.',
  passUsed: 'Mit diesem Wahlschein ist in dieser Kabine schon gewählt. Fragen Sie die Wahlhelfer.',
  notOpen: 'Die Wahl ist gerade nicht offen.',
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

  online: 'Verbunden',
  offline: 'Kein Netz: Stimmen werden aufbewahrt',
  waiting: (count) => `${count} warten`,
  refusedVotes: (count) =>
    plural(count, { one: 'Eine Stimme wurde abgelehnt', other: `${count} Stimmen wurden abgelehnt` }),
  held: (code) =>
    `Der Dienst hält die Stimmen dieser Kabine zurück (${code}). Sie bleiben aufbewahrt. Sagen Sie es dem Wahlamt.`,
  details: 'Für Wahlhelfer',
  sent: 'Überbracht',
  waitingLabel: 'Wartend',
  refusedLabel: 'Abgelehnt',
  kioskId: 'Kabine',
  fullScreen: 'Ganzer Bildschirm',
  unpair: 'Neu einrichten',
  unpairHint: 'Nur wenn nichts wartet.',
  closePanel: 'Schließen',
};

export const de: KioskMessages = { ...vote, ...own };
