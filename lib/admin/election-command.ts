import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Election } from '../../functions/core/election.ts';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import {
  endProgress,
  type OfficeValues,
  type Outcome,
  officeOptions,
  officeOptionsHelp,
  openOffice,
  parseCommand,
  runCommand,
  showProgress,
} from './command-line.ts';
import { type Draft, draftBytesMax, readDraft } from './draft.ts';
import { renderTemplate } from './draft-template.ts';
import { toInstant } from './draft-times.ts';
import { makeKeys } from './keys.ts';
import { registerKiosk, revokeKiosks } from './kiosks.ts';
import type { Office } from './office.ts';
import { needPublished, publishChange, publishDraft, waitForVersion } from './publish.ts';
import { describeElection, describeElections } from './show.ts';

const help = `Prepares, publishes and closes elections.

  npm run election -- create FILE --id ID     a file to begin with, every line explained
  npm run election -- keys FILE               makes the keys that its regions lack, and the one that signs for kiosks
  npm run election -- publish FILE            checks and publishes it; at the edge within seconds (--check: only checks)
  npm run election -- show [ID]               what is published
  npm run election -- close ID                voting ends now, or at --at TIME
  npm run election -- declare ID STATUS       what officials say of the count: unofficial, complete, certified
  npm run election -- register-kiosk ID --region R --station S --key KEY    prints the kiosk's credential
  npm run election -- revoke-kiosk ID KIOSK…  for ever; within seconds

  --check             publish: only look for mistakes
  --withdraw-key KEY  publish: without this pass key, which others know; passes that it signed are worth nothing then
  --at TIME           close: 2026-11-03T20:00 on the clocks of the election's zone, or with an offset
  --days N            register-kiosk: how long the credential is good (2; at most 60)
${officeOptionsHelp}
A version that is published never changes: publishing again makes the next one. What has been on a ballot cannot be
taken away. Everything that is done stands in the audit trail (npm run audit).
`;

/** A kiosk stands for an election, not for good. */
const daysMax = 60;
/** Definitions are looked after every 6 s. */
const waitMsMax = 20_000;

const options = {
  ...officeOptions,
  id: { type: 'string' },
  check: { type: 'boolean', default: false },
  'withdraw-key': { type: 'string', multiple: true, default: [] as string[] },
  at: { type: 'string' },
  region: { type: 'string' },
  station: { type: 'string' },
  key: { type: 'string' },
  days: { type: 'string', default: '2' },
} as const;

type Values = ReturnType<typeof parse>['values'];
const parse = (args: readonly string[]) => parseCommand(args, options);

/** `npm run election`. */
export async function runElectionCommand(args: readonly string[]): Promise<void> {
  await runCommand('election', args.includes('--json'), async () => {
    const { values, positionals } = parse(args);
    const [verb, ...rest] = positionals;
    if (values.help || verb === undefined)
      return { text: help, json: { help }, exitCode: values.help ? 0 : 1 };
    const command = commands[verb];
    if (command === undefined)
      throw new AdminError(`there is no ${verb}: ${Object.keys(commands).join(', ')} (--help)`);
    return command(values, rest);
  });
}

type Command = (values: Values, rest: readonly string[]) => Promise<Outcome>;

