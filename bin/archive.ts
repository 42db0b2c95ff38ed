import { runArchiveCommand } from '../lib/admin/archive-command.ts';

await runArchiveCommand(process.argv.slice(2));
