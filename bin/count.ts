import { runCountCommand } from '../lib/count/count-command.ts';

await runCountCommand(process.argv.slice(2));
