import { runElectionCommand } from '../lib/admin/election-command.ts';

await runElectionCommand(process.argv.slice(2));
