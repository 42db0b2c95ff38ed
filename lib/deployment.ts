/** What one deployment of a stage says of itself; a stage's size is in `stages.ts`. All of it can be left out. */
export interface Deployment {
  /** What `/healthz` says is running. */
  readonly buildId: string;
  /** When it was made: later than the one before it. */
  readonly deployedAtMs: number;
  /** Ingest runs on instances of ours instead of on what the stage says. */
  readonly onManagedInstances: boolean;
  /** Deploys although an election is open. */
  readonly forced: boolean;
  /** Voters' address; CloudFront's own when left out. */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
  /** Three availability zones, where the stage's own are not the ones to take: see README, "In the cloud". */
  readonly zones?: readonly [string, string, string];
  /** Who is told of alarms; nobody but the console when left out. */
  readonly alarmEmail?: string;
  /** The owner's, for a stage whose database is there already. */
  readonly databaseUrl?: string;
  /** Identity providers that pages ask for themselves: `https://id.example.org`; none when left out. */
  readonly identityOrigins?: readonly string[];
  /** When the capacity of the peak is kept ready, by itself; only by `npm run prewarm` when left out. */
  readonly voting?: { readonly opensAt: Date; readonly closesAt: Date };
}

/**
 * @param context of the CDK: `cdk deploy -c build=… -c domain=… -c certificate=… -c zones=… -c alarms=… -c opens=… -c closes=… -c force=yes -c ingest=managed -c database=… -c identity=…`
 * @throws Error that names what is wrong and how it should read
 */
export function readDeployment(context: (name: string) => unknown, nowMs: number): Deployment {
  const text = (name: string): string | undefined => {
    const value: unknown = context(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw new Error(`-c ${name}: ${JSON.stringify(value)} is not a text`);
    return value;
  };
  const alarmEmail = text('alarms');
  const domain = readDomain(text('domain'), text('certificate'));
  const zones = readZones(text('zones'));
  const voting = readVoting(text('opens'), text('closes'));
  const identityOrigins = readOrigins(text('identity'));
  const databaseUrl = readDatabaseUrl(text('database'));
  const force = text('force');
  const ingest = text('ingest');
  if (ingest !== undefined && ingest !== 'managed') {
    throw new Error(`-c ingest=${ingest}: it is "managed" or left out`);
  }
  if (force !== undefined && force !== 'yes') throw new Error(`-c force=${force}: it is "yes" or left out`);
  if (alarmEmail !== undefined && !/^[^\s@]+@[^\s@]+$/.test(alarmEmail)) {
    throw new Error(`-c alarms=${alarmEmail}: not an e-mail address`);
  }
  return {
    buildId: text('build') ?? 'unnamed',
    deployedAtMs: nowMs,
    onManagedInstances: ingest === 'managed',
    forced: force === 'yes',
    ...(domain === undefined ? {} : { domain }),
    ...(zones === undefined ? {} : { zones }),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(voting === undefined ? {} : { voting }),
    ...(identityOrigins === undefined ? {} : { identityOrigins }),
  };
}

function readDomain(name: string | undefined, certificateArn: string | undefined): Deployment['domain'] {
  if (name === undefined && certificateArn === undefined) return undefined;
  if (name === undefined || certificateArn === undefined) {
    throw new Error('-c domain=… and -c certificate=… (an ARN in us-east-1) go together');
  }
  if (!/^(?=.{4,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/.test(name)) {
    throw new Error(`-c domain=${name}: not a domain name`);
  }
  if (!/^arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/.test(certificateArn)) {
    throw new Error(`-c certificate=${certificateArn}: not the ARN of a certificate in us-east-1`);
  }
  return { name, certificateArn };
}

/** Each goes into a header as it is, so nothing but an origin may. */
function readOrigins(text: string | undefined): readonly string[] | undefined {
  const origins = text?.split(',');
  for (const origin of origins ?? []) {
    if (!/^https:\/\/[a-z0-9.-]{4,253}(:\d{1,5})?$/.test(origin)) {
      throw new Error(`-c identity=${origin}: not origins like https://id.example.org, with commas between`);
    }
  }
  return origins;
}

function readZones(text: string | undefined): Deployment['zones'] {
  if (text === undefined) return undefined;
  const [first, second, third, ...more] = text.split(',');
  const isThree = first !== undefined && second !== undefined && third !== undefined && more.length === 0;
  if (isThree && new Set([first, second, third]).size === 3 && /^(us-east-1[a-f],?){3}$/.test(text)) {
    return [first, second, third];
  }
  throw new Error(`-c zones=${text}: write three different ones like us-east-1a,us-east-1b,us-east-1d`);
}

/** Never quoted: it holds a password. */
function readDatabaseUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (
    url?.protocol !== 'postgres:' ||
    url.username === '' ||
    url.password === '' ||
    url.pathname.length < 2
  ) {
    throw new Error('-c database=…: write it like postgres://owner:password@host:port/name');
  }
  return text;
}

function readVoting(opens: string | undefined, closes: string | undefined): Deployment['voting'] {
  if (opens === undefined && closes === undefined) return undefined;
  if (opens === undefined || closes === undefined) throw new Error('-c opens=… and -c closes=… go together');
  const opensAt = readTime('opens', opens);
  const closesAt = readTime('closes', closes);
  if (closesAt <= opensAt) throw new Error(`-c closes=${closes} is not after -c opens=${opens}`);
  return { opensAt, closesAt };
}

function readTime(name: string, text: string): Date {
  const time = new Date(text);
  if (
    !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text) ||
    Number.isNaN(time.valueOf())
  ) {
    throw new Error(`-c ${name}=${text}: write it like 2026-11-03T06:00-05:00, with its offset`);
  }
  return time;
}
