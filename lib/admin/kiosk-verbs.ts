import { existsSync } from 'node:fs';
import { replaceFile } from '../local/replace-file.ts';
import { AdminError } from './admin-error.ts';
import { drawBar, endProgress, showProgress } from './command-line.ts';
import { type ElectionValues, need, type Verb, withOffice } from './election-verb.ts';
import { revokeKiosks } from './kiosks.ts';
import { readFileOfAtMost } from './read-file.ts';
import { kioskListBytesMax, readKiosks } from './read-kiosks.ts';
import { registerKiosk, registerKiosks } from './register-kiosks.ts';

/** A kiosk stands for an election, not for good. */
const daysMax = 60;

/** `register-kiosk ID --region R --station S --key KEY` */
export const registerKioskVerb: Verb = async (values, rest) => {
  const [id] = need(rest, 'ID');
  const { region, station, key } = values;
  if (region === undefined || station === undefined || key === undefined)
    throw new AdminError('--region, --station and --key are needed');
  const days = readDays(values);
  return withOffice(values, async (office) => {
    const made = await registerKiosk(office, { election: id, region, station, key, days }, Date.now());
    const warning = describeWarning(made.warning);
    const text = `Kiosk ${made.kiosk} is station ${station} in ${region} until ${made.untilThere}.\n${warning}Its credential:\n\n${made.credential}\n`;
    return { text, json: { ...made } };
  });
};

/** `register-kiosks ID FILE`: credentials beside the file. */
export const registerKiosksVerb: Verb = async (values, rest) => {
  const [id, file] = need(rest, 'ID', 'FILE');
  const days = readDays(values);
  const out = `${file}.credentials.csv`;
  if (existsSync(out)) throw new AdminError(`${out} is there already: move it away first`);
  const list = await readKiosks(readFileOfAtMost(file, kioskListBytesMax));
  return withOffice(values, async (office) => {
    const made = await registerKiosks(office, { election: id, days, list }, Date.now(), (signed) =>
      showProgress(drawBar(signed, list.length, `${signed} of ${list.length} kiosks`)),
    ).finally(endProgress);
    const lines = made.kiosks.map((one) => `${one.region},${one.station},${one.kiosk},${one.credential}\n`);
    replaceFile(out, `region,station,kiosk,credential\n${lines.join('')}`);
    const text = `Kiosks registered for ${id}: ${made.kiosks.length}, until ${made.untilThere}.\n${describeWarning(made.warning)}Their credentials: ${out}\n`;
    const { until, warning } = made;
    return { text, json: { election: id, kiosks: made.kiosks.length, until, warning, file: out } };
  });
};

function readDays({ days: text }: ElectionValues): number | null {
  if (text === undefined) return null;
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > daysMax)
    throw new AdminError(`--days ${text}: a number from 1 to ${daysMax}`);
  return days;
}

const describeWarning = (warning: string | null): string =>
  warning === null ? '' : `WARNING: ${warning}. Register again without --days.\n`;

/** `revoke-kiosk ID KIOSK… [--unregistered]` */
export const revokeKioskVerb: Verb = async (values, rest) => {
  const [id] = need(rest, 'ID', 'KIOSK');
  const kiosks = rest.slice(1);
  return withOffice(values, async (office) => {
    const revoked = await revokeKiosks(office, id, kiosks, values.unregistered);
    const before = revoked === kiosks.length ? '' : ' (the others were before)';
    const text = `${revoked} of ${kiosks.length} kiosks taken out of service${before}; at the edge within seconds\n`;
    return { text, json: { election: id, revoked } };
  });
};
