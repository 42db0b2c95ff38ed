import { runRecountCommand } from '../lib/count/recount-command.ts';

await runRecountCommand(process.argv.slice(2));
