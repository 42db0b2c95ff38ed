import { runDrillCommand } from './drill/main.ts';

process.exitCode = await runDrillCommand(process.argv.slice(2));
