import type { ReceiptMessages } from './messages-en.ts';

export const de: ReceiptMessages = {
  title: 'Meine Stimme prüfen',
  hint: 'Fügen Sie den Link oder die Nummer Ihrer Quittung ein. Wie Sie gewählt haben, steht nicht darin.',
  receipt: 'Quittung',
  check: 'Prüfen',
  another: 'Eine andere Quittung prüfen',
  notAReceipt: 'Das ist weder der Link noch die Nummer einer Quittung. Eine Nummer hat 43 Zeichen.',
  brokenLink:
    'Die Adresse, die hierher führte, ist nicht der ganze Link einer Quittung: Sie ist abgeschnitten oder vertippt. Fügen Sie den Link noch einmal ein, oder nur die Nummer; sie hat 43 Zeichen.',
  election: 'Wahl',
  electionHint: 'Nur zu einer Nummer ohne Link: Ein Link nennt seine Wahl selbst.',
  needElection:
    'Eine Nummer allein sagt nicht, zu welcher Wahl sie gehört. Tragen Sie deren Namen ein, wie er in ihren Adressen steht.',
  unknownElection: (name) => `Eine Wahl mit dem Namen ${name} gibt es nicht.`,
  loading: 'Wird gefragt …',
  cannotAsk: 'Der Dienst ist nicht zu erreichen. Es wird von selbst weiter gefragt.',
  countTitle: 'In der Zählung',
  signatureTitle: 'Unterschrift',
  asOf: (time) => `Gefragt um ${time}.`,
  statuses: {
    pending: {
      name: 'Noch nicht verbucht',
      meaning:
        'Noch ist kein Stimmzettel mit dieser Quittung in der Zählung. Ein angenommener kommt in Sekunden an, nach großem Andrang in Stunden.',
    },
    recorded: { name: 'Verbucht', meaning: 'Der Stimmzettel ist in der Zählung.' },
    duplicate: {
      name: 'Ein anderer Stimmzettel zählt',
      meaning:
        'Mit demselben Wahlschein war schon ein anderer Stimmzettel abgegeben. Der erste zählt; dieser ist für die Prüfung aufbewahrt.',
    },
    quarantined: {
      name: 'Zur Seite gelegt',
      meaning:
        'Der Stimmzettel ist vollständig aufbewahrt, konnte so aber nicht gezählt werden. Das Wahlamt entscheidet; zeigen Sie ihm diese Quittung.',
    },
  },
  signatures: {
    valid: {
      name: 'Echt',
      meaning:
        'Dieser Browser hat die Unterschrift mit dem veröffentlichten Schlüssel der Wahl geprüft: Der Stimmzettel wurde angenommen.',
    },
    invalid: {
      name: 'Nicht echt',
      meaning: 'Die Unterschrift gehört nicht zu dieser Quittung. Sie wurde geändert oder falsch kopiert.',
    },
    'unknown-key': {
      name: 'Nicht prüfbar',
      meaning:
        'Die Wahl hat keinen Schlüssel veröffentlicht, mit dem diese Quittung unterschrieben sein könnte.',
    },
    'browser-cannot': {
      name: 'Hier nicht geprüft',
      meaning:
        'Dieser Browser kann Ed25519-Unterschriften nicht prüfen. Öffnen Sie den Link in einem neueren.',
    },
    absent: {
      name: 'Nicht in diesem Link',
      meaning:
        'Eine Nummer allein trägt keine Unterschrift. Scannen Sie den QR-Code oder öffnen Sie den ganzen Link der Quittung, um sie prüfen zu lassen.',
    },
  },
};
