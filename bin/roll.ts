import { runRollCommand } from '../lib/admin/roll-command.ts';

await runRollCommand(process.argv.slice(2));
