import { runPsqlCommand } from '../lib/admin/psql-command.ts';

await runPsqlCommand(process.argv.slice(2));
