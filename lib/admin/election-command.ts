import { existsSync, writeFileSync } from 'node:fs';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import { closeElection } from './close-election.ts';
import { endProgress, officeOptionsHelp, runCommand, showProgress } from './command-line.ts';
import { deliverVerb } from './deliver-verb.ts';
import { type Draft, draftBytesMax, readDraft } from './draft.ts';
import { renderTemplate } from './draft-template.ts';
import { need, parseElectionArgs, type Verb, withOffice } from './election-verb.ts';
import { type MadeKeys, makeKeys } from './keys.ts';
import { registerKiosksVerb, registerKioskVerb, revokeKioskVerb } from './kiosk-verbs.ts';
import type { KeyOf } from './public-keys.ts';
import { needPublished, publishChange, publishDraft } from './publish.ts';
import { readFileOfAtMost } from './read-file.ts';
import { rotateReceiptKey } from './rotate-receipt-key.ts';
import { describeElection, describeElections } from './show.ts';
import { watchEffect } from './watch-effect.ts';
import { withdrawKeys } from './withdraw-keys.ts';

const help = `Prepares, publishes and closes elections.

  npm run election -- create FILE --id ID     a file to begin with, every line explained
  npm run election -- keys FILE               makes the keys that its regions lack, the one that signs for kiosks, and the one
                                              that opens their files
  npm run election -- publish FILE            checks and publishes it; at the edge within seconds (--check: only checks)
  npm run election -- show [ID]               what is published; with ID also its kiosks
  npm run election -- close ID                voting ends now, or at --at TIME
  npm run election -- declare ID STATUS       what officials say of the count: unofficial, complete, certified
  npm run election -- withdraw-key ID KEY…    keys that others know: what they signed is worth nothing from then on; a region
                                              without one gets a new one, and so does the office
  npm run election -- rotate-receipt-key ID…  a new key signs their receipts; what the ones before have signed stays verifiable
  npm run election -- register-kiosk ID --region R --station S --key KEY    prints the kiosk's credential
  npm run election -- register-kiosks ID FILE.csv   region,station,key of many, all or none: FILE.csv.credentials.csv
  npm run election -- revoke-kiosk ID KIOSK…  for ever; within seconds
  npm run election -- deliver FILE…           casts the votes of files that kiosks saved because no line carried them

  --check             publish: only look for mistakes; deliver: only open the files
  --at TIME           close: 2026-11-03T20:00 on the clocks of the election's zone, or with an offset
  --days N            register-kiosk(s): how long the credential is good, from now (default: until closing and grace are over)
  --even-revoked      deliver: also votes of kiosks that have been revoked since
  --even-void         deliver: also votes of kiosks whose credential is under a key that was withdrawn since
  --unregistered      revoke-kiosk: also kiosks that the trail does not tell of
${officeOptionsHelp}
A version that is published never changes: publishing again makes the next one. What has been on a ballot cannot be
taken away. Everything that is done stands in the audit trail (npm run audit).
`;

/** `npm run election`. */
export async function runElectionCommand(args: readonly string[]): Promise<void> {
  await runCommand('election', args.includes('--json'), async () => {
    const { values, positionals } = parseElectionArgs(args);
    const [verb, ...rest] = positionals;
    if (values.help || verb === undefined)
      return { text: help, json: { help }, exitCode: values.help ? 0 : 1 };
    const run = verbs[verb];
    if (run === undefined)
      throw new AdminError(`there is no ${verb}: ${Object.keys(verbs).join(', ')} (--help)`);
    return run(values, rest);
  });
}

