import { passKeyName } from '../../functions/core/pass-issue.ts';
import { readDraft } from '../../lib/admin/draft.ts';
import { renderTemplate } from '../../lib/admin/draft-template.ts';
import { makeKeys } from '../../lib/admin/keys.ts';
import type { Office } from '../../lib/admin/office.ts';
import { publishDraft } from '../../lib/admin/publish.ts';
import { createTrail, hashOf } from '../../lib/admin/trail.ts';

/** An election office whose bucket and secrets are in memory. */
export interface FakeOffice {
  readonly office: Office;
  /** What lies in the bucket, by its key. */
  readonly objects: Map<string, string>;
  readonly secrets: Map<string, string>;
  /** What the trail tells, in its order. */
  actions(): string[];
}

export interface FakeOfficeOptions {
  readonly hasUnofficial?: boolean;
  /** Default: there is no database. */
  readonly databaseUrl?: Office['databaseUrl'];
}

export function createFakeOffice({
  hasUnofficial = false,
  databaseUrl = () => null,
}: FakeOfficeOptions = {}): FakeOffice {
  const objects = new Map<string, string>();
  const secrets = new Map<string, string>();
  const read = async (key: string) => {
    const text = objects.get(key);
    return text === undefined ? null : { text, etag: hashOf(text) };
  };
  const bucket: Office['objects'] = {
    read,
    async create(key, text) {
      if (objects.has(key)) return false;
      objects.set(key, text);
      return true;
    },
    async replace(key, text, known) {
      if ((await read(key))?.etag !== known?.etag) return false;
      objects.set(key, text);
      return true;
    },
    list: async (prefix, after = '') =>
      [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort(),
  };
  const office: Office = {
    objects: bucket,
    secrets: {
      read: async (name) => secrets.get(name) ?? null,
      async create(name, text) {
        if (secrets.has(name)) return false;
        secrets.set(name, text);
        return true;
      },
      async replace(name, text, known) {
        if ((secrets.get(name) ?? null) !== known) return false;
        secrets.set(name, text);
        return true;
      },
    },
    names: {
      passKey: (...key) => `pass-keys/${passKeyName(...key)}`,
      kioskKey: (election) => `kiosk-keys/${election}`,
      officeKey: (election) => `office-keys/${election}`,
      receiptKeys: 'receipt-keys',
      accessCodeKey: 'access-code-key',
    },
    trail: createTrail({ objects: bucket, actor: 'the clerk', clock: Date.now }),
    endpoint: null,
    hasUnofficial,
    databaseUrl,
    rollUrl: () => null,
    register: async () => {},
    close() {},
  };
  return {
    office,
    objects,
    secrets,
    actions: () =>
      [...objects.entries()]
        .filter(([key]) => key.startsWith('audit/'))
        .sort()
        .map(([, text]) => (JSON.parse(text) as { action: string }).action),
  };
}

/** The template of `election -- create`, opening in a week, with what is said of it changed. */
export const draftOf = (election: string, change = (text: string): string => text) =>
  readDraft(change(renderTemplate(election, Date.now())), 'town.jsonc');

/** Makes the keys that a draft lacks and publishes it. */
export async function publishNow(office: Office, draft: ReturnType<typeof draftOf>, nowMs = Date.now()) {
  await makeKeys(office, draft.election, draft.readRegionIds(), () => {});
  return publishDraft(office, draft, { nowMs, isCheck: false });
}
