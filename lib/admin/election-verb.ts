import { keyIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import { type OfficeValues, type Outcome, officeOptions, openOffice, parseCommand } from './command-line.ts';
import type { Office } from './office.ts';

/** Options of `npm run election`, whatever the verb. */
const options = {
  ...officeOptions,
  id: { type: 'string' },
  check: { type: 'boolean', default: false },
  at: { type: 'string' },
  region: { type: 'string' },
  station: { type: 'string' },
  key: { type: 'string' },
  days: { type: 'string' },
  unregistered: { type: 'boolean', default: false },
  'even-revoked': { type: 'boolean', default: false },
  'even-void': { type: 'boolean', default: false },
} as const;

/** @throws what `parseArgs` throws: for whoever typed it */
export const parseElectionArgs = (args: readonly string[]) => parseCommand(separateIds(args), options);

export type ElectionValues = ReturnType<typeof parseElectionArgs>['values'];

/** What one verb does with what stands behind it. */
export type Verb = (values: ElectionValues, rest: readonly string[]) => Promise<Outcome>;

/** One id of a kiosk or a key in 64 begins with a hyphen, and would be taken for options. */
function separateIds(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const isId = (arg: string) =>
    arg.startsWith('-') && keyIdSchema.safeParse(arg).success && !Object.hasOwn(options, arg.slice(2));
  const own = args.slice(0, end);
  const ids = own.filter(isId);
  return ids.length === 0
    ? [...args]
    : [...own.filter((arg) => !isId(arg)), '--', ...ids, ...args.slice(end + 1)];
}

/** @throws AdminError naming what is missing */
export function need<Names extends string[]>(
  rest: readonly string[],
  ...names: Names
): { [K in keyof Names]: string } {
  const missing = names.filter((_, index) => rest[index] === undefined);
  if (missing.length > 0) throw new AdminError(`${missing.join(' and ')} missing (--help)`);
  return rest as unknown as { [K in keyof Names]: string };
}

export async function withOffice(
  values: OfficeValues,
  run: (office: Office) => Promise<Outcome>,
): Promise<Outcome> {
  const office = await openOffice(values);
  try {
    return await run(office);
  } finally {
    office.close();
  }
}
