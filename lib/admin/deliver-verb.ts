import { kioskFileBytesMax } from '../../schema/wire/limits.ts';
import { AdminError } from './admin-error.ts';
import { describeFailure, drawBar, endProgress, showProgress } from './command-line.ts';
import { type Delivery, deliverVotes } from './deliver-votes.ts';
import { need, type Verb, withOffice } from './election-verb.ts';
import { type OpenedFile, openKioskFile } from './kiosk-file.ts';
import { readRevoked } from './kiosks.ts';
import type { Office } from './office.ts';
import { readFileOfAtMost } from './read-file.ts';

/** `deliver FILE… [--check] [--even-revoked] [--even-void]`: each by itself, so that a bad file keeps no other back. */
export const deliverVerb: Verb = async (values, rest) => {
  need(rest, 'FILE');
  return withOffice(values, async (office) => {
    const reports: Report[] = [];
    for (const name of rest)
      reports.push(
        await deliverFile(office, name, values).catch((error: unknown) => {
          const { message } = describeFailure(error);
          return { file: name, ok: false, error: message, opened: null, delivery: null };
        }),
      );
    const isWell = reports.every(({ ok }) => ok);
    return {
      text: reports.map(describe).join(''),
      json: { ok: isWell, files: reports.map(toJson) },
      exitCode: isWell ? 0 : 1,
    };
  });
};

interface Report {
  readonly file: string;
  /** Every vote in it was accepted; with `--check`: could be read. */
  readonly ok: boolean;
  readonly error: string | null;
  readonly opened: OpenedFile | null;
  readonly delivery: Delivery | null;
}

interface Asked {
  readonly check: boolean;
  readonly 'even-revoked': boolean;
  readonly 'even-void': boolean;
}

async function deliverFile(office: Office, name: string, asked: Asked): Promise<Report> {
  const opened = await openKioskFile(office, readFileOfAtMost(name, kioskFileBytesMax));
  const { election, kiosk, votes, unusable, sha256, region, station, isVoid } = opened;
  const isRevoked = (await readRevoked(office, election)).revoked.has(kiosk);
  const against = [
    { is: isRevoked && !asked['even-revoked'], why: 'was revoked', flag: '--even-revoked' },
    {
      is: isVoid && !asked['even-void'],
      why: 'has a credential under a key that was withdrawn',
      flag: '--even-void',
    },
  ].filter(({ is }) => is);
  if (against.length > 0)
    throw new AdminError(
      `kiosk ${kiosk}, station ${region}/${station}, ${against.map(({ why }) => why).join(' and ')}: if its ${votes.length} votes are to count all the same, ${against.map(({ flag }) => flag).join(' ')}`,
    );
  const report = { file: name, ok: unusable === 0, error: null, opened };
  if (asked.check) return { ...report, delivery: null };
  if (office.endpoint === null) throw new AdminError('--endpoint: where the API of this stage answers');
  const delivery = await deliverVotes(office, opened, {
    endpoint: office.endpoint,
    onProgress: (done) =>
      showProgress(drawBar(done, votes.length, `${name}: ${done} of ${votes.length} votes`)),
  }).finally(endProgress);
  await office.trail.append({
    action: 'kiosk-file.delivered',
    election,
    details: {
      sha256,
      kiosk,
      region,
      station,
      isRevoked,
      isVoid,
      votes: votes.length,
      unusable,
      ...delivery,
    },
  });
  return { ...report, ok: report.ok && delivery.accepted === votes.length, delivery };
}

function describe({ file, error, opened, delivery }: Report): string {
  if (opened === null) return `${file}: ${error}\n`;
  const { kiosk, region, station, savedAt, votes, unusable, refused, election } = opened;
  const lines = [
    `${file}: votes of ${election} in it: ${votes.length}, of kiosk ${kiosk}, station ${region}/${station}, saved ${savedAt} by its clock`,
    ...list('that the service had refused at the kiosk', refused),
    ...(unusable === 0 ? [] : [`entries that are no votes: ${unusable}`]),
    ...(delivery === null ? ['not delivered: --check'] : describeDelivery(delivery)),
  ];
  return `${lines.join('\n  ')}\n`;
}

function describeDelivery({ accepted, refused, unanswered }: Delivery): string[] {
  const lines = [`accepted: ${accepted}`, ...list('refused', refused)];
  if ('cast-time-out-of-window' in refused)
    lines.push(
      'some were cast at another hour than voting has: publish hours that hold them, and deliver it again',
    );
  if (unanswered > 0)
    lines.push(
      `not answered: ${unanswered}; deliver the file again: what was accepted is not counted a second time`,
    );
  return lines;
}

const list = (what: string, counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts).map(([why, votes]) => `${what}, ${why}: ${votes}`);

/** Without the votes: what they say stays in memory. */
const toJson = ({ opened, ...report }: Report) => ({
  ...report,
  opened: opened === null ? null : { ...opened, votes: opened.votes.length },
});