const verbs: Readonly<Record<string, Verb>> = {
  create: async (values, rest) => {
    const [file] = need(rest, 'FILE');
    const id = electionIdSchema.safeParse(values.id);
    if (!id.success) throw new AdminError('--id: the election’s id, 1 to 64 of a-z, 0-9 and hyphens between');
    if (existsSync(file)) throw new AdminError(`${file} is there already: choose another name`);
    writeFileSync(file, renderTemplate(id.data, Date.now()), { flag: 'wx' });
    return {
      text: `${file}: an election to change as you like.\nThen: npm run election -- keys ${file}, and publish ${file}\n`,
      json: { file, election: id.data },
    };
  },

  keys: async (values, rest) => {
    const [file] = need(rest, 'FILE');
    const draft = openDraft(file);
    const regions = draft.readRegionIds();
    return withOffice(values, async (office) => {
      const made = await makeKeys(office, draft.election, regions, (done, of) =>
        showProgress(`keys: ${done} of ${of} regions`),
      );
      endProgress();
      const text = `${draft.election}: ${made.regions.length} pass keys made (${regions.length} regions), ${describeOwnKeys(made)}\n`;
      return { text, json: { election: draft.election, ...made } };
    });
  },

  publish: async (values, rest) => {
    const [file] = need(rest, 'FILE');
    const draft = openDraft(file);
    return withOffice(values, async (office) => {
      const { election: published, isNew } = await publishDraft(office, draft, {
        nowMs: Date.now(),
        isCheck: values.check,
      });
      const { election, version } = published.definition;
      const json = { election, version, isNew, isCheck: values.check };
      if (values.check) return { text: `${file}: no mistakes; it would be version ${version}\n`, json };
      if (!isNew) return { text: `${election}: version ${version} is published already, just so\n`, json };
      return watchEffect(office, published, `version ${version} of ${election} is published`);
    });
  },

  show: async (values, rest) =>
    withOffice(values, async (office) => {
      const [id] = rest;
      return id === undefined ? describeElections(office) : describeElection(office, id, Date.now());
    }),

  close: async (values, rest) => {
    const [id] = need(rest, 'ID');
    return withOffice(values, async (office) => {
      const election = await closeElection(office, id, values.at ?? null, Date.now());
      return watchEffect(office, election, `${id} closes at ${election.definition.closesAt}`);
    });
  },

  declare: async (values, rest) => {
    const [id, status] = need(rest, 'ID', 'STATUS');
    const statuses = ['unofficial', 'complete', 'certified'] as const;
    const resultsStatus = statuses.find((one) => one === status);
    if (resultsStatus === undefined) throw new AdminError(`${status}: one of ${statuses.join(', ')}`);
    return withOffice(values, async (office) => {
      const current = await needPublished(office, id);
      if (resultsStatus !== 'unofficial' && Date.parse(current.definition.closesAt) > Date.now())
        throw new AdminError(
          `${id} is open until ${current.definition.closesAt}: its count cannot be ${status}`,
        );
      const election = await publishChange(office, current, { resultsStatus }, Date.now());
      return watchEffect(office, election, `the results of ${id} are ${resultsStatus}`);
    });
  },

  'withdraw-key': async (values, rest) => {
    const [id] = need(rest, 'ID', 'KEY');
    const keyIds = rest.slice(1);
    return withOffice(values, async (office) => {
      const { withdrawn, made, published } = await withdrawKeys(office, id, keyIds, Date.now());
      const said = `${withdrawn.length} keys of ${id} withdrawn, ${made.length} made in their place`;
      const json = { election: id, withdrawn, made, isNew: published !== null };
      if (published === null)
        return { text: `${said}; none of them is in effect\n`, json: { ...json, effectiveAfterMs: null } };
      const { text, json: effect, exitCode } = await watchEffect(office, published, said);
      return {
        text: [text, ...describeLoss(withdrawn)].join(''),
        json: { ...json, ...effect },
        exitCode: exitCode ?? 0,
      };
    });
  },

  'rotate-receipt-key': async (values, rest) => {
    need(rest, 'ID');
    return withOffice(values, async (office) => {
      const { signing, published } = await rotateReceiptKey(office, [...new Set(rest)], Date.now());
      const effects = [];
      for (const election of published) {
        const said = `receipts of ${election.definition.election} are signed with ${signing}`;
        effects.push(await watchEffect(office, election, said));
      }
      return {
        text: `${effects.map(({ text }) => text).join('')}Receipts that the keys before have signed stay verifiable.\n`,
        json: { signing, elections: effects.map(({ json }) => json) },
        exitCode: effects.some(({ exitCode }) => exitCode === 1) ? 1 : 0,
      };
    });
  },

  'register-kiosk': registerKioskVerb,
  'register-kiosks': registerKiosksVerb,
  'revoke-kiosk': revokeKioskVerb,
  deliver: deliverVerb,
};

/** What the withdrawal means for those who have something from these keys. */
function describeLoss(withdrawn: readonly KeyOf[]): string[] {
  const has = (kind: string) => withdrawn.some((one) => ('of' in one ? one.of : 'passKeys') === kind);
  return [
    ...(has('passKeys')
      ? ['Passes under them are refused, and nobody who was issued one gets another.\n']
      : []),
    ...(has('kioskKeys')
      ? [
          'Credentials that it signed are void. Kiosks keep their votes: register them again with the keys that they have, and give them the new ones.\n',
        ]
      : []),
    ...(has('officeKeys')
      ? ['Kiosks seal to the new one once they have this version; files from before can still be opened.\n']
      : []),
  ];
}

/** The office's own: what signs for kiosks, and what they encrypt to. */
function describeOwnKeys({ madeKioskKey, madeOfficeKey }: MadeKeys): string {
  const ofKiosks = 'the key that signs for kiosks';
  const ofFiles = 'the one that opens their files';
  if (madeKioskKey && madeOfficeKey) return `and ${ofKiosks}, and ${ofFiles}`;
  if (madeOfficeKey) return `and ${ofFiles}: publish again, so that kiosks have it`;
  return madeKioskKey ? `and ${ofKiosks}` : `${ofKiosks} and ${ofFiles} were there`;
}

/** @throws AdminError for what cannot be read */
export const openDraft = (file: string): Draft => readDraft(readFileOfAtMost(file, draftBytesMax), file);
