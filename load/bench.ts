import { runBenchCommand } from './bench/main.ts';

process.exitCode = await runBenchCommand(process.argv.slice(2));
