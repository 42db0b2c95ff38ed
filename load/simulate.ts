import { runSimulateCommand } from './simulate/main.ts';

process.exitCode = await runSimulateCommand(process.argv.slice(2));
