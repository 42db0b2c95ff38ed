import { AdminError } from './admin-error.ts';
import { need, type Verb, withOffice } from './election-verb.ts';
import { registerKiosk, revokeKiosks } from './kiosks.ts';

/** A kiosk stands for an election, not for good. */
const daysMax = 60;

/** `register-kiosk ID --region R --station S --key KEY` */
export const registerKioskVerb: Verb = async (values, rest) => {
  const [id] = need(rest, 'ID');
  const { region, station, key } = values;
  if (region === undefined || station === undefined || key === undefined)
    throw new AdminError('--region, --station and --key are needed');
  const days = values.days === undefined ? null : Number(values.days);
  if (days !== null && (!Number.isInteger(days) || days < 1 || days > daysMax))
    throw new AdminError(`--days ${values.days}: a number from 1 to ${daysMax}`);
  return withOffice(values, async (office) => {
    const made = await registerKiosk(office, { election: id, region, station, key, days }, Date.now());
    const warning =
      made.warning === null ? '' : `WARNING: ${made.warning}. Register it again without --days.\n`;
    const text = `Kiosk ${made.kiosk} is station ${station} in ${region} until ${made.untilThere}.\n${warning}Its credential:\n\n${made.credential}\n`;
    return { text, json: { ...made } };
  });
};

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