const commands: Readonly<Record<string, Command>> = {
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
      const text = `${draft.election}: ${made.regions.length} pass keys made (${regions.length} regions), ${made.madeKioskKey ? 'and the key that signs for kiosks' : 'the key that signs for kiosks was there'}\n`;
      return { text, json: { election: draft.election, ...made } };
    });
  },

  publish: async (values, rest) => {
    const [file] = need(rest, 'FILE');
    const draft = openDraft(file);
    return withOffice(values, async (office) => {
      const { election: published, isNew } = await publishDraft(office, draft, {
        nowMs: Date.now(),
        withdrawnKeys: new Set(values['withdraw-key']),
        isCheck: values.check,
      });
      const { election, version } = published.definition;
      const json = { election, version, isNew, isCheck: values.check };
      if (values.check) return { text: `${file}: no mistakes; it would be version ${version}\n`, json };
      if (!isNew) return { text: `${election}: version ${version} is published already, just so\n`, json };
      return watch(office, published, `version ${version} of ${election} is published`);
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
      const current = await needPublished(office, id);
      const nowMs = Date.now();
      const closesAt =
        values.at === undefined
          ? new Date(Math.ceil(nowMs / 1000) * 1000).toISOString().replace('.000Z', 'Z')
          : toInstant(values.at, current.definition.timeZone);
      const { opensAt, closesAt: closedAt } = current.definition;
      if (Date.parse(closedAt) <= nowMs) throw new AdminError(`${id} closed at ${closedAt}`);
      if (Date.parse(closesAt) <= Date.parse(opensAt))
        throw new AdminError(
          `${id} opens at ${opensAt} and can close after that; to put it off or call it off, change opensAt and closesAt in its file and publish that`,
        );
      const election = await publishChange(office, current, { closesAt }, nowMs);
      return watch(office, election, `${id} closes at ${closesAt}`);
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
      return watch(office, election, `the results of ${id} are ${resultsStatus}`);
    });
  },

  'register-kiosk': async (values, rest) => {
    const [id] = need(rest, 'ID');
    const { region, station, key } = values;
    if (region === undefined || station === undefined || key === undefined)
      throw new AdminError('--region, --station and --key are needed');
    const days = Number(values.days);
    if (!Number.isInteger(days) || days < 1 || days > daysMax)
      throw new AdminError(`--days ${values.days}: a number from 1 to ${daysMax}`);
    return withOffice(values, async (office) => {
      const made = await registerKiosk(office, { election: id, region, station, key, days }, Date.now());
      const text = `Kiosk ${made.kiosk} is station ${station} in ${region} until ${made.until}. Its credential:\n\n${made.credential}\n`;
      return { text, json: { ...made } };
    });
  },

  'revoke-kiosk': async (values, rest) => {
    const [id] = need(rest, 'ID', 'KIOSK');
    const kiosks = rest.slice(1);
    return withOffice(values, async (office) => {
      const revoked = await revokeKiosks(office, id, kiosks);
      const text = `${revoked} of ${kiosks.length} kiosks taken out of service; at the edge within seconds\n`;
      return { text, json: { election: id, revoked } };
    });
  },
};

async function watch(office: Office, published: Election, said: string): Promise<Outcome> {
  const { election, version } = published.definition;
  await office.register(published);
  if (office.endpoint === null)
    return { text: `${said}\n`, json: { election, version, isNew: true, effectiveAfterMs: null } };
  const tookMs = await waitForVersion(office.endpoint, published.definition, waitMsMax);
  const effect =
    tookMs === null
      ? `not seen at ${office.endpoint} within ${waitMsMax / 1000} s: look at its logs`
      : `in effect at ${office.endpoint} after ${(tookMs / 1000).toFixed(1)} s`;
  return {
    text: `${said}; ${effect}\n`,
    json: { election, version, isNew: true, effectiveAfterMs: tookMs },
    exitCode: tookMs === null ? 1 : 0,
  };
}

function need<Names extends string[]>(
  rest: readonly string[],
  ...names: Names
): { [K in keyof Names]: string } {
  const missing = names.filter((_, index) => rest[index] === undefined);
  if (missing.length > 0) throw new AdminError(`${missing.join(' and ')} missing (--help)`);
  return rest as unknown as { [K in keyof Names]: string };
}

/** @throws AdminError for what cannot be read */
export function openDraft(file: string): Draft {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) throw new AdminError(`there is no file ${file}`);
  if (stat.size > draftBytesMax)
    throw new AdminError(`${file} is larger than ${draftBytesMax / 1024 / 1024} MB`);
  return readDraft(readFileSync(file, 'utf8'), file);
}

async function withOffice(values: OfficeValues, run: (office: Office) => Promise<Outcome>): Promise<Outcome> {
  const office = await openOffice(values);
  try {
    return await run(office);
  } finally {
    office.close();
  }
}
